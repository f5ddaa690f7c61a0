// What a program is made of before fusion, and which kernel each part became.
#pragma once

#include "dialect/Attn.h"
#include <string>
#include <vector>

namespace attune {

struct ProgramGraph {
  struct Node {
    std::string name;  ///< of the operation
    size_t kernel;     ///< that computes it
    std::vector<size_t> reads;
  };
  struct Kernel {
    std::string name;
    std::vector<size_t> reads;
  };
  std::string function;
  std::vector<Node> nodes;     ///< by kernel, then in the order of the program
  std::vector<Kernel> kernels; ///< in the order of the program
};

/// `simplified` and `fused` are one function at these phases.
ProgramGraph graphOf(mlir::func::FuncOp simplified, mlir::func::FuncOp fused);

} // namespace attune
