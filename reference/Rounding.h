// Numbers rounded to the float types of a program, for the interpreter's plain
// mode.
#pragma once

#include "mlir/IR/Types.h"
#include <cstdint>

namespace attune::reference {

/// The float that a number is rounded to; Wide leaves it as it is.
enum class Precision : uint8_t { Wide, F32, F16, BF16 };

/// That of a type; Wide for all that is no narrow float.
Precision precisionOf(mlir::Type type);

/// Sums of narrow floats are taken in f32.
inline Precision precisionOfSum(Precision precision) {
  return precision == Precision::Wide ? Precision::Wide : Precision::F32;
}

/// To the nearest, ties to even; past the largest number infinity.
double rounded(double value, Precision precision);
/// Each of values[0], … values[count - 1].
void roundAll(double *values, int64_t count, Precision precision);

} // namespace attune::reference
