#include "codegen/halide/Approximations.h"
#include <cmath>
#include <initializer_list>

using Halide::Expr;

namespace attune::kernels {
namespace {

/// c0 + c1 x + c2 x^2 + …, by Horner's rule.
Expr polynomial(Expr x, std::initializer_list<float> coefficients) {
  Expr sum;
  for (auto c = std::rbegin(coefficients); c != std::rend(coefficients); ++c)
    sum = sum.defined() ? sum * x + *c : Expr(*c);
  return sum;
}

/// x * 2^n for |x| in [0.7, 1.42] and an integral n: adds to the exponent.
Expr scale(Expr x, Expr n) {
  return Halide::reinterpret<float>(Halide::reinterpret<int>(x) + (Halide::cast<int>(n) << 23));
}

} // namespace

// Halide's `round` is one instruction. Rounding by adding a large number would
// be simplified away, as kernels are compiled with reassociation.
Expr approximateExp2(Expr x) {
  // At -127 the exponent's bits become those of 0, with f = 0 and p = 1.
  x = Halide::clamp(x, -127.0f, 127.99f);
  Expr n = Halide::round(x), f = x - n;
  Expr p = polynomial(f, {1.0f, 0.69314700f, 0.24022242f, 0.055507336f, 0.0096715130f, 0.0013264727f});
  return scale(p, n);
}

Expr approximateExp(Expr x) {
  const float lowest = -87.3f;
  Expr clamped = Halide::clamp(x, lowest, 88.7f);
  Expr n = Halide::round(clamped * 1.44269504f);
  // ln 2 in two parts, the first short enough for an exact product (Cody and
  // Waite). Strict, or the two products would be joined again.
  Expr f = Halide::strict_float((clamped - n * 0.693359375f) - n * -2.12194440e-4f);
  Expr p = polynomial(f, {1.0f, 1.0f, 0.49999994f, 0.16666521f, 0.041668389f, 0.0083687101f, 0.0013814613f});
  return Halide::select(x < lowest, 0.0f, scale(p, n));
}

// Odd rational functions of x: the relative error stays small towards 0.
Expr approximateTanh(Expr x) {
  x = Halide::clamp(x, -9.1f, 9.1f);
  Expr s = x * x;
  Expr p = polynomial(s, {1.0f, 0.13374463f, 0.0034877968f, 2.0480953e-5f, 1.3177207e-8f});
  Expr q = polynomial(s, {1.0f, 0.46707776f, 0.025847334f, 0.00032728969f, 7.7039147e-7f});
  return x * p / q;
}

Expr approximateErf(Expr x) {
  x = Halide::clamp(x, -3.95f, 3.95f);
  Expr s = x * x;
  Expr p = polynomial(s, {1.1283791f, 0.19154358f, 0.052874491f, 0.0038078541f, 0.00028467790f, 2.0259226e-6f});
  Expr q = polynomial(s, {1.0f, 0.50308377f, 0.11455678f, 0.015054477f, 0.0011706456f, 3.7831436e-5f});
  return x * p / q;
}

const std::vector<Approximation> &approximations() {
  // Results below about the smallest normal number may come out as 0.
  const double tiny = 1.25e-38;
  static const std::vector<Approximation> table = {
      {"exp2", approximateExp2, std::exp2, -160, 127.9, tiny, 2.0e-7},
      {"exp", approximateExp, std::exp, -160, 88.6, tiny, 2.0e-7},
      {"tanh", approximateTanh, std::tanh, -100, 100, 0, 3.5e-7},
      {"erf", approximateErf, std::erf, -100, 100, 0, 3.5e-7},
  };
  return table;
}

} // namespace attune::kernels
