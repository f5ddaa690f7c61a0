// Lowering passes for what kernels for devices keep in registers.
#pragma once

#include "Halide.h"
#include <set>
#include <string>

namespace attune::kernels {

/// Values in registers outside of loops over threads: Halide keeps all of them for each thread,
/// which computes and reads its own part. This keeps that part alone. Where threads read what
/// others computed, it is refused.
class ThreadRegisters : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::Allocate *kept) override;
};

/// Registers that hold one number in all lanes of a vector, as each lane is computed from the
/// same: this keeps the number once. Runs after ThreadRegisters.
class UniformRegisters : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::Allocate *kept) override;
};

/// Vectors in registers, each element by itself: the assembler of CUDA keeps pairs of what is stored
/// together, and moves their halves in and out where they are added to.
class ScalarRegisters : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::Allocate *kept) override;
  Halide::Expr visit(const Halide::Internal::Load *load) override;
  Halide::Internal::Stmt visit(const Halide::Internal::Store *store) override;

private:
  std::set<std::string> registers;
};

/// Registers that each iteration of a loop sets anew where a condition holds, and reads nowhere else: this has
/// them begin with zeros. Else what they were would be kept where the condition does not hold, from one iteration
/// to the next, which takes registers all the way around the loop. Runs after ThreadRegisters.
class FreshRegisters : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::Allocate *kept) override;
};

} // namespace attune::kernels
