// Halide's lowered statements.
#pragma once

#include "Halide.h"
#include <vector>

namespace attune::kernels {

/// What a block runs one after another, without blocks in it.
inline std::vector<Halide::Internal::Stmt> statementsOf(const Halide::Internal::Stmt &statement) {
  const auto *block = statement.as<Halide::Internal::Block>();
  if (!block)
    return {statement};
  std::vector<Halide::Internal::Stmt> list = statementsOf(block->first), rest = statementsOf(block->rest);
  list.insert(list.end(), rest.begin(), rest.end());
  return list;
}

} // namespace attune::kernels
