#include "passes/AttentionBuilder.h"
#include "passes/SeparatedScore.h"
#include "passes/ShareUse.h"
#include "dialect/BodyQueries.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {

Value floatConstant(OpBuilder &b, Location l, float value) {
  return arith::ConstantOp::create(b, l, b.getF32FloatAttr(value));
}

Value ofPair(OpBuilder &b, Location l, Value pair, Value step) {
  return arith::AddIOp::create(b, l, arith::MulIOp::create(b, l, pair, arith::ConstantIndexOp::create(b, l, 2)), step);
}

SmallVector<Value> PairIndices::row() const {
  SmallVector<Value> indices{batch, head, tile};
  if (chunk)
    indices.push_back(chunk);
  indices.push_back(query);
  return indices;
}

SmallVector<Value> PairIndices::pair() const {
  SmallVector<Value> indices = row();
  indices.insert(indices.end() - 1, key);
  return indices;
}

AttentionBuilder::AttentionBuilder(AttentionOp op, AttentionForm form, AttentionSchedule &schedule)
    : op(op), builder(op), form(form), schedule(schedule),
      tiles(ceilDiv(op.getQueries(), constant(form.tile))) {
  if (form.chunk)
    chunks = ceilDiv(op.getKeys(), constant(*form.chunk));
  auto yielded = op.getYield(op.getKeep()).getOperand(0).getDefiningOp<arith::ConstantOp>();
  keepsAll = yielded && cast<IntegerAttr>(yielded.getValue()).getValue() == 1;
  // Sums are added up relative to the greatest scores; what bounds exponents is known of one chunk.
  NormalizeOp normalize = normalizerOf(op);
  addsUpChunks = form.chunk && schedule.chunksTogether() > 1 && normalize && normalize.getNormalizer() == Normalizer::Softmax &&
                 shareUse(op) != ShareUse::Other && !isSeparable(op);
}

SmallVector<SizeAttr> AttentionBuilder::sizes(std::initializer_list<SizeAttr> rest) {
  SmallVector<SizeAttr> result{op.getBatch(), op.getHeads(), tiles};
  if (hasChunks())
    result.push_back(chunks);
  result.append(rest);
  return result;
}

SmallVector<StringRef> AttentionBuilder::axes(std::initializer_list<StringRef> rest) {
  SmallVector<StringRef> result{"batch", "head", "tile"};
  if (hasChunks())
    result.push_back("chunk");
  result.append(rest);
  return result;
}

SmallVector<SizeAttr> AttentionBuilder::pairSizes() {
  return sizes({hasChunks() ? constant(*form.chunk) : op.getKeys(), constant(form.tile)});
}
SmallVector<StringRef> AttentionBuilder::pairAxes() { return axes({"key", "query"}); }

PairIndices AttentionBuilder::pairOf(ValueRange at) {
  if (hasChunks())
    return {at[0], at[1], at[2], at[3], at[4], at[5]};
  return {at[0], at[1], at[2], {}, at[3], at[4]};
}

Value AttentionBuilder::stage(StringRef name, ArrayRef<SizeAttr> sizes, ArrayRef<StringRef> axes, Body body) {
  return StageOp::create(builder, op.getLoc(), name, f32(sizes), axes, body).getResult();
}

Value AttentionBuilder::reduction(StringRef name, ArrayRef<SizeAttr> sizes, ArrayRef<StringRef> axes,
                                  Reducer reducer, SizeAttr over, Body body) {
  return StageOp::create(builder, op.getLoc(), name, f32(sizes), axes, reducer, over, body).getResult();
}

Value AttentionBuilder::queryIndex(OpBuilder &b, Location l, Value tileIndex, Value place) {
  if (form.tile == 1)
    return tileIndex;
  Value begin = arith::MulIOp::create(b, l, tileIndex, arith::ConstantIndexOp::create(b, l, form.tile));
  Value index = arith::AddIOp::create(b, l, begin, place);
  Value last = SizeOp::create(b, l, op.getQueries() - constant(1));
  return arith::MinSIOp::create(b, l, index, last);
}

Value AttentionBuilder::keyIndex(OpBuilder &b, Location l, const PairClass &pairs, Value chunkIndex, Value place) {
  if (!hasChunks())
    return place;
  Value begin = arith::MulIOp::create(b, l, chunkIndex, arith::ConstantIndexOp::create(b, l, *form.chunk));
  Value index = arith::AddIOp::create(b, l, begin, place);
  if (!pairs.mayLeaveKeys)
    return WithinOp::create(b, l, b.getIndexType(), index, op.getKeys());
  Value last = SizeOp::create(b, l, op.getKeys() - constant(1));
  return arith::MinSIOp::create(b, l, index, last);
}

Value AttentionBuilder::keyOfStage(OpBuilder &b, Location l, const PairClass &pairs, Value chunkIndex, Value place) {
  Value index = keyIndex(b, l, pairs, chunkIndex, place);
  return hasChunks() && pairs.mayLeaveKeys ? ClampOp::create(b, l, b.getIndexType(), index, op.getKeys()).getResult() : index;
}

Value AttentionBuilder::headOfGroup(OpBuilder &b, Location l, Value head, int64_t group) {
  return group == 1 ? head : arith::FloorDivSIOp::create(b, l, head, arith::ConstantIndexOp::create(b, l, group)).getResult();
}

IRMapping AttentionBuilder::indicesOf(OpBuilder &b, Location l, Region &region, const PairClass &pairs,
                                      const PairIndices &at) {
  IRMapping mapping;
  mapping.map(region.getArgument(0), at.batch);
  mapping.map(region.getArgument(1), at.head);
  mapping.map(region.getArgument(2), queryIndex(b, l, at.tile, at.query));
  mapping.map(region.getArgument(3), keyIndex(b, l, pairs, at.chunk, at.key));
  return mapping;
}

IRMapping AttentionBuilder::rowIndicesOf(OpBuilder &b, Location l, Region &region, ValueRange row) {
  IRMapping mapping;
  mapping.map(region.getArgument(0), row[0]);
  mapping.map(region.getArgument(1), row[1]);
  mapping.map(region.getArgument(2), queryIndex(b, l, row[2], row.back()));
  return mapping;
}

Value AttentionBuilder::cloneValue(OpBuilder &b, Value value, IRMapping &mapping) {
  return cloneComputation(b, value, op, mapping);
}

Value AttentionBuilder::cloneYield(OpBuilder &b, Region &region, IRMapping &mapping) {
  return cloneValue(b, op.getYield(region).getOperand(0), mapping);
}

bool AttentionBuilder::dependsOn(Value value, Value argument) {
  return isComputedFrom(value, [&](Value part) { return part == argument; });
}

} // namespace attune
