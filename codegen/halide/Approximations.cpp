#include "codegen/halide/Approximations.h"
#include "codegen/halide/Floats.h"
#include <cmath>
#include <limits>

using Halide::Expr;

namespace attune::kernels {

// The processor's own, as a table wants them.
Expr approximateSqrt(Expr x) { return Halide::sqrt(x); }
Expr approximateRsqrt(Expr x) { return strictDiv(1.0f, Halide::sqrt(x)); }

static double rsqrt(double x) { return 1 / std::sqrt(x); }

const std::vector<Approximation> &approximations() {
  const double largest = std::numeric_limits<float>::max();
  // Results below about the smallest normal number may come out as 0.
  const double tiny = 1.25e-38;
  static const std::vector<Approximation> table = {
      {"exp2", approximateExp2, std::exp2, -largest, 127.4, 2.5, tiny},
      {"exp", approximateExp, std::exp, -largest, 88.3, 1.5, tiny},
      {"expm1", approximateExpm1, std::expm1, -largest, 88.3, 2, 0},
      {"tanh", approximateTanh, std::tanh, -largest, largest, 5.5, 0},
      {"erf", approximateErf, std::erf, -largest, largest, 7, 0},
      {"log", approximateLog, std::log, 0, largest, 1, 0},
      {"log2", approximateLog2, std::log2, 0, largest, 1.5, 0},
      {"log1p", approximateLog1p, std::log1p, -1, largest, 2, 0},
      {"sin", approximateSin, std::sin, -largestAngle, largestAngle, 2, 0},
      {"cos", approximateCos, std::cos, -largestAngle, largestAngle, 2, 0},
      {"tan", approximateTan, std::tan, -largestAngle, largestAngle, 3, 0},
      {"sin_without_double", approximateSinWithoutDouble, std::sin, -largestAngle, largestAngle, 2, 0},
      {"cos_without_double", approximateCosWithoutDouble, std::cos, -largestAngle, largestAngle, 2, 0},
      {"tan_without_double", approximateTanWithoutDouble, std::tan, -largestAngle, largestAngle, 3, 0},
      {"atan", approximateAtan, std::atan, -largest, largest, 1.5, 0},
      {"sqrt", approximateSqrt, std::sqrt, 0, largest, 0.51, 0},
      {"rsqrt", approximateRsqrt, rsqrt, 0, largest, 1.6, 0},
  };
  return table;
}

} // namespace attune::kernels
