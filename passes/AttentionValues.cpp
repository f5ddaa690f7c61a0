#include "passes/AttentionValues.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

/// The bits of a number's magnitude, in the order of the magnitudes.
Value magnitudeBits(OpBuilder &b, Location l, Value value) {
  return arith::BitcastOp::create(b, l, b.getI32Type(), math::AbsFOp::create(b, l, value));
}

Value hasFiniteBits(OpBuilder &b, Location l, Value bits) {
  Value infinity = arith::ConstantOp::create(b, l, b.getI32IntegerAttr(0x7f800000));
  return arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, bits, infinity);
}

Value widened(OpBuilder &b, Location l, Value value) {
  return value.getType().isF32() ? value : arith::ExtFOp::create(b, l, b.getF32Type(), value).getResult();
}

} // namespace

Value AttentionValues::build(const PairClass &pairs, Value weights) {
  std::string name = sumName("values", "chunk_values", pairs);
  // Where every row keeps every key, NaN and infinities belong to all.
  bool mayDrop = pairs.isMasked && !at.keepsAll;
  if (usesPairs()) {
    Value values = sumOfPairs(name, pairs, weights, mayDrop);
    return mayDrop ? withInfiniteValues(pairs, weights, values) : values;
  }
  if (mayDrop && at.addsUpChunks)
    return sumOfKinds(name, pairs, weights);
  bool selects = mayDrop && at.schedule.selectsValues();
  mayDrop &= !selects;
  Value copy = mayDrop || at.schedule.copiesValues() ? valueCopy(pairs, mayDrop) : Value();
  at.schedule.addValues(name, pairs);
  Value values = sumOverKeys(name, [&](OpBuilder &b, Location l, const PairIndices &pair, Value feature) -> Value {
    Value value = copy ? inCopy(b, l, copy, pairs, pair, feature) : valueAt(b, l, pairs, pair, feature);
    Value product = arith::MulFOp::create(b, l, LoadOp::create(b, l, weights, pair.pair()), value);
    if (!selects)
      return product;
    return arith::SelectOp::create(b, l, scores.kept(b, l, pairs, pair), product, floatConstant(b, l, 0));
  });
  return mayDrop ? withInfiniteValues(pairs, weights, values) : values;
}

Value AttentionValues::sumOverKeys(StringRef name, Term body) {
  return at.reduction(name, at.sizes({at.constant(at.form.tile), op.getFeatures()}), at.axes({"query", "feature", "key"}),
                      Reducer::Sum, keysOfSum(), [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    SmallVector<Value> place(indices.drop_back(3));
    Value query = indices[place.size()], feature = indices[place.size() + 1], key = indices.back();
    place.append({key, query});
    return body(b, l, at.pairOf(place), feature);
  });
}

Value AttentionValues::kvHead(OpBuilder &b, Location l, Value head) {
  return at.headOfGroup(b, l, head, op.getGroup());
}

Value AttentionValues::valueAt(OpBuilder &b, Location l, const PairClass &pairs, const PairIndices &pair, Value feature) {
  return valueAt(b, l, {pair.batch, at.keyIndex(b, l, pairs, pair.chunk, pair.key), kvHead(b, l, pair.head), feature});
}

Value AttentionValues::valueAt(OpBuilder &b, Location l, ValueRange place) {
  return widened(b, l, LoadOp::create(b, l, op.getValue(), place));
}

/// Panel by panel and key after key, as they are read again and again: rows of all
/// heads lie far apart, and such addresses share few places of the first cache.
Value AttentionValues::valueCopy(const PairClass &pairs, bool isFinite) {
  bool ofAll = at.schedule.sharesCopies();
  if (Value known = copiesOfValues[isFinite])
    return known;
  std::string name = isFinite ? "finite_values" : "value_copy";
  SmallVector<SizeAttr> sizes{op.getBatch(), op.getKvHeads()};
  SmallVector<StringRef> axes{"batch", "head"};
  if (!ofAll) {
    name = pairs.stage(name);
    sizes = keySizes();
    axes = keyAxes();
  }
  size_t keyRank = axes.size();
  bool hasPanels = at.schedule.hasPanels();
  SizeAttr width = hasPanels ? at.constant(at.schedule.panelFeatures()) : op.getFeatures();
  if (hasPanels) {
    sizes.push_back(ceilDiv(op.getFeatures(), width));
    axes.push_back("panel");
  }
  sizes.append({ofAll ? op.getKeys() : keysOfSum(), width});
  axes.append({"key", "feature"});
  if (ofAll)
    at.schedule.addOperandCopy(name, ArrayRef(axes).drop_front(keyRank));
  else
    at.schedule.addOfKeys(name, pairs);
  Value copy = at.stage(name, sizes, axes, [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    Value key = indices[indices.size() - 2], feature = indices.back();
    if (hasPanels) {
      Value first = arith::MulIOp::create(b, l, indices[indices.size() - 3], SizeOp::create(b, l, width));
      feature = arith::AddIOp::create(b, l, first, feature);
      if (op.getFeatures().getConstant().value_or(1) % *width.getConstant())
        feature = arith::MinSIOp::create(b, l, feature, SizeOp::create(b, l, op.getFeatures() - at.constant(1)));
    }
    SmallVector<Value> place(indices.take_front(keyRank));
    place.push_back(key);
    Value value = ofAll ? valueAt(b, l, {place[0], key, place[1], feature}) : valueAt(b, l, pairs, keyOf(place), feature);
    if (!isFinite)
      return value;
    return arith::SelectOp::create(b, l, hasFiniteBits(b, l, magnitudeBits(b, l, value)), value, floatConstant(b, l, 0));
  });
  if (ofAll)
    copiesOfValues[isFinite] = copy;
  return copy;
}

Value AttentionValues::inCopy(OpBuilder &b, Location l, Value copy, const PairClass &pairs, const PairIndices &pair, Value feature) {
  SmallVector<Value> place{pair.batch, pair.head};
  Value key = pair.key;
  if (at.schedule.sharesCopies()) {
    place.back() = kvHead(b, l, pair.head);
    key = at.keyOfStage(b, l, pairs, pair.chunk, key);
  } else if (at.hasChunks()) {
    place.push_back(pair.chunk);
  }
  if (at.schedule.hasPanels()) {
    Value width = arith::ConstantIndexOp::create(b, l, at.schedule.panelFeatures());
    place.push_back(arith::DivUIOp::create(b, l, feature, width));
    feature = arith::RemUIOp::create(b, l, feature, width);
  }
  place.append({key, feature});
  return LoadOp::create(b, l, copy, place);
}

// ---- keys two by two ----

bool AttentionValues::usesPairs() { return at.schedule.usesPairs() && op.getValueType().getElementType().isBF16(); }

Value AttentionValues::sumOfPairs(StringRef name, const PairClass &pairs, Value weights, bool mayDrop) {
  Value ofWeights = weightPairs(pairs, weights), ofValues = valuePairs(mayDrop);
  at.schedule.addValuesOfPairs(name, pairs);
  SizeAttr two = at.constant(2);
  SmallVector<StringRef> axes = at.axes({"query", "feature", "pair", "step"});
  return StageOp::create(at.builder, op.getLoc(), name, at.f32(at.sizes({at.constant(at.form.tile), op.getFeatures()})), axes,
                         Reducer::Sum, {ceilDiv(keysOfSum(), two), two},
                         [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    size_t inner = indices.size() - 4;
    Value query = indices[inner], feature = indices[inner + 1], pair = indices[inner + 2], step = indices[inner + 3];
    SmallVector<Value> ofWeight(indices.take_front(inner));
    ofWeight.append({pair, query, step});
    if (at.hasChunks()) { // a chunk has an even number of keys
      Value half = arith::ConstantIndexOp::create(b, l, *at.form.chunk / 2);
      pair = arith::AddIOp::create(b, l, arith::MulIOp::create(b, l, indices[3], half), pair);
      if (pairs.mayLeaveKeys)
        pair = ClampOp::create(b, l, b.getIndexType(), pair, ceilDiv(op.getKeys(), two));
      else
        pair = WithinOp::create(b, l, b.getIndexType(), pair, ceilDiv(op.getKeys(), two));
    }
    Value weight = widened(b, l, LoadOp::create(b, l, ofWeights, ofWeight));
    Value value = widened(b, l, LoadOp::create(b, l, ofValues, ValueRange{indices[0], kvHead(b, l, indices[1]), pair, feature, step}));
    return arith::MulFOp::create(b, l, weight, value);
  }).getResult();
}

/// Rounded to bf16, [batch, head, tile, chunk?, pair, query, step]; 0 past the
/// last key.
Value AttentionValues::weightPairs(const PairClass &pairs, Value weights) {
  std::string name = pairs.stage("weight_pairs");
  at.schedule.addWeightPairs(name, pairs);
  SizeAttr keys = keysOfSum(), two = at.constant(2);
  auto type = TensorType::get(at.builder.getBF16Type(), at.sizes({ceilDiv(keys, two), at.constant(at.form.tile), two}));
  return StageOp::create(at.builder, op.getLoc(), name, type, at.axes({"pair", "query", "step"}),
                         [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    SmallVector<Value> place(indices.drop_back(3));
    Value pair = indices[place.size()], query = indices[place.size() + 1], step = indices.back();
    Value key = ofPair(b, l, pair, step);
    Value isKey;
    if (std::optional<int64_t> count = keys.getConstant(); !count || *count % 2) {
      Value size = SizeOp::create(b, l, keys);
      isKey = arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, key, size);
      key = arith::MinSIOp::create(b, l, key, SizeOp::create(b, l, keys - at.constant(1)));
    }
    place.append({key, query});
    Value weight = LoadOp::create(b, l, weights, place);
    if (isKey)
      weight = arith::SelectOp::create(b, l, isKey, weight, floatConstant(b, l, 0));
    return arith::TruncFOp::create(b, l, b.getBF16Type(), weight);
  }).getResult();
}

/// [batch, kv_head, pair, feature, step] of all keys, once for all tiles; the
/// last key again past the last.
Value AttentionValues::valuePairs(bool areFinite) {
  Value &known = pairsOfValues[areFinite];
  if (known)
    return known;
  std::string name = areFinite ? "finite_value_pairs" : "value_pairs";
  at.schedule.addValuePairs(name);
  SizeAttr two = at.constant(2);
  auto type = TensorType::get(at.builder.getBF16Type(), {op.getBatch(), op.getKvHeads(), ceilDiv(op.getKeys(), two), op.getFeatures(), two});
  StringRef axes[] = {"batch", "head", "pair", "feature", "step"};
  auto stage = StageOp::create(at.builder, op.getLoc(), name, type, axes, [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    Value key = ofPair(b, l, indices[2], indices[4]);
    if (std::optional<int64_t> count = op.getKeys().getConstant(); !count || *count % 2)
      key = arith::MinSIOp::create(b, l, key, SizeOp::create(b, l, op.getKeys() - at.constant(1)));
    Value value = LoadOp::create(b, l, op.getValue(), ValueRange{indices[0], key, indices[1], indices[3]});
    if (!areFinite)
      return value;
    Value wide = widened(b, l, value), zero = arith::ConstantOp::create(b, l, b.getFloatAttr(b.getBF16Type(), 0));
    return arith::SelectOp::create(b, l, hasFiniteBits(b, l, magnitudeBits(b, l, wide)), value, zero);
  });
  return known = stage.getResult();
}

// ---- NaN and infinities in values of dropped keys ----

PairIndices AttentionValues::keyOf(ValueRange indices) {
  return {indices[0], indices[1], {}, at.hasChunks() ? indices[2] : Value(), indices[at.hasChunks() ? 3 : 2], {}};
}

SmallVector<SizeAttr> AttentionValues::keySizes() {
  SmallVector<SizeAttr> sizes{op.getBatch(), op.getHeads()};
  if (at.hasChunks())
    sizes.push_back(at.chunks);
  return sizes;
}

SmallVector<StringRef> AttentionValues::keyAxes() {
  SmallVector<StringRef> axes{"batch", "head"};
  if (at.hasChunks())
    axes.push_back("chunk");
  return axes;
}

/// The greatest magnitude among a chunk's values.
Value AttentionValues::magnitudes(const PairClass &pairs) {
  std::string name = pairs.stage("value_magnitudes");
  at.schedule.addKeyMagnitudes(name, pairs);
  SmallVector<StringRef> axes = keyAxes();
  axes.append({"key", "feature"});
  auto type = TensorType::get(at.builder.getI32Type(), keySizes());
  return StageOp::create(at.builder, op.getLoc(), name, type, axes, Reducer::Max,
                         {keysOfSum(), op.getFeatures()},
                         [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    return magnitudeBits(b, l, valueAt(b, l, pairs, keyOf(indices), indices.back()));
  }).getResult();
}

/// Chunks of finite values in one way, others with a condition for each pair: in registers a second sum
/// beside the first would not fit.
Value AttentionValues::sumOfKinds(StringRef name, const PairClass &pairs, Value weights) {
  Value greatest = magnitudes(pairs), copy = valueCopy(pairs, /*isFinite=*/false);
  std::string ofChunks = pairs.stage("finite_chunks");
  at.schedule.addTileFacts(ofChunks, {});
  auto type = TensorType::get(at.builder.getI1Type(), keySizes());
  Value finite = StageOp::create(at.builder, op.getLoc(), ofChunks, type, keyAxes(), [&](OpBuilder &b, Location l, ValueRange chunk) -> Value {
    return hasFiniteBits(b, l, LoadOp::create(b, l, greatest, chunk));
  }).getResult();
  at.schedule.addValuesOfKinds(name, pairs, {"finite", "mixed"});
  return sumOverKeys(name, [&](OpBuilder &b, Location l, const PairIndices &pair, Value feature) -> Value {
    SmallVector<Value> chunk{pair.batch, pair.head, pair.chunk};
    Value areFinite = LoadOp::create(b, l, finite, chunk);
    auto weighted = [&](Value value) { return arith::MulFOp::create(b, l, LoadOp::create(b, l, weights, pair.pair()), value); };
    Value usual = weighted(inCopy(b, l, copy, pairs, pair, feature));
    Value ofKept = arith::SelectOp::create(b, l, scores.kept(b, l, pairs, pair), weighted(valueAt(b, l, pairs, pair, feature)),
                                           floatConstant(b, l, 0));
    return arith::SelectOp::create(b, l, areFinite, usual, ofKept);
  });
}

Value AttentionValues::withInfiniteValues(const PairClass &pairs, Value weights, Value values) {
  Value greatest = magnitudes(pairs);
  std::string name = pairs.stage("infinite_values");
  at.schedule.addInfiniteValues(name, pairs);
  Value infinite = sumOverKeys(name, [&](OpBuilder &b, Location l, const PairIndices &pair, Value feature) -> Value {
    SmallVector<Value> chunk{pair.batch, pair.head};
    if (at.hasChunks())
      chunk.push_back(pair.chunk);
    Value truth = arith::ConstantOp::create(b, l, b.getBoolAttr(true)), zero = floatConstant(b, l, 0);
    Value any = arith::XOrIOp::create(b, l, hasFiniteBits(b, l, LoadOp::create(b, l, greatest, chunk)), truth);
    Value value = valueAt(b, l, pairs, pair, feature);
    Value isInfinite = arith::XOrIOp::create(b, l, hasFiniteBits(b, l, magnitudeBits(b, l, value)), truth);
    Value adds = arith::AndIOp::create(b, l, isInfinite, scores.kept(b, l, pairs, pair));
    Value product = arith::MulFOp::create(b, l, LoadOp::create(b, l, weights, pair.pair()), value);
    return arith::SelectOp::create(b, l, any, arith::SelectOp::create(b, l, adds, product, zero), zero);
  });
  // Not in the schedule: added where they are read.
  name = sumName("all_values", "all_chunk_values", pairs);
  return at.stage(name, at.sizes({at.constant(at.form.tile), op.getFeatures()}), at.axes({"query", "feature"}),
                  [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    return arith::AddFOp::create(b, l, LoadOp::create(b, l, values, indices), LoadOp::create(b, l, infinite, indices));
  });
}

} // namespace attune
