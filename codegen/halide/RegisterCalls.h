// Calls of instructions (Instructions.h), a register at a time.
//
// What Halide writes lane by lane of a vector that is wider than a register, or of an odd width, LLVM mixes with what reads it.
#pragma once

#include "Halide.h"

namespace attune::kernels {

/// A lowering pass for processors: calls have 16, 8 or 4 lanes, or one.
class RegisterCalls : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Expr visit(const Halide::Internal::Call *call) override;
};

} // namespace attune::kernels
