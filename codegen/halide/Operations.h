// Scalar operations of bodies: arith and math.
#pragma once

#include "Halide.h"
#include "dialect/BodyQueries.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/ArrayRef.h"

namespace attune::kernels {

/// Throws KernelError for an operation that kernels do not have.
Halide::Expr translateOperation(mlir::Operation *op, llvm::ArrayRef<Halide::Expr> operands);

/// `dividend` mod `divisor`, as `remainder` is written.
Halide::Expr translateRemainder(const attn::Remainder &remainder, Halide::Expr dividend, Halide::Expr divisor);

} // namespace attune::kernels
