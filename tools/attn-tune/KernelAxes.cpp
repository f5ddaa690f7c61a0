#include "tools/attn-tune/KernelAxes.h"
#include "dialect/Size.h"
#include "llvm/ADT/EquivalenceClasses.h"

using namespace mlir;
using namespace attune::attn;

namespace attune::tune {

std::optional<int64_t> valueOf(SizeAttr size, const Sizes &sizes) {
  return evaluate(size, [&](StringRef symbol) -> std::optional<int64_t> {
    auto found = sizes.find(symbol.str());
    return found == sizes.end() ? std::nullopt : std::optional(found->second);
  });
}

const Axis *Stage::find(StringRef axis) const {
  auto found = llvm::find_if(axes, [&](const Axis &one) { return one.name == axis; });
  return found == axes.end() ? nullptr : &*found;
}

KernelAxes::KernelAxes(KernelOp kernel, unsigned variant, const Sizes &sizes) {
  unsigned axes = 0;
  DenseMap<Operation *, unsigned> first; // axis of the stage
  for (auto op : kernel.getVariants()[variant].getOps<StageOp>()) {
    Stage &stage = all.emplace_back(Stage{op, op.getName().str(), {}});
    first[op] = axes;
    for (unsigned i = 0; i < op.getRank() + op.getReductionRank(); ++i)
      stage.axes.push_back({op.getAxisName(i).str(), valueOf(op.getAxisSize(i), sizes).value_or(1), axes++,
                            i >= op.getRank()});
  }
  llvm::EquivalenceClasses<unsigned> same;
  for (unsigned axis = 0; axis < axes; ++axis)
    same.insert(axis);
  for (const Stage &stage : all)
    StageOp(stage.op)->walk([&](LoadOp load) {
      auto source = load.getTensor().getDefiningOp<StageOp>();
      if (!source)
        return;
      for (auto [position, index] : llvm::enumerate(load.getIndices()))
        if (auto argument = dyn_cast<BlockArgument>(index);
            argument && argument.getOwner() == StageOp(stage.op).getBodyBlock())
          same.unionSets(first[source] + position, first[stage.op] + argument.getArgNumber());
    });
  for (Stage &stage : all)
    for (Axis &axis : stage.axes)
      axis.group = same.getLeaderValue(axis.group);
}

const Stage *KernelAxes::find(StringRef stage) const {
  auto found = llvm::find_if(all, [&](const Stage &one) { return one.name == stage; });
  return found == all.end() ? nullptr : &*found;
}

std::optional<std::pair<const Stage *, StringRef>> KernelAxes::findLoop(StringRef level) const {
  const Stage *stage = nullptr; // Names may hold dots: the longest that fits.
  for (const Stage &one : all)
    if (level.starts_with(one.name + ".") && (!stage || one.name.size() > stage->name.size()))
      stage = &one;
  if (!stage)
    return std::nullopt;
  StringRef loop = level.drop_front(stage->name.size() + 1);
  auto [piece, rest] = loop.split('.');
  bool isLoop = rest.empty() || stage->find(piece);
  return std::pair(stage, isLoop ? loop : rest);
}

unsigned variantFor(KernelOp kernel, const Sizes &sizes) {
  unsigned last = kernel.getVariants().size() - 1;
  for (unsigned i = 0; i < last; ++i) {
    ConditionAttr condition = kernel.getCondition(i);
    std::optional<int64_t> size = condition ? valueOf(condition.getSize(), sizes) : std::nullopt;
    if (!condition || (size && *size <= condition.getBound()))
      return i;
  }
  return last;
}

} // namespace attune::tune
