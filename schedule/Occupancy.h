// How many blocks of a grid a multiprocessor has room for at the same time.
#pragma once

#include "codegen/target/Target.h"
#include "schedule/Grids.h"

namespace attune {

/// Registers of a thread where `blocks` blocks of `threads` threads are on a multiprocessor at the same time: 65,536
/// are shared out among four schedulers, 255 at most to each thread, in warps of 32 threads and steps of 8 registers
/// (compute capabilities 7.5 to 9.0 in the CUDA C++ Programming Guide; `ptxas` counts so).
int64_t registersWhere(int64_t blocks, int64_t threads);

/// What so many blocks of so many threads take of a multiprocessor's threads, which is warps.
int64_t residentThreads(int64_t blocks, int64_t threads);

/// Where no target says how much room there is: as much as any of them has.
extern const Multiprocessor roomiestMultiprocessor;

/// The blocks of a grid that a multiprocessor has room for, by their threads, registers and shared memory; at least 1,
/// as other checks say whether one block fits. The plan is one that checkOnDevice has nothing against.
int64_t occupancyOf(const KernelPlan &plan, const Footprint &footprint, const Grid &grid, const Multiprocessor &room);

/// How many blocks of each grid of a stage a multiprocessor should have room for: as `resident` says; by default as
/// many as have 512 threads, or fewer where a thread needs more registers than it would have.
int64_t residentBlocksOf(const KernelPlan &plan, const Footprint &footprint, size_t stage, const Multiprocessor &room);

} // namespace attune
