// Numbers of threads, for OpenCL.
#pragma once

#include "Halide.h"

namespace attune::kernels {

/// Kernels begin each thread with `int n = attn_thread_id(number);`, where the runtime, which
/// defines that as it builds them, can put what a driver needs. A lowering pass.
class ThreadNumbers : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
};

} // namespace attune::kernels
