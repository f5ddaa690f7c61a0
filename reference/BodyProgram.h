// The body of a stage (or of attention's score, keep or weight) as steps over
// runs of lanes: each value of the body is a register that holds one number for
// each lane.
#pragma once

#include "reference/Rounding.h"
#include "reference/ScalarFunctions.h"
#include "reference/Tensor.h"
#include "llvm/ADT/SmallVector.h"
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace attune::reference {

/// Floats and integers are numbered apart.
struct Register {
  bool isFloat = true;
  unsigned width = 0; // of integers; 64 for index
  uint32_t index = 0;
  /// What the numbers are rounded to when they are written; Wide in float64.
  Precision precision = Precision::Wide;

  bool operator==(const Register &o) const {
    return isFloat == o.isFloat && index == o.index;
  }
};

enum class Combine { Sum, Max, Min };

struct ScalarStep {
  ScalarFunction scalar;
  Register result;
  llvm::SmallVector<Register, 3> operands;
};

struct LoadStep {
  TensorRef tensor;
  llvm::SmallVector<uint32_t, 4> indices; // integer registers
  Register result;
};

struct ReduceStep;

struct NormalizeStep {
  bool isSoftmax;
  Register score, result;
  std::optional<Register> sink;
};

struct DropoutStep {
  Register value, rate, result;
  llvm::SmallVector<uint32_t, 4> indices; // integer registers
  llvm::SmallVector<int64_t, 4> extents;
  uint32_t site;
  TensorRef seed;
};

using Step = std::variant<ScalarStep, LoadStep, std::unique_ptr<ReduceStep>,
                          NormalizeStep, DropoutStep>;

struct ReduceStep {
  Combine combine;
  llvm::SmallVector<uint32_t, 2> axes; // integer registers
  llvm::SmallVector<int64_t, 2> extents;
  std::vector<Step> body;
  Register value, result;
  /// Where the body is a product of two loads along one axis: the lanes' dot
  /// products are taken one by one, along memory.
  bool isDot = false;
};

struct BodyProgram {
  std::string what; // "stage \"gelu\"", for messages
  std::string place; // "file:line:column: " or empty
  std::vector<Register> arguments;
  std::vector<std::pair<uint32_t, double>> floatConstants;
  std::vector<std::pair<uint32_t, int64_t>> integerConstants;
  std::vector<Step> steps;
  Register result;
  uint32_t floatCount = 0, integerCount = 0;
};

} // namespace attune::reference
