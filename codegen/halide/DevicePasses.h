// Lowering passes for what Halide 21 makes of kernels for devices.
#pragma once

#include "Halide.h"

namespace attune::kernels {

/// Halide skips what turns out not to be needed, and where that depends on tensors alone, asks
/// before it starts kernels: on the processor, where the tensors are not. This has everything
/// computed there, and refuses what else the processor would read.
class ProcessorReads : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *let) override;
  Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
  Halide::Expr visit(const Halide::Internal::Load *load) override;
};

// ---- for OpenCL alone ----

/// Halide 21 keeps vectors of booleans from OpenCL, which has none, but stops at those that
/// strict comparisons give: this compares the bits of the numbers instead.
class StrictComparisons : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Expr visit(const Halide::Internal::Call *call) override;
};

/// Kernels begin each thread with `int n = attn_thread_id(number);`, where the runtime, which
/// defines that as it builds them, can put what a driver needs.
class ThreadNumbers : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
};

/// Refuses vectors in memory whose length OpenCL has not, or rounds up: Halide 21 makes such
/// ones where lanes reach past the end of a tensor.
class VectorLengths : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Expr visit(const Halide::Internal::Load *load) override;
  Halide::Internal::Stmt visit(const Halide::Internal::Store *store) override;
};

} // namespace attune::kernels
