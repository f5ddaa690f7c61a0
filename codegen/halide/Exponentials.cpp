// Exponentials and what is made of them.
#include "codegen/halide/Approximations.h"
#include "codegen/halide/Floats.h"

using Halide::Expr;

namespace attune::kernels {
namespace {

// Halide's `round` is one instruction. Rounding by adding a large number would
// be simplified away.
struct Reduced {
  Expr n, rest; ///< x = n ln 2 + rest
};
/// ln 2 in two parts, the first short enough for an exact product (Cody and
/// Waite). Strict, or the two products would be joined again.
Reduced reduceByLog2(Expr x) {
  Expr n = Halide::round(x * 1.44269504f);
  Expr high = strictSub(x, strictMul(n, 0.693359375f));
  return {n, strictSub(high, strictMul(n, -2.12194440e-4f))};
}

/// `value` between the ends, 0 below and infinity above.
Expr withTails(Expr x, float lowest, float highest, Expr value) {
  Expr bits = bitsOf(value) & (Halide::cast<int>(strictLess(x, lowest)) - 1);
  return blend(strictLess(highest, x), infinity(), fromBits(bits));
}

} // namespace

Expr approximateExp2(Expr x) {
  Expr n = Halide::round(x), f = x - n;
  Expr p = polynomial(f, {1.0f, 0.69314700f, 0.24022242f, 0.055507336f, 0.0096715130f, 0.0013264727f});
  return withTails(x, -126.0f, 127.4f, p * powerOfTwo(n));
}

Expr approximateExp(Expr x) {
  auto [n, f] = reduceByLog2(x);
  Expr p = polynomial(f, {1.0f, 1.0f, 0.49999994f, 0.16666521f, 0.041668389f, 0.0083687101f, 0.0013814613f});
  return withTails(x, -87.3f, 88.3f, p * powerOfTwo(n));
}

// e^f - 1 for the rest f, so that nothing cancels where n is 0; 2^n - 1 is exact
// or far from 0.
Expr approximateExpm1(Expr x) {
  // Below the lower end the result rounds to -1.
  auto [n, f] = reduceByLog2(Halide::clamp(x, -20.0f, 88.3f));
  Expr q = polynomial(f, {0.5f, 0.166666657f, 0.0416664928f, 0.00833354611f, 0.00139323215f, 0.000197617250f});
  Expr p = strictAdd(f, f * f * q), scale = powerOfTwo(n);
  Expr value = strictAdd(strictSub(scale, 1.0f), strictMul(scale, p));
  return orNan(x, blend(strictLess(88.3f, x), infinity(), value));
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

} // namespace attune::kernels
