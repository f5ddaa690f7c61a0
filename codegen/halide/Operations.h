// Scalar operations of bodies: arith and math.
#pragma once

#include "Halide.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/ArrayRef.h"

namespace attune::kernels {

/// Throws KernelError for an operation that kernels do not have.
Halide::Expr translateOperation(mlir::Operation *op, llvm::ArrayRef<Halide::Expr> operands);

} // namespace attune::kernels
