// LLVM's code generator for x86-64.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace llvm {
class Module;
class TargetMachine;
class raw_pwrite_stream;
} // namespace llvm

namespace attune {

/// `cpu` and `features` as LLVM spells them ("x86-64-v4", "+avx2,+fma"), for functions that do not name their own.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createCodeGenerator(llvm::StringRef cpu, llvm::StringRef features,
                                                                         llvm::CodeGenOptLevel level);

llvm::Error generateCode(llvm::Module &module, llvm::TargetMachine &generator, llvm::CodeGenFileType type,
                         llvm::raw_pwrite_stream &out);

} // namespace attune
