// Schedules of a program as the text of a schedule file.
#pragma once

#include "dialect/Attn.h"
#include "mlir/IR/BuiltinOps.h"

namespace attune {

/// What is fused, and the section of `target` with all kernels of a program at
/// the phase `scheduled`. `apart` are choices that kept things apart. Kernels whose
/// names differ in a number alone, and that are scheduled alike, share a block.
void printSchedules(mlir::ModuleOp module, llvm::ArrayRef<attn::FusionAttr> apart, llvm::StringRef target,
                    llvm::raw_ostream &os);

/// `kernel NAME when SIZE <= BOUND { … }` with these tiles and stages; `condition`
/// may be null.
void printKernelBlock(llvm::StringRef name, attn::ConditionAttr condition, llvm::ArrayRef<attn::DirectiveAttr> tiles,
                      llvm::ArrayRef<attn::StageScheduleAttr> stages, unsigned depth, llvm::raw_ostream &os);

/// "tile query 32, key 512", as files have it.
std::string tilesText(llvm::ArrayRef<attn::DirectiveAttr> tiles);

} // namespace attune
