#include "codegen/halide/Operations.h"
#include "codegen/halide/Approximations.h"
#include "codegen/halide/Bodies.h"
#include "codegen/halide/Floats.h"
#include "dialect/IntegerRanges.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using Halide::Expr;

namespace attune::kernels {
namespace {

Expr constant(arith::ConstantOp op, const ElementTypes &types) {
  Halide::Type type = types.value(op.getType());
  if (auto real = dyn_cast<FloatAttr>(op.getValue())) {
    APFloat value = real.getValue();
    // Arithmetic on infinite constants has no meaning to the compiler.
    if (value.isInfinity())
      return value.isNegative() ? type.min() : type.max();
    if (value.isNaN())
      throw KernelError("kernels have no NaN constants");
    return Halide::Internal::make_const(type, value.convertToDouble());
  }
  auto integer = dyn_cast<IntegerAttr>(op.getValue());
  if (!integer)
    throw KernelError("kernels have scalar constants only");
  if (type.is_bool())
    return Halide::Internal::make_bool(integer.getValue().getBoolValue());
  int64_t value = integer.getValue().getSExtValue();
  if (!type.can_represent(value))
    throw KernelError("constant " + std::to_string(value) + " does not fit " + std::to_string(type.bits()) + " bits");
  return Halide::Internal::make_const(type, value);
}

Expr asUnsigned(Expr e) { return Halide::reinterpret(e.type().with_code(halide_type_uint), e); }

/// Halide moves terms of signed integers about as if no sum could overflow, in
/// conditions from one side to the other: i - j < n becomes i < n + j. Indices and
/// what is up to half of what its type holds have room for that; other values are
/// hidden behind arithmetic without sign, which wraps around.
bool hasRoom(Value value) {
  if (value.getType().isIndex())
    return true;
  attn::IntegerRange all = attn::rangeOfType(value.getType());
  return attn::IntegerRange{all.least / 2, all.greatest / 2 + 1}.contains(attn::rangeOf(value));
}

/// Ordered as the signed integer is.
Expr biased(Expr e) { return asUnsigned(e) ^ asUnsigned(e.type().min()); }

Expr compare(arith::CmpIOp op, Expr a, Expr b) {
  using P = arith::CmpIPredicate;
  P predicate = op.getPredicate();
  if (predicate >= P::ult) {
    a = asUnsigned(a);
    b = asUnsigned(b);
  } else if (a.type().bits() >= 32 && !(hasRoom(op.getLhs()) && hasRoom(op.getRhs()))) {
    a = biased(a);
    b = biased(b);
  }
  switch (predicate) {
  case P::eq: return a == b;
  case P::ne: return a != b;
  case P::slt: case P::ult: return a < b;
  case P::sle: case P::ule: return a <= b;
  case P::sgt: case P::ugt: return a > b;
  case P::sge: case P::uge: return a >= b;
  }
  return {};
}

Expr compare(arith::CmpFPredicate predicate, Expr a, Expr b) {
  using P = arith::CmpFPredicate;
  switch (predicate) {
  case P::AlwaysFalse: return Halide::Internal::make_bool(false);
  case P::AlwaysTrue: return Halide::Internal::make_bool(true);
  case P::OEQ: case P::UEQ: return a == b;
  case P::ONE: case P::UNE: return a != b;
  case P::OLT: case P::ULT: return a < b;
  case P::OLE: case P::ULE: return a <= b;
  case P::OGT: case P::UGT: return a > b;
  case P::OGE: case P::UGE: return a >= b;
  case P::ORD: return Halide::Internal::make_bool(true);
  case P::UNO: return Halide::Internal::make_bool(false);
  }
  return {};
}

/// Floats other than f32 are computed in f32.
Expr viaFloat(Halide::Type type, Expr value) { return type == Halide::Float(32) ? value : Halide::cast(type, value); }

/// Sum, difference or product, around the end of the type where it may be passed.
Expr wrapping(Operation *op, Expr a, Expr b) {
  auto apply = [&](Expr x, Expr y) { return isa<arith::AddIOp>(op) ? x + y : isa<arith::SubIOp>(op) ? x - y : x * y; };
  if (a.type().bits() < 32 || op->getResult(0).getType().isIndex() || !attn::mayWrap(op))
    return apply(a, b);
  return Halide::reinterpret(a.type(), apply(asUnsigned(a), asUnsigned(b)));
}

/// Halide's quotient leaves a rest that is not negative (Euclid's rule): one too
/// many where a negative divisor leaves one.
Expr floorDivide(Expr a, Expr b) {
  Expr quotient = a / b;
  return Halide::select(b < 0 && asUnsigned(quotient) * asUnsigned(b) != asUnsigned(a), quotient - 1, quotient);
}
Expr truncate(Expr a, Expr b) {
  Expr quotient = Halide::abs(a) / Halide::abs(b);
  quotient = Halide::cast(a.type(), quotient);
  return Halide::select((a < 0) == (b < 0), quotient, 0 - quotient);
}
/// Nobody divides by a size of 0.
bool isPositive(Value divisor) {
  return attn::rangeOf(divisor).least >= (divisor.getDefiningOp<attn::SizeOp>() ? 0 : 1);
}

/// NaN where either is; constants never are.
Expr orNanOf(Expr a, Expr b, Expr value) {
  if (value.type() != Halide::Float(32))
    return value;
  for (Expr operand : {a, b})
    if (!Halide::Internal::is_const(operand))
      value = orNan(operand, value);
  return value;
}

using Unary = Expr (*)(Expr);
const llvm::StringMap<Unary> &functions() {
  static const llvm::StringMap<Unary> table = {
      {"math.exp", approximateExp},
      {"math.exp2", approximateExp2},
      {"math.tanh", approximateTanh},
      {"math.erf", approximateErf},
      {"math.expm1", approximateExpm1},
      {"math.log", approximateLog},
      {"math.log2", approximateLog2},
      {"math.log1p", approximateLog1p},
      {"math.sqrt", approximateSqrt},
      {"math.rsqrt", approximateRsqrt},
      {"math.sin", approximateSin},
      {"math.cos", approximateCos},
      {"math.tan", approximateTan},
      {"math.atan", approximateAtan},
      {"math.absf", [](Expr x) { return Halide::abs(x); }},
      {"math.floor", [](Expr x) { return Halide::floor(x); }},
      {"math.ceil", [](Expr x) { return Halide::ceil(x); }},
      {"math.trunc", [](Expr x) { return Halide::trunc(x); }},
      {"math.roundeven", [](Expr x) { return Halide::round(x); }},
  };
  return table;
}
/// Those of them that compute in f64, without it.
const llvm::StringMap<Unary> &functionsWithoutDouble() {
  static const llvm::StringMap<Unary> table = {{"math.sin", approximateSinWithoutDouble},
                                               {"math.cos", approximateCosWithoutDouble},
                                               {"math.tan", approximateTanWithoutDouble}};
  return table;
}
Unary functionOf(Operation *op, const ElementTypes &types, const TargetInfo &target) {
  StringRef name = op->getName().getStringRef();
  // An approximation may do, and nothing overflows: exponentials of what its greatest was subtracted from.
  constexpr auto ofShares = arith::FastMathFlags::afn | arith::FastMathFlags::ninf;
  if (auto exp = dyn_cast<math::ExpOp>(op); exp && bitEnumContainsAll(exp.getFastmath(), ofShares))
    return target.hasAVX512 ? instructedExpOfNegative : approximateExpOfNegative;
  if (Unary function = types.haveDouble() ? nullptr : functionsWithoutDouble().lookup(name))
    return function;
  return functions().lookup(name);
}

} // namespace

Expr translateRemainder(const attn::Remainder &remainder, Expr a, Expr b) {
  Expr rest = a % b;
  if (isPositive(remainder.divisor))
    return rest;
  Expr ofNegative = Halide::select(rest == 0, 0, rest + b);
  return Halide::select(b > 0, rest, b == 0, a, ofNegative);
}

Expr translateOperation(Operation *op, ArrayRef<Expr> e, const ElementTypes &types, const TargetInfo &target) {
  if (op->getNumResults() != 1)
    throw KernelError("kernels have no '" + op->getName().getStringRef().str() + "'");
  Type resultType = op->getResult(0).getType();
  if (Unary function = functionOf(op, types, target)) {
    Halide::Type type = types.value(resultType);
    return viaFloat(type, function(type == Halide::Float(32) ? e[0] : Halide::cast<float>(e[0])));
  }
  return llvm::TypeSwitch<Operation *, Expr>(op)
      .Case([&](arith::ConstantOp o) { return constant(o, types); })
      .Case([&](arith::CmpIOp o) { return compare(o, e[0], e[1]); })
      .Case([&](arith::CmpFOp o) { return compare(o.getPredicate(), e[0], e[1]); })
      .Case<arith::AddIOp, arith::SubIOp, arith::MulIOp>([&](auto) { return wrapping(op, e[0], e[1]); })
      .Case<arith::AddFOp>([&](auto) { return e[0] + e[1]; })
      .Case<arith::SubFOp>([&](auto) { return e[0] - e[1]; })
      .Case<arith::MulFOp>([&](auto) { return e[0] * e[1]; })
      .Case<arith::DivFOp>([&](auto) { return e[0] / e[1]; })
      .Case<arith::NegFOp>([&](auto) { return -e[0]; })
      .Case<arith::MaxNumFOp, arith::MaxSIOp>([&](auto) { return Halide::max(e[0], e[1]); })
      .Case<arith::MinNumFOp, arith::MinSIOp>([&](auto) { return Halide::min(e[0], e[1]); })
      .Case<arith::MaximumFOp>([&](auto) { return orNanOf(e[0], e[1], Halide::max(e[0], e[1])); })
      .Case<arith::MinimumFOp>([&](auto) { return orNanOf(e[0], e[1], Halide::min(e[0], e[1])); })
      .Case<arith::FloorDivSIOp>(
          [&](auto) { return isPositive(op->getOperand(1)) ? e[0] / e[1] : floorDivide(e[0], e[1]); })
      .Case<arith::CeilDivSIOp>([&](auto) {
        return isPositive(op->getOperand(1)) ? (e[0] + (e[1] - 1)) / e[1] : 0 - floorDivide(0 - e[0], e[1]);
      })
      .Case<arith::DivSIOp>([&](auto) { return truncate(e[0], e[1]); })
      .Case<arith::RemSIOp>([&](auto) { return e[0] - truncate(e[0], e[1]) * e[1]; })
      // Sizes and indices are not negative, and unsigned division is used for them alone.
      .Case<arith::DivUIOp>([&](auto) { return e[0] / e[1]; })
      .Case<arith::RemUIOp>([&](auto) { return e[0] % e[1]; })
      .Case<arith::AndIOp>([&](auto) { return e[0].type().is_bool() ? e[0] && e[1] : e[0] & e[1]; })
      .Case<arith::OrIOp>([&](auto) { return e[0].type().is_bool() ? e[0] || e[1] : e[0] | e[1]; })
      .Case<arith::XOrIOp>([&](auto) { return e[0].type().is_bool() ? e[0] != e[1] : e[0] ^ e[1]; })
      .Case<arith::ShLIOp>([&](auto) { return e[0] << e[1]; })
      .Case<arith::ShRSIOp>([&](auto) { return e[0] >> e[1]; })
      .Case<arith::SelectOp>([&](auto) { return Halide::select(e[0], e[1], e[2]); })
      .Case<arith::BitcastOp>([&](auto) {
        for (Type type : {resultType, op->getOperand(0).getType()})
          if (types.isEmulated(type))
            throw KernelError("kernels for this target have no bits of 16-bit numbers");
        return Halide::reinterpret(types.value(resultType), e[0]);
      })
      .Case<arith::ExtUIOp, arith::UIToFPOp, arith::IndexCastUIOp>([&](auto) {
        Expr bits = e[0].type().is_bool() ? e[0] : asUnsigned(e[0]);
        return Halide::cast(types.value(resultType), bits);
      })
      .Case<arith::ExtSIOp>([&](auto) {
        Halide::Type type = types.value(resultType);
        return e[0].type().is_bool() ? Halide::select(e[0], Halide::cast(type, -1), Halide::cast(type, 0)) : Halide::cast(type, e[0]);
      })
      .Case<arith::TruncIOp>([&](auto) {
        Halide::Type type = types.value(resultType);
        if (type.is_bool())
          return (e[0] & 1) != 0;
        // Halide refuses a constant with a sign that does not fit.
        return Halide::reinterpret(type, Halide::cast(type.with_code(halide_type_uint), e[0]));
      })
      .Case<arith::SIToFPOp, arith::FPToSIOp, arith::ExtFOp, arith::TruncFOp, arith::IndexCastOp>(
          [&](auto) { return Halide::cast(types.value(resultType), e[0]); })
      .Case<math::PowFOp>([&](auto) {
        Halide::Type type = types.value(resultType);
        auto power = types.haveDouble() ? approximatePow : approximatePowWithoutDouble;
        return viaFloat(type, power(Halide::cast<float>(e[0]), Halide::cast<float>(e[1])));
      })
      .Case<math::FmaOp>([&](auto) { return e[0] * e[1] + e[2]; })
      .Case<math::AbsIOp>([&](auto) { return Halide::cast(types.value(resultType), Halide::abs(e[0])); })
      .Case<math::CopySignOp>([&](auto) {
        Expr bits = Halide::reinterpret<int>(e[0]) & 0x7fffffff;
        return Halide::reinterpret<float>(bits | (Halide::reinterpret<int>(e[1]) & Expr(INT32_MIN)));
      })
      .Default([&](Operation *) -> Expr {
        throw KernelError("kernels have no '" + op->getName().getStringRef().str() + "' yet");
      });
}

} // namespace attune::kernels
