#include "passes/Passes.h"
#include "passes/Stages.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/Statistic.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_SEPARATEDROPOUT
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-separate-dropout"
ALWAYS_ENABLED_STATISTIC(separatedKernels, "kernels with variants for runs without a seed");

namespace {

/// Sizes of kernels are below this.
constexpr int64_t sizeLimit = int64_t(1) << 31;

/// Words of all the seeds that the kernel's dropouts draw with; null for none,
/// where they are no matter of the run, or where variants go by them already.
SizeAttr seedWords(KernelOp kernel) {
  llvm::SetVector<SizeAttr> sizes;
  kernel.walk([&](DropoutOp dropout) { sizes.insert(dropout.getSeedSize()); });
  SizeAttr sum;
  for (SizeAttr size : sizes)
    sum = sum ? sum + size : size;
  if (!sum || sum.getConstant())
    return {};
  for (unsigned v = 0; v < kernel.getVariants().size(); ++v)
    if (ConditionAttr condition = kernel.getCondition(v))
      for (StringAttr symbol : sum.getSymbols())
        if (llvm::is_contained(condition.getSize().getSymbols(), symbol))
          return {};
  return sum;
}

/// `condition` (null: always), and no seed.
ConditionAttr withoutSeed(ConditionAttr condition, SizeAttr words) {
  MLIRContext *context = words.getContext();
  if (!condition)
    return ConditionAttr::get(context, words, 0);
  // Two words outweigh whatever the size is.
  return ConditionAttr::get(
      context, condition.getSize() + SizeAttr::constant(context, sizeLimit) * words,
      std::min(condition.getBound(), sizeLimit - 1));
}

/// Whether a directive for another stage names `stage`, as `at` does.
bool isNamedByOthers(ScheduleAttr schedule, StringRef stage) {
  for (StageScheduleAttr entry : schedule.getStages())
    for (DirectiveAttr directive : entry.getDirectives())
      for (Attribute argument : directive.getArguments())
        if (auto word = dyn_cast<StringAttr>(argument);
            word && entry.getStage() != stage && word.getValue().starts_with((stage + ".").str()))
          return true;
  return false;
}

/// One variant as it is without a seed.
class Variant {
public:
  Variant(Region &body, ScheduleAttr schedule) : body(body), schedule(schedule) {}

  ScheduleAttr removeDropout() {
    llvm::SetVector<StageOp> changed;
    body.walk([&](DropoutOp dropout) {
      changed.insert(dropout->getParentOfType<StageOp>());
      dropout.replaceAllUsesWith(dropout.getValue());
      dropout.erase();
    });
    for (StageOp stage : changed)
      eraseDead(*stage.getBodyBlock());
    llvm::DenseSet<Attribute> erased;
    for (StageOp stage : changed)
      if (isCopy(stage) && !isNamedByOthers(schedule, stage.getName())) {
        erased.insert(stage.getNameAttr());
        readSource(stage);
      }
    SmallVector<StageScheduleAttr> kept;
    for (StageScheduleAttr entry : schedule.getStages())
      if (!erased.contains(entry.getStage()))
        kept.push_back(entry);
    return schedule.withStages(kept);
  }

private:
  /// The rate, and what else dropout alone needed.
  static void eraseDead(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  /// A stage that is another one element by element and no result.
  bool isCopy(StageOp stage) {
    auto load = stage.getYield().getOperand(0).getDefiningOp<LoadOp>();
    return load && !stage.isReduction() && stage->getNumResults() == 1 && load.getTensor().getType() == stage.getType() &&
           ValueRange(load.getIndices()) == ValueRange(stage.getAxisIndices()) &&
           llvm::all_of(stage.getResult().getUsers(), llvm::IsaPred<LoadOp>);
  }

  void readSource(StageOp stage) {
    IRRewriter rewriter(stage.getContext());
    for (Operation *user : llvm::make_early_inc_range(stage.getResult().getUsers()))
      inlineLoad(rewriter, cast<LoadOp>(user), stage);
    stage.erase();
  }

  Region &body;
  ScheduleAttr schedule;
};

void separate(KernelOp kernel, SizeAttr words) {
  SmallVector<Attribute> schedules, conditions;
  std::vector<std::unique_ptr<Region>> bodies;
  auto add = [&](std::unique_ptr<Region> body, ScheduleAttr schedule, Attribute condition) {
    bodies.push_back(std::move(body));
    schedules.push_back(schedule);
    conditions.push_back(condition);
  };
  for (unsigned v = 0; v < kernel.getVariants().size(); ++v) {
    auto with = std::make_unique<Region>(kernel), without = std::make_unique<Region>(kernel);
    IRMapping mapping;
    kernel.getVariants()[v].cloneInto(without.get(), mapping);
    with->takeBody(kernel.getVariants()[v]);
    ScheduleAttr schedule = kernel.getSchedule(v);
    ScheduleAttr simpler = Variant(*without, schedule).removeDropout();
    add(std::move(without), simpler, withoutSeed(kernel.getCondition(v), words));
    add(std::move(with), schedule, kernel.getConditions()[v]);
  }
  OpBuilder builder(kernel);
  auto separated = KernelOp::create(builder, kernel.getLoc(), kernel.getName(), kernel.getInputs(),
                                    kernel.getResult().getType(), schedules, conditions);
  for (auto [region, body] : llvm::zip(separated.getVariants(), bodies))
    region.takeBody(*body);
  if (auto changed = kernel->getAttrOfType<DenseI64ArrayAttr>(changedVariantsAttrName)) {
    SmallVector<int64_t> both;
    for (int64_t variant : changed.asArrayRef())
      both.append({2 * variant, 2 * variant + 1});
    separated->setAttr(changedVariantsAttrName, DenseI64ArrayAttr::get(kernel.getContext(), both));
  }
  kernel.getResult().replaceAllUsesWith(separated.getResult());
  kernel.erase();
  ++separatedKernels;
}

struct SeparateDropout : impl::SeparateDropoutBase<SeparateDropout> {
  void runOnOperation() override {
    SmallVector<KernelOp> kernels(getOperation().getOps<KernelOp>());
    for (KernelOp kernel : kernels)
      if (SizeAttr words = seedWords(kernel); words && kernel.getSchedule(0))
        separate(kernel, words);
  }
};

} // namespace
} // namespace attune
