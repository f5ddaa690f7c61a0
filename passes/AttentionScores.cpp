#include "passes/AttentionScores.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

/// Nothing but products of two loads: the register tile has room for no more.
bool isPlainSum(ReduceOp reduce) {
  unsigned operations = 0;
  for (Operation &inner : reduce.getBodyBlock()->without_terminator()) {
    if (isa<ReduceOp>(inner))
      continue; // becomes a load
    if (!isa<LoadOp, SizeOp, arith::ConstantOp, arith::ExtFOp>(inner) &&
        isa<FloatType>(inner.getResult(0).getType()))
      ++operations;
  }
  return operations <= 1 && reduce.getReducer() == Reducer::Sum;
}

/// Arithmetic cheap enough to stand between the register tiles of the sums.
bool isCheap(Region &score, bool dividesInTiles) {
  unsigned operations = 0, quotients = 0;
  for (Operation &inner : score.front().without_terminator()) {
    if (dividesInTiles && isa<math::TanhOp, math::ErfOp>(inner) && ++quotients == 1)
      continue;
    if (isa<math::MathDialect>(inner.getDialect()) && !isa<math::AbsFOp>(inner))
      return false;
    operations += inner.getNumResults() && isa<FloatType>(inner.getResult(0).getType()) &&
                  !isa<arith::ConstantOp>(inner);
  }
  return operations <= 8;
}

/// A sum of products of two elements of bf16, an even number of them that lie side
/// by side in the key.
bool isOfPairs(ReduceOp reduce) {
  auto product = reduce.getYield().getOperand(0).getDefiningOp<arith::MulFOp>();
  std::optional<int64_t> count = cast<SizeAttr>(reduce.getSizes()[0]).getConstant();
  if (!product || reduce.getSizes().size() != 1 || !count || *count % 2)
    return false;
  return llvm::all_of(product->getOperands(), [&](Value factor) {
    auto wide = factor.getDefiningOp<arith::ExtFOp>();
    auto load = wide ? wide.getIn().getDefiningOp<LoadOp>() : LoadOp();
    return load && load.getResult().getType().isBF16() &&
           AttentionBuilder::dependsOn(load.getIndices().back(), reduce.getBody().getArgument(0));
  });
}

/// How an index that is arithmetic on places is made from the head.
struct HeadUse {
  Value head;
  int64_t group = 0; ///< so many heads have the same index; 0 where it is that of all

  /// False where it is more than that, or heads come in different groups.
  bool collect(Value index) {
    if (index == head)
      return add(1);
    Operation *from = index.getDefiningOp();
    if (!from)
      return true;
    if (isa<LoadOp, ReduceOp>(from))
      return false;
    APInt count;
    if (auto shared = dyn_cast<arith::FloorDivSIOp>(from); shared && shared.getLhs() == head)
      return matchPattern(shared.getRhs(), m_ConstantInt(&count)) && add(count.getSExtValue());
    return llvm::all_of(from->getOperands(), [&](Value operand) { return collect(operand); });
  }

private:
  bool add(int64_t found) {
    bool isAlike = found > 0 && (group == 0 || group == found);
    group = found;
    return isAlike;
  }
};

} // namespace

Value AttentionScores::kept(OpBuilder &b, Location l, const PairClass &pairs, const PairIndices &pair) {
  IRMapping mapping = at.indicesOf(b, l, op.getKeep(), pairs, pair);
  Value keep = at.cloneYield(b, op.getKeep(), mapping);
  if (!pairs.mayLeaveKeys)
    return keep;
  Value begin = arith::MulIOp::create(b, l, pair.chunk, arith::ConstantIndexOp::create(b, l, *at.form.chunk));
  Value index = arith::AddIOp::create(b, l, begin, pair.key);
  Value inside = arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, index, SizeOp::create(b, l, op.getKeys()));
  return at.keepsAll ? inside : arith::AndIOp::create(b, l, inside, keep).getResult();
}

Value AttentionScores::build(const PairClass &pairs, bool sentinel) {
  SmallVector<ReduceOp> reductions;
  for (auto reduce : op.getScore().getOps<ReduceOp>()) {
    if (!reduce.getResult().getType().isF32())
      continue;
    if (isOf(reduce, 2) && isOf(reduce, 3))
      reductions.push_back(reduce);
    else
      innerSum(reduce, {}, "sums", {});
  }
  unsigned count = reductions.size();
  bool isPlain = llvm::all_of(reductions, isPlainSum);
  bool joined = count > 0 && count <= 3 && isCheap(op.getScore(), at.schedule.dividesInTiles()) && !at.form.isFew();
  pairSums.clear();
  for (auto [i, reduce] : llvm::enumerate(reductions))
    pairSums.push_back({reduce, buildSum(reduce, pairs, i, count, joined)});

  std::string name = pairs.stage("scores");
  if (joined)
    at.schedule.addScoresOfTiles(name, pairs, isPlain, count);
  else
    at.schedule.addPairs(name, pairs);
  return at.stage(name, at.pairSizes(), at.pairAxes(), [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    PairIndices pair = at.pairOf(indices);
    IRMapping mapping = at.indicesOf(b, l, op.getScore(), pairs, pair);
    mapSums(b, l, pair, mapping);
    Value score = at.cloneYield(b, op.getScore(), mapping);
    if (!sentinel || !pairs.isMasked)
      return score;
    return arith::SelectOp::create(b, l, kept(b, l, pairs, pair), score, floatConstant(b, l, droppedScore));
  });
}

Value AttentionScores::buildSum(ReduceOp reduce, const PairClass &pairs, unsigned index, unsigned count, bool joined) {
  std::string name = index ? "products." + std::to_string(index) : "products";
  SmallVector<SizeAttr> features(reduce.getSizes().getAsRange<SizeAttr>());
  SmallVector<std::string> names{"depth"};
  for (size_t i = 1; i < features.size(); ++i)
    names.push_back("depth" + std::to_string(i));
  SmallVector<StringRef> featureAxes(names.begin(), names.end());
  Block &body = *reduce.getBodyBlock();
  bool ofPairs = at.schedule.usesPairs() && isPlainSum(reduce) && isOfPairs(reduce);
  if (ofPairs) {
    features = {SizeAttr::constant(op.getContext(), *features[0].getConstant() / 2), SizeAttr::constant(op.getContext(), 2)};
    featureAxes.push_back("step");
  }
  if (reduce.getSizes().size() == 1 && at.form.tile > 1)
    copyOperands(reduce, ofPairs);
  for (auto nested : body.getOps<ReduceOp>())
    innerSum(nested, reduce, name + ".inner", featureAxes);

  SmallVector<StringRef> axes = at.pairAxes();
  axes.append(featureAxes);
  size_t rank = axes.size() - features.size();
  at.schedule.addSum(pairs.stage(name), pairs, ofPairs ? "depth" : featureAxes.back(), isPlainSum(reduce),
                     joined ? pairs.stage("scores") : "", count, ofPairs);
  auto sum = StageOp::create(at.builder, op.getLoc(), pairs.stage(name), at.f32(at.pairSizes()), axes,
                             reduce.getReducer(), features,
                             [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    PairIndices pair = at.pairOf(indices);
    ValueRange inner = indices.drop_front(rank);
    IRMapping mapping = at.indicesOf(b, l, op.getScore(), pairs, pair);
    if (ofPairs)
      mapping.map(body.getArgument(0), ofPair(b, l, inner[0], inner[1]));
    else
      mapping.map(body.getArguments(), inner);
    for (auto load : body.getOps<LoadOp>()) {
      auto found = copies.find(load);
      if (found == copies.end())
        continue;
      const OperandCopy &copy = found->second;
      SmallVector<Value> place{pair.batch, pair.head, pair.tile, inner[0], pair.query};
      if (copy.ofKey)
        place = {pair.batch, at.headOfGroup(b, l, pair.head, copy.group), at.keyOfStage(b, l, pairs, pair.chunk, pair.key), inner[0]};
      else if (ofPairs)
        place.push_back(inner[1]);
      mapping.map(copy.original, LoadOp::create(b, l, copy.tensor, place));
    }
    // Sums beside this one that it reads.
    if (llvm::any_of(op.getScore().getOps<ReduceOp>(), [&](ReduceOp other) { return other != reduce && at.dependsOn(reduce.getResult(), other.getResult()); }))
      mapSums(b, l, pair, mapping);
    Value key = mapping.lookup(op.getScore().getArgument(3));
    for (auto nested : body.getOps<ReduceOp>()) {
      const InnerSum &known = innerSums[nested];
      mapping.map(nested.getResult(), LoadOp::create(b, l, known.tensor, placeOf(known, pair, key, inner)));
    }
    return at.cloneValue(b, reduce.getYield().getOperand(0), mapping);
  });
  return sum.getResult();
}

void AttentionScores::mapSums(OpBuilder &b, Location l, const PairIndices &pair, IRMapping &mapping) {
  for (auto [reduce, tensor] : pairSums)
    mapping.map(reduce.getResult(), LoadOp::create(b, l, tensor, pair.pair()));
  Value key = mapping.lookup(op.getScore().getArgument(3));
  for (auto &[reduce, sum] : innerSums)
    if (reduce->getParentRegion() == &op.getScore())
      mapping.map(reduce->getResult(0), LoadOp::create(b, l, sum.tensor, placeOf(sum, pair, key, {})));
}

void AttentionScores::copyOperands(ReduceOp reduce, bool ofPairs) {
  for (auto load : reduce.getBodyBlock()->getOps<LoadOp>()) {
    if (copies.contains(load))
      continue;
    if (ofQueryAlone(load)) {
      Value original = ofPairs ? load.getResult() : copied(load);
      copies[load] = {original, queryCopy(original, reduce, ofPairs), /*ofKey=*/false, 1};
    } else if (at.schedule.sharesCopies() && !ofPairs && isPlainSum(reduce)) {
      if (std::optional<OperandCopy> copy = keyCopy(load, reduce))
        copies[load] = *copy;
    }
  }
}

Value AttentionScores::copied(LoadOp load) {
  Value value = load.getResult();
  if (!at.schedule.widensCopies() || !value.hasOneUse())
    return value;
  auto wide = dyn_cast<arith::ExtFOp>(*value.user_begin());
  return wide && wide.getType().isF32() ? wide.getResult() : value;
}

/// A name that no copy has yet.
std::string AttentionScores::copyName(StringRef base, bool ofKey) {
  size_t count = llvm::count_if(copies, [&](const auto &copy) { return copy.second.ofKey == ofKey; });
  return prefix + base.str() + (count ? "." + std::to_string(count) : "");
}

/// Into the tile with queries innermost, so that lanes lie along them.
Value AttentionScores::queryCopy(Value original, ReduceOp reduce, bool ofPairs) {
  std::string name = copyName("query_tile", /*ofKey=*/false);
  SmallVector<SizeAttr> sizes{op.getBatch(), op.getHeads(), at.tiles,
                              *reduce.getSizes().getAsRange<SizeAttr>().begin(), at.constant(at.form.tile)};
  SmallVector<StringRef> axes{"batch", "head", "tile", "depth", "query"};
  if (ofPairs) {
    sizes[3] = at.constant(*sizes[3].getConstant() / 2);
    sizes.push_back(at.constant(2));
    axes.push_back("step");
    at.schedule.addQueryPairs(name);
  } else {
    at.schedule.addQueryCopy(name, "depth", sizes[3]);
  }
  auto type = TensorType::get(original.getType(), sizes);
  return StageOp::create(at.builder, op.getLoc(), name, type, axes,
                         [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    IRMapping mapping = at.rowIndicesOf(b, l, op.getScore(), {indices[0], indices[1], indices[2], indices[4]});
    mapping.map(reduce.getBody().getArgument(0), ofPairs ? ofPair(b, l, indices[3], indices[5]) : indices[3]);
    return at.cloneValue(b, original, mapping);
  }).getResult();
}

/// Rows of a head one after another, [batch, head, key, depth], where the tensor has other heads' between them:
/// what is read in order is fetched ahead.
std::optional<AttentionScores::OperandCopy> AttentionScores::keyCopy(LoadOp load, ReduceOp reduce) {
  Region &score = op.getScore();
  Value batch = score.getArgument(0), head = score.getArgument(1), key = score.getArgument(3), depth = reduce.getBody().getArgument(0);
  HeadUse ofHead{head};
  if (!llvm::all_of(load.getIndices(), [&](Value index) { return ofHead.collect(index); }) || ofHead.group == 0)
    return std::nullopt;
  for (Value argument : {batch, key, depth})
    if (!at.dependsOn(load.getResult(), argument))
      return std::nullopt;
  auto last = load.getIndices().take_back(2);
  if (at.dependsOn(load.getResult(), score.getArgument(2)) || (last[0] == key && last[1] == depth))
    return std::nullopt;
  OperandCopy copy{copied(load), {}, /*ofKey=*/true, ofHead.group};
  SmallVector<SizeAttr> sizes{op.getBatch(), ceilDiv(op.getHeads(), at.constant(copy.group)), op.getKeys(),
                              *reduce.getSizes().getAsRange<SizeAttr>().begin()};
  StringRef axes[] = {"batch", "head", "key", "depth"};
  std::string name = copyName("key_copy", /*ofKey=*/true);
  at.schedule.addOperandCopy(name, ArrayRef(axes).drop_front(2));
  copy.tensor = StageOp::create(at.builder, op.getLoc(), name, TensorType::get(copy.original.getType(), sizes), axes,
                                [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    IRMapping mapping;
    mapping.map(batch, indices[0]);
    Value first = indices[1];
    if (copy.group > 1)
      first = arith::MulIOp::create(b, l, first, arith::ConstantIndexOp::create(b, l, copy.group));
    mapping.map(head, first);
    mapping.map(key, indices[2]);
    mapping.map(depth, indices[3]);
    return at.cloneValue(b, copy.original, mapping);
  }).getResult();
  return copy;
}

AttentionScores::InnerSum AttentionScores::innerSum(ReduceOp inner, ReduceOp outer, StringRef name,
                                                    ArrayRef<StringRef> featureAxes) {
  if (auto known = innerSums.find(inner); known != innerSums.end())
    return known->second;
  InnerSum sum;
  sum.ofQuery = isOf(inner, 2);
  sum.ofKey = isOf(inner, 3);
  std::string stageName = (prefix + name + (innerSums.empty() ? "" : "." + llvm::Twine(innerSums.size()).str())).str();
  SmallVector<SizeAttr> sizes{op.getBatch(), op.getHeads()};
  SmallVector<StringRef> axes{"batch", "head"};
  if (sum.ofQuery) {
    sizes.append({at.tiles, at.constant(at.form.tile)});
    axes.append({"tile", "query"});
  }
  if (sum.ofKey) {
    sizes.push_back(op.getKeys());
    axes.push_back("key");
  }
  if (outer)
    for (auto [axis, size] : llvm::zip(featureAxes, outer.getSizes().getAsRange<SizeAttr>())) {
      sizes.push_back(size);
      axes.push_back(axis);
    }
  size_t rank = axes.size();
  SmallVector<SizeAttr> reduced(inner.getSizes().getAsRange<SizeAttr>());
  SmallVector<std::string> names;
  for (size_t i = 0; i < reduced.size(); ++i)
    names.push_back("inner" + (i ? std::to_string(i) : ""));
  axes.append(names.begin(), names.end());
  std::string lanes = axes[rank - 1].str();
  if (sum.ofQuery)
    at.schedule.addOfQuery(stageName, lanes);
  else
    at.schedule.addWhole(stageName, lanes);
  auto stage = StageOp::create(at.builder, op.getLoc(), stageName, at.f32(sizes), axes, inner.getReducer(), reduced,
                               [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
    IRMapping mapping;
    Region &score = op.getScore();
    mapping.map(score.getArgument(0), indices[0]);
    mapping.map(score.getArgument(1), indices[1]);
    size_t next = 2;
    if (sum.ofQuery) {
      mapping.map(score.getArgument(2), at.queryIndex(b, l, indices[2], indices[3]));
      next = 4;
    }
    if (sum.ofKey)
      mapping.map(score.getArgument(3), indices[next++]);
    if (outer)
      mapping.map(outer.getBody().getArguments(), indices.slice(next, rank - next));
    mapping.map(inner.getBody().getArguments(), indices.drop_front(rank));
    return at.cloneValue(b, inner.getYield().getOperand(0), mapping);
  });
  sum.tensor = stage.getResult();
  return innerSums[inner] = sum;
}

SmallVector<Value> AttentionScores::placeOf(const InnerSum &sum, const PairIndices &pair, Value key,
                                            ValueRange features) {
  SmallVector<Value> indices{pair.batch, pair.head};
  if (sum.ofQuery)
    indices.append({pair.tile, pair.query});
  if (sum.ofKey)
    indices.push_back(key);
  llvm::append_range(indices, features);
  return indices;
}

bool AttentionScores::isOf(ReduceOp sum, unsigned index) {
  return at.dependsOn(sum.getResult(), op.getScore().getArgument(index));
}

/// Whether the load depends on the query's index and not on the key's, and on
/// no sum.
bool AttentionScores::ofQueryAlone(LoadOp load) {
  bool sums = llvm::any_of(load.getIndices(),
                           [](Value index) { return isa_and_nonnull<ReduceOp>(index.getDefiningOp()); });
  return !sums && at.dependsOn(load.getResult(), op.getScore().getArgument(2)) &&
         !at.dependsOn(load.getResult(), op.getScore().getArgument(3));
}

} // namespace attune
