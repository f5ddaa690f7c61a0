// Sums, greatest and least of elements that are added one after another in an unrolled loop.
//
// Each waits for the one before: four cycles where a processor could add two vectors in one. LLVM keeps the order.
// Terms that go to the same place are joined first, in pairs, and then added at once.
#pragma once

#include "Halide.h"

namespace attune::kernels {

/// A lowering pass for processors.
class BalancedUpdates : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::Block *block) override;
};

} // namespace attune::kernels
