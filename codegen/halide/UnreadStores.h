// Stores that nothing reads.
//
// A stage of several results stores all of them at each place, also one that is the same along an axis, such as the greatest
// score of a query beside each of its features. Its readers read one place in so many: what is stored at the others goes.
#pragma once

#include "Halide.h"
#include <map>
#include <string>

namespace attune::kernels {

/// A lowering pass for processors.
class UnreadStores : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *let) override;
  Halide::Internal::Stmt visit(const Halide::Internal::Allocate *allocation) override;
  Halide::Internal::Stmt visit(const Halide::Internal::Store *store) override;
  Halide::Internal::Stmt visit(const Halide::Internal::Block *block) override;

private:
  std::map<std::string, Halide::Internal::ModulusRemainder> reads; ///< of the allocations around
  Halide::Internal::Scope<Halide::Internal::ModulusRemainder> lets;
};

} // namespace attune::kernels
