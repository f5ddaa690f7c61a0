#include "passes/Pipeline.h"
#include "passes/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace attune {
namespace {

void toSimplified(OpPassManager &manager) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createInlineViews());
  manager.addNestedPass<func::FuncOp>(createJoinProducts());
  manager.addPass(createHoistWeights());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void toFused(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createFuseStages());
  manager.addNestedPass<func::FuncOp>(createCollapseAxes());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void toScheduled(OpPassManager &manager, const PipelineOptions &options) {
  buildScheduling(manager, options);
  if (!options.emitSchedule.empty())
    manager.addPass(createEmitSchedule({options.emitSchedule, options.target, options.schedule}));
  manager.addNestedPass<func::FuncOp>(createSeparateDropout());
}

void toKernels(OpPassManager &manager, const PipelineOptions &options) {
  manager.addNestedPass<func::FuncOp>(createVerifySchedules({options.target}));
  manager.addPass(createPackWeights());
  // Packing is new work for @prepare.
  toFused(manager);
  manager.addNestedPass<func::FuncOp>(createScheduleKernels({options.target}));
  manager.addPass(createOutlineKernels());
  manager.addPass(createCSEPass());
  manager.addPass(createCountTiles());
}

constexpr StringLiteral names[] = {"input", "simplified", "fused", "scheduled", "kernels"};

} // namespace

std::optional<Phase> parsePhase(StringRef word) {
  for (auto [i, name] : llvm::enumerate(names))
    if (word == name)
      return static_cast<Phase>(i);
  return std::nullopt;
}

StringRef phaseName(Phase phase) { return names[static_cast<size_t>(phase)]; }

void buildScheduling(OpPassManager &manager, const PipelineOptions &options) {
  if (!options.schedule.empty())
    manager.addPass(createVariantsFromFile({options.schedule, options.target}));
  manager.addNestedPass<func::FuncOp>(createDecomposeAttention({options.target}));
  manager.addPass(createCSEPass());
  manager.addNestedPass<func::FuncOp>(createStageOperands({options.target}));
  manager.addNestedPass<func::FuncOp>(createSplitReductions({options.target}));
  manager.addNestedPass<func::FuncOp>(createScheduleKernels({options.target}));
  if (!options.schedule.empty())
    manager.addPass(createScheduleFromFile({options.schedule, options.target}));
}

void buildPipeline(OpPassManager &manager, Phase from, Phase to,
                   const PipelineOptions &options) {
  auto passes = [&](Phase phase) { return from < phase && phase <= to; };
  if (from < Phase::Fused && !options.schedule.empty())
    manager.addPass(createFusionsFromFile({options.schedule}));
  if (passes(Phase::Simplified))
    toSimplified(manager);
  if (passes(Phase::Fused)) {
    toFused(manager);
    manager.addPass(createCheckFusions({options.target}));
  }
  if (passes(Phase::Scheduled))
    toScheduled(manager, options);
  if (passes(Phase::Kernels))
    toKernels(manager, options);
}

} // namespace attune
