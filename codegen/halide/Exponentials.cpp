// Exponentials and what is made of them.
#include "codegen/halide/Approximations.h"
#include "codegen/halide/Floats.h"
#include "codegen/halide/Instructions.h"

using Halide::Expr;

namespace attune::kernels {
namespace {

/// A whole number n and 2^n.
struct WholePart {
  Expr number, power;
};

// Adding 1.5 * 2^23 to a number below 2^22 leaves its nearest whole one in the
// last bits. With the exponent's bias added as well, they are the exponent of the
// power once they are shifted up. Halide's `round` takes six operations with
// vectors of 512 bits, and the conversion to integers another one. Strict, or the
// constant would be subtracted at once, or take up one that x has.
WholePart wholePart(Expr x) {
  Expr shifted = 12582912.0f + 127.0f, sum = strictAdd(x, shifted);
  return {strictSub(sum, shifted), fromBits(bitsOf(sum) << 23)};
}

/// x = n ln 2 + rest.
struct Reduced {
  Expr rest, power; ///< 2^n
};

// ln 2 in two parts, the first short enough for an exact product (Cody and
// Waite). The second is strict, or the two products would be joined again.
Reduced reduceByLog2(Expr x) {
  auto [n, power] = wholePart(x * 1.44269504f);
  Expr high = x - n * 0.693359375f;
  return {strictSub(high, strictMul(n, -2.12194440e-4f)), power};
}

/// 2^x where no exponent overflows.
Expr powerOfTwoAt(Expr x) {
  auto [n, power] = wholePart(x);
  Expr f = x - n;
  return polynomial(f, {1.0f, 0.69314700f, 0.24022242f, 0.055507336f, 0.0096715130f, 0.0013264727f}) * power;
}

/// `value`, 0 below `lowest`.
Expr withLowerTail(Expr x, float lowest, Expr value) {
  return fromBits(bitsOf(value) & (Halide::cast<int>(strictLess(x, lowest)) - 1));
}

/// `value` between the ends, 0 below and infinity above.
Expr withTails(Expr x, float lowest, float highest, Expr value) {
  return blend(strictLess(highest, x), infinity(), withLowerTail(x, lowest, value));
}

} // namespace

Expr approximateExp2(Expr x) { return withTails(x, -126.0f, 127.4f, powerOfTwoAt(x)); }

Expr approximateExpOfNegative(Expr x) { return withLowerTail(x, -87.3f, powerOfTwoAt(x * 1.44269504f)); }

Expr instructedExpOfNegative(Expr x) {
  using Halide::Internal::Call;
  return Call::make(Halide::Float(32), powerOfTwoCall.str(), {x * 1.44269504f}, Call::PureExtern);
}

Expr approximateExp(Expr x) {
  auto [f, power] = reduceByLog2(x);
  Expr p = polynomial(f, {1.0f, 1.0f, 0.49999994f, 0.16666521f, 0.041668389f, 0.0083687101f, 0.0013814613f});
  return withTails(x, -87.3f, 88.3f, p * power);
}

// e^f - 1 for the rest f, so that nothing cancels where n is 0; 2^n - 1 is exact
// or far from 0.
Expr approximateExpm1(Expr x) {
  // Below the lower end the result rounds to -1.
  auto [f, power] = reduceByLog2(Halide::clamp(x, -20.0f, 88.3f));
  Expr q = polynomial(f, {0.5f, 0.166666657f, 0.0416664928f, 0.00833354611f, 0.00139323215f, 0.000197617250f});
  Expr p = strictAdd(f, f * f * q);
  Expr value = strictAdd(strictSub(power, 1.0f), strictMul(power, p));
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
