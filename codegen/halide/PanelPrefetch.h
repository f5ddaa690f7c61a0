// Weights of the next panel, fetched while this one's tiles are computed.
//
// A product's panel is read again for each tile of rows, from the second cache but for the first tile, which waits for a cache
// or a memory that all cores share. Panels lie one after another: each tile fetches its share of what follows.
#pragma once

#include "Halide.h"
#include <set>
#include <string>

namespace attune::kernels {

/// A lowering pass for processors.
class PanelPrefetch : public Halide::Internal::IRMutator {
public:
  /// Of these Funcs, which read weights in panels.
  explicit PanelPrefetch(std::set<std::string> funcs) : funcs(std::move(funcs)) {}

protected:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *let) override;
  Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;

private:
  Halide::Internal::Stmt withPrefetch(const Halide::Internal::For *loop);

  std::set<std::string> funcs;
  std::vector<const Halide::Internal::For *> loops; ///< of one task around the one that is visited, outermost first
  Halide::Internal::Scope<Halide::Expr> lets;
};

} // namespace attune::kernels
