// Arithmetic and bits of f32 that mean what they say.
//
// Halide compiles kernels with reassociation and on the assumption that there is
// no NaN: sums are regrouped, and comparisons with NaN and least and greatest of
// it may go either way. Arithmetic passes NaN on all the same, bits stay bits, and
// the strict operations below are IEEE's. Halide::strict_float makes all of an
// expression strict, with whatever is inlined into it, and so without fused
// multiplication and addition; these are strict in one operation each.
#pragma once

#include "Halide.h"
#include <initializer_list>

namespace attune::kernels {

Halide::Expr strictAdd(Halide::Expr a, Halide::Expr b);
Halide::Expr strictSub(Halide::Expr a, Halide::Expr b);
Halide::Expr strictMul(Halide::Expr a, Halide::Expr b);
Halide::Expr strictDiv(Halide::Expr a, Halide::Expr b);
/// False for NaN.
Halide::Expr strictLess(Halide::Expr a, Halide::Expr b);
Halide::Expr strictEqual(Halide::Expr a, Halide::Expr b);

/// `a` where the condition holds, else `b`; both of 32 bits. Halide skips what an
/// arm of a select alone needs, which costs it sight of conditions around; this
/// is no select to it.
Halide::Expr blend(Halide::Expr condition, Halide::Expr a, Halide::Expr b);
/// `value`, or `x` where that is NaN.
Halide::Expr orNan(Halide::Expr x, Halide::Expr value);

// Constants that the compiler does not take for numbers.
Halide::Expr infinity();
Halide::Expr notANumber();

Halide::Expr bitsOf(Halide::Expr x);
Halide::Expr fromBits(Halide::Expr bits);
/// `value` with the sign turned where the highest bit of `bits` is set.
Halide::Expr turnSign(Halide::Expr value, Halide::Expr bits);
/// 2^n for an integer n in [-126, 127], of any type.
Halide::Expr powerOfTwo(Halide::Expr n);

/// c0 + c1 x + c2 x^2 + …, by Horner's rule.
Halide::Expr polynomial(Halide::Expr x, std::initializer_list<float> coefficients);

} // namespace attune::kernels
