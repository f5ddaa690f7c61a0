#include "passes/Passes.h"
#include "passes/Targets.h"
#include "passes/Variants.h"
#include "dialect/Suggestion.h"
#include "schedule/Kernels.h"
#include "schedule/Legality.h"
#include "schedule/ScheduleFile.h"
#include "llvm/ADT/Statistic.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_SCHEDULEFROMFILE
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-schedule-from-file"
ALWAYS_ENABLED_STATISTIC(changedStages, "stages of variants that the file schedules");

namespace {

struct ScheduleFromFile : impl::ScheduleFromFileBase<ScheduleFromFile> {
  using Base::Base;

  void runOnOperation() override {
    changes.clear();
    if (failed(apply()))
      signalPassFailure();
  }

  LogicalResult apply() {
    ModuleOp module = getOperation();
    FailureOr<TargetInfo> info = targetOf(module, target);
    if (failed(info))
      return failure();
    targetInfo = &*info;
    FailureOr<ScheduleFile> schedules = readScheduleFile(file, &getContext());
    if (failed(schedules))
      return failure();
    const TargetBlock *section = sectionOf(*schedules, *info);
    if (!section && schedules->targets.empty()) {
      if (schedules->fusions.empty())
        emitWarning(FileLineColLoc::get(&getContext(), file, 1, 1)) << "the file says nothing, so all kernels keep their defaults";
      return success();
    }
    if (!section) {
      SmallVector<StringRef> names;
      for (const TargetBlock &other : schedules->targets)
        names.push_back(other.target);
      emitWarning(schedules->targets.front().where)
          << "nothing is scheduled for target '" << info->name << "', so all kernels keep their defaults"
          << suggestionAmong(info->name, names);
      return success();
    }
    for (const FunctionBlock &block : section->functions) {
      FailureOr<func::FuncOp> function = find(block);
      if (failed(function))
        return failure();
      for (const KernelBlock &kernel : block.kernels)
        if (failed(apply(kernel, *function)))
          return failure();
    }
    bool areLegal = true;
    for (const Change &change : changes)
      areLegal &= succeeded(check(change));
    return success(areLegal);
  }

  /// A variant of a kernel that the file changes, by these blocks.
  struct Change {
    KernelOp kernel;
    unsigned variant;
    std::string name;
    SmallVector<const KernelBlock *> blocks;
  };

  void note(const KernelBlock &block, const NamedKernel &kernel, unsigned variant) {
    noteChanged(kernel.op, {variant});
    for (Change &change : changes)
      if (change.kernel == kernel.op && change.variant == variant)
        return change.blocks.push_back(&block);
    changes.push_back({kernel.op, variant, kernel.numbered, {&block}});
  }

  /// What is illegal is said at its place in the file.
  LogicalResult check(const Change &change) {
    KernelOp kernel = change.kernel;
    llvm::Expected<ScheduledKernel> planned =
        planSchedule(kernel.getVariants()[change.variant].front(), kernel.getSchedule(change.variant), targetInfo);
    if (planned)
      return success();
    llvm::handleAllErrors(planned.takeError(), [&](const ScheduleError &error) {
      for (const KernelBlock *block : llvm::reverse(change.blocks))
        for (const StageBlock &stage : block->stages) {
          if (stage.schedule.getStage() != error.stage)
            continue;
          auto found = llvm::find(stage.schedule.getDirectives(), error.directive);
          bool isWhole = found == stage.schedule.getDirectives().end();
          emitError(isWhole ? stage.where : stage.places[found - stage.schedule.getDirectives().begin()])
              << "kernel '" << change.name << "': " << llvm::toString(llvm::make_error<ScheduleError>(error));
          return;
        }
      emitError(change.blocks.back()->where)
          << "kernel '" << change.name << "': stage '" << error.stage
          << "' keeps its default, which does not go with what the file says: " << error.text;
    });
    return failure();
  }

  FailureOr<func::FuncOp> find(const FunctionBlock &block) {
    if (func::FuncOp function = functionOf(block, getOperation()))
      return function;
    if (block.kind == FunctionBlock::Prepare)
      return emitError(block.where) << "nothing is prepared from this model's weights, so there is nothing to schedule", failure();
    SmallVector<StringRef> names;
    for (func::FuncOp function : scheduledFunctions(getOperation()))
      if (function->hasAttr(modelAttrName))
        names.push_back(function.getName());
    return emitError(block.where) << "there is no model '" << block.model << "'" << suggestionAmong(block.model, names), failure();
  }

  LogicalResult apply(const KernelBlock &block, func::FuncOp function) {
    std::vector<NamedKernel> meant = kernelsOf(block, function);
    for (const NamedKernel &kernel : meant)
      if (failed(apply(block, kernel)))
        return failure();
    if (!meant.empty())
      return success();
    SmallVector<std::string> names; // those of all layers once
    for (const NamedKernel &kernel : namedKernels(function)) {
      std::string shown = kernel.numbered == kernel.name ? kernel.pattern() : kernel.numbered;
      if (!llvm::is_contained(names, shown))
        names.push_back(shown);
    }
    return emitError(block.where) << "there is no kernel '" << block.pattern << "'" << suggestionAmong(block.pattern, names);
  }

  LogicalResult apply(const KernelBlock &block, const NamedKernel &kernel) {
    KernelOp op = kernel.op;
    ConditionAttr wanted;
    if (block.condition) {
      FailureOr<ConditionAttr> condition = parseCondition(*block.condition, block.where);
      if (failed(condition))
        return failure();
      wanted = *condition;
    }
    SmallVector<std::string> conditions;
    SmallVector<Attribute> schedules(op.getSchedules().getValue());
    for (unsigned i = 0; i < op.getSchedules().size(); ++i) {
      ConditionAttr condition = op.getCondition(i);
      if (condition)
        conditions.push_back(condition.getSize().str() + " <= " + std::to_string(condition.getBound()));
      if (condition != wanted)
        continue;
      FailureOr<ScheduleAttr> merged = merge(block, op, i);
      if (failed(merged))
        return failure();
      if (schedules[i] == *merged)
        return success();
      schedules[i] = *merged;
      note(block, kernel, i);
      op.setSchedulesAttr(ArrayAttr::get(&getContext(), schedules));
      return success();
    }
    // Variants that a file asks for are there, where the program came through the passes.
    std::string asked = block.condition ? block.condition->size + " <= " + std::to_string(block.condition->bound) : "all other sizes";
    return emitError(block.where) << "kernel '" << kernel.numbered << "' has no variant for " << asked
                                  << suggestionAmong(asked, conditions);
  }

  /// The directives of the file take the place of those of their stages.
  FailureOr<ScheduleAttr> merge(const KernelBlock &block, KernelOp op, unsigned variant) {
    SmallVector<StringRef> names;
    for (auto stage : op.getVariants()[variant].getOps<StageOp>())
      names.push_back(stage.getName());
    SmallVector<StageScheduleAttr> entries;
    if (ScheduleAttr schedule = op.getSchedule(variant))
      llvm::append_range(entries, schedule.getStages());
    for (const StageBlock &stage : block.stages) {
      StringRef name = stage.schedule.getStage();
      if (!llvm::is_contained(names, name))
        return emitError(stage.where) << "kernel '" << op.getName() << "' has no stage '" << name << "'" << suggestionAmong(name, names),
               failure();
      auto entry = llvm::find_if(entries, [&](StageScheduleAttr other) { return other.getStage() == name; });
      if (entry == entries.end())
        entries.push_back(stage.schedule);
      else
        *entry = stage.schedule;
      ++changedStages;
    }
    return op.getSchedule(variant) ? op.getSchedule(variant).withStages(entries) : ScheduleAttr::get(&getContext(), {}, entries);
  }

  SmallVector<Change> changes;
  const TargetInfo *targetInfo = nullptr; ///< while it runs
};

} // namespace
} // namespace attune
