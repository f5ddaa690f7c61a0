// The text of kernels for devices that Halide puts into a module.
#pragma once

#include "Halide.h"
#include <string>
#include <vector>

namespace attune::kernels {

/// What each module of PTX in `module` says; none where it is for another device.
std::vector<std::string> ptxOf(const Halide::Module &module);

/// Tells CUDA's driver that no block has more than `threads` threads, and how many such blocks
/// should fit a multiprocessor (`.maxntid` and `.minnctapersm` of the PTX specification): that
/// decides how many registers a thread has, where Halide's runtime would stop it at 64. `keepsSums`:
/// threads keep sums from one term to the next, which takes more of them.
void limitThreads(Halide::Module &module, int64_t threads, bool keepsSums);

} // namespace attune::kernels
