// Kernels whose arguments have no elements.
#pragma once

#include "dialect/Attn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "Halide.h"
#include <set>

namespace attune::kernels {

/// A sum over nothing reads nothing, but Halide asks for an element before it begins. Along an axis where all reads are in
/// sums that have no terms without it, this asks no more; what is read in any case, such as the first element, there has
/// to be.
class EmptyTensors : public Halide::Internal::IRMutator {
public:
  explicit EmptyTensors(mlir::func::FuncOp kernel);

protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::AssertStmt *check) override;

private:
  std::set<std::pair<std::string, int64_t>> ofSums; ///< what messages call an argument, and its dimension
};

} // namespace attune::kernels
