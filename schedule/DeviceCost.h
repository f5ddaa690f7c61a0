// How long a kernel takes on a device, by arithmetic: enough to choose among tiles. What was measured beside it:
// docs/performance.md.
#pragma once

#include "schedule/GridWorks.h"

namespace attune {

/// Of one launch, in cycles.
double cyclesOf(const GridWork &grid, const Multiprocessor &room);
/// One after another.
double cyclesOf(llvm::ArrayRef<GridWork> grids, const Multiprocessor &room);

} // namespace attune
