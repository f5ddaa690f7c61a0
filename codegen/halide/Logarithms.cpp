// Logarithms, and powers by way of them.
#include "codegen/halide/Approximations.h"
#include "codegen/halide/Floats.h"

using Halide::Expr;

namespace attune::kernels {
namespace {

const float leastNormal = 1.17549435e-38f;
const int oneBits = 0x3f800000, rootOfHalfBits = 0x3f3504f3, mantissaBits = 23;

/// x = 2^exponent * mantissa, with the mantissa between the roots of 1/2 and 2.
struct Split {
  Expr exponent, mantissa; ///< an integer, a float
};
Split splitNormal(Expr x) {
  Expr exponent = (bitsOf(x) - rootOfHalfBits) >> mantissaBits;
  return {exponent, fromBits(bitsOf(x) - (exponent << mantissaBits))};
}
Split split(Expr x) {
  Expr isSmall = strictLess(x, leastNormal);
  auto [exponent, mantissa] = splitNormal(blend(isSmall, x * 8388608.0f, x));
  return {exponent - blend(isSmall, mantissaBits, 0), mantissa};
}

/// `value` for positive numbers; at 0 there is a pole, below there is nothing.
Expr withPole(Expr x, Expr value) {
  Expr elsewhere = blend(strictEqual(x, 0.0f), turnSign(infinity(), INT32_MIN), notANumber());
  Expr ofInfinity = blend(strictEqual(x, infinity()), x, value);
  return blend(strictLess(0.0f, x), ofInfinity, elsewhere);
}

/// exponent * ln 2 + log(1 + f). Large parts last, so that the error is theirs.
Expr logOf(Expr exponent, Expr f) {
  Expr e = Halide::cast<float>(exponent), z = f * f;
  Expr p = polynomial(f, {0.333333135f, -0.250000089f, 0.200020716f, -0.166679889f, 0.142203584f, -0.124062344f,
                          0.118835501f, -0.116700895f, 0.0674924999f});
  Expr small = z * (f * p - 0.5f) + e * -2.12194440e-4f;
  return strictAdd(strictAdd(small, f), strictMul(e, 0.693359375f));
}

} // namespace

Expr approximateLog(Expr x) {
  auto [exponent, mantissa] = split(x);
  return withPole(x, logOf(exponent, strictSub(mantissa, 1.0f)));
}

Expr approximateLog2(Expr x) {
  auto [exponent, mantissa] = split(x);
  Expr f = strictSub(mantissa, 1.0f);
  // log2(e) is 1 and a smaller part: the product with 1 is exact.
  Expr p = polynomial(f, {0.442695051f, -0.721347511f, 0.480896533f, -0.360682756f, 0.288617671f, -0.239946127f,
                          0.204167947f, -0.188313618f, 0.186842367f, -0.116241291f});
  return withPole(x, strictAdd(strictAdd(f * p, f), Halide::cast<float>(exponent)));
}

Expr approximateLog1p(Expr x) {
  Expr sum = strictAdd(x, 1.0f), lost = strictSub(x, strictSub(sum, 1.0f));
  auto [exponent, mantissa] = splitNormal(sum);
  // What the sum rounded away, at the scale of the mantissa. Large sums lose
  // nothing that matters, and their scale has no exponent.
  Expr scale = fromBits(Halide::max(oneBits - (exponent << mantissaBits), 0));
  return withPole(sum, logOf(exponent, strictAdd(strictSub(mantissa, 1.0f), strictMul(lost, scale))));
}

// The product y log2 x loses as many bits as its integral part has, and these are
// in front of the result's: double has them to spare, without compensation.
Expr approximatePow(Expr x, Expr y) {
  Expr magnitude = Halide::abs(x);
  auto [exponent, mantissa] = split(magnitude);
  // log2 m = 2/ln 2 atanh s. The series after its first term is small, and f32 will do.
  Expr m = Halide::cast<double>(mantissa), s = (m - 1.0f) / (m + 1.0f), z = s * s;
  Expr series = polynomial(Halide::cast<float>(z), {0.961796701f, 0.577078819f, 0.411927313f, 0.336488545f});
  Expr log2 = s * (z * Halide::cast<double>(series) + Expr(2.885390081777927)) + Halide::cast<double>(exponent);
  // Far enough for 0 and infinity.
  Expr t = Halide::clamp(Halide::cast<double>(y) * log2, Expr(-151.0), Expr(129.0));
  Expr n = Halide::round(t), f = Halide::cast<float>(t - n);
  Expr p = polynomial(f, {1.0f, 0.693147182f, 0.240226477f, 0.0555035993f, 0.00961850584f, 0.00133908121f,
                          0.000153264962f});
  // In two steps: results may be below the normal numbers.
  Expr power = Halide::cast<int>(n), half = power >> 1;
  Expr value = strictMul(strictMul(p, powerOfTwo(half)), powerOfTwo(power - half));

  Expr ofZero = strictEqual(x, 0.0f), ofInfinity = strictEqual(magnitude, infinity());
  Expr isInverse = strictLess(y, 0.0f);
  value = blend(ofZero || ofInfinity, blend(ofZero == isInverse, infinity(), 0.0f), value);
  value = blend(strictEqual(magnitude, 1.0f), 1.0f, value);
  Expr isIntegral = strictEqual(Halide::floor(y), y), isEven = strictEqual(Halide::floor(y * 0.5f), y * 0.5f);
  value = turnSign(value, blend(isIntegral && !isEven, bitsOf(x), 0));
  value = blend(strictLess(x, 0.0f) && !ofInfinity && !isIntegral, notANumber(), value);
  return blend(strictEqual(x, 1.0f) || strictEqual(y, 0.0f), 1.0f, orNan(x, orNan(y, value)));
}

} // namespace attune::kernels
