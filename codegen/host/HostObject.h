// Phase `host` -> an object file with the program's code and description.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <string>
#include <vector>

namespace attune {

struct HostObjectOptions {
  std::string name;                     // a C identifier: attn_program_NAME
  std::string target;                   // as the user names it
  std::vector<std::string> cpuFeatures; // what kernels need, LLVM's names
  llvm::StringRef device;               // "opencl", "cuda", or empty for the processor
  bool isMain = false;                  // also define attn_main_program
  llvm::StringRef embeddedWeights;      // a safetensors file, or empty
};

/// Compiles a module at phase `host`, which stays as it is. The object runs on
/// any x86-64 processor, so that the runtime can check what kernels need.
/// Emits an error and fails where the module breaks the rules of the phase.
mlir::FailureOr<llvm::SmallVector<char, 0>>
compileHostObject(mlir::ModuleOp module, const HostObjectOptions &options,
                  llvm::function_ref<std::string(llvm::StringRef kernel)> kernelSymbol);

} // namespace attune
