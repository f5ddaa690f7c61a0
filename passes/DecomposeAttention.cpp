#include "dialect/IntegerRanges.h"
#include "passes/AttentionStages.h"
#include "passes/Passes.h"
#include "passes/ShareUse.h"
#include "passes/Stages.h"
#include "passes/Targets.h"
#include "passes/Variants.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/Statistic.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_DECOMPOSEATTENTION
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-decompose-attention"
ALWAYS_ENABLED_STATISTIC(attentions, "attentions that became stages");
ALWAYS_ENABLED_STATISTIC(forms, "variants of them");
ALWAYS_ENABLED_STATISTIC(lateDivisions, "attentions that divide by the sum once values are added up");
ALWAYS_ENABLED_STATISTIC(wholeRows, "attentions that keep all scores of a tile until their sum is known");

namespace {

ScheduleAttr withoutErased(ScheduleAttr schedule, Region &body) {
  SmallVector<StageScheduleAttr> kept;
  for (StageScheduleAttr entry : schedule.getStages())
    if (llvm::any_of(body.getOps<StageOp>(), [&](StageOp stage) { return stage.getName() == entry.getStage().getValue(); }))
      kept.push_back(entry);
  return schedule.withStages(kept);
}

/// The kernel with one body and schedule for each variant. What follows the
/// attention in it is left to be scheduled.
KernelOp decompose(KernelOp kernel, AttentionOp op, ArrayRef<AttentionVariant> variants, const AttentionTable &table) {
  bool isInner = op->getBlock()->getTerminator()->getOperand(0) != op.getResult();
  SmallVector<Attribute> schedules(variants.size(), UnitAttr::get(kernel.getContext())), conditions;
  for (const AttentionVariant &variant : variants)
    conditions.push_back(variant.condition ? Attribute(variant.condition) : UnitAttr::get(kernel.getContext()));
  OpBuilder builder(kernel);
  auto result = KernelOp::create(builder, kernel.getLoc(), kernel.getName(), kernel.getInputs(),
                                 kernel.getResult().getType(), schedules, conditions);
  for (size_t i = 1; i < variants.size(); ++i) {
    IRMapping mapping;
    kernel.getVariants().front().cloneInto(&result.getVariants()[i], mapping);
  }
  result.getVariants().front().takeBody(kernel.getVariants().front());
  kernel.getResult().replaceAllUsesWith(result.getResult());
  kernel.erase();
  for (auto [i, variant] : llvm::enumerate(variants)) {
    Region &body = result.getVariants()[i];
    auto schedule = buildAttentionStages(*body.getOps<AttentionOp>().begin(), variant.form, table, isInner);
    schedules[i] = ScheduleAttr::get(result.getContext(), variant.form.tiles(result.getContext()), schedule.getStages());
  }
  // What the analysis of the mask decided makes some stages constant, others
  // unread.
  (void)applyPatternsGreedily(result, FrozenRewritePatternSet());
  eraseUnread(result);
  for (auto [i, schedule] : llvm::enumerate(schedules))
    schedule = withoutErased(cast<ScheduleAttr>(schedule), result.getVariants()[i]);
  result.setSchedulesAttr(ArrayAttr::get(result.getContext(), schedules));
  SmallVector<int64_t> asked;
  for (auto [i, variant] : llvm::enumerate(variants))
    if (variant.isAsked)
      asked.push_back(i);
  noteChanged(result, asked);
  return result;
}

/// Kernels count in 32 bits: queries and keys must leave room for their sum.
/// `known` are sizes that are checked.
LogicalResult checkSizes(KernelOp kernel, AttentionOp op, llvm::DenseSet<Attribute> &known) {
  OpBuilder builder(kernel);
  std::pair<SizeAttr, StringRef> sizes[] = {{op.getQueries(), "queries"}, {op.getKeys(), "keys"}};
  for (auto [size, what] : sizes) {
    std::string text = (what + " of attention \"" + op.getName() + "\"").str();
    std::optional<int64_t> constant = size.getConstant();
    if (constant && *constant > endOfIndices)
      return op.emitError("has ") << *constant << " " << what << ", but may have " << endOfIndices << " at most";
    if (!constant && known.insert(size).second)
      CheckSizeOp::create(builder, op.getLoc(), size, SizeAttr::constant(op.getContext(), endOfIndices), text);
  }
  return success();
}

struct DecomposeAttention : impl::DecomposeAttentionBase<DecomposeAttention> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<TargetInfo> info = targetOf(getOperation(), target);
    if (failed(info))
      return signalPassFailure();
    llvm::DenseSet<Attribute> checked;
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<KernelOp>())) {
      SmallVector<AttentionOp> ops;
      kernel.walk([&](AttentionOp op) { ops.push_back(op); });
      if (ops.empty())
        continue;
      // Fusion puts one attention in a kernel, and its form settles the schedule.
      if (ops.size() > 1) {
        ops[1].emitError("is the second attention of a kernel; give it a kernel of its own");
        return signalPassFailure();
      }
      if (failed(checkSizes(kernel, ops.front(), checked)))
        return signalPassFailure();
      AttentionOp op = ops.front();
      AttentionTable table = AttentionTable::of(*info, multiplicationOf(op, *info));
      unsigned views = 0;
      for (auto stage : kernel.getVariants().front().getOps<StageOp>())
        stage.setName(readsFrom(op, stage) ? "input." + std::to_string(views++) : nameBesideAttention(stage.getName()));
      FailureOr<SmallVector<AttentionVariant>> variants = chooseForms(op, variantsAsked(kernel), table);
      if (failed(variants))
        return signalPassFailure();
      count(op);
      KernelOp decomposed = decompose(kernel, op, *variants, table);
      forms += decomposed.getVariants().size();
      // What the attention reads is read through; its own stages are kept.
      inlineViews(decomposed, [](StageOp stage) { return !stage.getName().starts_with("input."); });
    }
  }

  static void count(AttentionOp op) {
    ++attentions;
    ShareUse use = shareUse(op);
    lateDivisions += use == ShareUse::Bare || use == ShareUse::Linear;
    wholeRows += use == ShareUse::Other;
  }
};

} // namespace
} // namespace attune
