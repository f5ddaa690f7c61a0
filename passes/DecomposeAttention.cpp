#include "codegen/target/Target.h"
#include "dialect/IntegerRanges.h"
#include "passes/AttentionStages.h"
#include "passes/Passes.h"
#include "passes/SeparatedScore.h"
#include "passes/ShareUse.h"
#include "passes/Stages.h"
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

struct Variant {
  AttentionForm form;
  ConditionAttr condition; ///< null: always
};

/// The forms that the sizes of an attention may ask for, in the order in which
/// they are tried.
SmallVector<Variant> chooseForms(AttentionOp op, const AttentionTable &table) {
  MLIRContext *context = op.getContext();
  SmallVector<Variant> variants;
  auto upTo = [&](SizeAttr size, int64_t bound) { return ConditionAttr::get(context, size, bound); };
  std::optional<int64_t> queries = op.getQueries().getConstant(), keys = op.getKeys().getConstant();
  if (!keys) {
    AttentionForm empty{1, std::nullopt};
    empty.isEmpty = true;
    variants.push_back({empty, upTo(op.getKeys(), 0)});
  }
  if (shareUse(op) == ShareUse::Other) {
    op.emitRemark("attention \"") << op.getName() << "\": the weight is not proportional to what the normaliser "
                                  << "gives, so a tile keeps the scores of all its keys until their sum is known: "
                                  << "memory grows with the keys and no tile of the mask is skipped";
    variants.push_back({{table.queryTile, std::nullopt}, {}});
    return variants;
  }
  if (!queries || *queries <= table.fewQueries) {
    int64_t chunk = std::min(table.fewChunk, keys.value_or(table.fewChunk));
    variants.push_back({{1, std::max<int64_t>(chunk, 1), true}, queries ? ConditionAttr() : upTo(op.getQueries(), table.fewQueries)});
    if (queries)
      return variants;
  }
  auto keep = op.getYield(op.getKeep()).getOperand(0).getDefiningOp<arith::ConstantOp>();
  int64_t chunk = keep ? table.denseChunk : table.maskedChunk;
  int64_t row = keep ? table.denseChunk : table.rowKeys;
  // What bounds its exponents is known of chunks.
  if (isSeparable(op)) {
    variants.push_back({{table.queryTile, std::max<int64_t>(1, std::min(table.maskedChunk, keys.value_or(table.maskedChunk)))}, {}});
    return variants;
  }
  if (!keys || *keys <= row) {
    variants.push_back({{table.queryTile, std::nullopt}, keys ? ConditionAttr() : upTo(op.getKeys(), row)});
    if (keys)
      return variants;
  }
  variants.push_back({{table.queryTile, chunk}, {}});
  return variants;
}

ScheduleAttr withoutErased(ScheduleAttr schedule, Region &body) {
  SmallVector<StageScheduleAttr> kept;
  for (StageScheduleAttr entry : schedule.getStages())
    if (llvm::any_of(body.getOps<StageOp>(), [&](StageOp stage) { return stage.getName() == entry.getStage().getValue(); }))
      kept.push_back(entry);
  return ScheduleAttr::get(schedule.getContext(), kept);
}

/// The kernel with one body and schedule for each variant.
KernelOp decompose(KernelOp kernel, AttentionOp op, const AttentionTable &table) {
  SmallVector<Variant> variants = chooseForms(op, table);
  SmallVector<Attribute> schedules(variants.size(), UnitAttr::get(kernel.getContext())), conditions;
  for (const Variant &variant : variants)
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
    schedules[i] = buildAttentionStages(*body.getOps<AttentionOp>().begin(), variant.form, table);
  }
  // What the analysis of the mask decided makes some stages constant, others
  // unread.
  (void)applyPatternsGreedily(result, FrozenRewritePatternSet());
  eraseUnread(result);
  for (auto [i, schedule] : llvm::enumerate(schedules))
    schedule = withoutErased(cast<ScheduleAttr>(schedule), result.getVariants()[i]);
  result.setSchedulesAttr(ArrayAttr::get(result.getContext(), schedules));
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
    llvm::Expected<TargetInfo> info = parseTarget(target);
    if (!info) {
      getOperation().emitError() << llvm::toString(info.takeError());
      return signalPassFailure();
    }
    AttentionTable table = AttentionTable::of(*info);
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
      for (auto [i, view] : llvm::enumerate(kernel.getVariants().front().getOps<StageOp>()))
        view.setName("input." + std::to_string(i));
      count(ops.front());
      KernelOp decomposed = decompose(kernel, ops.front(), table);
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
