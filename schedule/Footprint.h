// How much of a stage a loop asks for.
#pragma once

#include "schedule/KernelPlan.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <map>

namespace attune {

/// Reads of one stage's values by another that has loops, with inlined stages
/// between them looked through.
struct StageRead {
  size_t reader;
  Definition definition;
  size_t piece; ///< which, for Definition::Piece
};

/// What of divided indices a loop reaches: in any case, or knowing that each of its
/// iterations over a tile begins at a multiple of the tile's size.
enum class Division { Bound, Aligned };

/// What `layout` leaves a row along `axis`, in elements; none: as much as it has.
std::optional<int64_t> roomAlong(const StagePlan &stage, size_t axis);

/// Between the stages of a planned kernel.
class Footprint {
public:
  /// `stages` are those of the plan, in its order.
  Footprint(const KernelPlan &plan, llvm::ArrayRef<attn::StageOp> stages, Division division = Division::Bound);

  attn::StageOp opOf(size_t stage) const { return stages[stage]; }

  /// By whom the values of a stage are read, directly or through inlined stages.
  llvm::ArrayRef<StageRead> readsOf(size_t stage) const { return reads[stage]; }

  /// The most elements along `axis` of `stage` that one iteration of `level`
  /// asks for, of the whole kernel where there is none. None where that is not
  /// known when compiling.
  std::optional<int64_t> extent(size_t stage, size_t axis, const std::optional<LoopLevel> &level) const;

  /// Of an axis where the stage is computed.
  std::optional<int64_t> extentAsked(size_t stage, size_t axis) const { return extent(stage, axis, plan.stages[stage].at); }

  /// Of an axis, the elements that are kept at a time, with what tiles round up.
  std::optional<int64_t> extentKept(size_t stage, size_t axis) const;

  /// The values of a stage that are kept at a time, with what tiles round up.
  std::optional<int64_t> bytes(size_t stage) const;

private:
  using Widths = llvm::DenseMap<mlir::Value, std::optional<int64_t>>;
  /// `starts`: what begins at multiples of its width.
  std::optional<int64_t> width(mlir::Value index, const Widths &widths, const llvm::DenseSet<mlir::Value> &starts) const;
  std::optional<int64_t> findExtent(size_t stage, size_t axis, const std::optional<LoopLevel> &level) const;
  std::optional<int64_t> extentInOwnLoops(size_t stage, size_t axis, const LoopLevel &level) const;
  std::optional<int64_t> extentOfReads(size_t stage, size_t axis, const std::optional<LoopLevel> &level) const;
  void findReads();

  const KernelPlan &plan;
  llvm::ArrayRef<attn::StageOp> stages;
  Division division;
  llvm::DenseMap<mlir::Operation *, size_t> position;
  std::vector<std::vector<StageRead>> reads;
  using Key = std::tuple<size_t, size_t, std::tuple<size_t, Definition, size_t, unsigned>>;
  mutable std::map<Key, std::optional<int64_t>> extents; ///< what is asked for again and again
};

} // namespace attune
