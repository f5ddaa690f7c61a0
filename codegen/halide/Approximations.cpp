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

/// 2^n for an integral n in [-126, 127].
Expr powerOfTwo(Expr n) { return Halide::reinterpret<float>((Halide::cast<int>(n) + 127) << 23); }

} // namespace

// Halide compiles on the assumption that there is no NaN, so comparisons with
// NaN and least and greatest of it may go either way. What the functions below
// rely on is that arithmetic passes NaN on, and bits.

Expr blend(Expr condition, Expr a, Expr b) {
  Expr mask = 0 - Halide::cast<int>(condition);
  Expr x = Halide::reinterpret<int>(a), y = Halide::reinterpret<int>(b);
  return Halide::reinterpret(a.type(), (x & mask) | (y & ~mask));
}

Expr orNan(Expr x, Expr value) { return blend(Halide::strict_float(x != x), x, value); }

/// `value` between the ends, 0 below and infinity above.
static Expr withTails(Expr x, float lowest, float highest, Expr value) {
  Expr below = Halide::strict_float(x < lowest), above = Halide::strict_float(x > highest);
  Expr bits = Halide::reinterpret<int>(value) & (Halide::cast<int>(below) - 1);
  return blend(above, Halide::reinterpret<float>(Expr(0x7f800000)), Halide::reinterpret<float>(bits));
}

// Halide's `round` is one instruction. Rounding by adding a large number would
// be simplified away, as kernels are compiled with reassociation.
Expr approximateExp2(Expr x) {
  Expr n = Halide::round(x), f = x - n;
  Expr p = polynomial(f, {1.0f, 0.69314700f, 0.24022242f, 0.055507336f, 0.0096715130f, 0.0013264727f});
  return withTails(x, -126.0f, 127.4f, p * powerOfTwo(n));
}

Expr approximateExp(Expr x) {
  Expr n = Halide::round(x * 1.44269504f);
  // ln 2 in two parts, the first short enough for an exact product (Cody and
  // Waite). Strict, or the two products would be joined again.
  Expr f = Halide::strict_float((x - n * 0.693359375f) - n * -2.12194440e-4f);
  Expr p = polynomial(f, {1.0f, 1.0f, 0.49999994f, 0.16666521f, 0.041668389f, 0.0083687101f, 0.0013814613f});
  return withTails(x, -87.3f, 88.3f, p * powerOfTwo(n));
}

// Odd rational functions of x: the relative error stays small towards 0.
Expr approximateTanh(Expr argument) {
  Expr x = Halide::clamp(argument, -9.1f, 9.1f);
  Expr s = x * x;
  Expr p = polynomial(s, {1.0f, 0.13374463f, 0.0034877968f, 2.0480953e-5f, 1.3177207e-8f});
  Expr q = polynomial(s, {1.0f, 0.46707776f, 0.025847334f, 0.00032728969f, 7.7039147e-7f});
  return orNan(argument, x * p / q);
}

Expr approximateErf(Expr argument) {
  Expr x = Halide::clamp(argument, -3.95f, 3.95f);
  Expr s = x * x;
  Expr p = polynomial(s, {1.1283791f, 0.19154358f, 0.052874491f, 0.0038078541f, 0.00028467790f, 2.0259226e-6f});
  Expr q = polynomial(s, {1.0f, 0.50308377f, 0.11455678f, 0.015054477f, 0.0011706456f, 3.7831436e-5f});
  return orNan(argument, x * p / q);
}

const std::vector<Approximation> &approximations() {
  // Results below about the smallest normal number may come out as 0.
  const double tiny = 1.25e-38;
  static const std::vector<Approximation> table = {
      {"exp2", approximateExp2, std::exp2, -160, 127.4, tiny, 2.0e-7},
      {"exp", approximateExp, std::exp, -160, 88.3, tiny, 2.0e-7},
      {"tanh", approximateTanh, std::tanh, -100, 100, 0, 3.5e-7},
      {"erf", approximateErf, std::erf, -100, 100, 0, 3.5e-7},
  };
  return table;
}

} // namespace attune::kernels
