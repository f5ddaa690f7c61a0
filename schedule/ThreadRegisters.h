// How many registers the threads of a grid need.
#pragma once

#include "schedule/Grids.h"

namespace attune {

/// What a thread keeps `in register`, and in the register tiles of sums, at the time that it keeps most: registers
/// of 32 bits. A thread needs at least so many.
int64_t tileRegistersOf(const KernelPlan &plan, const Footprint &footprint, const Grid &grid);

/// The same with what it needs for places in memory and for numbers on their way: about as many as `ptxas` asks for
/// to keep nothing in memory. Measured: docs/performance.md.
int64_t registersOf(const KernelPlan &plan, const Footprint &footprint, const Grid &grid);

} // namespace attune
