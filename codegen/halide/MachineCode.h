// Machine code from the LLVM bitcode that Halide gives.
//
// Halide takes vectors apart for calls of what it has no instruction for. Kernels leave it as bitcode, in which they are put together
// again (Instructions.h). Functions keep the processor and the features that Halide gave them; the target's are for functions without.
#pragma once

#include "codegen/target/Target.h"
#include "llvm/Support/CodeGen.h"

namespace attune::kernels {

/// A kernel's code. `bitcode` names a file.
llvm::Expected<std::string> machineCode(llvm::StringRef bitcode, const TargetInfo &target, llvm::CodeGenFileType type);

} // namespace attune::kernels
