// Indices of large tensors in 64 bits throughout.
//
// Halide counts loops in 32 bits, adds and multiplies so, and widens what comes out. LLVM then widens it in each iteration, beside
// the multiply-adds, as it does not know that nothing overflows; of widened counters it makes one address that steps.
#pragma once

#include "Halide.h"

namespace attune::kernels {

/// `index`, one number, with what it adds, subtracts and multiplies in 64 bits. What overflows 32 bits is undefined in Halide.
Halide::Expr wideIndex(const Halide::Expr &index);

/// A lowering pass for processors.
class WideIndices : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Expr visit(const Halide::Internal::Cast *cast) override;
};

} // namespace attune::kernels
