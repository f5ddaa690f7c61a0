// Schedules of a program as the text of a schedule file.
#pragma once

#include "dialect/Attn.h"

namespace attune {

/// What is fused, and the section of `target` with all kernels of a program at
/// the phase `scheduled`. `apart` are choices that kept things apart. Kernels whose names differ in a number alone, and that are
/// scheduled alike, share a block.
void printSchedules(mlir::ModuleOp module, llvm::ArrayRef<attn::FusionAttr> apart, llvm::StringRef target,
                    llvm::raw_ostream &os);

} // namespace attune
