// The grids that a kernel for a device consists of, and what their blocks have.
#pragma once

#include "schedule/Footprint.h"

namespace attune {

/// A grid of blocks: what a definition of a stage at root is computed in.
struct Grid {
  size_t stage;
  Definition definition;
  size_t piece;
};

std::vector<Grid> gridsOf(const KernelPlan &plan, size_t stage);
/// Of all stages at root.
std::vector<Grid> gridsOf(const KernelPlan &plan);

/// The innermost of the loops over blocks of a definition; none where there are no blocks.
std::optional<LoopLevel> blockLoopOf(const KernelPlan &plan, const Grid &grid);

/// Whether one thread computes a stage, for itself: in a loop that threads share.
bool isInThread(const KernelPlan &plan, size_t stage);

/// Whether a stage, at root or not, is computed in the blocks of the grid.
bool isIn(const KernelPlan &plan, size_t stage, const Grid &grid);

/// Stages that are kept for all threads of a block of the grid.
std::vector<size_t> sharedIn(const KernelPlan &plan, const Grid &grid);

/// Threads of the grid's blocks: along each dimension as many as the stage with the most. What does not fit a
/// number is its largest.
int64_t threadsOf(const KernelPlan &plan, const Grid &grid);

} // namespace attune
