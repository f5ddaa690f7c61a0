// Functions of real numbers as vector code: the one table.
//
// A call of the C library in a vector loop runs lane by lane (14 ns an element
// for tanh), these run at the width of the loop. Coefficients are minimax fits
// made for Attune; the errors are measured by approximations_test, against
// double, over the whole domain.
#pragma once

#include "Halide.h"
#include <vector>

namespace attune::kernels {

/// `a` where the condition holds, else `b`; both of 32 bits. Halide skips what an
/// arm of a select alone needs, which costs it sight of conditions around; this
/// is no select to it.
Halide::Expr blend(Halide::Expr condition, Halide::Expr a, Halide::Expr b);
/// `value`, or `x` where that is NaN.
Halide::Expr orNan(Halide::Expr x, Halide::Expr value);

// NaN gives NaN in all of these.
/// 2^x. Exactly 0 below -126, infinity above 127.4.
Halide::Expr approximateExp2(Halide::Expr x);
/// e^x. Exactly 0 below -87.3, infinity above 88.3.
Halide::Expr approximateExp(Halide::Expr x);
Halide::Expr approximateTanh(Halide::Expr x);
Halide::Expr approximateErf(Halide::Expr x);

struct Approximation {
  const char *name;
  Halide::Expr (*build)(Halide::Expr);
  double (*exact)(double);
  double low, high; ///< where the bounds below hold
  double absolute;  ///< error allowed: the larger of this and
  double relative;  ///< this times the exact value
};

/// All of the above, for the test that measures them.
const std::vector<Approximation> &approximations();

} // namespace attune::kernels
