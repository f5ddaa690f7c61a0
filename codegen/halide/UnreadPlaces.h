// Places that nothing reads.
//
// A stage of several results stores all of them at each place, also one that is the same along an axis, such as the greatest
// score of a query beside each of its features. Its readers read one place in so many: the others are not stored, and where all
// places are seen to be such ones or not, those that are read lie beside each other.
#pragma once

#include "Halide.h"
#include <map>
#include <string>

namespace attune::kernels {

/// A lowering pass for processors.
class UnreadPlaces : public Halide::Internal::IRMutator {
public:
  /// What of an allocation is read.
  struct Read {
    Halide::Internal::ModulusRemainder places;
    bool isCompact = false; ///< whether place number `modulus * i + remainder` becomes i
  };

protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *let) override;
  Halide::Internal::Stmt visit(const Halide::Internal::Allocate *allocation) override;
  Halide::Internal::Stmt visit(const Halide::Internal::Store *store) override;
  Halide::Internal::Stmt visit(const Halide::Internal::Block *block) override;
  Halide::Expr visit(const Halide::Internal::Load *load) override;

private:
  const Read *readOf(const std::string &allocation) const;

  std::map<std::string, Read> reads; ///< of the allocations around that have unread places
  Halide::Internal::Scope<Halide::Internal::ModulusRemainder> lets;
};

} // namespace attune::kernels
