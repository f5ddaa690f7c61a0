// Which schedules are legal: those that change when and where a kernel's values
// are computed, and none of the values.
#pragma once

#include "codegen/target/Target.h"
#include "schedule/Footprint.h"

namespace attune {

/// A kernel's stages with their legal schedule.
struct ScheduledKernel {
  llvm::SmallVector<attn::StageOp> stages; ///< those of `plan`, in its order
  KernelPlan plan;
};

/// `body` is that of a kernel: stages, and one value that leaves it. `schedule`
/// may be null. A ScheduleError says which words are refused, and why, in terms
/// of stages and loops. `target`: what runs the kernel, null where it is not known.
llvm::Expected<ScheduledKernel> planSchedule(mlir::Block &body, attn::ScheduleAttr schedule,
                                             const TargetInfo *target = nullptr);

} // namespace attune
