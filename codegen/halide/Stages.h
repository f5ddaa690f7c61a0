// attn.stage ops as Halide Funcs.
#pragma once

#include "codegen/halide/Kernel.h"
#include "dialect/Attn.h"

namespace attune::kernels {

/// Builds the Funcs of an outlined kernel; nothing is scheduled yet.
Kernel buildStages(mlir::func::FuncOp function);

} // namespace attune::kernels
