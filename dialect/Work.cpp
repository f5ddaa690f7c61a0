#include "dialect/Work.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Interfaces/CastInterfaces.h"

using namespace mlir;

namespace attune::attn {
namespace {

bool isFloatOperation(Operation &op) {
  StringRef dialect = op.getName().getDialectNamespace();
  if (dialect != arith::ArithDialect::getDialectNamespace() &&
      dialect != math::MathDialect::getDialectNamespace())
    return false;
  // Constants, conversions, comparisons and selects are not counted.
  if (isa<arith::ConstantOp, arith::SelectOp, arith::CmpFOp, CastOpInterface>(op))
    return false;
  return op.getNumResults() == 1 && isa<FloatType>(op.getResult(0).getType());
}

/// Of a body that is evaluated at `points` places.
SizeAttr flopsOf(Block &block, SizeAttr points) {
  SizeAttr flops = SizeAttr::constant(points.getContext(), 0);
  int64_t operations = 0;
  for (Operation &op : block) {
    operations += isFloatOperation(op);
    if (auto reduce = dyn_cast<ReduceOp>(op)) {
      SizeAttr inner = points;
      for (SizeAttr size : reduce.getSizes().getAsRange<SizeAttr>())
        inner = inner * size;
      if (isa<FloatType>(reduce.getResult().getType()))
        flops = flops + inner;
      flops = flops + flopsOf(reduce.getBody().front(), inner);
    }
  }
  return flops + points * SizeAttr::constant(points.getContext(), operations);
}

} // namespace

SizeAttr evaluationsOf(StageOp stage) {
  SizeAttr points = stage.getType().getElementCount();
  for (unsigned i = 0; i < stage.getReductionRank(); ++i)
    points = points * stage.getAxisSize(stage.getRank() + i);
  return points;
}

SizeAttr pairsOf(AttentionOp attention) {
  return attention.getBatch() * attention.getHeads() * attention.getQueries() * attention.getKeys();
}

SizeAttr flopsOf(StageOp stage) {
  SizeAttr points = evaluationsOf(stage);
  SizeAttr flops = flopsOf(*stage.getBodyBlock(), points);
  if (stage.isReduction() && isa<FloatType>(stage.getType().getElementType()))
    flops = flops + points;
  return flops;
}

SizeAttr flopsOf(AttentionOp attention) {
  SizeAttr pairs = pairsOf(attention);
  SizeAttr flops = pairs * attention.getFeatures() * SizeAttr::constant(pairs.getContext(), 2);
  for (Region *region : {&attention.getScore(), &attention.getKeep(), &attention.getWeight()})
    flops = flops + flopsOf(region->front(), pairs);
  return flops;
}

} // namespace attune::attn
