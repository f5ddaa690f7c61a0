#include "passes/Passes.h"
#include "codegen/target/Target.h"
#include "dialect/Suggestion.h"
#include "schedule/Kernels.h"
#include "schedule/ScheduleFile.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_SCHEDULEFROMFILE
#include "passes/Passes.h.inc"

namespace {

/// People write schedule files; a larger one is a mistake.
constexpr size_t mostBytes = size_t(16) << 20;

/// "; did you mean 'x'? there are a, b, c"
template <typename Names> std::string known(StringRef wanted, const Names &names) {
  Suggestion suggestion(wanted);
  std::string list;
  for (const auto &name : names) {
    suggestion.consider(name);
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  std::string close = suggestion.text();
  return (close.empty() ? ";" : close) + " there are " + (list.empty() ? "none" : list);
}

struct ScheduleFromFile : impl::ScheduleFromFileBase<ScheduleFromFile> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(apply()))
      signalPassFailure();
  }

  LogicalResult apply() {
    ModuleOp module = getOperation();
    llvm::Expected<TargetInfo> info = parseTarget(target);
    if (!info)
      return module.emitError() << llvm::toString(info.takeError());
    auto buffer = llvm::MemoryBuffer::getFile(file, /*IsText=*/true, /*RequiresNullTerminator=*/false);
    if (!buffer)
      return emitError(UnknownLoc::get(&getContext())) << "cannot read the schedule file " << file << ": " << buffer.getError().message();
    if ((*buffer)->getBufferSize() > mostBytes)
      return emitError(UnknownLoc::get(&getContext())) << file << " is no schedule file: it has more than 16 MB";
    FailureOr<ScheduleFile> schedules = parseScheduleFile((*buffer)->getBuffer(), file, &getContext());
    if (failed(schedules))
      return failure();
    const TargetBlock *section = schedules->find(info->name);
    if (!section) {
      SmallVector<StringRef> names;
      for (const TargetBlock &other : schedules->targets)
        names.push_back(other.target);
      emitWarning(FileLineColLoc::get(&getContext(), file, 1, 1))
          << "nothing is scheduled for target '" << info->name << "', so all kernels keep their defaults"
          << known(info->name, names);
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
    return success();
  }

  FailureOr<func::FuncOp> find(const FunctionBlock &block) {
    SmallVector<StringRef> names;
    for (func::FuncOp function : scheduledFunctions(getOperation())) {
      bool isModel = function->hasAttr(modelAttrName);
      if (block.kind == FunctionBlock::Prepare ? !isModel
                                               : isModel && (block.kind == FunctionBlock::First || function.getName() == block.model))
        return function;
      if (isModel)
        names.push_back(function.getName());
    }
    if (block.kind == FunctionBlock::Prepare)
      return emitError(block.where) << "nothing is prepared from this model's weights, so there is nothing to schedule", failure();
    return emitError(block.where) << "there is no model '" << block.model << "'" << known(block.model, names), failure();
  }

  LogicalResult apply(const KernelBlock &block, func::FuncOp function) {
    bool matched = false;
    SmallVector<std::string> names; // those of all layers once
    for (const NamedKernel &kernel : namedKernels(function)) {
      std::string shown = kernel.numbered == kernel.name ? kernel.pattern() : kernel.numbered;
      if (!llvm::is_contained(names, shown))
        names.push_back(shown);
      if (!block.matches(kernel.name) && !block.matches(kernel.numbered))
        continue;
      matched = true;
      if (failed(apply(block, kernel)))
        return failure();
    }
    if (!matched)
      return emitError(block.where) << "there is no kernel '" << block.pattern << "'" << known(block.pattern, names);
    return success();
  }

  LogicalResult apply(const KernelBlock &block, const NamedKernel &kernel) {
    KernelOp op = kernel.op;
    SmallVector<std::string> conditions;
    SmallVector<Attribute> schedules(op.getSchedules().getValue());
    for (auto [i, attribute] : llvm::enumerate(op.getConditions())) {
      std::optional<std::string> condition;
      if (auto bound = dyn_cast<ConditionAttr>(attribute)) {
        conditions.push_back(bound.getSize().str() + " <= " + std::to_string(bound.getBound()));
        condition = conditionKey(conditions.back());
      }
      if (condition != block.condition)
        continue;
      FailureOr<ScheduleAttr> merged = merge(block, op, i);
      if (failed(merged))
        return failure();
      schedules[i] = *merged;
      op.setSchedulesAttr(ArrayAttr::get(&getContext(), schedules));
      return success();
    }
    return emitError(block.where) << "kernel '" << kernel.numbered << "' has no variant for " << *block.condition
                                  << known(*block.condition, conditions);
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
        return emitError(stage.where) << "kernel '" << op.getName() << "' has no stage '" << name << "'" << known(name, names),
               failure();
      auto entry = llvm::find_if(entries, [&](StageScheduleAttr other) { return other.getStage() == name; });
      if (entry == entries.end())
        entries.push_back(stage.schedule);
      else
        *entry = stage.schedule;
    }
    return ScheduleAttr::get(&getContext(), entries);
  }
};

} // namespace
} // namespace attune
