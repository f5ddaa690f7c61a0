// Objects -> executables, libraries, archives, and the C header of a program.
#pragma once

#include "codegen/link/Installation.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <string>

namespace attune {

enum class Output { Executable, Static, Shared, Object };

struct LinkInput {
  std::string name; // "minilm.o"
  llvm::StringRef data;
};

/// Makes `path`; nothing is written there when it fails. Executables and shared
/// libraries hold the runtime, archives and objects do not.
/// `device` is "opencl", "cuda", or empty where kernels run on the processor.
llvm::Error linkProgram(llvm::ArrayRef<LinkInput> objects, Output output,
                        llvm::StringRef device, llvm::StringRef path, const Installation &installation);

/// The header that declares attn_program_NAME. `module` is at any phase up to
/// `host`; `source` is what the user compiled.
std::string programHeader(mlir::ModuleOp module, llvm::StringRef name, llvm::StringRef source);

} // namespace attune
