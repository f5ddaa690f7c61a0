// How a reduction puts two numbers together.
#pragma once

#include "reference/BodyProgram.h"
#include <algorithm>

namespace attune::reference {

/// NaN wins over every number.
template <typename T> T combined(Combine combine, T a, T b) {
  switch (combine) {
  case Combine::Sum: return a + b;
  case Combine::Max: return b > a || b != b ? b : a;
  default: return b < a || b != b ? b : a;
  }
}
template <>
inline int64_t combined<int64_t>(Combine combine, int64_t a, int64_t b) {
  switch (combine) {
  case Combine::Sum: return static_cast<uint64_t>(a) + static_cast<uint64_t>(b);
  case Combine::Max: return std::max(a, b);
  default: return std::min(a, b);
  }
}

} // namespace attune::reference
