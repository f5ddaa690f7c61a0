// The phases of a model and the passes between them.
#pragma once

#include "mlir/Pass/PassManager.h"
#include <optional>
#include <string>

namespace attune {

enum class Phase { Input, Simplified, Fused, Scheduled, Kernels };

/// "input", "simplified", …; nothing for other words.
std::optional<Phase> parsePhase(llvm::StringRef word);
llvm::StringRef phaseName(Phase phase);

struct PipelineOptions {
  std::string target = "host";
  std::string schedule;     ///< a schedule file; none where it is empty
  std::string emitSchedule; ///< where the schedules go as such a file
};

/// Of the passes to the phase `scheduled`, those after which every kernel has the
/// variants and schedules that schedule files speak of.
void buildScheduling(mlir::OpPassManager &manager, const PipelineOptions &options);

/// The passes that bring a program from `from` to `to`; none where `to` is not
/// later.
void buildPipeline(mlir::OpPassManager &manager, Phase from, Phase to,
                   const PipelineOptions &options);

} // namespace attune
