// A planned schedule, applied to Halide Funcs: every step that schedule/ makes of
// a stage's loops is made of the Func's.
#pragma once

#include "codegen/halide/Kernel.h"
#include "schedule/KernelPlan.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

namespace attune::kernels {

/// Stages of `plan` are those of `kernel`, in the same order.
void applySchedule(Kernel &kernel, const KernelPlan &plan, llvm::function_ref<void(llvm::StringRef)> warn);

} // namespace attune::kernels
