#include "passes/TileRanges.h"
#include "dialect/BodyQueries.h"
#include "dialect/IntegerRanges.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

bool isFloat(Value value) { return isa<FloatType>(value.getType()); }
bool isBool(Value value) { return value.getType().isInteger(1); }

bool isPositiveConstant(Value value) {
  APInt constant;
  return matchPattern(value, m_ConstantInt(&constant)) && constant.isStrictlyPositive();
}

} // namespace

bool TileRanges::varies(Value value) {
  auto [known, isNew] = variable.try_emplace(value, false);
  if (!isNew)
    return known->second;
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  bool result = false;
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (!result && !op->isProperAncestor(operand.getParentBlock()->getParentOp()) &&
          operand.getParentBlock()->getParentOp() != op)
        result = varies(operand);
  });
  return variable[value] = result;
}

/// A value that does not vary, computed here.
Value TileRanges::copy(Value value) {
  if (Value known = fixed.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  if (!op || isa<attn::TensorType>(value.getType()))
    return value;
  for (Value operand : op->getOperands())
    copy(operand);
  builder.clone(*op, fixed);
  return fixed.lookup(value);
}

Value TileRanges::truth(bool value) {
  return arith::ConstantOp::create(builder, loc, builder.getBoolAttr(value));
}
Value TileRanges::zero(Type type) {
  return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
}
Value TileRanges::negate(Value a) { return emit<arith::XOrIOp>(a, truth(true)); }
Value TileRanges::both(Value a, Value b) { return emit<arith::AndIOp>(a, b); }
Value TileRanges::either(Value a, Value b) { return emit<arith::OrIOp>(a, b); }
Value TileRanges::select(Value condition, Value a, Value b) {
  return builder.createOrFold<arith::SelectOp>(loc, condition, a, b);
}
Value TileRanges::least(Value a, Value b) {
  return isFloat(a) ? emit<arith::MinimumFOp>(a, b) : emit<arith::MinSIOp>(a, b);
}
Value TileRanges::greatest(Value a, Value b) {
  return isFloat(a) ? emit<arith::MaximumFOp>(a, b) : emit<arith::MaxSIOp>(a, b);
}

TileRanges::Range TileRanges::rangeOf(Value value) {
  if (auto known = ranges.find(value); known != ranges.end())
    return known->second;
  Range range;
  if (!varies(value)) {
    Value same = copy(value);
    range = {same, same};
  } else {
    range = compute(value);
    if (!range && !isFloat(value)) // NaN would slip through a least and greatest float
      range = ofData(value);
  }
  ranges[value] = range;
  return range;
}

/// A function that never falls.
TileRanges::Range TileRanges::monotone(Operation *op, Range operand) {
  auto at = [&](Value end) {
    OperationState state(loc, op->getName());
    state.addOperands(end);
    state.addTypes(op->getResultTypes());
    return builder.create(state)->getResult(0);
  };
  return {at(operand.low), at(operand.high)};
}

/// Extremes of a function that rises or falls in each operand lie at the corners.
TileRanges::Range TileRanges::corners(llvm::function_ref<Value(Value, Value)> at, Range a, Range b) {
  if (b.low == b.high) {
    Value x = at(a.low, b.low), y = at(a.high, b.low);
    return {least(x, y), greatest(x, y)};
  }
  Value ll = at(a.low, b.low), lh = at(a.low, b.high), hl = at(a.high, b.low), hh = at(a.high, b.high);
  return {least(least(ll, lh), least(hl, hh)), greatest(greatest(ll, lh), greatest(hl, hh))};
}

/// A sum, difference or product that is in range.
TileRanges::Range TileRanges::exactly(Operation *op, Range a, Range b) {
  if (isa<arith::AddIOp>(op))
    return {emit<arith::AddIOp>(a.low, b.low), emit<arith::AddIOp>(a.high, b.high)};
  if (isa<arith::SubIOp>(op))
    return {emit<arith::SubIOp>(a.low, b.high), emit<arith::SubIOp>(a.high, b.low)};
  return corners([&](Value x, Value y) { return emit<arith::MulIOp>(x, y); }, a, b);
}

/// The ends as i64s.
TileRanges::Range TileRanges::widened(Range range) {
  auto wide = [&](Value end) -> Value {
    Type type = builder.getI64Type();
    if (end.getType().isIndex())
      return builder.createOrFold<arith::IndexCastOp>(loc, type, end);
    return end.getType() == type ? end : builder.createOrFold<arith::ExtSIOp>(loc, type, end);
  };
  return {wide(range.low), wide(range.high)};
}

/// A range of i64s as one of `type`: all of it where the ends leave it, since
/// what wraps around may be anything.
TileRanges::Range TileRanges::wrapped(Range range, Type type) {
  IntegerRange all = rangeOfType(type);
  auto constant = [&](Type of, int64_t value) -> Value {
    return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(of, value));
  };
  auto compared = [&](arith::CmpIPredicate predicate, Value end, int64_t bound) {
    return builder.createOrFold<arith::CmpIOp>(loc, predicate, end, constant(end.getType(), bound));
  };
  Value fits = both(compared(arith::CmpIPredicate::sge, range.low, all.least),
                    compared(arith::CmpIPredicate::sle, range.high, all.greatest));
  auto end = [&](Value value, int64_t otherwise) {
    return select(fits, builder.createOrFold<arith::TruncIOp>(loc, type, value), constant(type, otherwise));
  };
  return {end(range.low, all.least), end(range.high, all.greatest)};
}

TileRanges::Range TileRanges::ofRemainder(Range whole, Value divisor) {
  Value first = emit<arith::FloorDivSIOp>(whole.low, divisor);
  Value last = emit<arith::FloorDivSIOp>(whole.high, divisor);
  Value same = builder.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, first, last);
  auto rest = [&](Value end, Value quotient) {
    return emit<arith::SubIOp>(end, emit<arith::MulIOp>(quotient, divisor));
  };
  Value one = arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(divisor.getType(), 1));
  Value none = zero(divisor.getType());
  Range range{select(same, rest(whole.low, first), none),
              select(same, rest(whole.high, last), emit<arith::SubIOp>(divisor, one))};
  if (isPositiveConstant(divisor))
    return range;
  // Between 0 and a negative divisor, or what it is where the divisor is 0.
  Value isPositive = builder.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::sgt, divisor, none);
  Value isNegative = builder.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::slt, divisor, none);
  return {select(isPositive, range.low, select(isNegative, emit<arith::AddIOp>(divisor, one), whole.low)),
          select(isPositive, range.high, select(isNegative, none, whole.high))};
}

TileRanges::Range TileRanges::compute(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumRegions() || isa<LoadOp>(op) || isBool(value))
    return {};
  if (auto chosen = dyn_cast<arith::SelectOp>(op)) {
    Truth truth = truthOf(chosen.getCondition());
    Range a = rangeOf(chosen.getTrueValue()), b = rangeOf(chosen.getFalseValue());
    if (!a || !b)
      return {};
    auto end = [&](Value x, Value y, Value mixed) {
      return select(truth.always, x, select(truth.ever, mixed, y));
    };
    return {end(a.low, b.low, least(a.low, b.low)), end(a.high, b.high, greatest(a.high, b.high))};
  }
  // A remainder first: its two parts vary together.
  if (auto remainder = matchRemainder(value)) {
    Range whole = varies(remainder->divisor) ? Range() : rangeOf(remainder->dividend);
    return whole ? ofRemainder(whole, copy(remainder->divisor)) : Range();
  }
  if (auto remainder = matchWithoutRemainder(value); remainder && varies(remainder->divisor))
    return {};
  SmallVector<Range, 2> in;
  for (Value operand : op->getOperands()) {
    if (isBool(operand))
      return {};
    in.push_back(rangeOf(operand));
    if (!in.back())
      return {};
  }
  return llvm::TypeSwitch<Operation *, Range>(op)
      .Case<arith::AddIOp, arith::SubIOp, arith::MulIOp>([&](auto) -> Range {
        if (!mayWrap(op))
          return exactly(op, in[0], in[1]);
        Type type = value.getType();
        if (type.isIndex() || type.getIntOrFloatBitWidth() > 32)
          return {};
        return wrapped(exactly(op, widened(in[0]), widened(in[1])), type);
      })
      .Case([&](arith::AddFOp) -> Range {
        return {emit<arith::AddFOp>(in[0].low, in[1].low), emit<arith::AddFOp>(in[0].high, in[1].high)};
      })
      .Case([&](arith::SubFOp) -> Range {
        return {emit<arith::SubFOp>(in[0].low, in[1].high), emit<arith::SubFOp>(in[0].high, in[1].low)};
      })
      .Case([&](arith::MulFOp) {
        return corners([&](Value x, Value y) { return emit<arith::MulFOp>(x, y); }, in[0], in[1]);
      })
      .Case<arith::MaxSIOp, arith::MaximumFOp>([&](auto) -> Range {
        return {greatest(in[0].low, in[1].low), greatest(in[0].high, in[1].high)};
      })
      .Case<arith::MinSIOp, arith::MinimumFOp>([&](auto) -> Range {
        return {least(in[0].low, in[1].low), least(in[0].high, in[1].high)};
      })
      .Case([&](arith::FloorDivSIOp division) -> Range {
        if (isPositiveConstant(division.getRhs()))
          return {emit<arith::FloorDivSIOp>(in[0].low, in[1].low),
                  emit<arith::FloorDivSIOp>(in[0].high, in[1].low)};
        // The one quotient that wraps around is that of the least number and -1.
        bool mayNegate = attn::rangeOf(division.getLhs()).contains(rangeOfType(value.getType()).least) &&
                         attn::rangeOf(division.getRhs()).contains(-1);
        if (varies(division.getRhs()) || mayNegate)
          return {};
        return corners([&](Value x, Value y) { return emit<arith::FloorDivSIOp>(x, y); }, in[0], in[1]);
      })
      .Case([&](arith::RemUIOp remainder) -> Range {
        if (!isPositiveConstant(remainder.getRhs()))
          return {};
        // Below 0 it is the remainder of a large number: any.
        Range floored = ofRemainder(in[0], in[1].low);
        Value none = zero(value.getType());
        Value most = emit<arith::SubIOp>(
            in[1].low, arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(value.getType(), 1)));
        Value isNatural = builder.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::sge, in[0].low, none);
        return {select(isNatural, floored.low, none), select(isNatural, floored.high, most)};
      })
      .Case([&](arith::NegFOp) -> Range {
        return {arith::NegFOp::create(builder, loc, in[0].high), arith::NegFOp::create(builder, loc, in[0].low)};
      })
      .Case<math::AbsIOp, math::AbsFOp>([&](auto) -> Range {
        if (!isFloat(value) && attn::rangeOf(op->getOperand(0)).contains(rangeOfType(value.getType()).least))
          return {}; // the least number has no other sign
        Value none = zero(value.getType());
        auto minus = [&](Value x) {
          return isFloat(x) ? emit<arith::SubFOp>(none, x) : emit<arith::SubIOp>(none, x);
        };
        Value below = minus(in[0].high), above = minus(in[0].low);
        return {greatest(none, greatest(in[0].low, below)), greatest(in[0].high, above)};
      })
      .Case<arith::IndexCastOp, arith::TruncIOp>([&](auto) {
        Type type = value.getType();
        bool fits = type.isIndex() || rangeOfType(type).contains(attn::rangeOf(op->getOperand(0)));
        return fits ? monotone(op, in[0]) : wrapped(widened(in[0]), type);
      })
      .Case<arith::ExtSIOp, arith::SIToFPOp, math::FloorOp, math::CeilOp>([&](auto) { return monotone(op, in[0]); })
      .Default([](Operation *) { return Range(); });
}

TileRanges::Truth TileRanges::truthOf(Value condition) {
  if (auto known = truths.find(condition); known != truths.end())
    return known->second;
  Truth result;
  if (!varies(condition)) {
    Value same = copy(condition);
    result = {same, same};
  } else {
    result = computeTruth(condition);
    if (!result.always)
      result = truthOfData(condition);
  }
  truths[condition] = result;
  return result;
}

TileRanges::Truth TileRanges::truthOfData(Value condition) {
  Range range = ofData(condition);
  if (!range) {
    unknownValues.push_back(condition);
    return {truth(false), truth(true)};
  }
  auto holds = [&](Value end) -> Value {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, end, zero(end.getType()));
  };
  return {holds(range.low), holds(range.high)};
}

TileRanges::Truth TileRanges::computeTruth(Value condition) {
  Operation *op = condition.getDefiningOp();
  if (!op)
    return {};
  return llvm::TypeSwitch<Operation *, Truth>(op)
      .Case([&](arith::AndIOp) -> Truth {
        Truth a = truthOf(op->getOperand(0)), b = truthOf(op->getOperand(1));
        return {both(a.always, b.always), both(a.ever, b.ever)};
      })
      .Case([&](arith::OrIOp) -> Truth {
        Truth a = truthOf(op->getOperand(0)), b = truthOf(op->getOperand(1));
        return {either(a.always, b.always), either(a.ever, b.ever)};
      })
      .Case([&](arith::XOrIOp) -> Truth {
        Truth a = truthOf(op->getOperand(0)), b = truthOf(op->getOperand(1));
        // Known where both are: a and b each hold everywhere or nowhere.
        Value differ = either(both(a.always, negate(b.ever)), both(b.always, negate(a.ever)));
        Value agree = either(both(a.always, b.always), both(negate(a.ever), negate(b.ever)));
        return {differ, negate(agree)};
      })
      .Case([&](arith::SelectOp) -> Truth {
        Truth c = truthOf(op->getOperand(0)), a = truthOf(op->getOperand(1)), b = truthOf(op->getOperand(2));
        Value always = either(both(a.always, b.always),
                              either(both(c.always, a.always), both(negate(c.ever), b.always)));
        Value ever = either(both(c.ever, a.ever), both(negate(c.always), b.ever));
        return {always, ever};
      })
      .Case<arith::CmpIOp, arith::CmpFOp>([&](auto) -> Truth {
        if (isBool(op->getOperand(0)))
          return {};
        Range a = rangeOf(op->getOperand(0)), b = rangeOf(op->getOperand(1));
        return a && b ? compare(op, a, b) : Truth();
      })
      .Default([](Operation *) { return Truth(); });
}

TileRanges::Truth TileRanges::compare(Operation *op, Range a, Range b) {
  // Reduced to `less` and `lessEqual`; a condition's negation swaps its answers.
  auto less = [&](Value x, Value y, bool orEqual) -> Value {
    if (isFloat(x))
      return builder.createOrFold<arith::CmpFOp>(
          loc, orEqual ? arith::CmpFPredicate::OLE : arith::CmpFPredicate::OLT, x, y);
    return builder.createOrFold<arith::CmpIOp>(
        loc, orEqual ? arith::CmpIPredicate::sle : arith::CmpIPredicate::slt, x, y);
  };
  auto ordered = [&](Range x, Range y, bool orEqual) -> Truth {
    return {less(x.high, y.low, orEqual), less(x.low, y.high, orEqual)};
  };
  Truth equal{};
  auto same = [&]() -> Truth {
    return {both(less(a.high, b.low, true), less(b.high, a.low, true)),
            both(less(a.low, b.high, true), less(b.low, a.high, true))};
  };
  if (auto integers = dyn_cast<arith::CmpIOp>(op)) {
    using P = arith::CmpIPredicate;
    switch (integers.getPredicate()) {
    case P::slt: return ordered(a, b, false);
    case P::sle: return ordered(a, b, true);
    case P::sgt: return ordered(b, a, false);
    case P::sge: return ordered(b, a, true);
    case P::eq: return same();
    case P::ne: equal = same(); return {negate(equal.ever), negate(equal.always)};
    default: return {};
    }
  }
  using P = arith::CmpFPredicate;
  switch (cast<arith::CmpFOp>(op).getPredicate()) {
  case P::OLT: case P::ULT: return ordered(a, b, false);
  case P::OLE: case P::ULE: return ordered(a, b, true);
  case P::OGT: case P::UGT: return ordered(b, a, false);
  case P::OGE: case P::UGE: return ordered(b, a, true);
  default: return {};
  }
}

} // namespace attune
