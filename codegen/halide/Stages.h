// attn.stage ops as Halide Funcs.
#pragma once

#include "codegen/halide/Kernel.h"
#include "codegen/target/Target.h"
#include "schedule/Legality.h"

namespace attune::kernels {

/// Builds the Funcs of an outlined kernel, whose body `scheduled` was planned
/// from; their loops are not scheduled yet.
Kernel buildStages(mlir::func::FuncOp function, const ScheduledKernel &scheduled, const TargetInfo &target);

} // namespace attune::kernels
