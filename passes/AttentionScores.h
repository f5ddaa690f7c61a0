// The scores of an attention as stages.
#pragma once

#include "passes/AttentionBuilder.h"

namespace attune {

/// Score of a dropped pair where a softmax follows: the lowest finite one, since
/// the kernels' arithmetic assumes finite numbers.
inline constexpr float droppedScore = std::numeric_limits<float>::lowest();
/// A row's maximum is at least this: nothing of a dropped pair is left by
/// exp(droppedScore - leastMaximum), and no difference of infinities arises.
/// Kept scores below it count as -inf.
inline constexpr float leastMaximum = -1e38f;

/// Every sum over features is a stage of its own; `scores` is the arithmetic
/// around them.
class AttentionScores {
public:
  explicit AttentionScores(AttentionBuilder &builder) : at(builder), op(builder.op) {}

  /// The scores of a class of pairs; with `sentinel`, dropped pairs get
  /// `droppedScore`.
  mlir::Value build(const PairClass &pairs, bool sentinel);
  /// Whether the pair is kept.
  mlir::Value kept(mlir::OpBuilder &b, mlir::Location l, const PairClass &pairs, const PairIndices &pair);

private:
  /// A sum inside a sum (w[h] @ k in `general`), as a stage over what it depends
  /// on: computed once for all queries where it depends on none.
  struct InnerSum {
    mlir::Value tensor;
    bool ofQuery, ofKey;
  };

  mlir::Value buildSum(attn::ReduceOp reduce, const PairClass &pairs, unsigned index, unsigned count, bool joined);
  mlir::Value queryCopy(attn::LoadOp load, attn::ReduceOp reduce);
  InnerSum innerSum(attn::ReduceOp inner, attn::ReduceOp outer, llvm::StringRef name,
                    llvm::ArrayRef<llvm::StringRef> featureAxes);
  bool ofQueryAlone(attn::LoadOp load);
  llvm::SmallVector<mlir::Value> placeOf(const InnerSum &sum, const PairIndices &pair, mlir::Value key,
                                         mlir::ValueRange features);

  AttentionBuilder &at;
  attn::AttentionOp op;
  llvm::DenseMap<mlir::Operation *, mlir::Value> copies;
  llvm::DenseMap<mlir::Operation *, InnerSum> innerSums;
};

} // namespace attune
