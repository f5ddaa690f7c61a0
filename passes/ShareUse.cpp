#include "passes/ShareUse.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

/// What `value` is as a function of the share.
enum class Dependence { None, Linear, Other };

Dependence dependence(Value value, Value share, llvm::DenseMap<Value, Dependence> &known) {
  if (value == share)
    return Dependence::Linear;
  Operation *op = value.getDefiningOp();
  if (!op)
    return Dependence::None;
  if (auto found = known.find(value); found != known.end())
    return found->second;
  SmallVector<Dependence> in;
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (inner == op || !op->isAncestor(operand.getParentBlock()->getParentOp()))
        in.push_back(dependence(operand, share, known));
  });
  Dependence most = Dependence::None;
  for (Dependence one : in)
    most = std::max(most, one);
  auto isZero = [](Value operand) {
    auto constant = operand.getDefiningOp<arith::ConstantOp>();
    auto number = constant ? dyn_cast<FloatAttr>(constant.getValue()) : FloatAttr();
    return number && number.getValue().isZero();
  };
  Dependence result = most;
  if (most == Dependence::Linear) {
    bool linear = llvm::TypeSwitch<Operation *, bool>(op)
        .Case([&](arith::MulFOp) { return in[0] == Dependence::None || in[1] == Dependence::None; })
        .Case([&](arith::DivFOp) { return in[1] == Dependence::None; })
        .Case<arith::AddFOp, arith::SubFOp>([&](auto) { return in[0] == in[1]; })
        .Case([&](arith::NegFOp) { return true; })
        .Case([&](DropoutOp) { return llvm::all_of(llvm::drop_begin(in), [](Dependence one) { return one == Dependence::None; }); })
        .Case([&](arith::SelectOp) {
          auto arm = [&](unsigned i) { return in[i] == Dependence::Linear || isZero(op->getOperand(i)); };
          return in[0] == Dependence::None && arm(1) && arm(2);
        })
        .Default([](Operation *) { return false; });
    if (!linear)
      result = Dependence::Other;
  }
  return known[value] = result;
}

} // namespace

NormalizeOp normalizerOf(AttentionOp op) {
  NormalizeOp normalize;
  op.getWeight().walk([&](NormalizeOp found) { normalize = found; });
  return normalize;
}

ShareUse shareUse(AttentionOp op) {
  NormalizeOp normalize = normalizerOf(op);
  if (!normalize)
    return ShareUse::None;
  Value weight = op.getYield(op.getWeight()).getOperand(0);
  if (weight == normalize.getResult())
    return ShareUse::Bare;
  llvm::DenseMap<Value, Dependence> known;
  return dependence(weight, normalize.getResult(), known) == Dependence::Other ? ShareUse::Other : ShareUse::Linear;
}

} // namespace attune
