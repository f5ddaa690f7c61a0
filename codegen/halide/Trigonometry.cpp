// Functions of angles.
#include "codegen/halide/Approximations.h"
#include "codegen/halide/Floats.h"

using Halide::Expr;

namespace attune::kernels {
namespace {

struct Angle {
  Expr quadrant, rest; ///< x = quadrant pi/2 + rest
};

/// Exact enough for the rest of every float with a quadrant of 31 bits. In double,
/// as f32 has no exact products without a fused operation that one can ask for:
/// pi/2 has two parts of 22 bits, whose products with the quadrant are exact, and
/// one of what is left (Cody and Waite).
Angle reduce(Expr x) {
  Expr wide = Halide::cast<double>(x), n = Halide::round(wide * Expr(0.6366197723675814));
  wide = strictSub(wide, strictMul(n, Expr(1.570796012878418)));
  wide = strictSub(wide, strictMul(n, Expr(3.139164164167596e-07)));
  wide = strictSub(wide, strictMul(n, Expr(6.223372171896613e-14)));
  return {Halide::cast<int>(n), Halide::cast<float>(wide)};
}

/// The same without double, which devices need not have and some have few units for: x times 2/pi in integers,
/// of whose 64 bits two are the quadrant, and the rest as a float with what it lost. 2/pi has 96 bits, enough
/// for the angle that is nearest to a multiple of pi/2 (Payne and Hanek 1983).
Angle reduceInIntegers(Expr x) {
  auto number = [](uint64_t value) { return Expr(value); };
  auto wide = [](Expr e) { return Halide::cast<uint64_t>(e); };
  Expr bits = bitsOf(x) & 0x7fffffff;
  // From 1/2 on; smaller angles are their own rest.
  Expr exponent = Halide::clamp(bits >> 23, 126, 158), isSmall = bits < 126 << 23;
  Expr mantissa = wide((bits & 0x7fffff) | 0x800000); // x = mantissa 2^(exponent - 150)
  Expr turns = ((mantissa * number(0xa2f9836e)) << wide(exponent - 120)) +
               (((mantissa * number(0x4e441529)) << number(8)) >> wide(160 - exponent)) +
               ((mantissa * number(0xfc2757d1)) >> wide(184 - exponent));
  turns = turns + number(uint64_t(1) << 61); // to the nearest quadrant
  Expr quadrant = Halide::cast<int>(turns >> number(62));
  Expr part = Halide::reinterpret<int64_t>(turns & number((uint64_t(1) << 62) - 1)) - Expr(int64_t(1) << 61);
  // Twelve bits of it by as many of pi/2 are exact.
  Expr high = fromBits(bitsOf(Halide::cast<float>(part)) & Expr(-4096));
  Expr low = Halide::cast<float>(part - Halide::cast<int64_t>(high)) * 0x1p-62f;
  high = high * 0x1p-62f;
  Expr rest = strictAdd(high * 1.5703125f, low * 1.57079637f + high * 0.000483826795f);
  rest = blend(isSmall, x, orNan(x, turnSign(rest, bitsOf(x))));
  return {blend(isSmall, 0, blend(bitsOf(x) < 0, -quadrant, quadrant)), rest};
}

/// No number where the quadrant is not known, infinities with it.
Expr whereKnown(Expr x, Expr value) {
  return blend(strictLess(largestAngle, Halide::abs(x)), notANumber(), value);
}

/// The sine of x that is `quarters` quarter turns further.
Expr sine(Expr x, Angle angle, int quarters) {
  auto [quadrant, r] = angle;
  quadrant = quadrant + quarters;
  Expr z = r * r;
  Expr sin = strictAdd(r, r * z * polynomial(z, {-0.166666552f, 0.00833218917f, -0.000195182860f}));
  Expr cos = strictSub(1.0f, z * (0.5f - z * polynomial(z, {0.0416666456f, -0.00138873106f, 2.44325638e-5f})));
  Expr value = blend((quadrant & 1) == 0, sin, cos);
  return whereKnown(x, turnSign(value, quadrant << 30));
}

Expr tangent(Expr x, Angle angle) {
  auto [quadrant, r] = angle;
  Expr z = r * r;
  Expr p = polynomial(z, {0.333333492f, 0.133326754f, 0.0540589057f, 0.0212862976f, 0.0108270766f, 9.88740940e-5f,
                          0.00437231269f});
  Expr tan = strictAdd(r, r * z * p), isOdd = (quadrant & 1) != 0;
  return whereKnown(x, strictDiv(blend(isOdd, -1.0f, tan), blend(isOdd, tan, 1.0f)));
}

} // namespace

Expr approximateSin(Expr x) { return sine(x, reduce(x), 0); }
Expr approximateCos(Expr x) { return sine(x, reduce(x), 1); }
Expr approximateTan(Expr x) { return tangent(x, reduce(x)); }
Expr approximateSinWithoutDouble(Expr x) { return sine(x, reduceInIntegers(x), 0); }
Expr approximateCosWithoutDouble(Expr x) { return sine(x, reduceInIntegers(x), 1); }
Expr approximateTanWithoutDouble(Expr x) { return tangent(x, reduceInIntegers(x)); }

// Beyond 1, pi/2 and the angle of -1/x.
Expr approximateAtan(Expr x) {
  Expr magnitude = Halide::abs(x), isSteep = strictLess(1.0f, magnitude);
  Expr t = strictDiv(blend(isSteep, -1.0f, magnitude), blend(isSteep, magnitude, 1.0f)), z = t * t;
  Expr p = polynomial(z, {-0.333332986f, 0.199985296f, -0.142640159f, 0.109508805f, -0.0839930549f, 0.0578813367f,
                          -0.0310968589f, 0.0108685559f, -0.00178277306f});
  Expr low = t * z * p + blend(isSteep, -4.37113900e-8f, 0.0f);
  Expr value = strictAdd(blend(isSteep, 1.57079637f, 0.0f), strictAdd(t, low));
  return turnSign(value, bitsOf(x));
}

} // namespace attune::kernels
