// Emission of scalar operations: the second half of Scalars.h.
#include "frontend/Scalars.h"

#include "dialect/Attn.h"
#include "dialect/IntegerRanges.h"
#include "mlir/IR/Matchers.h"

using namespace llvm;
using namespace mlir;

namespace attune::frontend {

mlir::Value indexConstant(Body &body, int64_t value) {
  return arith::ConstantIndexOp::create(body.builder, body.loc, value);
}

mlir::Value floatConstant(Body &body, double value) {
  return arith::ConstantOp::create(body.builder, body.loc,
                                   body.builder.getF32FloatAttr(value));
}

static mlir::Value integerConstant(Body &body, Element element, int64_t value) {
  if (element == Element::Index)
    return indexConstant(body, value);
  return arith::ConstantOp::create(
      body.builder, body.loc,
      body.builder.getIntegerAttr(toType(element, body.context()), value));
}

//===-- Integers of indices and sizes ---------------------------------------===//

static mlir::Value toI64(Body &body, mlir::Value value) {
  mlir::Type type = body.builder.getI64Type();
  APInt constant;
  if (value.getType() == type)
    return value;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return arith::ConstantOp::create(
        body.builder, body.loc,
        body.builder.getIntegerAttr(type, constant.getSExtValue()));
  return arith::IndexCastOp::create(body.builder, body.loc, type, value);
}

/// Makes i64s of all indices where one is.
static void unify(Body &body, MutableArrayRef<mlir::Value> values) {
  auto isWide = [](mlir::Value v) { return v.getType().isInteger(64); };
  if (llvm::none_of(values, isWide))
    return;
  for (mlir::Value &value : values)
    if (value.getType().isIndex())
      value = toI64(body, value);
}

/// Kernels hold an index in 32 bits.
static bool fitsIndex(mlir::Value value) {
  return attn::rangeOfType(mlir::IntegerType::get(value.getContext(), 32))
      .contains(attn::rangeOf(value));
}

/// `Op` on indices, or on i64s where the result may be no index.
template <typename Op>
static mlir::Value emitExactly(Body &body, mlir::Value x, mlir::Value y) {
  mlir::Value operands[] = {x, y};
  unify(body, operands);
  mlir::Value result =
      Op::create(body.builder, body.loc, operands[0], operands[1]);
  if (!result.getType().isIndex() || fitsIndex(result))
    return result;
  result.getDefiningOp()->erase();
  return Op::create(body.builder, body.loc, toI64(body, x), toI64(body, y));
}

namespace {

class SizeEmitter {
public:
  SizeEmitter(Body &body, SizeAttr size, bool isIndex)
      : body(body), size(size), isIndex(isIndex) {}

  mlir::Value run(AffineExpr expr) {
    SizeAttr part = SizeAttr::get(body.context(), size.getSymbols(), expr);
    if (std::optional<int64_t> constant = part.getConstant())
      return indexConstant(body, *constant);
    if (isSize(part)) {
      mlir::Value value = attn::SizeOp::create(body.builder, body.loc, part);
      if (isIndex || isa<AffineSymbolExpr>(expr) || fitsIndex(value))
        return value;
      value.getDefiningOp()->erase();
    }
    if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
      return body.indices->lookup(
          size.getSymbols()[symbol.getPosition()].getValue());
    auto binary = cast<AffineBinaryOpExpr>(expr);
    AffineExpr lhs = binary.getLHS(), rhs = binary.getRHS();
    switch (expr.getKind()) {
    case AffineExprKind::Add:
      if (AffineExpr negated = negation(rhs))
        return make<arith::SubIOp>(run(lhs), run(negated));
      if (AffineExpr negated = negation(lhs))
        return make<arith::SubIOp>(run(rhs), run(negated));
      return make<arith::AddIOp>(run(lhs), run(rhs));
    case AffineExprKind::Mul:
      if (AffineExpr negated = negation(expr))
        return make<arith::SubIOp>(indexConstant(body, 0), run(negated));
      return make<arith::MulIOp>(run(lhs), run(rhs));
    case AffineExprKind::Mod: {
      mlir::Value operands[] = {run(lhs), run(rhs)};
      unify(body, operands);
      auto [x, y] = operands;
      mlir::Value quotient = make<arith::FloorDivSIOp>(x, y);
      return make<arith::SubIOp>(x, make<arith::MulIOp>(quotient, y));
    }
    default:
      return make<arith::FloorDivSIOp>(run(lhs), run(rhs));
    }
  }

private:
  /// e where `expr` is e * -c with c > 0, less the sign; null otherwise.
  static AffineExpr negation(AffineExpr expr) {
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      return constant.getValue() < 0
                 ? getAffineConstantExpr(-constant.getValue(),
                                         expr.getContext())
                 : AffineExpr();
    auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
    if (!binary || expr.getKind() != AffineExprKind::Mul)
      return {};
    auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
    if (!factor || factor.getValue() >= 0)
      return {};
    return binary.getLHS() * -factor.getValue();
  }

  template <typename Op> mlir::Value make(mlir::Value a, mlir::Value b) {
    return isIndex ? Op::create(body.builder, body.loc, a, b).getResult()
                   : emitExactly<Op>(body, a, b);
  }

  Body &body;
  SizeAttr size;
  bool isIndex;
};

} // namespace

mlir::Value emitSize(Body &body, SizeAttr size) {
  return SizeEmitter(body, size, /*isIndex=*/true).run(size.getExpr());
}

mlir::Value emitInteger(Body &body, SizeAttr integer) {
  // Outside of attention definitions integers are sizes.
  return SizeEmitter(body, integer, /*isIndex=*/!body.indices)
      .run(integer.getExpr());
}

//===-- Conversions --------------------------------------------------------===//

mlir::Value toIndex(Body &body, mlir::Value value) {
  if (value.getType().isIndex())
    return value;
  // range() casts an index to i32; a gather casts it back.
  if (auto cast = value.getDefiningOp<arith::IndexCastOp>())
    if (cast.getIn().getType().isIndex()) {
      mlir::Value index = cast.getIn();
      if (cast->use_empty())
        cast->erase();
      return index;
    }
  return arith::IndexCastOp::create(body.builder, body.loc,
                                    body.builder.getIndexType(), value);
}

/// Float to integer: towards zero, saturating, 0 for NaN.
static mlir::Value truncateToInteger(Body &body, mlir::Value value,
                                     Element to) {
  OpBuilder &b = body.builder;
  Location loc = body.loc;
  // The largest floats inside the range; 2^31 itself is not one of its i32s.
  bool narrow = to == Element::I8;
  mlir::Value least = floatConstant(body, narrow ? -128.0 : -2147483648.0);
  mlir::Value most = floatConstant(body, narrow ? 127.0 : 2147483520.0);
  mlir::Value isNumber = arith::CmpFOp::create(
      b, loc, arith::CmpFPredicate::ORD, value, value);
  mlir::Value number = arith::SelectOp::create(b, loc, isNumber, value,
                                               floatConstant(body, 0));
  mlir::Value clamped = arith::MinimumFOp::create(
      b, loc, arith::MaximumFOp::create(b, loc, number, least), most);
  return arith::FPToSIOp::create(b, loc, toType(to, b.getContext()), clamped);
}

mlir::Value convert(Body &body, mlir::Value value, Element to) {
  Element from = elementOf(value.getType());
  if (from == to)
    return value;
  OpBuilder &b = body.builder;
  Location loc = body.loc;
  mlir::Type type = toType(to, b.getContext());
  if (isHalf(from))
    return convert(body, arith::ExtFOp::create(b, loc, b.getF32Type(), value),
                   to);
  if (isHalf(to))
    return arith::TruncFOp::create(b, loc, type,
                                   convert(body, value, Element::F32));
  bool isWide = value.getType().isInteger(64);
  if (to == Element::F32) {
    if (from == Element::Bool)
      return arith::UIToFPOp::create(b, loc, type, value);
    if (from == Element::Index && !isWide)
      value = convert(body, value, Element::I32);
    return arith::SIToFPOp::create(b, loc, type, value);
  }
  if (to == Element::Bool) {
    if (from == Element::F32)
      return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, value,
                                   floatConstant(body, 0));
    return arith::CmpIOp::create(
        b, loc, arith::CmpIPredicate::ne, value,
        arith::ConstantOp::create(b, loc, b.getZeroAttr(value.getType())));
  }
  // To integers.
  if (from == Element::F32) {
    mlir::Value integer = truncateToInteger(
        body, value, to == Element::Index ? Element::I32 : to);
    return to == Element::Index ? toIndex(body, integer) : integer;
  }
  if (from == Element::Bool) {
    if (to == Element::Index)
      return toIndex(body, convert(body, value, Element::I32));
    return arith::ExtUIOp::create(b, loc, type, value);
  }
  if (to == Element::Index)
    return toIndex(body, from == Element::I8
                             ? convert(body, value, Element::I32)
                             : value);
  if (from == Element::Index) {
    mlir::Value narrow =
        isWide ? arith::TruncIOp::create(b, loc, b.getI32Type(), value)
                     .getResult()
               : arith::IndexCastOp::create(b, loc, b.getI32Type(), value);
    return convert(body, narrow, to);
  }
  if (to == Element::I8)
    return arith::TruncIOp::create(b, loc, type, value);
  return arith::ExtSIOp::create(b, loc, type, value);
}

mlir::Value widen(Body &body, mlir::Value value) {
  return convert(body, value, computeElement(elementOf(value.getType())));
}

mlir::Value emitConstant(Body &body, const Constant &constant,
                         Element element) {
  if (constant.isBool()) {
    if (element != Element::Bool)
      return element == Element::F32
                 ? floatConstant(body, constant.truth())
                 : integerConstant(body, element, constant.truth());
    return arith::ConstantOp::create(
        body.builder, body.loc, body.builder.getBoolAttr(constant.truth()));
  }
  if (constant.isFloat()) {
    mlir::Value value = floatConstant(body, constant.number());
    return convert(body, value, element);
  }
  if (std::optional<int64_t> integer = constant.integer()) {
    if (element == Element::F32)
      return floatConstant(body, static_cast<double>(*integer));
    return integerConstant(body, element, *integer);
  }
  return convert(body, emitInteger(body, constant.size()), element);
}

//===-- Operations ---------------------------------------------------------===//

namespace {

class OperationEmitter {
public:
  OperationEmitter(Body &body, Element element, ArrayRef<mlir::Value> values)
      : body(body), element(element), operands(values) {
    unify(body, operands);
  }

  mlir::Value run(Operation op) {
    if (op == Operation::Select)
      return arith::SelectOp::create(body.builder, body.loc, operands[0],
                                     operands[1], operands[2]);
    if (isLogic(op))
      return logic(op);
    bool onFloats = element == Element::F32;
    if (isComparison(op))
      return onFloats ? compareFloats(op) : compareIntegers(op);
    return onFloats ? floats(op) : integers(op);
  }

private:
  mlir::Value x() const { return operands[0]; }
  mlir::Value y() const { return operands[1]; }

  template <typename Op, typename... Operands>
  mlir::Value make(Operands... values) {
    return Op::create(body.builder, body.loc, values...);
  }

  mlir::Value logic(Operation op) {
    if (op == Operation::And)
      return make<arith::AndIOp>(x(), y());
    if (op == Operation::Or)
      return make<arith::OrIOp>(x(), y());
    return make<arith::XOrIOp>(x(), integerConstant(body, Element::Bool, 1));
  }

  mlir::Value compareFloats(Operation op) {
    using P = arith::CmpFPredicate;
    P predicate = op == Operation::Equal       ? P::OEQ
                  : op == Operation::NotEqual  ? P::UNE
                  : op == Operation::Less      ? P::OLT
                  : op == Operation::LessEqual ? P::OLE
                  : op == Operation::Greater   ? P::OGT
                                               : P::OGE;
    return make<arith::CmpFOp>(predicate, x(), y());
  }

  mlir::Value compareIntegers(Operation op) {
    using P = arith::CmpIPredicate;
    P predicate = op == Operation::Equal       ? P::eq
                  : op == Operation::NotEqual  ? P::ne
                  : op == Operation::Less      ? P::slt
                  : op == Operation::LessEqual ? P::sle
                  : op == Operation::Greater   ? P::sgt
                                               : P::sge;
    return make<arith::CmpIOp>(predicate, x(), y());
  }

  mlir::Value floats(Operation op) {
    switch (op) {
    case Operation::Add:
      return make<arith::AddFOp>(x(), y());
    case Operation::Subtract:
      return make<arith::SubFOp>(x(), y());
    case Operation::Multiply:
      return make<arith::MulFOp>(x(), y());
    case Operation::Divide:
      return make<arith::DivFOp>(x(), y());
    case Operation::Remainder: {
      mlir::Value floor = make<math::FloorOp>(make<arith::DivFOp>(x(), y()));
      return make<arith::SubFOp>(x(), make<arith::MulFOp>(floor, y()));
    }
    case Operation::Negate:
      return make<arith::NegFOp>(x());
    case Operation::Absolute:
      return make<math::AbsFOp>(x());
    case Operation::Minimum:
      return make<arith::MinimumFOp>(x(), y());
    case Operation::Maximum:
      return make<arith::MaximumFOp>(x(), y());
    case Operation::Sqrt:
      return make<math::SqrtOp>(x());
    case Operation::Rsqrt:
      return make<math::RsqrtOp>(x());
    case Operation::Exp:
      return make<math::ExpOp>(x());
    case Operation::Log:
      return make<math::LogOp>(x());
    case Operation::Sin:
      return make<math::SinOp>(x());
    case Operation::Cos:
      return make<math::CosOp>(x());
    case Operation::Tanh:
      return make<math::TanhOp>(x());
    case Operation::Erf:
      return make<math::ErfOp>(x());
    case Operation::Sigmoid: {
      mlir::Value one = floatConstant(body, 1);
      mlir::Value exp = make<math::ExpOp>(make<arith::NegFOp>(x()));
      return make<arith::DivFOp>(one, make<arith::AddFOp>(one, exp));
    }
    case Operation::Floor:
      return make<math::FloorOp>(x());
    case Operation::Ceil:
      return make<math::CeilOp>(x());
    case Operation::Round:
      return make<math::RoundEvenOp>(x());
    case Operation::Power:
      return power();
    default: // Relu
      return make<arith::MaximumFOp>(x(), floatConstant(body, 0));
    }
  }

  /// Squares and cubes are products: exact where those are, and below 0 too.
  mlir::Value power() {
    llvm::APFloat exponent(0.0f);
    matchPattern(y(), m_ConstantFloat(&exponent));
    bool isCube = exponent.isExactlyValue(3);
    if (!isCube && !exponent.isExactlyValue(2))
      return make<math::PowFOp>(x(), y());
    mlir::Value square = make<arith::MulFOp>(x(), x());
    return isCube ? make<arith::MulFOp>(square, x()) : square;
  }

  mlir::Value constantLike(mlir::Value value, int64_t number) {
    return arith::ConstantOp::create(
        body.builder, body.loc,
        body.builder.getIntegerAttr(value.getType(), number));
  }

  /// i32 wraps around; integers of indices and sizes are exact.
  template <typename Op> mlir::Value arithmetic(mlir::Value a, mlir::Value b) {
    return element == Element::Index ? emitExactly<Op>(body, a, b)
                                     : make<Op>(a, b);
  }

  mlir::Value integers(Operation op) {
    mlir::Value zero;
    if (op == Operation::Negate || op == Operation::Absolute ||
        op == Operation::Relu)
      zero = constantLike(x(), 0);
    switch (op) {
    case Operation::Add:
      return arithmetic<arith::AddIOp>(x(), y());
    case Operation::Subtract:
      return arithmetic<arith::SubIOp>(x(), y());
    case Operation::Multiply:
      return arithmetic<arith::MulIOp>(x(), y());
    case Operation::Divide:
      return divide();
    case Operation::Remainder:
      return remainder();
    case Operation::Negate:
      return arithmetic<arith::SubIOp>(zero, x());
    case Operation::Absolute: {
      mlir::Value both[] = {x(), arithmetic<arith::SubIOp>(zero, x())};
      unify(body, both);
      return make<arith::MaxSIOp>(both[0], both[1]);
    }
    case Operation::Minimum:
      return make<arith::MinSIOp>(x(), y());
    case Operation::Maximum:
      return make<arith::MaxSIOp>(x(), y());
    default: // Relu
      return make<arith::MaxSIOp>(x(), zero);
    }
  }

  /// Plain division of machine integers traps where the divisor is 0 or -1.
  bool isOrdinaryDivisor() {
    APInt constant;
    return matchPattern(y(), m_ConstantInt(&constant)) &&
           !constant.isZero() && !constant.isAllOnes();
  }

  mlir::Value isDivisor(int64_t number) {
    return make<arith::CmpIOp>(arith::CmpIPredicate::eq, y(),
                               constantLike(y(), number));
  }

  /// The divisor, or 1 where it is 0 or -1.
  mlir::Value ordinaryDivisor(mlir::Value isZero, mlir::Value isMinusOne) {
    return make<arith::SelectOp>(make<arith::OrIOp>(isZero, isMinusOne),
                                 constantLike(y(), 1), y());
  }

  /// Floor division that is defined everywhere: x / 0 is 0, and x / -1 is -x
  /// with wrap-around.
  mlir::Value divide() {
    if (isOrdinaryDivisor())
      return make<arith::FloorDivSIOp>(x(), y());
    mlir::Value isZero = isDivisor(0), isMinusOne = isDivisor(-1);
    mlir::Value zero = constantLike(x(), 0);
    mlir::Value values[] = {
        make<arith::FloorDivSIOp>(x(), ordinaryDivisor(isZero, isMinusOne)),
        arithmetic<arith::SubIOp>(zero, x()), zero};
    unify(body, values);
    mlir::Value atMinusOne =
        make<arith::SelectOp>(isMinusOne, values[1], values[0]);
    return make<arith::SelectOp>(isZero, values[2], atMinusOne);
  }

  /// x % 0 is x, and x % -1 is 0 as x % 1 is.
  mlir::Value remainder() {
    mlir::Value divisor = y(), isZero;
    if (!isOrdinaryDivisor()) {
      isZero = isDivisor(0);
      divisor = ordinaryDivisor(isZero, isDivisor(-1));
    }
    mlir::Value quotient = make<arith::FloorDivSIOp>(x(), divisor);
    mlir::Value values[] = {
        x(), arithmetic<arith::SubIOp>(
                 x(), arithmetic<arith::MulIOp>(quotient, divisor))};
    if (!isZero)
      return values[1];
    unify(body, values);
    return make<arith::SelectOp>(isZero, values[0], values[1]);
  }

  Body &body;
  Element element;
  SmallVector<mlir::Value, 3> operands;
};

} // namespace

mlir::Value emit(Body &body, Operation op, Element element,
                 ArrayRef<mlir::Value> operands) {
  return OperationEmitter(body, element, operands).run(op);
}

} // namespace attune::frontend
