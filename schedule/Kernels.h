// The scheduled kernels of a program, by the names that schedule files use.
#pragma once

#include "dialect/Attn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attune {

/// A path with `*` for numbers, in which layers differ.
std::string patternOf(llvm::StringRef path);

struct NamedKernel {
  attn::KernelOp op;
  /// The kernel's name; of several with one name, `name.1`, `name.2`, ….
  std::string name, numbered;

  std::string pattern() const { return patternOf(name); }
};

/// In the order of the program.
std::vector<NamedKernel> namedKernels(mlir::func::FuncOp function);

struct FunctionBlock;
struct KernelBlock;

/// Those of a function that a block of a schedule file is about: what is called as its pattern is, braces and all, or
/// else what the pattern matches.
std::vector<NamedKernel> kernelsOf(const KernelBlock &block, mlir::func::FuncOp function);

/// The function that a block of a schedule file is about; null where there is none.
mlir::func::FuncOp functionOf(const FunctionBlock &block, mlir::ModuleOp module);

/// Models and @prepare, the first model first.
std::vector<mlir::func::FuncOp> scheduledFunctions(mlir::ModuleOp module);

} // namespace attune
