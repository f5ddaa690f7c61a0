// The kernels of a program -> object files, each made by a process of its own
// or taken from the cache.
#pragma once

#include "codegen/link/Cache.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <functional>

namespace attune {

struct KernelObjectsOptions {
  std::string compiler;        // path of attn-kernelc
  std::string target;          // the name that --target takes, never `host`
  std::string targetFeatures;  // everything that decides the code
  unsigned jobs = 1;
  std::optional<Cache> cache;
  /// Called as kernels get ready: so many of so many.
  std::function<void(size_t done, size_t total)> progress;
};

struct KernelObjects {
  struct Object {
    std::string symbol;
    std::unique_ptr<llvm::MemoryBuffer> data;
  };
  std::vector<Object> objects;       // distinct ones
  llvm::StringMap<std::string> symbols; // of each kernel of the module
  size_t compiled = 0;               // how many were not in the cache
};

/// Compiles what entries launch or call. A kernel's symbol is made from its
/// content, and weak: programs that share kernels link together. While processes
/// compile, `meanwhile` runs here with the symbols.
llvm::Expected<KernelObjects> compileKernels(mlir::ModuleOp module, const KernelObjectsOptions &options,
                                             llvm::function_ref<void(const llvm::StringMap<std::string> &)> meanwhile);

} // namespace attune
