// Kernels as the loops that their compiler makes of them, to read.
#pragma once

#include "codegen/link/KernelObjects.h"
#include "llvm/ADT/StringMap.h"

namespace attune {

/// The text of each of these kernels of a module at the phase `kernels`, by name.
/// Fails with what a worker said where one cannot be compiled.
llvm::Expected<llvm::StringMap<std::string>> printStatements(mlir::ModuleOp module, llvm::ArrayRef<std::string> kernels,
                                                             const KernelObjectsOptions &options);

} // namespace attune
