#include "dialect/BodyQueries.h"
#include "passes/DeviceSchedule.h"
#include "passes/DeviceStages.h"
#include "passes/Passes.h"
#include "passes/Stages.h"
#include "passes/Targets.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
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
constexpr int64_t columnParts[] = {attentionTile.rowThreads};
/// Of an attention's stages batch, head and tile come first; the others are of a tile.
constexpr int64_t axesOfTiles = 3;

/// What changes nothing; null for a type that has nothing of the kind.
TypedAttr identityOf(Reducer reducer, Type type) {
  if (reducer == Reducer::Sum)
    return cast<TypedAttr>(Builder(type.getContext()).getZeroAttr(type));
  auto real = dyn_cast<FloatType>(type);
  if (!real)
    return {};
  return FloatAttr::get(real, APFloat::getInf(real.getFloatSemantics(), /*Negative=*/reducer == Reducer::Max));
}

/// Whether a load has all axes of the stage that are longer than one element.
bool isOfAll(StageOp stage, LoadOp load) {
  auto has = [&](Value index) { return llvm::is_contained(load.getIndices(), index); };
  bool all = has(stage.getReductionIndices()[0]);
  for (int64_t axis = 0; axis < stage.getRank(); ++axis)
    all &= stage.getAxisSize(axis).isConstant(1) || has(stage.getBody().getArgument(axis));
  return all;
}

/// Whether what is reduced are neighbours in memory.
bool isAlongRow(StageOp stage) {
  return llvm::any_of(stage.getBodyBlock()->getOps<LoadOp>(), [&](LoadOp load) {
    return isOfAll(stage, load) && load.getIndices().back() == stage.getReductionIndices()[0];
  });
}

bool hasParts(StageOp stage) {
  return stage->getNumResults() == 1 && stage.getRank() > 0 &&
         (stage.getReducer() == Reducer::Sum || stage.getReducer() == Reducer::Max || stage.getReducer() == Reducer::Min);
}

/// Puts `whole`, which `parts` are for, in the place of `stage`.
void replace(StageOp stage, StageOp whole, StageOp parts) {
  parts.setPathAttr(stage.getPathAttr());
  whole.setPathAttr(stage.getPathAttr());
  whole->setDiscardableAttrs(stage->getDiscardableAttrDictionary());
  stage.getResult().replaceAllUsesWith(whole.getResult());
  stage.erase();
  ++splitReductions;
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
    return !load.getIndices().empty() && axesIn(load.getIndices().back(), stage).test(stage.getRank() + 1);
  });
}

/// The stage as a reduction of the last axis alone, and what that reads: one over the other axis.
std::pair<StageOp, StageOp> separateRows(StageOp stage) {
  int64_t rank = stage.getRank(), last = rank + 1;
  SmallVector<StringRef> names;
  SmallVector<SizeAttr> sizes;
  for (int64_t axis = 0; axis < rank; ++axis) {
    names.push_back(stage.getAxisName(axis));
    sizes.push_back(stage.getAxisSize(axis));
  }
  SmallVector<StringRef> ofRow(names);
  ofRow.push_back(stage.getAxisName(last));
  names.append({stage.getAxisName(last), stage.getAxisName(rank)});
  sizes.push_back(stage.getAxisSize(last));
  OpBuilder builder(stage);
  auto columns = StageOp::create(builder, stage.getLoc(), (stage.getName() + ".columns").str(),
                                 TensorType::get(stage.getElementTypes().front(), sizes), names, stage.getReducer(), {stage.getAxisSize(rank)},
                                 [&](OpBuilder &b, Location, ValueRange indices) -> Value {
    IRMapping mapping;
    mapping.map(stage.getBody().getArguments().drop_back(2), indices.drop_back(2));
    mapping.map(stage.getReductionIndices()[0], indices[last]);
    mapping.map(stage.getReductionIndices()[1], indices[rank]);
    for (Operation &op : stage.getBodyBlock()->without_terminator())
      b.clone(op, mapping);
    return mapping.lookupOrDefault(stage.getYield().getOperand(0));
  });
  auto row = StageOp::create(builder, stage.getLoc(), stage.getName(), stage.getType(), ofRow, stage.getReducer(), {sizes.back()},
                             [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    return LoadOp::create(b, l, columns.getResult(), indices);
  });
  replace(stage, row, columns);
  return {row, columns};
}

/// The reduction of the parts. One that `skips` will not visit what is past the end.
StageOp split(StageOp stage, int64_t parts, bool skips = false) {
  MLIRContext *context = stage.getContext();
  int64_t rank = stage.getRank();
  SizeAttr size = stage.getAxisSize(rank), partSize = SizeAttr::constant(context, parts), stepSize = ceilDiv(size, partSize);
  Value whole = stage.getReductionIndices()[0];
  // Neighbours in memory are neighbouring threads: parts of a row, or what the last axis has.
  bool isOfRow = isAlongRow(stage);
  int64_t place = isOfRow ? rank : rank - 1;
  // Parts take turns where that is known to come out even; others are of one piece.
  bool takesTurns = isOfRow || size.getConstant();
  SmallVector<StringRef> names;
  SmallVector<SizeAttr> sizes;
  for (int64_t axis = 0; axis < rank; ++axis) {
    names.push_back(stage.getAxisName(axis));
    sizes.push_back(stage.getAxisSize(axis));
  }
  names.insert(names.begin() + place, "part");
  sizes.insert(sizes.begin() + place, partSize);
  names.push_back(stage.getAxisName(rank));

  OpBuilder builder(stage);
  auto part = StageOp::create(builder, stage.getLoc(), (stage.getName() + ".parts").str(),
                              TensorType::get(stage.getElementTypes().front(), sizes), names, stage.getReducer(), {stepSize},
                              [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    Value step = indices.back(), part = indices[place];
    SizeAttr stride = takesTurns ? partSize : stepSize;
    Value scale = stride.getConstant() ? Value(arith::ConstantIndexOp::create(b, l, *stride.getConstant())) : SizeOp::create(b, l, stride);
    Value index = arith::AddIOp::create(b, l, arith::MulIOp::create(b, l, takesTurns ? step : part, scale), takesTurns ? part : step);
    // The last steps of parts may be past the end.
    Value inside;
    if (!size.getConstant()) {
      Value end = SizeOp::create(b, l, size);
      inside = arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, index, end);
      if (skips)
        index = WithinOp::create(b, l, b.getIndexType(), index, size);
      else
        index = arith::MinSIOp::create(b, l, index, arith::SubIOp::create(b, l, end, arith::ConstantIndexOp::create(b, l, 1)));
    }
    IRMapping mapping;
    mapping.map(whole, index);
    for (int64_t axis = 0; axis < rank; ++axis)
      mapping.map(stage.getBody().getArgument(axis), indices[axis < place ? axis : axis + 1]);
    for (Operation &op : stage.getBodyBlock()->without_terminator())
      b.clone(op, mapping);
    Value value = mapping.lookupOrDefault(stage.getYield().getOperand(0));
    if (!inside)
      return value;
    // One condition is what a reduction can be asked to skip by.
    if (GuardedTerms guarded = guardedTerms(stage); guarded.condition) {
      inside = arith::AndIOp::create(b, l, inside, mapping.lookupOrDefault(guarded.condition));
      value = mapping.lookupOrDefault(guarded.values[0]);
    }
    Value nothing = arith::ConstantOp::create(b, l, identityOf(*stage.getReducer(), value.getType()));
    return arith::SelectOp::create(b, l, inside, value, nothing);
  });
  names.erase(names.begin() + place);
  names.back() = "part";
  auto sum = StageOp::create(builder, stage.getLoc(), stage.getName(), stage.getType(), names, stage.getReducer(), {partSize},
                             [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    SmallVector<Value> at(indices.drop_back());
    at.insert(at.begin() + place, indices.back());
    return LoadOp::create(b, l, part.getResult(), at);
  });
  replace(stage, sum, part);
  return part;
}

void splitAll(StageOp stage) {
  if (isOfRows(stage)) {
    auto [row, columns] = separateRows(stage);
    splitAll(row);
    if (std::optional<int64_t> parts = evenParts(columns, columnParts))
      split(columns, *parts);
  } else if (std::optional<int64_t> parts = partsOf(stage)) {
    split(stage, *parts);
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
    StageOp part = split(stage, *parts, /*skips=*/true);
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
