#include "codegen/halide/Floats.h"

using Halide::Expr;
using Halide::Internal::Call;

namespace attune::kernels {

static Expr strict(Halide::Type type, Call::IntrinsicOp op, Expr a, Expr b) {
  return Call::make(type, op, {a, b}, Call::PureIntrinsic);
}

Expr strictAdd(Expr a, Expr b) { return strict(a.type(), Call::strict_add, a, b); }
Expr strictSub(Expr a, Expr b) { return strict(a.type(), Call::strict_sub, a, b); }
Expr strictMul(Expr a, Expr b) { return strict(a.type(), Call::strict_mul, a, b); }
Expr strictDiv(Expr a, Expr b) { return strict(a.type(), Call::strict_div, a, b); }
Expr strictLess(Expr a, Expr b) { return strict(Halide::Bool(), Call::strict_lt, a, b); }
Expr strictEqual(Expr a, Expr b) { return strict(Halide::Bool(), Call::strict_eq, a, b); }

Expr blend(Expr condition, Expr a, Expr b) {
  // Not 0 - condition, which Halide narrows to a difference of booleans: OpenCL has no vectors of them.
  Expr ofB = Halide::cast<int>(condition) + Expr(-1);
  Expr x = Halide::reinterpret<int>(a), y = Halide::reinterpret<int>(b);
  return Halide::reinterpret(a.type(), (x & ~ofB) | (y & ofB));
}

// Of what arithmetic gives LLVM assumes that it is no NaN, and that it equals itself.
Expr orNan(Expr x, Expr value) { return blend((bitsOf(x) & 0x7fffffff) > 0x7f800000, x, value); }

Expr infinity() { return fromBits(0x7f800000); }
Expr notANumber() { return fromBits(0x7fc00000); }

Expr bitsOf(Expr x) { return Halide::reinterpret<int>(x); }
Expr fromBits(Expr bits) { return Halide::reinterpret<float>(bits); }
Expr turnSign(Expr value, Expr bits) { return fromBits(bitsOf(value) ^ (bits & Expr(INT32_MIN))); }
Expr powerOfTwo(Expr n) { return fromBits((Halide::cast<int>(n) + 127) << 23); }

Expr polynomial(Expr x, std::initializer_list<float> coefficients) {
  Expr sum;
  for (auto c = std::rbegin(coefficients); c != std::rend(coefficients); ++c)
    sum = sum.defined() ? sum * x + *c : Expr(*c);
  return sum;
}

} // namespace attune::kernels
