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

namespace {

// The product y log2 x loses as many bits as its integral part has, and these are
// in front of the result's.

/// y log2 x, an integer and what is left; clamped to where powers are 0 and infinity.
struct Exponent {
  Expr integer, rest; ///< an integer, a float
};
const float leastExponent = -151, greatestExponent = 129;
// Of z = s^2: log2 m = 2/ln 2 atanh s = s (2/ln 2 + z (…)).
const float firstOfSeries = 0.961796701f;
Expr restOfSeries(Expr z) { return polynomial(z, {0.577078819f, 0.411927313f, 0.336488545f}); }

/// Double has bits to spare, without compensation.
Exponent exponentInDouble(Split x, Expr y) {
  // The series after its first term is small, and f32 will do.
  Expr m = Halide::cast<double>(x.mantissa), s = (m - 1.0f) / (m + 1.0f), z = s * s, zf = Halide::cast<float>(z);
  Expr series = firstOfSeries + zf * restOfSeries(zf);
  Expr log2 = s * (z * Halide::cast<double>(series) + Expr(2.885390081777927)) + Halide::cast<double>(x.exponent);
  Expr t = Halide::clamp(Halide::cast<double>(y) * log2, Expr(double(leastExponent)), Expr(double(greatestExponent)));
  Expr n = Halide::round(t);
  return {Halide::cast<int>(n), Halide::cast<float>(t - n)};
}

/// A number as the sum of two floats, of which the second is less than a unit of the first.
struct Pair {
  Expr high, low;
};

/// a b, exactly: halves of twelve bits have products that are floats (Dekker 1971). The first part drops its last
/// bit, as CUDA's compiler would take the product and what it is added to for one operation.
Pair product(Expr a, Expr b) {
  auto top = [](Expr x) { return fromBits(bitsOf(x) & Expr(-4096)); };
  Expr high = fromBits(bitsOf(strictMul(a, b)) & Expr(-2)), aTop = top(a), bTop = top(b), aRest = strictSub(a, aTop), bRest = strictSub(b, bTop);
  Expr low = strictSub(strictMul(aTop, bTop), high);
  low = strictAdd(strictAdd(low, strictMul(aTop, bRest)), strictMul(aRest, bTop));
  return {high, strictAdd(low, strictMul(aRest, bRest))};
}

/// a + b of a that is greater, or 0.
Pair sum(Expr a, Expr b) {
  Expr high = strictAdd(a, b);
  return {high, strictSub(b, strictSub(high, a))};
}

/// The same in pairs of floats. All sums are strict: LLVM takes one that is not apart with those that it adds.
Exponent exponentInPairs(Split x, Expr y) {
  Expr m = x.mantissa, above = strictSub(m, 1.0f); // exact
  Pair below = sum(blend(strictLess(m, 1.0f), 1.0f, m), blend(strictLess(m, 1.0f), m, 1.0f));
  Expr s = strictDiv(above, below.high);
  Pair back = product(s, below.high);
  Expr sLow = strictSub(strictSub(strictSub(above, back.high), back.low), s * below.low) / below.high;
  Pair z = product(s, s);
  z.low = strictAdd(z.low, 2.0f * s * sLow);
  Pair series = sum(firstOfSeries, z.high * restOfSeries(z.high));
  Pair w = product(z.high, series.high);
  Pair factor = sum(2.88539004f, w.high);
  Expr ofSeries = strictAdd(z.low * series.high, z.high * series.low);
  factor.low = strictAdd(factor.low, strictAdd(strictAdd(w.low, 3.8519259e-8f), ofSeries));
  Pair log2 = product(s, factor.high);
  Pair whole = sum(Halide::cast<float>(x.exponent), log2.high);
  whole.low = strictAdd(whole.low, strictAdd(log2.low, strictAdd(s * factor.low, sLow * factor.high)));
  // More is as far away from 1 as any number is.
  Expr bounded = Halide::clamp(y, -0x1p32f, 0x1p32f);
  Pair t = product(bounded, whole.high);
  Expr high = Halide::clamp(t.high, leastExponent, greatestExponent);
  Expr low = blend(strictEqual(high, t.high), strictAdd(t.low, bounded * whole.low), 0.0f);
  Expr n = Halide::round(high);
  return {Halide::cast<int>(n), strictAdd(strictSub(high, n), low)};
}

Expr powerOf(Expr x, Expr y, Exponent (*exponentOf)(Split, Expr)) {
  Expr magnitude = Halide::abs(x);
  auto [power, f] = exponentOf(split(magnitude), y);
  Expr p = polynomial(f, {1.0f, 0.693147182f, 0.240226477f, 0.0555035993f, 0.00961850584f, 0.00133908121f,
                          0.000153264962f});
  // In two steps: results may be below the normal numbers.
  Expr half = power >> 1;
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

} // namespace

Expr approximatePow(Expr x, Expr y) { return powerOf(x, y, exponentInDouble); }
Expr approximatePowWithoutDouble(Expr x, Expr y) { return powerOf(x, y, exponentInPairs); }

} // namespace attune::kernels
