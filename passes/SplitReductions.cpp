#include "passes/DeviceSchedule.h"
#include "passes/DeviceStages.h"
#include "passes/Passes.h"
#include "passes/ReductionParts.h"
#include "passes/Stages.h"
#include "passes/Targets.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/Statistic.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_SPLITREDUCTIONS
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-split-reductions"
ALWAYS_ENABLED_STATISTIC(splitReductions, "reductions that became one of parts");

namespace {

/// Parts of a row, the most first: threads that share it.
constexpr int64_t partCounts[] = {32, 16};
constexpr int64_t leastSteps = 4; // of a part
/// Parts of a column: the threads beside those of its neighbours.
constexpr int64_t columnParts[] = {attentionRowThreads};
/// Of an attention's stages batch, head and tile come first; the others are of a tile.
constexpr int64_t axesOfTiles = 3;

bool hasParts(StageOp stage) {
  return stage->getNumResults() == 1 && stage.getRank() > 0 &&
         (stage.getReducer() == Reducer::Sum || stage.getReducer() == Reducer::Max || stage.getReducer() == Reducer::Min);
}

/// The first of `counts` that comes out even.
std::optional<int64_t> evenParts(StageOp stage, ArrayRef<int64_t> counts) {
  if (std::optional<int64_t> size = stage.getAxisSize(stage.getRank()).getConstant())
    for (int64_t parts : counts)
      if (*size % parts == 0 && *size / parts >= leastSteps)
        return parts;
  return std::nullopt;
}

/// How many parts a reduction is worth; nothing where it stays whole.
std::optional<int64_t> partsOf(StageOp stage) {
  if (stage.getReductionRank() != 1 || !hasParts(stage))
    return std::nullopt;
  // Where no load has all axes it is a product of matrices, or the like: its register tiles
  // have work for all threads.
  if (llvm::none_of(stage.getBodyBlock()->getOps<LoadOp>(), [&](LoadOp load) { return isOfAll(stage, load); }))
    return std::nullopt;
  if (!stage.getAxisSize(stage.getRank()).getConstant())
    return identityOf(*stage.getReducer(), stage.getElementTypes().front()) ? std::optional(partCounts[1]) : std::nullopt;
  return evenParts(stage, isAlongRow(stage) ? ArrayRef<int64_t>(partCounts) : ArrayRef<int64_t>(columnParts));
}

/// Of two axes, whether what is read goes along memory with the last one.
bool isOfRows(StageOp stage) {
  if (stage.getReductionRank() != 2 || !hasParts(stage) || !stage.getAxisSize(stage.getRank() + 1).getConstant())
    return false;
  return llvm::any_of(stage.getBodyBlock()->getOps<LoadOp>(), [&](LoadOp load) {
    return axesIn(load, stage).all() && axesIn(load.getIndices().back(), stage).test(stage.getRank() + 1);
  });
}

StageOp splitOnce(StageOp stage, int64_t parts, bool skips = false) {
  ++splitReductions;
  return splitReduction(stage, parts, skips).parts;
}

void splitAll(StageOp stage) {
  if (isOfRows(stage)) {
    SplitReduction rows = separateRows(stage);
    ++splitReductions;
    splitAll(rows.whole);
    if (std::optional<int64_t> parts = evenParts(rows.parts, columnParts))
      splitOnce(rows.parts, *parts);
  } else if (std::optional<int64_t> parts = partsOf(stage)) {
    splitOnce(stage, *parts);
  }
}

struct SplitReductions : impl::SplitReductionsBase<SplitReductions> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<TargetInfo> info = targetOf(getOperation(), target);
    if (failed(info))
      return signalPassFailure();
    if (!info->isDevice())
      return;
    getOperation().walk([](KernelOp kernel) {
      SmallVector<Attribute> schedules(kernel.getSchedules().getValue());
      for (auto [v, variant] : llvm::enumerate(kernel.getVariants())) {
        ScheduleAttr schedule = kernel.getSchedule(v);
        for (StageOp stage : llvm::make_early_inc_range(variant.front().getOps<StageOp>())) {
          StageScheduleAttr entry = schedule ? schedule.lookup(stage.getName()) : StageScheduleAttr();
          if (!stage.isReduction())
            continue;
          if (entry && !stage.getAxisSize(stage.getRank()).getConstant())
            schedule = splitChunks(stage, entry, schedule);
          else if (!entry || llvm::none_of(entry.getDirectives(), isSkip))
            splitAll(stage);
        }
        if (schedule)
          schedules[v] = schedule;
      }
      kernel.setSchedulesAttr(ArrayAttr::get(kernel.getContext(), schedules));
    });
  }

  /// Over the chunks of an attention, or segments of them. Rows of whole tiles of queries have an element for each
  /// thread as they are; of fewer the parts do, which leave out what the whole did.
  static ScheduleAttr splitChunks(StageOp stage, StageScheduleAttr entry, ScheduleAttr schedule) {
    constexpr int64_t mostElements = 1024;
    int64_t elements = 1;
    for (SizeAttr size : stage.getType().getSizes().drop_front(std::min<int64_t>(stage.getRank(), axesOfTiles)))
      elements *= std::min(size.getConstant().value_or(1), mostElements);
    std::optional<int64_t> parts = partsOf(stage);
    if (!parts || elements * *parts > mostElements)
      return schedule;
    StageOp part = splitOnce(stage, *parts, /*skips=*/true);
    MLIRContext *context = entry.getContext();
    SmallVector<StageScheduleAttr> entries;
    for (StageScheduleAttr other : schedule.getStages()) {
      if (other != entry) {
        entries.push_back(other);
        continue;
      }
      SmallVector<DirectiveAttr> rest(entry.getDirectives());
      llvm::erase_if(rest, isSkip);
      entries.push_back(StageScheduleAttr::get(context, entry.getStage(), rest));
      rest.push_back(DirectiveAttr::get(context, StringAttr::get(context, "skip"), ArrayAttr::get(context, {})));
      entries.push_back(StageScheduleAttr::get(context, part.getNameAttr(), rest));
    }
    return schedule.withStages(entries);
  }

  /// It visits only some of its elements.
  static bool isSkip(DirectiveAttr directive) { return directive.getKeyword() == "skip"; }
};

} // namespace
} // namespace attune
