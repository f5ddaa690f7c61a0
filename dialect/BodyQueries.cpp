#include "dialect/BodyQueries.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace attune::attn {

bool isComputedFrom(Value value, llvm::function_ref<bool(Value)> test) {
  SmallVector<Value> pending{value};
  llvm::DenseSet<Value> seen;
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    if (isa<TensorType>(next.getType()) || !seen.insert(next).second)
      continue;
    if (test(next))
      return true;
    if (Operation *op = next.getDefiningOp())
      op->walk([&](Operation *inner) { llvm::append_range(pending, inner->getOperands()); });
  }
  return false;
}

Value cloneComputation(OpBuilder &builder, Value value, Operation *owner, IRMapping &mapping) {
  // What is needed, then in the order in which it stands: outer blocks first.
  llvm::SetVector<Operation *> needed;
  auto need = [&](Value wanted) {
    Operation *source = wanted.getDefiningOp();
    if (source && owner->isProperAncestor(source) && !mapping.contains(wanted))
      needed.insert(source);
  };
  need(value);
  for (size_t next = 0; next < needed.size(); ++next) {
    Operation *root = needed[next];
    root->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (Operation *source = operand.getDefiningOp(); source && !root->isAncestor(source))
          need(operand);
    });
  }
  auto depth = [](Operation *inner) {
    unsigned count = 0;
    while ((inner = inner->getParentOp()))
      ++count;
    return count;
  };
  SmallVector<Operation *> ordered(needed.begin(), needed.end());
  llvm::sort(ordered, [&](Operation *x, Operation *y) {
    return x->getBlock() == y->getBlock() ? x->isBeforeInBlock(y) : depth(x) < depth(y);
  });
  for (Operation *source : ordered)
    builder.clone(*source, mapping);
  return mapping.lookupOrDefault(value);
}

bool isIdentity(Reducer reducer, Value value) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  if (auto integer = constant ? dyn_cast<IntegerAttr>(constant.getValue()) : IntegerAttr()) {
    APInt bits = integer.getValue();
    switch (reducer) {
    case Reducer::Sum: return bits.isZero();
    case Reducer::Max: return bits.isMinSignedValue();
    case Reducer::Min: return bits.isMaxSignedValue();
    case Reducer::ScaledSum: return false;
    }
  }
  auto number = constant ? dyn_cast<FloatAttr>(constant.getValue()) : FloatAttr();
  if (!number)
    return false;
  llvm::APFloat real = number.getValue();
  switch (reducer) {
  case Reducer::Sum: return real.isZero();
  case Reducer::Max: return real.isInfinity() && real.isNegative();
  case Reducer::Min: return real.isInfinity() && !real.isNegative();
  case Reducer::ScaledSum: return false; // of several values
  }
  return false;
}

bool areIdentity(Reducer reducer, ValueRange values) {
  if (reducer != Reducer::ScaledSum)
    return values.size() == 1 && isIdentity(reducer, values.front());
  return llvm::all_of(values.drop_back(), [](Value value) { return isIdentity(Reducer::Sum, value); }) &&
         isIdentity(Reducer::Max, values.back());
}

std::optional<Arm> firstArm(StageOp stage, ValueRange values) {
  Arm arm;
  for (Value value : values) {
    auto select = value.getDefiningOp<arith::SelectOp>();
    if (!select || (arm.condition && arm.condition != select.getCondition()))
      return std::nullopt;
    arm.condition = select.getCondition();
    arm.values.push_back(select.getTrueValue());
    arm.others.push_back(select.getFalseValue());
  }
  if (stage.isReduction() && areIdentity(*stage.getReducer(), arm.values) && !areIdentity(*stage.getReducer(), arm.others)) {
    std::swap(arm.values, arm.others);
    arm.isOpposite = true;
  }
  return arm;
}

GuardedTerms guardedTerms(StageOp stage) {
  std::optional<Arm> arm = firstArm(stage, stage.getYield().getOperands());
  bool isGuarded = arm && !arm->isOpposite && areIdentity(*stage.getReducer(), arm->others);
  return isGuarded ? GuardedTerms{arm->condition, arm->values} : GuardedTerms();
}

std::optional<int64_t> Remainder::modulus() const {
  APInt constant;
  if (matchPattern(divisor, m_ConstantInt(&constant)) && constant.isStrictlyPositive())
    return constant.getSExtValue();
  return std::nullopt;
}

static bool isSame(Value a, Value b) {
  APInt x, y;
  return a == b || (matchPattern(a, m_ConstantInt(&x)) && matchPattern(b, m_ConstantInt(&y)) && x == y);
}

std::optional<Remainder> matchWithoutRemainder(Value value) {
  auto product = value.getDefiningOp<arith::MulIOp>();
  if (!product)
    return std::nullopt;
  for (auto [quotient, factor] : {std::pair(product.getLhs(), product.getRhs()),
                                  std::pair(product.getRhs(), product.getLhs())}) {
    auto division = quotient.getDefiningOp<arith::FloorDivSIOp>();
    if (division && isSame(division.getRhs(), factor))
      return Remainder{division.getLhs(), division.getRhs()};
  }
  return std::nullopt;
}

std::optional<Remainder> matchRemainder(Value value) {
  auto difference = value.getDefiningOp<arith::SubIOp>();
  auto less = difference ? matchWithoutRemainder(difference.getRhs()) : std::nullopt;
  return less && less->dividend == difference.getLhs() ? less : std::nullopt;
}

} // namespace attune::attn
