// Halide's lowered statements.
#pragma once

#include "Halide.h"
#include <vector>

namespace attune::kernels {

/// What a block runs one after another, without blocks in it.
inline std::vector<Halide::Internal::Stmt> statementsOf(Halide::Internal::Stmt statement) {
  std::vector<Halide::Internal::Stmt> list, rest{std::move(statement)};
  while (!rest.empty()) {
    Halide::Internal::Stmt next = rest.back();
    rest.pop_back();
    if (const auto *block = next.as<Halide::Internal::Block>()) {
      rest.push_back(block->rest);
      rest.push_back(block->first);
    } else {
      list.push_back(next);
    }
  }
  return list;
}

} // namespace attune::kernels
