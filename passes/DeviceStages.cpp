#include "passes/DeviceStages.h"
#include "dialect/BodyQueries.h"
#include "passes/Stages.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {

/// Whether neither factor has all axes of the stage: each is read again for other rows or columns.
static bool areShared(Product factors, StageOp stage) {
  auto isOfAll = [&](LoadOp load) {
    llvm::BitVector axes = axesIn(load, stage);
    for (int64_t axis = 0; axis < stage.getRank(); ++axis)
      if (!axes.test(axis) && !stage.getAxisSize(axis).isConstant(1))
        return false;
    return true;
  };
  return !isOfAll(factors.lhs) && !isOfAll(factors.rhs);
}

bool isMatrixProduct(StageOp stage) {
  std::optional<Product> factors = matchProduct(stage);
  return factors && stage.getReducer() == Reducer::Sum && stage.getRank() >= 2 && areShared(*factors, stage);
}

bool isSumOfParts(StageOp stage) {
  auto load = stage.getReducer() == Reducer::Sum ? stage.getYield().getOperand(0).getDefiningOp<LoadOp>() : LoadOp();
  auto parts = load ? load.getTensor().getDefiningOp<StageOp>() : StageOp();
  std::optional<Product> factors = parts ? matchFactors(parts) : std::nullopt;
  return factors && areShared(*factors, parts);
}

bool isCopy(StageOp stage) {
  Value element = stage.getYield().getOperand(0);
  while (auto wide = element.getDefiningOp<arith::ExtFOp>())
    element = wide.getIn();
  return element.getDefiningOp<LoadOp>() != nullptr;
}

bool isOperandOf(StageOp stage, StageOp product) {
  if (!stage || stage.isReduction() || stage.getRank() == 0)
    return false;
  return llvm::all_of(stage->getUsers(), [&](Operation *user) {
    auto load = dyn_cast<LoadOp>(user);
    return load && load->getParentOfType<StageOp>() == product &&
           llvm::is_contained(product.getBody().getArguments(), load.getIndices().back()) &&
           load.getIndices().back() != product.getAxisIndices().back() && isCopy(stage);
  });
}

bool isHeavy(StageOp stage) {
  return stage.getBody()
      .walk([](Operation *op) {
    bool isFunction = isa<math::MathDialect>(op->getDialect()) && !isa<math::AbsFOp>(op);
    return isFunction || isa<arith::DivFOp>(op) ? WalkResult::interrupt() : WalkResult::advance();
  }).wasInterrupted();
}

StageOp scaledSumOf(StageOp stage) {
  StageOp sums;
  for (Value tensor : readTensors(stage))
    if (auto source = tensor.getDefiningOp<StageOp>(); source && source.getReducer() == Reducer::ScaledSum)
      sums = source;
  bool isInPlace = sums && stage.getRank() >= 2 && llvm::all_of(sums->getUsers(), [&](Operation *user) {
    auto load = dyn_cast<LoadOp>(user);
    return load && load->getParentOfType<StageOp>() == stage && load.getIndices() == stage.getAxisIndices();
  });
  return isInPlace ? sums : StageOp();
}

bool takesTurns(LoadOp load, StageOp reader, int64_t rowAxis, int64_t parts) {
  if (!reader.isReduction() || reader.getReductionRank() != 1 || !reader.getAxisSize(rowAxis).isConstant(parts) ||
      !reader.getAxisSize(reader.getRank()).getConstant())
    return false;
  for (auto [axis, index] : llvm::enumerate(load.getIndices())) {
    Value own = reader.getBody().getArgument(axis);
    if (static_cast<int64_t>(axis) != rowAxis && index != own)
      return false;
  }
  auto sum = load.getIndices()[rowAxis].getDefiningOp<arith::AddIOp>();
  auto scaled = sum ? sum.getLhs().getDefiningOp<arith::MulIOp>() : arith::MulIOp();
  APInt stride;
  return scaled && matchPattern(scaled.getRhs(), m_ConstantInt(&stride)) && stride == parts && sum.getRhs() == reader.getBody().getArgument(rowAxis) &&
         scaled.getLhs() == reader.getReductionIndices()[0];
}

bool isBare(StageOp stage) { return llvm::all_of(stage.getYield().getOperands(), [](Value element) { return isBare(element); }); }

bool isBare(Value element) {
  return !isComputedFrom(element, [](Value part) {
    Operation *op = part.getDefiningOp();
    bool isArithmetic = isa_and_nonnull<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::ExtFOp>(op);
    // Clamped indices are no neighbours at the end.
    bool isIndex = part.getType().isIndex() && !isa_and_nonnull<arith::MinSIOp, arith::MaxSIOp, ClampOp>(op);
    return op && !isArithmetic && !isIndex && !isa<LoadOp, arith::ConstantOp>(op);
  });
}

UsualTerm usualTerm(StageOp sum, ScheduleAttr schedule) {
  Value whole = sum.getYield().getOperand(0);
  if (auto entry = schedule ? schedule.lookup(sum.getName()) : StageScheduleAttr())
    for (DirectiveAttr directive : entry.getDirectives())
      if (auto select = whole.getDefiningOp<arith::SelectOp>(); select && directive.getKeyword() == "pieces")
        return {select.getTrueValue(), cast<StringAttr>(directive.getArguments()[1]).str()};
  return {whole, ""};
}

bool hasShortStrides(StageOp stage) {
  constexpr int64_t mostElements = 8;
  return stage.getRank() > 0 && llvm::any_of(stage.getBodyBlock()->getOps<LoadOp>(), [&](LoadOp load) {
    int64_t stride = 1;
    for (size_t axis = load.getIndices().size(); axis-- > 0 && stride <= mostElements;) {
      if (axesIn(load.getIndices()[axis], stage).test(stage.getRank() - 1) && stride > 1)
        return true;
      stride *= load.getTensor().getType().getSize(axis).getConstant().value_or(mostElements + 1);
    }
    return false;
  });
}

std::optional<unsigned> axisOfSteps(Value index, StageOp reader) {
  if (auto own = dyn_cast<BlockArgument>(index))
    return own.getOwner() == reader.getBodyBlock() ? std::optional(own.getArgNumber()) : std::nullopt;
  auto sum = index.getDefiningOp<arith::AddIOp>();
  if (!sum)
    return std::nullopt;
  std::optional<unsigned> left = axisOfSteps(sum.getLhs(), reader), right = axisOfSteps(sum.getRhs(), reader);
  if (left.has_value() == right.has_value())
    return std::nullopt;
  Value rest = left ? sum.getRhs() : sum.getLhs();
  return axesIn(rest, reader).test(left ? *left : *right) ? std::nullopt : left ? left : right;
}

llvm::BitVector axesIn(Value index, StageOp reader) {
  llvm::BitVector axes(reader.getRank() + reader.getReductionRank());
  attn::isComputedFrom(index, [&](Value part) {
    for (auto [a, argument] : llvm::enumerate(reader.getBody().getArguments()))
      if (part == argument)
        axes.set(a);
    return false;
  });
  return axes;
}

llvm::BitVector axesIn(LoadOp load, StageOp reader) {
  llvm::BitVector axes(reader.getRank() + reader.getReductionRank());
  for (Value index : load.getIndices())
    axes |= axesIn(index, reader);
  return axes;
}

} // namespace attune
