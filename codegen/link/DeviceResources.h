// What kernels for NVIDIA cards need of a multiprocessor, as `ptxas` says.
#pragma once

#include "codegen/link/KernelObjects.h"

namespace attune {

/// A kernel is one grid of blocks or several, each with its own threads: the most of any.
struct DeviceResources {
  int64_t registers = 0;    ///< of a thread, 32 bits each
  int64_t spilledBytes = 0; ///< what a thread stores in memory for lack of registers
};

/// NVIDIA's assembler, which comes with CUDA: ATTUNE_PTXAS, else from PATH, else from CUDA's own
/// folder. Empty where it is not installed, or ATTUNE_PTXAS is empty.
std::string findPtxas();

/// Has `ptxas` assemble the PTX that lies in the objects as text; by kernel of the module, those
/// without PTX left out. Fails with its words where it refuses one. What it said before comes from
/// the cache.
llvm::Expected<llvm::StringMap<DeviceResources>> deviceResources(const KernelObjects &kernels, const std::string &ptxas,
                                                                 const KernelObjectsOptions &options);

} // namespace attune
