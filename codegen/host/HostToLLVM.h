// Phase `host` -> LLVM dialect.
#pragma once

#include "codegen/host/HostProgram.h"

namespace attune {

/// Name of the function made from entry `i` (0 is the preparation), which has
/// the signature of attn_entry_function.
std::string entryFunctionName(unsigned i);

/// Rewrites `module`, which is at phase `host` and consists of `program`, to the
/// LLVM dialect. Kernels become declarations of the external functions that
/// `kernelSymbol` names. `device` as in HostObjectOptions: tensors are handles there.
mlir::LogicalResult
lowerHostToLLVM(mlir::ModuleOp module, HostProgram &program, llvm::StringRef device,
                llvm::function_ref<std::string(llvm::StringRef kernel)> kernelSymbol);

} // namespace attune
