// Strict comparisons of vectors, for OpenCL.
#pragma once

#include "Halide.h"

namespace attune::kernels {

/// Halide 21 keeps vectors of booleans from OpenCL, which has none, but stops at those that
/// strict comparisons give: this compares the bits of the numbers instead. A lowering pass.
class StrictComparisons : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Expr visit(const Halide::Internal::Call *call) override;
};

} // namespace attune::kernels
