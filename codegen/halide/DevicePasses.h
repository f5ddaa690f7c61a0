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

/// Refuses kernels whose blocks share more memory than there is: Halide decides which values take
/// the place of others, and asks for the memory when a kernel starts.
class SharedMemory : public Halide::Internal::IRMutator {
public:
  explicit SharedMemory(int64_t most) : most(most) {}

protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
  Halide::Internal::Stmt visit(const Halide::Internal::Allocate *kept) override;

private:
  int64_t most, bytes = 0;
  bool isBlock = false; ///< what is visited is what one block does
};

// ---- for CUDA alone ----

/// Starts a grid of more than 65,535 blocks along its second or third dimension, which is the most (CUDA C++ Programming
/// Guide, compute capabilities 5.0 to 9.0), as several of that many.
class GridSizes : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
};

/// Makes one of conditions that stand one after another, with barriers between: `if (c) a; barrier;
/// if (c) b` becomes `if (c) { a; barrier; b }`. What a computes for b need not be kept where c
/// does not hold, which takes registers from one iteration of a loop to the next.
class JoinedConditions : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::Block *block) override;
};

// ---- for OpenCL alone ----

/// Halide 21 keeps vectors of booleans from OpenCL, which has none, but stops at those that
/// strict comparisons give: this compares the bits of the numbers instead.
class StrictComparisons : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Expr visit(const Halide::Internal::Call *call) override;
};

/// Takes barriers out of conditions: `if (c) { a; barrier; b }` becomes `if (c) a; barrier; if (c) b`.
/// All threads of a block agree on such a condition, so that either is right, but PoCL 3.1 makes
/// wrong code of the former.
class BarriersOutside : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
  Halide::Internal::Stmt visit(const Halide::Internal::IfThenElse *choice) override;

private:
  bool isThread = false; ///< what is visited is what one thread does
};

/// Halide 21 takes guarded vectors of OpenCL apart, element by element, and cannot where the
/// condition is one that it has named: this puts it in where it is asked.
class VectorConditions : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Expr visit(const Halide::Internal::Let *let) override;
  Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *let) override;
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
