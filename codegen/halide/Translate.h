// Compiles one outlined kernel through Halide.
#pragma once

#include "codegen/target/Target.h"
#include "dialect/Attn.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace attune {

enum class KernelFile { Object, Assembly, Stmt };

/// Writes the code of `kernel` (a func.func with attn.kernel) to `path`. The
/// symbol is the function's name; its arguments are the user context, the
/// inputs, one int32 for each of attn.symbols, and the result. The object needs
/// a Halide runtime. Errors name the kernel and, where they concern one, the
/// stage and the directive. `warn` gets what compiles but will be slow.
///
/// Halide can end the process on some inputs: call this from a worker.
/// It also keeps state in globals: one call at a time.
llvm::Error compileKernel(mlir::func::FuncOp kernel, const TargetInfo &target, KernelFile kind, llvm::StringRef path,
                          llvm::function_ref<void(llvm::StringRef)> warn);

/// Writes Halide's runtime for `target` as an object.
llvm::Error compileHalideRuntime(const TargetInfo &target, llvm::StringRef path);

} // namespace attune
