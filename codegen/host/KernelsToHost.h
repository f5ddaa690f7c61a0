// Phase `kernels` -> phase `host`: tensors become buffers.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace attune {

/// Rewrites every entry and @prepare of `module` in destination-passing style:
/// inputs and results become buffer arguments, every call writes into a buffer
/// of its own, variants are chosen by branches on sizes. Kernels stay as they
/// are. Emits errors where something is computed outside a kernel.
mlir::LogicalResult lowerKernelsToHost(mlir::ModuleOp module);

std::unique_ptr<mlir::Pass> createKernelsToHostPass();

/// Makes the pass known by its name, `attn-kernels-to-host`.
void registerKernelsToHostPass();

} // namespace attune
