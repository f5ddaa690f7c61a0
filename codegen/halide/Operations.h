// Scalar operations of bodies: arith and math.
#pragma once

#include "codegen/halide/ElementTypes.h"
#include "dialect/BodyQueries.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/ArrayRef.h"

namespace attune::kernels {

/// Throws KernelError for an operation that kernels do not have.
/// What it gives of an emulated type is not rounded yet.
Halide::Expr translateOperation(mlir::Operation *op, llvm::ArrayRef<Halide::Expr> operands, const ElementTypes &types,
                                const TargetInfo &target);

/// `dividend` mod `divisor`, as `remainder` is written.
Halide::Expr translateRemainder(const attn::Remainder &remainder, Halide::Expr dividend, Halide::Expr divisor);

} // namespace attune::kernels
