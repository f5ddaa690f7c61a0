// Schedules of a program as the text of a schedule file.
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace attune {

/// The section of `target`, with all kernels of a program at the phase
/// `scheduled`. Kernels whose names differ in a number alone, and that are
/// scheduled alike, share a block.
void printSchedules(mlir::ModuleOp module, llvm::StringRef target, llvm::raw_ostream &os);

} // namespace attune
