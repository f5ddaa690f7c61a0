// Weights of the next panel, fetched while this one's tiles are computed.
//
// A product's panel is read again for each tile of rows, from the second cache but for the first tile, which waits for a cache
// or a memory that all cores share. Panels lie one after another: each tile fetches its share of what follows, a line with each
// step. Of few tiles' shares those are every few lines; processors fetch neighbours with them.
#pragma once

#include "Halide.h"
#include <set>
#include <string>

namespace attune::kernels {

/// A lowering pass for processors.
class PanelPrefetch : public Halide::Internal::IRMutator {
public:
  /// In loops whose names begin so: those over the terms of products that read weights in panels.
  explicit PanelPrefetch(std::set<std::string> ofTerms) : ofTerms(std::move(ofTerms)) {}

protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *let) override;
  Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;

private:
  Halide::Internal::Stmt withPrefetch(const Halide::Internal::For *loop);

  std::set<std::string> ofTerms;
  std::vector<const Halide::Internal::For *> loops; ///< of one task around the one that is visited, outermost first
  Halide::Internal::Scope<Halide::Expr> lets;
};

} // namespace attune::kernels
