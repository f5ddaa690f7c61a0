// What the parts that turn an attention into stages share.
#pragma once

#include "passes/AttentionForm.h"
#include "passes/AttentionSchedule.h"
#include "dialect/Attn.h"
#include "mlir/IR/IRMapping.h"

namespace attune {
using attn::TensorType; // rather than MLIR's own

/// Indices of a stage on pairs of one query and one key.
struct PairIndices {
  mlir::Value batch, head, tile, chunk, key, query; ///< chunk is null in a row

  llvm::SmallVector<mlir::Value> row() const; ///< without the key
  llvm::SmallVector<mlir::Value> pair() const;
};

/// Which pairs a set of stages is for.
struct PairClass {
  std::string name;    ///< "full", "cut"; empty where there is one class
  bool isMasked;       ///< `keep` decides about each pair
  bool mayLeaveKeys;   ///< a chunk may go past the last key
  std::string stage(llvm::StringRef stageName) const {
    return name.empty() ? stageName.str() : (stageName + "." + name).str();
  }
};

/// Builds stages over batch, head, tile (of queries), chunk (of keys), key,
/// query (in the tile), depth and feature.
class AttentionBuilder {
public:
  AttentionBuilder(attn::AttentionOp op, AttentionForm form, AttentionSchedule &schedule);

  using Body = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

  attn::SizeAttr constant(int64_t value) { return attn::SizeAttr::constant(op.getContext(), value); }
  TensorType f32(llvm::ArrayRef<attn::SizeAttr> sizes) { return TensorType::get(builder.getF32Type(), sizes); }
  bool hasChunks() const { return form.chunk.has_value(); }

  /// Sizes and names of axes: [batch, head, tile, chunk?] and what follows.
  llvm::SmallVector<attn::SizeAttr> sizes(std::initializer_list<attn::SizeAttr> rest);
  llvm::SmallVector<llvm::StringRef> axes(std::initializer_list<llvm::StringRef> rest);
  llvm::SmallVector<attn::SizeAttr> pairSizes();
  llvm::SmallVector<llvm::StringRef> pairAxes();
  PairIndices pairOf(mlir::ValueRange at);

  mlir::Value stage(llvm::StringRef name, llvm::ArrayRef<attn::SizeAttr> sizes,
                    llvm::ArrayRef<llvm::StringRef> axes, Body body);
  mlir::Value reduction(llvm::StringRef name, llvm::ArrayRef<attn::SizeAttr> sizes,
                        llvm::ArrayRef<llvm::StringRef> axes, attn::Reducer reducer, attn::SizeAttr over, Body body);

  /// The query's index for a place in a tile; the last tile repeats the last.
  mlir::Value queryIndex(mlir::OpBuilder &b, mlir::Location l, mlir::Value tileIndex, mlir::Value place);
  /// The key's index for a place in a chunk.
  mlir::Value keyIndex(mlir::OpBuilder &b, mlir::Location l, const PairClass &pairs, mlir::Value chunkIndex,
                       mlir::Value place);
  /// The same where a stage of all keys is read, of which as much is computed as is asked for: of a chunk that is
  /// not there, as its mask ends before the first key, nothing below that.
  mlir::Value keyOfStage(mlir::OpBuilder &b, mlir::Location l, const PairClass &pairs, mlir::Value chunkIndex, mlir::Value place);
  /// The head of keys and values that `group` heads share.
  mlir::Value headOfGroup(mlir::OpBuilder &b, mlir::Location l, mlir::Value head, int64_t group);
  /// A region's arguments b, h, i, j at a pair.
  mlir::IRMapping indicesOf(mlir::OpBuilder &b, mlir::Location l, mlir::Region &region, const PairClass &pairs,
                            const PairIndices &at);
  /// The same without j.
  mlir::IRMapping rowIndicesOf(mlir::OpBuilder &b, mlir::Location l, mlir::Region &region, mlir::ValueRange row);

  /// Clones what `value` is made of inside the attention, as far as the mapping
  /// does not know it yet.
  mlir::Value cloneValue(mlir::OpBuilder &b, mlir::Value value, mlir::IRMapping &mapping);
  /// What a region yields, cloned.
  mlir::Value cloneYield(mlir::OpBuilder &b, mlir::Region &region, mlir::IRMapping &mapping);
  /// Whether `value` is computed from `argument`, one of a region's.
  static bool dependsOn(mlir::Value value, mlir::Value argument);

  attn::AttentionOp op;
  mlir::OpBuilder builder;
  AttentionForm form;
  AttentionSchedule &schedule;
  attn::SizeAttr tiles, chunks; ///< how many; chunks is null in a row
  bool keepsAll;                ///< `keep` is true
  bool addsUpChunks;            ///< some chunks, one after another, before anything is stored
};

/// 2 * pair + step: one of two terms that lie side by side.
mlir::Value ofPair(mlir::OpBuilder &b, mlir::Location l, mlir::Value pair, mlir::Value step);

mlir::Value floatConstant(mlir::OpBuilder &b, mlir::Location l, float value);

} // namespace attune
