// A kernel as Halide Funcs, between translation and scheduling.
#pragma once

#include "Halide.h"
#include <cstdint>
#include <list>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace attune::kernels {

/// Why a kernel cannot be compiled. Halide reports by exceptions, so this
/// library does the same inside; compileKernel turns both into errors.
struct KernelError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Axis {
  std::string name;
  Halide::Expr size;
  std::optional<int64_t> constant; ///< the size where it is known now
};

/// An arm of a stage's selects that has a definition of its own: an update over
/// `domain`, which runs along one axis where the arm's condition holds.
struct Piece {
  std::string name;
  size_t axis; ///< the reduced one after the others
  Halide::RDom domain;
};

/// One attn.stage and its Func. Axis i of n is dimension n-1-i of the Func.
struct StageFunc {
  std::string name;
  Halide::Func func;
  bool isOutput = false;
  bool isReduction = false;
  std::vector<Axis> axes;
  std::vector<Halide::Var> vars;
  std::vector<Axis> reducedAxes;
  Halide::RDom domain;
  std::vector<Piece> pieces;
};

struct Kernel {
  std::string name;
  std::list<StageFunc> stages; ///< producers before consumers
  StageFunc *output = nullptr;
  std::vector<Halide::Argument> arguments;
};

} // namespace attune::kernels
