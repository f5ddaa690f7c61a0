// Functions of real numbers as vector code: the one table.
//
// A call of the C library in a vector loop runs lane by lane, these run at the
// width of the loop. Coefficients are minimax fits made for Attune; the errors are
// measured by approximations_test, against double. docs/functions.md has what was
// measured.
#pragma once

#include "Halide.h"
#include <vector>

namespace attune::kernels {

// NaN gives NaN in all of these, and so does what the functions are not defined for.

/// 2^x. Exactly 0 below -126, infinity above 127.4.
Halide::Expr approximateExp2(Halide::Expr x);
/// e^x. Exactly 0 below -87.3, infinity above 88.3.
Halide::Expr approximateExp(Halide::Expr x);
/// e^x - 1. Infinity above 88.3.
Halide::Expr approximateExpm1(Halide::Expr x);
Halide::Expr approximateTanh(Halide::Expr x);
Halide::Expr approximateErf(Halide::Expr x);

Halide::Expr approximateLog(Halide::Expr x);
Halide::Expr approximateLog2(Halide::Expr x);
Halide::Expr approximateLog1p(Halide::Expr x);
/// x^y, as C's `pow` has it for zeros, infinities and negative x; 1 for x = 1 or
/// y = 0, whatever the other is.
Halide::Expr approximatePow(Halide::Expr x, Halide::Expr y);
/// The same without double.
Halide::Expr approximatePowWithoutDouble(Halide::Expr x, Halide::Expr y);

/// Beyond, sin, cos and tan are NaN: no number is better than a wrong one.
constexpr float largestAngle = 3e9f;
Halide::Expr approximateSin(Halide::Expr x);
Halide::Expr approximateCos(Halide::Expr x);
Halide::Expr approximateTan(Halide::Expr x);
/// The same without double, with integers of 64 bits.
Halide::Expr approximateSinWithoutDouble(Halide::Expr x);
Halide::Expr approximateCosWithoutDouble(Halide::Expr x);
Halide::Expr approximateTanWithoutDouble(Halide::Expr x);
Halide::Expr approximateAtan(Halide::Expr x);

Halide::Expr approximateSqrt(Halide::Expr x);
Halide::Expr approximateRsqrt(Halide::Expr x);

/// e^x for x <= 0 alone, within `shareError`, about a unit in the last place of 1; the relative error grows with |x|.
/// Exactly 1 for 0, and 0 below -87.3.
Halide::Expr approximateExpOfNegative(Halide::Expr x);
constexpr double shareError = 1.4e-7;
/// The same by instructions of AVX-512 (Instructions.h), within 1.8e-7.
Halide::Expr instructedExpOfNegative(Halide::Expr x);

struct Approximation {
  const char *name;
  Halide::Expr (*build)(Halide::Expr);
  double (*exact)(double);
  double low, high; ///< where the bounds below hold; infinities and NaN are right everywhere
  double ulp;       ///< error allowed, in units in the last place of the exact value,
  double absolute;  ///< or this, where that is more
};

/// The functions of one argument.
const std::vector<Approximation> &approximations();

/// Error allowed for approximatePow, with and without double, in units in the last place.
constexpr double powUlp = 2;

} // namespace attune::kernels
