// Vectors whose elements lie in different rows.
#pragma once

#include "Halide.h"
#include <map>

namespace attune::kernels {

/// A vector of an element of each row is loaded element by element, a shuffle each. Where such loads of four neighbours
/// are stored one after another, this loads four elements of a row at once and transposes: two shuffles for each vector.
class TransposedLoads : public Halide::Internal::IRMutator {
protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *let) override;
  Halide::Internal::Stmt visit(const Halide::Internal::Block *block) override;

private:
  std::map<std::string, Halide::Expr> values; ///< of the names here
};

} // namespace attune::kernels
