// Weights times values as stages.
#pragma once

#include "passes/AttentionScores.h"

namespace attune {

/// For each class of pairs, the sum of the values of a chunk's keys (or of all),
/// each times its weight: [batch, head, tile, chunk?, query, feature].
class AttentionValues {
public:
  AttentionValues(AttentionBuilder &builder, AttentionScores &scores) : at(builder), op(builder.op), scores(scores) {}

  mlir::Value build(const PairClass &pairs, mlir::Value weights);

private:
  std::string sumName(llvm::StringRef row, llvm::StringRef chunk, const PairClass &pairs) {
    return at.hasChunks() ? pairs.stage(chunk) : row.str();
  }
  /// A reduction over the keys of an element of the result; `body` gets the
  /// indices of the pair and the feature.
  using Term = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, const PairIndices &, mlir::Value)>;
  mlir::Value sumOverKeys(llvm::StringRef name, Term body);
  mlir::Value kvHead(mlir::OpBuilder &b, mlir::Location l, mlir::Value head);
  mlir::Value valueAt(mlir::OpBuilder &b, mlir::Location l, const PairClass &pairs, const PairIndices &pair, mlir::Value feature);
  mlir::Value valueAt(mlir::OpBuilder &b, mlir::Location l, mlir::ValueRange place);

  /// In f32, as they are or finite ones alone: those of a chunk, or of all keys where all tiles share them.
  mlir::Value valueCopy(const PairClass &pairs, bool isFinite);
  mlir::Value inCopy(mlir::OpBuilder &b, mlir::Location l, mlir::Value copy, const PairClass &pairs, const PairIndices &pair,
                     mlir::Value feature);

  // ---- keys two by two, for dot products of bf16 ----

  bool usesPairs();
  attn::SizeAttr keysOfSum() { return at.hasChunks() ? at.constant(*at.form.chunk) : op.getKeys(); }
  mlir::Value sumOfPairs(llvm::StringRef name, const PairClass &pairs, mlir::Value weights, bool mayDrop);
  mlir::Value weightPairs(const PairClass &pairs, mlir::Value weights);
  mlir::Value valuePairs(bool areFinite);

  // ---- NaN and infinities in values of dropped keys ----
  //
  // A dropped pair has weight 0, and 0 times those is NaN. Values are therefore
  // added without them, and what rows keep of them in a sum of its own, which is
  // skipped where a chunk has none; or chunks with such values are added in
  // another way.

  /// The indices of a stage on keys alone: [batch, head, chunk?, key, …].
  PairIndices keyOf(mlir::ValueRange indices);
  llvm::SmallVector<attn::SizeAttr> keySizes();
  llvm::SmallVector<llvm::StringRef> keyAxes();
  mlir::Value magnitudes(const PairClass &pairs);
  mlir::Value sumOfKinds(llvm::StringRef name, const PairClass &pairs, mlir::Value weights);
  mlir::Value withInfiniteValues(const PairClass &pairs, mlir::Value weights, mlir::Value values);

  AttentionBuilder &at;
  attn::AttentionOp op;
  AttentionScores &scores;
  // As they are, and finite ones alone: of all keys.
  mlir::Value pairsOfValues[2], copiesOfValues[2];
};

} // namespace attune
