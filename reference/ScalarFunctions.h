// The scalar ops of bodies, each over a run of lanes.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace attune::reference {

/// Operand k is in `floats[k]` or `integers[k]`, by its type.
struct Lanes {
  int64_t count;
  unsigned width; // of an integer result
  double *floatResult;
  int64_t *integerResult;
  const double *floats[3];
  const int64_t *integers[3];
};
using LaneFunction = void (*)(const Lanes &);

/// Integer ops that keep arithmetic progressions (see BodyEvaluator).
enum class Progression { None, Copy, Add, Sub, Mul, FloorDiv, Remainder };

struct ScalarFunction {
  LaneFunction function = nullptr; // null: no such op
  Progression progression = Progression::None;
  /// How integer operands are read: it matters for i1, and for ops on
  /// unsigned integers.
  enum Sign { Any, Signed, Unsigned } sign = Any;
};

/// `name` is that of the op ("arith.addf"); comparisons append their predicate
/// ("arith.cmpf.olt"), select its type ("arith.select.float"), bit casts
/// both ("arith.bitcast.f32.i32").
ScalarFunction findScalarFunction(llvm::StringRef name);

/// `value` wrapped to a signed integer of `width` bits; 0 or 1 for width 1.
int64_t wrap(int64_t value, unsigned width);

} // namespace attune::reference
