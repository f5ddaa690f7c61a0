#include "codegen/halide/StrictComparisons.h"

using Halide::Expr;
using Halide::Internal::Call;

namespace attune::kernels {
namespace {

Expr like(const Expr &bits, int value) { return Halide::Internal::make_const(bits.type(), value); }
Expr magnitude(const Expr &bits) { return bits & like(bits, 0x7fffffff); }
Expr isNumber(const Expr &bits) { return magnitude(bits) <= like(bits, 0x7f800000); }
Expr areZero(const Expr &a, const Expr &b) { return magnitude(a | b) == like(a, 0); }
/// Ordered as the numbers are, but for -0 below 0.
Expr ordered(const Expr &bits) { return bits ^ ((bits >> like(bits, 31)) & like(bits, 0x7fffffff)); }

} // namespace

Expr StrictComparisons::visit(const Call *call) {
  bool isEqual = call->is_intrinsic(Call::strict_eq), isLess = call->is_intrinsic(Call::strict_lt);
  if ((!isEqual && !isLess) || !call->type.is_vector() || call->args[0].type().element_of() != Halide::Float(32))
    return IRMutator::visit(call);
  Halide::Type integers = Halide::Int(32, call->type.lanes());
  Expr a = Halide::reinterpret(integers, mutate(call->args[0])), b = Halide::reinterpret(integers, mutate(call->args[1]));
  if (isEqual)
    return (a == b && isNumber(a)) || areZero(a, b);
  return ordered(a) < ordered(b) && isNumber(a) && isNumber(b) && !areZero(a, b);
}

} // namespace attune::kernels
