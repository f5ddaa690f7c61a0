// The scores of an attention as stages.
#pragma once

#include "passes/AttentionBuilder.h"
#include "llvm/ADT/MapVector.h"

namespace attune {

/// Score of a dropped pair where a softmax follows: the lowest finite one, since
/// the kernels' arithmetic assumes finite numbers.
inline constexpr float droppedScore = std::numeric_limits<float>::lowest();
/// A row's maximum is at least this: nothing of a dropped pair is left by
/// exp(droppedScore - leastMaximum), and no difference of infinities arises.
/// Kept scores below it count as -inf.
inline constexpr float leastMaximum = -1e38f;

/// Every sum over features is a stage of its own: over pairs, or over queries or
/// keys where it is of those alone. `scores` is the arithmetic around them.
class AttentionScores {
public:
  /// `prefix` begins the names of stages that all classes of pairs share.
  explicit AttentionScores(AttentionBuilder &builder, llvm::StringRef prefix = "")
      : at(builder), op(builder.op), prefix(prefix) {}

  /// The scores of a class of pairs; with `sentinel`, dropped pairs get
  /// `droppedScore`.
  mlir::Value build(const PairClass &pairs, bool sentinel);
  /// Whether the pair is kept.
  mlir::Value kept(mlir::OpBuilder &b, mlir::Location l, const PairClass &pairs, const PairIndices &pair);

private:
  /// A sum inside a sum (w[h] @ k in `general`), or one that is not of pairs, as
  /// a stage over what it depends on: computed once for all queries where it
  /// depends on none.
  struct InnerSum {
    mlir::Value tensor;
    bool ofQuery, ofKey;
  };

  mlir::Value buildSum(attn::ReduceOp reduce, const PairClass &pairs, unsigned index, unsigned count, bool joined);
  /// What a sum reads, copied to where it is read faster.
  struct OperandCopy {
    mlir::Value original; ///< inside the sum
    mlir::Value tensor;
    bool ofKey;
    int64_t group; ///< of a key's: how many heads share a row
  };
  void copyOperands(attn::ReduceOp reduce, bool ofPairs);
  mlir::Value queryCopy(mlir::Value original, attn::ReduceOp reduce, bool ofPairs);
  std::optional<OperandCopy> keyCopy(attn::LoadOp load, attn::ReduceOp reduce);
  /// What a copy of a load takes the place of: the load, or what widens it.
  mlir::Value copied(attn::LoadOp load);
  std::string copyName(llvm::StringRef base, bool ofKey);
  InnerSum innerSum(attn::ReduceOp inner, attn::ReduceOp outer, llvm::StringRef name,
                    llvm::ArrayRef<llvm::StringRef> featureAxes);
  /// Sums that have stages, at a pair.
  void mapSums(mlir::OpBuilder &b, mlir::Location l, const PairIndices &pair, mlir::IRMapping &mapping);
  /// Whether the sum depends on an index of the score.
  bool isOf(attn::ReduceOp sum, unsigned index);
  bool ofQueryAlone(attn::LoadOp load);
  llvm::SmallVector<mlir::Value> placeOf(const InnerSum &sum, const PairIndices &pair, mlir::Value key,
                                         mlir::ValueRange features);

  AttentionBuilder &at;
  attn::AttentionOp op;
  std::string prefix;
  llvm::MapVector<mlir::Operation *, OperandCopy> copies;
  llvm::MapVector<mlir::Operation *, InnerSum> innerSums;
  llvm::SmallVector<std::pair<attn::ReduceOp, mlir::Value>> pairSums; ///< of the class that is built
};

} // namespace attune
