#include "passes/Passes.h"
#include "passes/Prepare.h"
#include "passes/Stages.h"
#include "llvm/ADT/Statistic.h"
#include <map>
#include <set>

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-pack-weights"
ALWAYS_ENABLED_STATISTIC(packedLoads, "loads of weights that read panels");
ALWAYS_ENABLED_STATISTIC(packedMatrices, "matrices of weights laid out in panels");

namespace {

/// `pack AXIS WIDTH [STEPS]` on a stage, if its schedule says so.
struct Packing {
  StageOp stage;
  unsigned axis;
  int64_t width;
  int64_t steps; ///< of the depth, beside each other
};

SmallVector<Packing> findPackings(KernelOp kernel, unsigned variant) {
  SmallVector<Packing> found;
  for (StageScheduleAttr entry : kernel.getSchedule(variant).getStages())
    for (DirectiveAttr directive : entry.getDirectives()) {
      ArrayAttr arguments = directive.getArguments();
      if (directive.getKeyword() != "pack" || arguments.size() < 2 || arguments.size() > 3)
        continue;
      auto name = dyn_cast<StringAttr>(arguments[0]);
      auto width = dyn_cast<IntegerAttr>(arguments[1]);
      auto steps = arguments.size() == 3 ? dyn_cast<IntegerAttr>(arguments[2]) : IntegerAttr();
      size_t before = found.size();
      for (auto stage : kernel.getVariants()[variant].getOps<StageOp>())
        if (stage.getNameAttr() == entry.getStage())
          for (unsigned axis = 0; axis < stage.getRank(); ++axis)
            if (name && width && width.getInt() > 0 && stage.getAxisName(axis) == name)
              found.push_back({stage, axis, width.getInt(), steps ? steps.getInt() : 1});
      if (found.size() == before)
        kernel.emitRemark("not packed: there is no stage ") << entry.getStage()
            << " with an axis " << directive.getArguments()[0];
    }
  return found;
}

/// The schedule without `pack`, which is then part of the program, and without `prefetch` where nothing is packed.
ScheduleAttr withoutPack(KernelOp kernel, ScheduleAttr schedule, const std::set<StringRef> &readers) {
  SmallVector<StageScheduleAttr> stages;
  for (StageScheduleAttr stage : schedule.getStages()) {
    SmallVector<DirectiveAttr> kept;
    for (DirectiveAttr directive : stage.getDirectives()) {
      bool isIdle = directive.getKeyword() == "prefetch" && !readers.count(stage.getStage());
      if (isIdle)
        kernel.emitRemark("nothing prefetched: '") << stage.getStage().getValue() << "' reads no panels, which 'pack' makes of weights";
      if (directive.getKeyword() != "pack" && !isIdle)
        kept.push_back(directive);
    }
    stages.push_back(StageScheduleAttr::get(schedule.getContext(), stage.getStage(), kept));
  }
  return schedule.withStages(stages);
}

struct PackWeights : impl::PackWeightsBase<PackWeights> {
  void runOnOperation() override {
    Preparation preparation(getOperation());
    for (auto model : getOperation().getOps<func::FuncOp>()) {
      if (!model->hasAttr(modelAttrName))
        continue;
      packed.clear();
      SmallVector<KernelOp> kernels(model.getOps<KernelOp>());
      for (KernelOp kernel : kernels)
        pack(kernel, preparation);
      eraseUnread(model);
    }
    // Panels stand in for joined matrices.
    preparation.dropInternal();
  }

  void pack(KernelOp kernel, Preparation &preparation) {
    SmallVector<Attribute> schedules(kernel.getSchedules().getValue());
    for (unsigned v = 0; v < schedules.size(); ++v) {
      if (!kernel.getSchedule(v))
        continue;
      std::set<StringRef> readers;
      for (const Packing &packing : findPackings(kernel, v))
        if (packVariant(kernel, v, packing, preparation))
          readers.insert(StageOp(packing.stage).getName());
      schedules[v] = withoutPack(kernel, cast<ScheduleAttr>(schedules[v]), readers);
    }
    kernel.setSchedulesAttr(ArrayAttr::get(kernel.getContext(), schedules));
    dropUnusedInputs(kernel);
  }

  /// Whether the stage reads panels now.
  bool packVariant(KernelOp kernel, unsigned v, const Packing &packing, Preparation &preparation) {
    StageOp stage = packing.stage;
    WeightsLoad weights = packableLoad(kernel, stage, packing.axis);
    if (!weights) {
      kernel.emitRemark("not packed: '") << stage.getName() << "' reads no matrix of weights at '"
                                         << stage.getAxisName(packing.axis)
                                         << "' and its reduced axis";
      return false;
    }
    auto [load, column, depth] = weights;
    unsigned columnAxis = load.getIndices()[0] == column ? 0 : 1;
    std::optional<int64_t> depths = load.getTensor().getType().getSize(1 - columnAxis).getConstant();
    if (*depths % packing.steps) {
      kernel.emitRemark("not packed: '") << stage.getName() << "' has " << *depths << " steps of depth, which "
                                         << packing.steps << " does not divide";
      return false;
    }
    Value panels = packedMatrix(kernel, readOf(kernel, load.getTensor()), columnAxis, packing, preparation);
    auto index = llvm::find(kernel.getInputs(), panels);
    unsigned position = index - kernel.getInputs().begin();
    if (index == kernel.getInputs().end()) {
      kernel.getInputsMutable().append(panels);
      for (Region &region : kernel.getVariants())
        region.addArgument(panels.getType(), panels.getLoc());
    }
    OpBuilder builder(load);
    Location loc = load.getLoc();
    Value width = arith::ConstantIndexOp::create(builder, loc, packing.width);
    Value panel = arith::FloorDivSIOp::create(builder, loc, column, width);
    Value lane = arith::RemUIOp::create(builder, loc, column, width);
    SmallVector<Value> place{panel, depth, lane};
    if (packing.steps > 1) {
      Value steps = arith::ConstantIndexOp::create(builder, loc, packing.steps);
      place[1] = arith::FloorDivSIOp::create(builder, loc, depth, steps);
      place.push_back(arith::RemUIOp::create(builder, loc, depth, steps));
    }
    Value packedLoad = LoadOp::create(builder, loc, kernel.getVariants()[v].getArgument(position), place);
    load.getResult().replaceAllUsesWith(packedLoad);
    load.erase();
    ++packedLoads;
    return true;
  }

  /// The matrix, with n columns along `columnAxis`, as panels
  /// [ceil(n / width), k, width], or [ceil(n / width), k / steps, width, steps];
  /// zeros beyond n.
  Value packedMatrix(KernelOp kernel, ReadOp read, unsigned columnAxis, const Packing &packing,
                     Preparation &preparation) {
    int64_t width = packing.width, steps = packing.steps;
    Value &known = packed[{read.getSourceAttr().getAsOpaquePointer(), columnAxis, width, steps}];
    if (known)
      return known;
    auto type = cast<TensorType>(read.getResult().getType());
    int64_t columns = *type.getSize(columnAxis).getConstant();
    MLIRContext *context = kernel.getContext();
    auto size = [&](int64_t v) { return SizeAttr::constant(context, v); };
    SmallVector<SizeAttr> sizes{size(llvm::divideCeil(columns, width)), type.getSize(1 - columnAxis), size(width)};
    SmallVector<StringRef> axes{"panel", "depth", "lane"};
    if (steps > 1) {
      sizes[1] = size(*sizes[1].getConstant() / steps);
      sizes.push_back(size(steps));
      axes.push_back("step");
    }
    TensorType panels = TensorType::get(type.getElementType(), sizes);
    // At the head of the model, where every kernel can read it.
    Block &body = kernel->getParentOfType<func::FuncOp>().front();
    OpBuilder builder = OpBuilder::atBlockBegin(&body);
    auto source = ReadOp::create(builder, read.getLoc(), type, read.getSourceAttr());
    auto stage = StageOp::create(builder, read.getLoc(), "panels", panels, axes,
                                 [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      auto constant = [&](int64_t v) -> Value { return arith::ConstantIndexOp::create(b, l, v); };
      Value column = arith::AddIOp::create(
          b, l, arith::MulIOp::create(b, l, at[0], constant(width)), at[2]);
      bool ragged = columns % width;
      Value inside = ragged ? arith::MinSIOp::create(b, l, column, constant(columns - 1)).getResult()
                            : column;
      Value depth = at[1];
      if (steps > 1)
        depth = arith::AddIOp::create(b, l, arith::MulIOp::create(b, l, depth, constant(steps)), at[3]);
      Value place[] = {inside, depth};
      if (columnAxis == 1)
        std::swap(place[0], place[1]);
      Value element = LoadOp::create(b, l, source, place);
      if (!ragged)
        return element;
      Value zero = arith::ConstantOp::create(b, l, b.getZeroAttr(type.getElementType()));
      Value here = arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, column, constant(columns));
      return arith::SelectOp::create(b, l, here, element, zero);
    });
    stage.setPath((read.getSource() + ".panels").str());
    known = preparation.add(builder, stage.getResult());
    ++packedMatrices;
    stage.erase();
    if (source.use_empty())
      source.erase();
    return known;
  }

  void dropUnusedInputs(KernelOp kernel) {
    for (unsigned i = kernel.getInputs().size(); i-- > 0;) {
      bool unused = llvm::all_of(kernel.getVariants(), [&](Region &region) {
        return region.getArgument(i).use_empty();
      });
      if (!unused)
        continue;
      for (Region &region : kernel.getVariants())
        region.eraseArgument(i);
      kernel.getInputsMutable().erase(i);
    }
  }

  // By weights, the axis of their columns, the width of panels and their steps.
  std::map<std::tuple<const void *, unsigned, int64_t, int64_t>, Value> packed;
};

} // namespace
} // namespace attune
