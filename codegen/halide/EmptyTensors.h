// Kernels whose arguments have no elements.
#pragma once

#include "Halide.h"

namespace attune::kernels {

/// A sum over nothing reads nothing, but Halide asks for one element before it begins: of what has none along an axis,
/// it asks no more. Whether indices lie in their tables is checked before kernels start.
class EmptyTensors : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::AssertStmt *check) override;
};

} // namespace attune::kernels
