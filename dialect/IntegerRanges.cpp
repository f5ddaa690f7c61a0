#include "dialect/IntegerRanges.h"
#include "dialect/BodyQueries.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attune::attn {
namespace {

/// Nothing where an end leaves 64 bits.
using Ends = std::optional<IntegerRange>;

Ends sum(IntegerRange a, IntegerRange b) {
  IntegerRange result;
  if (llvm::AddOverflow(a.least, b.least, result.least) || llvm::AddOverflow(a.greatest, b.greatest, result.greatest))
    return std::nullopt;
  return result;
}

Ends difference(IntegerRange a, IntegerRange b) {
  IntegerRange result;
  if (llvm::SubOverflow(a.least, b.greatest, result.least) || llvm::SubOverflow(a.greatest, b.least, result.greatest))
    return std::nullopt;
  return result;
}

Ends product(IntegerRange a, IntegerRange b) {
  int64_t corners[4];
  if (llvm::MulOverflow(a.least, b.least, corners[0]) || llvm::MulOverflow(a.least, b.greatest, corners[1]) ||
      llvm::MulOverflow(a.greatest, b.least, corners[2]) || llvm::MulOverflow(a.greatest, b.greatest, corners[3]))
    return std::nullopt;
  return IntegerRange{*llvm::min_element(corners), *llvm::max_element(corners)};
}

IntegerRange both(IntegerRange a, IntegerRange b) {
  return {std::min(a.least, b.least), std::max(a.greatest, b.greatest)};
}

/// The largest magnitude, as far as 64 bits go.
int64_t magnitude(IntegerRange a) {
  return std::max(a.greatest, a.least == INT64_MIN ? INT64_MAX : -a.least);
}

class RangeFinder {
public:
  IntegerRange find(Value value) {
    if (auto known = ranges.find(value); known != ranges.end())
      return known->second;
    IntegerRange all = rangeOfType(value.getType());
    // Deeper than people write; a chain that a program made says nothing.
    constexpr unsigned deepest = 64;
    if (depth == deepest)
      return all;
    ++depth;
    Ends found = compute(value);
    --depth;
    return ranges[value] = found && all.contains(*found) ? *found : all;
  }

  /// Of a sum, difference or product, before it wraps around.
  Ends unwrapped(Operation *op) {
    IntegerRange a = find(op->getOperand(0)), b = find(op->getOperand(1));
    return isa<arith::AddIOp>(op) ? sum(a, b) : isa<arith::SubIOp>(op) ? difference(a, b) : product(a, b);
  }

private:
  /// Between 0 and the divisor, on its side; x itself where the divisor is 0.
  IntegerRange ofRemainder(const Remainder &remainder) {
    IntegerRange x = find(remainder.dividend), d = find(remainder.divisor);
    IntegerRange result{std::min<int64_t>(0, d.least == INT64_MIN ? INT64_MIN : d.least + 1),
                        std::max<int64_t>(0, d.greatest - 1)};
    if (d.least > 0 && x.least >= 0)
      result.greatest = std::min(result.greatest, x.greatest);
    return d.contains(0) ? both(result, x) : result;
  }

  Ends ofSize(SizeAttr size) { return ofSize(size.getExpr()); }
  Ends ofSize(AffineExpr expr) {
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      return IntegerRange{constant.getValue(), constant.getValue()};
    auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
    if (!binary)
      return IntegerRange{0, endOfIndices};
    Ends a = ofSize(binary.getLHS()), b = ofSize(binary.getRHS());
    if (!a || !b)
      return std::nullopt;
    switch (expr.getKind()) {
    case AffineExprKind::Add: return sum(*a, *b);
    case AffineExprKind::Mul: return product(*a, *b);
    case AffineExprKind::Mod: return IntegerRange{0, std::max<int64_t>(0, b->greatest - 1)};
    default: return IntegerRange{-magnitude(*a), magnitude(*a)};
    }
  }

  Ends ofDivision(IntegerRange a, IntegerRange b) {
    if (b.least <= 0)
      return IntegerRange{-magnitude(a), magnitude(a)};
    auto floor = [](int64_t x, int64_t y) { return x / y - (x % y < 0); };
    return IntegerRange{std::min(floor(a.least, b.least), floor(a.least, b.greatest)),
                        std::max(floor(a.greatest, b.least), floor(a.greatest, b.greatest))};
  }

  Ends compute(Value value) {
    Operation *op = value.getDefiningOp();
    if (!op) // of an axis
      return value.getType().isIndex() ? Ends(IntegerRange{0, endOfIndices - 1}) : std::nullopt;
    APInt constant;
    if (!value.getType().isInteger(1) && matchPattern(op, m_ConstantInt(&constant)))
      return IntegerRange{constant.getSExtValue(), constant.getSExtValue()};
    if (std::optional<Remainder> remainder = matchRemainder(value))
      return ofRemainder(*remainder);
    if (std::optional<Remainder> remainder = matchWithoutRemainder(value)) {
      IntegerRange x = find(remainder->dividend);
      Ends ends = difference(x, ofRemainder(*remainder));
      if (ends && x.least >= 0 && find(remainder->divisor).least >= 0)
        ends->least = 0;
      return ends;
    }
    auto operand = [&](unsigned i) { return find(op->getOperand(i)); };
    return llvm::TypeSwitch<Operation *, Ends>(op)
        .Case([&](SizeOp size) { return ofSize(size.getSize()); })
        .Case<WithinOp, ClampOp>([&](auto clamp) -> Ends {
          Ends size = ofSize(clamp.getSize());
          return IntegerRange{0, size ? std::max<int64_t>(0, size->greatest - 1) : endOfIndices};
        })
        .Case<arith::AddIOp, arith::SubIOp, arith::MulIOp>([&](auto) { return unwrapped(op); })
        .Case([&](arith::FloorDivSIOp) { return ofDivision(operand(0), operand(1)); })
        .Case([&](arith::MinSIOp) -> Ends {
          IntegerRange a = operand(0), b = operand(1);
          return IntegerRange{std::min(a.least, b.least), std::min(a.greatest, b.greatest)};
        })
        .Case([&](arith::MaxSIOp) -> Ends {
          IntegerRange a = operand(0), b = operand(1);
          return IntegerRange{std::max(a.least, b.least), std::max(a.greatest, b.greatest)};
        })
        .Case([&](arith::SelectOp) -> Ends { return both(operand(1), operand(2)); })
        .Case([&](math::AbsIOp) -> Ends { return IntegerRange{0, magnitude(operand(0))}; })
        // What does not fit is cut off, which `find` makes anything of the type.
        .Case<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>([&](auto) -> Ends {
          if (op->getOperand(0).getType().isInteger(1))
            return IntegerRange{-1, 0};
          return operand(0);
        })
        .Case([&](arith::ExtUIOp) -> Ends {
          unsigned width = op->getOperand(0).getType().getIntOrFloatBitWidth();
          return width < 63 ? Ends(IntegerRange{0, (int64_t(1) << width) - 1}) : std::nullopt;
        })
        .Default([](Operation *) { return std::nullopt; });
  }

  llvm::DenseMap<Value, IntegerRange> ranges;
  unsigned depth = 0;
};

} // namespace

IntegerRange rangeOfType(Type type) {
  if (type.isInteger(1))
    return {0, 1};
  unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  return {llvm::minIntN(width), llvm::maxIntN(width)};
}

IntegerRange rangeOf(Value value) { return RangeFinder().find(value); }

bool mayWrap(Operation *op) {
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op) || matchRemainder(op->getResult(0)))
    return false;
  Ends ends = RangeFinder().unwrapped(op);
  return !ends || !rangeOfType(op->getResult(0).getType()).contains(*ends);
}

} // namespace attune::attn
