#include "reference/Rounding.h"
#include "mlir/IR/BuiltinTypes.h"
#include <algorithm>
#include <cmath>
#include <limits>

namespace attune::reference {
namespace {

/// IEEE 754: `digits` of the significand with the leading one, and the exponent
/// of the least and the most normal number.
struct Format {
  int digits, lowest, highest;
};
constexpr Format half = {11, -14, 15}, bfloat = {8, -126, 127};

double roundTo(double value, Format format) {
  if (!std::isfinite(value) || value == 0)
    return value;
  // Subnormal numbers keep the spacing of the least normal ones.
  int exponent = std::max(std::ilogb(value), format.lowest) - format.digits + 1;
  double result = std::ldexp(std::nearbyint(std::ldexp(value, -exponent)), exponent);
  return std::fabs(result) < std::ldexp(1, format.highest + 1)
             ? result
             : std::copysign(std::numeric_limits<double>::infinity(), value);
}

} // namespace

Precision precisionOf(mlir::Type type) {
  if (type.isF32()) return Precision::F32;
  if (type.isF16()) return Precision::F16;
  if (type.isBF16()) return Precision::BF16;
  return Precision::Wide;
}

double rounded(double value, Precision precision) {
  switch (precision) {
  case Precision::F32: return static_cast<float>(value);
  case Precision::F16: return roundTo(value, half);
  case Precision::BF16: return roundTo(value, bfloat);
  default: return value;
  }
}

void roundAll(double *values, int64_t count, Precision precision) {
  if (precision == Precision::Wide)
    return;
  if (precision == Precision::F32) { // a loop that becomes vectors
    for (int64_t i = 0; i < count; ++i)
      values[i] = static_cast<float>(values[i]);
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    values[i] = rounded(values[i], precision);
}

} // namespace attune::reference
