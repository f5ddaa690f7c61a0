// How many registers the threads of a grid need, and how many blocks a multiprocessor has room for then.
#pragma once

#include "schedule/Grids.h"

namespace attune {

/// What a thread keeps `in register`, and in the register tiles of sums, at the time that it keeps most: registers
/// of 32 bits. A thread needs at least so many.
int64_t tileRegistersOf(const KernelPlan &plan, const Footprint &footprint, const Grid &grid);

/// The same with what it needs for places in memory and for numbers on their way: about as many as `ptxas` asks for
/// to keep nothing in memory. Measured: docs/performance.md.
int64_t registersOf(const KernelPlan &plan, const Footprint &footprint, const Grid &grid);

/// Of a grid on a multiprocessor at the same time: where it has most, compute capabilities 8.0 and 9.0.
constexpr int64_t mostResidentBlocks = 32;

/// Registers of a thread where `blocks` blocks of `threads` threads are on a multiprocessor at the same time: 65,536
/// are shared out, 255 at most to each, in warps of 32 threads and steps of 8 registers (compute capabilities 7.5
/// to 9.0 in the CUDA C++ Programming Guide).
int64_t registersWhere(int64_t blocks, int64_t threads);

/// How many blocks of each grid of a stage a multiprocessor should have room for: as `resident` says; by default as
/// many as have 512 threads, or fewer where a thread needs more registers than it would have.
int64_t residentBlocksOf(const KernelPlan &plan, const Footprint &footprint, size_t stage);

} // namespace attune
