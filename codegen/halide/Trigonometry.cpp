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

/// No number where the quadrant is not known, infinities with it.
Expr whereKnown(Expr x, Expr value) {
  return blend(strictLess(largestAngle, Halide::abs(x)), notANumber(), value);
}

/// The sine of an angle that is `quarters` quarter turns further.
Expr sine(Expr x, int quarters) {
  auto [quadrant, r] = reduce(x);
  quadrant = quadrant + quarters;
  Expr z = r * r;
  Expr sin = strictAdd(r, r * z * polynomial(z, {-0.166666552f, 0.00833218917f, -0.000195182860f}));
  Expr cos = strictSub(1.0f, z * (0.5f - z * polynomial(z, {0.0416666456f, -0.00138873106f, 2.44325638e-5f})));
  Expr value = blend((quadrant & 1) == 0, sin, cos);
  return whereKnown(x, turnSign(value, quadrant << 30));
}

} // namespace

Expr approximateSin(Expr x) { return sine(x, 0); }
Expr approximateCos(Expr x) { return sine(x, 1); }

Expr approximateTan(Expr x) {
  auto [quadrant, r] = reduce(x);
  Expr z = r * r;
  Expr p = polynomial(z, {0.333333492f, 0.133326754f, 0.0540589057f, 0.0212862976f, 0.0108270766f, 9.88740940e-5f,
                          0.00437231269f});
  Expr tan = strictAdd(r, r * z * p), isOdd = (quadrant & 1) != 0;
  return whereKnown(x, strictDiv(blend(isOdd, -1.0f, tan), blend(isOdd, tan, 1.0f)));
}

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
