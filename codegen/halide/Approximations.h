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

/// 2^x. Exactly 0 for x <= -127, the largest powers end at 2^127.99.
Halide::Expr approximateExp2(Halide::Expr x);
/// e^x. Exactly 0 below -87.3, saturated above 88.7.
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
