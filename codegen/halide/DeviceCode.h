// The text of kernels for devices that Halide puts into a module.
#pragma once

#include "Halide.h"
#include <string>
#include <vector>

namespace attune::kernels {

/// What each module of PTX in `module` says; none where it is for another device.
std::vector<std::string> ptxOf(const Halide::Module &module);

/// Of the grids of a Func.
struct GridLimits {
  std::string func;
  int64_t threads; ///< of a block, the most
  int64_t blocks;  ///< that a multiprocessor should have room for at the same time
};

/// Tells CUDA's driver how many threads the blocks of each grid have at most, and how many blocks should fit a
/// multiprocessor (`.maxntid` and `.minnctapersm` of the PTX specification): that decides how many registers a
/// thread has, where Halide's runtime would stop it at 64, and `ptxas` spare them.
void limitThreads(Halide::Module &module, const std::vector<GridLimits> &limits);

} // namespace attune::kernels
