// Which tiles of an attention's mask are empty, cut or full.
#pragma once

#include "passes/AttentionBuilder.h"
#include "passes/TileRanges.h"

namespace attune {

/// `keep` over whole tiles, by interval arithmetic: comparisons of indices become
/// comparisons of a tile's first and last query and key. What depends on data is
/// answered by its least and greatest value over the tile, which stages of their
/// own compute once (the pre-pass).
class MaskTiles {
public:
  explicit MaskTiles(AttentionBuilder &builder);

  /// The classes of pairs that occur, full before cut.
  llvm::ArrayRef<PairClass> classes() const { return pairClasses; }
  /// Without pieces every tile belongs to the one class.
  bool hasPieces() const { return static_cast<bool>(whole); }
  /// Whether the pieces are looked up: they depend on data.
  bool isTable() const { return dependsOnData; }
  /// For each class, whether the tile at [batch, head, tile, chunk] belongs to it.
  llvm::SmallVector<mlir::Value> conditions(mlir::OpBuilder &b, mlir::Location l, mlir::ValueRange tile);
  /// Whether the tile belongs to any class.
  mlir::Value any(mlir::OpBuilder &b, mlir::Location l, mlir::ValueRange tile);

private:
  llvm::SmallVector<mlir::Value> ofTable(mlir::ValueRange tile);
  TileRanges::Range rangeOfData(mlir::OpBuilder &b, mlir::Location l, mlir::Value value, mlir::ValueRange tile);

  AttentionBuilder &at;
  attn::AttentionOp op;
  llvm::SmallVector<PairClass, 2> pairClasses;
  bool dependsOnData = false;
  llvm::SmallVector<unsigned> places; ///< of [batch, head, tile, chunk]: those of the table
  mlir::Value whole, some; ///< all kept, and any; without the batch and the head where all are alike
  llvm::DenseMap<mlir::Value, std::pair<mlir::Value, mlir::Value>> extremes;
};

} // namespace attune
