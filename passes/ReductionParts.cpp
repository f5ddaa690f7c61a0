#include "passes/ReductionParts.h"
#include "dialect/BodyQueries.h"
#include "passes/Stages.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {

TypedAttr identityOf(Reducer reducer, Type type) {
  if (reducer == Reducer::Sum)
    return cast<TypedAttr>(Builder(type.getContext()).getZeroAttr(type));
  auto real = dyn_cast<FloatType>(type);
  if (!real)
    return {};
  return FloatAttr::get(real, APFloat::getInf(real.getFloatSemantics(), /*Negative=*/reducer == Reducer::Max));
}

bool isOfAll(StageOp stage, LoadOp load) {
  auto has = [&](Value index) { return llvm::is_contained(load.getIndices(), index); };
  bool all = has(stage.getReductionIndices()[0]);
  for (int64_t axis = 0; axis < stage.getRank(); ++axis)
    all &= stage.getAxisSize(axis).isConstant(1) || has(stage.getBody().getArgument(axis));
  return all;
}

bool isAlongRow(StageOp stage) {
  return llvm::any_of(stage.getBodyBlock()->getOps<LoadOp>(), [&](LoadOp load) {
    return isOfAll(stage, load) && load.getIndices().back() == stage.getReductionIndices()[0];
  });
}

/// Puts `whole`, which `parts` are for, in the place of `stage`.
static void replace(StageOp stage, StageOp whole, StageOp parts) {
  parts.setPathAttr(stage.getPathAttr());
  whole.setPathAttr(stage.getPathAttr());
  whole->setDiscardableAttrs(stage->getDiscardableAttrDictionary());
  stage.getResult().replaceAllUsesWith(whole.getResult());
  stage.erase();
}

SplitReduction separateRows(StageOp stage) {
  int64_t rank = stage.getRank(), last = rank + 1;
  SmallVector<StringRef> names;
  SmallVector<SizeAttr> sizes;
  for (int64_t axis = 0; axis < rank; ++axis) {
    names.push_back(stage.getAxisName(axis));
    sizes.push_back(stage.getAxisSize(axis));
  }
  SmallVector<StringRef> ofRow(names);
  ofRow.push_back(stage.getAxisName(last));
  names.append({stage.getAxisName(last), stage.getAxisName(rank)});
  sizes.push_back(stage.getAxisSize(last));
  OpBuilder builder(stage);
  auto columns = StageOp::create(builder, stage.getLoc(), freeStageName(stage, (stage.getName() + ".columns").str()),
                                 attn::TensorType::get(stage.getElementTypes().front(), sizes), names, stage.getReducer(), {stage.getAxisSize(rank)},
                                 [&](OpBuilder &b, Location, ValueRange indices) -> Value {
    IRMapping mapping;
    mapping.map(stage.getBody().getArguments().drop_back(2), indices.drop_back(2));
    mapping.map(stage.getReductionIndices()[0], indices[last]);
    mapping.map(stage.getReductionIndices()[1], indices[rank]);
    for (Operation &op : stage.getBodyBlock()->without_terminator())
      b.clone(op, mapping);
    return mapping.lookupOrDefault(stage.getYield().getOperand(0));
  });
  auto row = StageOp::create(builder, stage.getLoc(), stage.getName(), stage.getType(), ofRow, stage.getReducer(), {sizes.back()},
                             [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    return LoadOp::create(b, l, columns.getResult(), indices);
  });
  replace(stage, row, columns);
  return {row, columns};
}

SplitReduction splitReduction(StageOp stage, int64_t parts, bool skips) {
  MLIRContext *context = stage.getContext();
  int64_t rank = stage.getRank();
  SizeAttr size = stage.getAxisSize(rank), partSize = SizeAttr::constant(context, parts), stepSize = ceilDiv(size, partSize);
  Value whole = stage.getReductionIndices()[0];
  // Neighbours in memory are neighbouring threads: parts of a row, or what the last axis has.
  bool isOfRow = isAlongRow(stage);
  int64_t placeOfPart = isOfRow ? rank : rank - 1;
  // Parts take turns where that is known to come out even; others are of one piece.
  bool takesTurns = isOfRow || size.getConstant();
  SmallVector<StringRef> names;
  SmallVector<SizeAttr> sizes;
  for (int64_t axis = 0; axis < rank; ++axis) {
    names.push_back(stage.getAxisName(axis));
    sizes.push_back(stage.getAxisSize(axis));
  }
  std::string ofPart = "part";
  for (unsigned i = 1; llvm::is_contained(names, ofPart) || stage.getAxisName(rank) == ofPart; ++i)
    ofPart = "part" + std::to_string(i);
  names.insert(names.begin() + placeOfPart, ofPart);
  sizes.insert(sizes.begin() + placeOfPart, partSize);
  names.push_back(stage.getAxisName(rank));

  OpBuilder builder(stage);
  auto part = StageOp::create(builder, stage.getLoc(), freeStageName(stage, (stage.getName() + ".parts").str()),
                              attn::TensorType::get(stage.getElementTypes().front(), sizes), names, stage.getReducer(), {stepSize},
                              [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    Value step = indices.back(), part = indices[placeOfPart];
    SizeAttr stride = takesTurns ? partSize : stepSize;
    Value scale = stride.getConstant() ? Value(arith::ConstantIndexOp::create(b, l, *stride.getConstant())) : SizeOp::create(b, l, stride);
    Value index = arith::AddIOp::create(b, l, arith::MulIOp::create(b, l, takesTurns ? step : part, scale), takesTurns ? part : step);
    auto at = [&](Value term, Value place) {
      IRMapping mapping;
      mapping.map(whole, place);
      for (int64_t axis = 0; axis < rank; ++axis)
        mapping.map(stage.getBody().getArgument(axis), indices[axis < placeOfPart ? axis : axis + 1]);
      return cloneComputation(b, term, stage, mapping);
    };
    Value term = stage.getYield().getOperand(0);
    if (size.getConstant())
      return at(term, index);
    Value inside = arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, index, SizeOp::create(b, l, size));
    auto within = [&](Value index) -> Value { return WithinOp::create(b, l, b.getIndexType(), index, size); };
    Value clamped = within(arith::MinSIOp::create(b, l, index, SizeOp::create(b, l, size - SizeAttr::constant(context, 1))));
    // One condition is what a reduction can be asked to skip by; it is asked for what is past the end as well.
    if (GuardedTerms guarded = guardedTerms(stage); guarded.condition) {
      inside = arith::AndIOp::create(b, l, inside, at(guarded.condition, clamped));
      term = guarded.values[0];
    }
    Value value = at(term, skips ? within(index) : clamped);
    Value nothing = arith::ConstantOp::create(b, l, identityOf(*stage.getReducer(), value.getType()));
    return arith::SelectOp::create(b, l, inside, value, nothing);
  });
  names.erase(names.begin() + placeOfPart);
  names.back() = ofPart;
  auto sum = StageOp::create(builder, stage.getLoc(), stage.getName(), stage.getType(), names, stage.getReducer(), {partSize},
                             [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    SmallVector<Value> at(indices.drop_back());
    at.insert(at.begin() + placeOfPart, indices.back());
    return LoadOp::create(b, l, part.getResult(), at);
  });
  replace(stage, sum, part);
  return {sum, part};
}

} // namespace attune
