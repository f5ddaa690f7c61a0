// What is asked of values in the bodies of stages and of attention.
#pragma once

#include "dialect/Attn.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace attune::attn {

/// Whether `value`, or a number that it is computed from, fulfils `test`. Looks
/// into reductions, not into the tensors that are loaded.
bool isComputedFrom(mlir::Value value, llvm::function_ref<bool(mlir::Value)> test);

/// `value` and what of `owner` it is computed from, again at `builder`; `mapping`
/// holds what stands for the arguments of bodies, and gets what was made.
mlir::Value cloneComputation(mlir::OpBuilder &builder, mlir::Value value, mlir::Operation *owner,
                             mlir::IRMapping &mapping);

/// Whether a reduction is the same with and without the constant `value`.
bool isIdentity(Reducer reducer, mlir::Value value);
/// The same of all that a stage yields, one value of a reduction or several.
bool areIdentity(Reducer reducer, mlir::ValueRange values);

/// What a reduction adds where a condition holds, and nothing elsewhere: its values are selects
/// by one condition, whose other values change nothing. Null condition where it is not so.
struct GuardedTerms {
  mlir::Value condition;
  llvm::SmallVector<mlir::Value> values;
};
GuardedTerms guardedTerms(StageOp stage);

/// What a stage's values are where a condition holds, and elsewhere.
struct Arm {
  mlir::Value condition;
  bool isOpposite = false; ///< it holds where the condition does not
  llvm::SmallVector<mlir::Value> values, others;
};
/// Of `values`, which a stage yields or are what an earlier arm leaves: none where they are no selects by one condition.
/// Folding turns a select by an opposite round: what a reduction adds where the condition does not hold is the arm then,
/// as nothing is added where it does.
std::optional<Arm> firstArm(StageOp stage, mlir::ValueRange values);

/// x mod d, as the language writes it: x - (x floordiv d) * d.
struct Remainder {
  mlir::Value dividend, divisor;
  /// The divisor where it is constant and positive.
  std::optional<int64_t> modulus() const;
};

std::optional<Remainder> matchRemainder(mlir::Value value);
/// x - x mod d, as (x floordiv d) * d.
std::optional<Remainder> matchWithoutRemainder(mlir::Value value);

} // namespace attune::attn
