// What passes and code generation ask of values in the bodies of stages.
#pragma once

#include "dialect/Attn.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace attune::attn {

/// Whether `value`, or a number that it is computed from, fulfils `test`. Looks
/// into reductions, not into the tensors that are loaded.
bool isComputedFrom(mlir::Value value, llvm::function_ref<bool(mlir::Value)> test);

/// x mod d, as the language writes it: x - (x floordiv d) * d.
struct Remainder {
  mlir::Value dividend, divisor;
  /// The divisor where it is constant and positive.
  std::optional<int64_t> modulus() const;
};

std::optional<Remainder> matchRemainder(mlir::Value value);

} // namespace attune::attn
