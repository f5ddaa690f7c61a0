// What the integers of a body can be, and which operations may leave their type.
#pragma once

#include "dialect/Attn.h"

namespace attune::attn {

/// Indices and sizes are taken to stay below this. Kernels count in 32 bits, so
/// that sums and differences of two of them fit.
inline constexpr int64_t endOfIndices = int64_t(1) << 30;

/// Every integer from `least` to `greatest`, both included.
struct IntegerRange {
  int64_t least, greatest;

  bool contains(int64_t value) const { return least <= value && value <= greatest; }
  bool contains(IntegerRange other) const { return least <= other.least && other.greatest <= greatest; }
};

/// All that an integer type holds; i1 holds 0 and 1. An index has 64 bits.
IntegerRange rangeOfType(mlir::Type type);

/// What `value` can be wherever it is computed. Loaded integers can be anything.
IntegerRange rangeOf(mlir::Value value);

/// Whether the sum, difference or product may be none of its type, so that it
/// wraps around. A remainder never is, whatever it is written with.
bool mayWrap(mlir::Operation *op);

} // namespace attune::attn
