// Machine code from the LLVM bitcode that Halide gives.
//
// Halide takes vectors apart for calls of what it has no instruction for. Kernels leave it as bitcode, in which they are put together
// again (Instructions.h). Functions keep the processor and the features that Halide gave
// them; the target's are for functions without.
#pragma once

#include "codegen/target/Target.h"
#include "llvm/Support/CodeGen.h"

namespace attune::kernels {

/// Writes the code of a kernel to `path`. `bitcode` names a file.
llvm::Error writeMachineCode(llvm::StringRef bitcode, const TargetInfo &target, llvm::CodeGenFileType type, llvm::StringRef path);

} // namespace attune::kernels
