// What the schedule of a kernel for a device must have beside what every one must.
#pragma once

#include "codegen/target/Target.h"
#include "schedule/Footprint.h"

namespace attune {

/// Halide never raises what CUDA allows a block by itself, whatever the card has.
constexpr int64_t mostSharedBytes = 48 << 10;
constexpr int64_t mostThreads = 1024; ///< of a block

/// Whether any stage is shared out among blocks or threads.
bool usesDevice(const KernelPlan &plan);

/// Whether what a schedule says is for devices at all: without loops, as those of other stages may be missing.
llvm::Error checkWordsForDevice(attn::ScheduleAttr schedule);

/// A ScheduleError where something would run on the processor or does not fit a block.
/// `footprint` is that of the plan; `target` is null where it is not known.
llvm::Error checkOnDevice(const KernelPlan &plan, const Footprint &footprint, const TargetInfo *target);

/// The most threads that a block of the kernel has: those of its stages are the same ones.
int64_t threadsOfBlocks(const KernelPlan &plan);

/// The most that the threads of a block of the kernel share, in bytes. The plan is one that
/// checkOnDevice has nothing against.
int64_t sharedBytesOfBlocks(const KernelPlan &plan, const Footprint &footprint);

/// What blocks and threads keep, into the plan.
void setExtents(KernelPlan &plan, const Footprint &footprint);

/// Where something stands that is for devices alone.
llvm::Error checkOnProcessor(const KernelPlan &plan);

} // namespace attune
