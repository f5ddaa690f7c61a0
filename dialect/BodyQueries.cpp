#include "dialect/BodyQueries.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

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

std::optional<Remainder> matchRemainder(Value value) {
  auto difference = value.getDefiningOp<arith::SubIOp>();
  auto product = difference ? difference.getRhs().getDefiningOp<arith::MulIOp>() : arith::MulIOp();
  if (!product)
    return std::nullopt;
  for (auto [quotient, factor] : {std::pair(product.getLhs(), product.getRhs()),
                                  std::pair(product.getRhs(), product.getLhs())}) {
    auto division = quotient.getDefiningOp<arith::FloorDivSIOp>();
    if (division && division.getLhs() == difference.getLhs() && isSame(division.getRhs(), factor))
      return Remainder{difference.getLhs(), division.getRhs()};
  }
  return std::nullopt;
}

} // namespace attune::attn
