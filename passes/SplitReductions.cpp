#include "passes/DeviceSchedule.h"
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

/// How many parts a reduction is worth; nothing where it stays whole.
std::optional<int64_t> partsOf(StageOp stage) {
  if (stage.getReductionRank() != 1 || stage->getNumResults() != 1 || stage.getRank() == 0)
    return std::nullopt;
  if (stage.getReducer() != Reducer::Sum && stage.getReducer() != Reducer::Max && stage.getReducer() != Reducer::Min)
    return std::nullopt;
  // Where no load has all axes it is a product of matrices, or the like: its register tiles
  // have work for all threads.
  if (llvm::none_of(stage.getBodyBlock()->getOps<LoadOp>(), [&](LoadOp load) { return isOfAll(stage, load); }))
    return std::nullopt;
  std::optional<int64_t> size = stage.getAxisSize(stage.getRank()).getConstant();
  if (!size)
    return identityOf(*stage.getReducer(), stage.getElementTypes().front()) ? std::optional(partCounts[1]) : std::nullopt;
  for (int64_t parts : isAlongRow(stage) ? ArrayRef<int64_t>(partCounts) : ArrayRef<int64_t>(columnParts))
    if (*size % parts == 0 && *size / parts >= leastSteps)
      return parts;
  return std::nullopt;
}

void split(StageOp stage, int64_t parts) {
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
      Value end = SizeOp::create(b, l, size), one = arith::ConstantIndexOp::create(b, l, 1);
      inside = arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, index, end);
      index = arith::MinSIOp::create(b, l, index, arith::SubIOp::create(b, l, end, one));
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
  part.setPathAttr(stage.getPathAttr());
  sum.setPathAttr(stage.getPathAttr());
  sum->setDiscardableAttrs(stage->getDiscardableAttrDictionary());
  stage.getResult().replaceAllUsesWith(sum.getResult());
  stage.erase();
  ++splitReductions;
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
      for (auto [v, variant] : llvm::enumerate(kernel.getVariants())) {
        ScheduleAttr schedule = kernel.getSchedule(v);
        for (StageOp stage : llvm::make_early_inc_range(variant.front().getOps<StageOp>())) {
          // Chunks of an attention and their segments are few, and what is known of them is their number.
          bool isScheduled = schedule && schedule.lookup(stage.getName());
          if (!stage.isReduction() || isSkipped(schedule, stage) ||
              (isScheduled && !stage.getAxisSize(stage.getRank()).getConstant()))
            continue;
          if (std::optional<int64_t> parts = partsOf(stage))
            split(stage, *parts);
        }
      }
    });
  }

  /// Whether it visits only some of its elements, as its schedule says.
  static bool isSkipped(ScheduleAttr schedule, StageOp stage) {
    StageScheduleAttr entry = schedule ? schedule.lookup(stage.getName()) : StageScheduleAttr();
    return entry && llvm::any_of(entry.getDirectives(), [](DirectiveAttr directive) { return directive.getKeyword() == "skip"; });
  }
};

} // namespace
} // namespace attune
