// What the stages of a kernel are to each other, as the schedules of devices ask.
#pragma once

#include "dialect/Attn.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace attune {

/// The stages of one variant of a kernel, and which of them are computed by themselves.
class DeviceKernel {
public:
  /// Of `given`, the schedule that an attention's stages came with, or null.
  DeviceKernel(mlir::Block &body, attn::ScheduleAttr given);

  /// Whether it is computed once rather than where it is read.
  bool isOnItsOwn(attn::StageOp stage) const;

  /// What says which elements are computed at all.
  llvm::SmallVector<std::string> meaningOf(attn::StageOp stage) const;

  /// Whether it is something about all tiles of an attention, which is known before they are computed.
  bool isFact(attn::StageOp stage) const;

  /// Computed in a tile, facts would not tell which to skip. What other facts alone are made of is computed with
  /// those.
  bool mustBeApart(attn::StageOp stage) const;

  /// The one reader that has loops of its own, where it reads this stage's elements at its
  /// own indices, each once.
  attn::StageOp onlyReaderInPlace(attn::StageOp stage) const;

  /// The products that a stage reads in place, whose register tiles it can take.
  llvm::SmallVector<attn::StageOp> productsInPlace(attn::StageOp stage) const;

  /// Along which threads lie beside those of the last axis, and the tiles that an attention
  /// takes of it.
  struct RowAxis {
    int64_t axis;
    std::optional<int64_t> tile;
  };
  RowAxis rowAxisOf(attn::StageOp stage) const;

  /// `skip` or `pieces`: what is computed depends on more than sizes.
  bool hasPredicate(attn::StageOp stage) const;

  /// Whether `stage` reads `source`, and through no stage that has a grid of its own.
  bool readsWithin(attn::StageOp stage, attn::StageOp source) const;

  /// Whether some reduction needs whole rows of `stage`'s last axis: sums over a row, and
  /// what is computed from them.
  bool needsWholeRows(attn::StageOp stage) const;

  /// The products that nothing but the scaled sum reads, as its terms or parts of them.
  llvm::SmallVector<attn::StageOp> productsOf(attn::StageOp sums) const;

  /// Nothing but loads, products and sums, as far as a vector has it in one piece: of
  /// conditions OpenCL has no vectors, which functions consist of as well.
  bool isPlain(attn::StageOp stage) const;

  /// Of `grid`, the axes that decide which elements of `stage` are asked for, through all
  /// stages between them.
  llvm::BitVector axesAsked(attn::StageOp stage, attn::StageOp grid) const;
  llvm::BitVector axesAsked(attn::StageOp stage, int64_t axis, attn::StageOp grid) const;

  const attn::ScheduleAttr given;
  attn::StageOp out; ///< gives the kernel's result
  llvm::SmallVector<attn::StageOp> stages;
  llvm::DenseMap<mlir::Operation *, size_t> position;
  llvm::SmallPtrSet<mlir::Operation *, 4> apart; ///< ends of products and the like, with grids of their own

private:
  /// Where a product of matrices ends that no attention has: what follows it element by element,
  /// up to what several read or sums need. It has a grid of its own, as rows that one block
  /// would need whole give too few blocks.
  attn::StageOp gridOfProduct(attn::StageOp product) const;

  /// A reduction of any length whose neighbours lie along the last axis: a block for each few of
  /// them has more threads at work than one that needs them all.
  bool isSumOfColumns(attn::StageOp stage) const;

  bool isForNothingBut(attn::StageOp stage, attn::StageOp reader) const;
};

} // namespace attune
