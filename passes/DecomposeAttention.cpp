#include "codegen/target/Target.h"
#include "passes/AttentionSchedule.h"
#include "passes/Passes.h"
#include "passes/ScheduleTable.h"
#include "passes/Stages.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include <limits>

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_DECOMPOSEATTENTION
#include "passes/Passes.h.inc"

namespace {

/// Score of a dropped pair: the lowest finite one, since the kernels' arithmetic
/// assumes finite numbers. What is not above it counts as dropped; of kept
/// scores that is -inf alone, whose weight is 0 as well.
constexpr float droppedScore = std::numeric_limits<float>::lowest();

/// Attention in split form over one chunk of keys. Axes are called batch,
/// head, tile (of queries), key, query (in the tile), depth, feature.
class Decomposer {
public:
  Decomposer(AttentionOp attention, const AttentionTable &table)
      : op(attention), builder(attention), tile(table.queryTile),
        tiles(ceilDiv(op.getQueries(), constant(tile))),
        resultName(unusedName(op.getName())), schedule(op, resultName, table) {}

  ScheduleAttr run() {
    if (auto yielded = op.getYield(op.getKeep()).getOperand(0)
                           .getDefiningOp<arith::ConstantOp>())
      keepsAll = cast<IntegerAttr>(yielded.getValue()).getValue() == 1;
    buildScores();
    Value weights = buildWeights();
    Value values = buildValues(weights);
    Value result = buildResult(values);
    op.getResult().replaceAllUsesWith(result);
    op.erase();
    return schedule.build();
  }

private:
  using Body = llvm::function_ref<Value(OpBuilder &, Location, ValueRange)>;

  SizeAttr constant(int64_t value) {
    return SizeAttr::constant(op.getContext(), value);
  }
  TensorType f32(ArrayRef<SizeAttr> sizes) {
    return TensorType::get(builder.getF32Type(), sizes);
  }
  /// Stages made here have names of their own; what came from outside, the
  /// attention's name among it, makes way.
  std::string unusedName(StringRef wanted) {
    static constexpr StringRef own[] = {
        "query_tile", "products", "scores", "logits", "row_max", "exponentials",
        "magnitudes", "row_sum", "inverse", "weights", "values"};
    for (StringRef name : own)
      if (wanted == name || (wanted.starts_with(name) && wanted.drop_front(name.size()).starts_with(".")))
        return (wanted + "_attention").str();
    return wanted.str();
  }

  Value stage(StringRef name, ArrayRef<SizeAttr> sizes, ArrayRef<StringRef> axes,
              Body body) {
    return StageOp::create(builder, op.getLoc(), name, f32(sizes), axes, body);
  }
  Value reduction(StringRef name, ArrayRef<SizeAttr> sizes,
                  ArrayRef<StringRef> axes, Reducer reducer, SizeAttr over,
                  Body body) {
    return StageOp::create(builder, op.getLoc(), name, f32(sizes), axes, reducer,
                           over, body);
  }

  /// The query's index for a place in a tile; the last tile repeats the last.
  Value queryIndex(OpBuilder &b, Location l, Value tileIndex, Value place) {
    Value begin = arith::MulIOp::create(
        b, l, tileIndex, arith::ConstantIndexOp::create(b, l, tile));
    Value index = arith::AddIOp::create(b, l, begin, place);
    Value last = SizeOp::create(b, l, op.getQueries() - constant(1));
    return arith::MinSIOp::create(b, l, index, last);
  }

  /// Clones the ops of a body before its terminator and returns what it yields.
  Value cloneBody(OpBuilder &b, Region &region, IRMapping &mapping) {
    for (Operation &inner : region.front().without_terminator())
      if (!mapping.contains(inner.getResult(0)))
        b.clone(inner, mapping);
    return mapping.lookupOrDefault(op.getYield(region).getOperand(0));
  }

  /// Indices of a [batch, head, tile, key, query] stage as b, h, i, j.
  IRMapping pairIndices(OpBuilder &b, Location l, Region &region, ValueRange at) {
    IRMapping mapping;
    mapping.map(region.getArgument(0), at[0]);
    mapping.map(region.getArgument(1), at[1]);
    mapping.map(region.getArgument(2), queryIndex(b, l, at[2], at[4]));
    mapping.map(region.getArgument(3), at[3]);
    return mapping;
  }

  /// Every sum over features is a stage of its own; a stage `scores` is the
  /// arithmetic around them, with the sentinel for dropped pairs.
  void buildScores() {
    pairSizes = {op.getBatch(), op.getHeads(), tiles, op.getKeys(), constant(tile)};
    pairAxes = {"batch", "head", "tile", "key", "query"};
    SmallVector<std::pair<Value, Value>> sums;
    for (auto reduce : op.getScore().getOps<ReduceOp>())
      if (reduce.getResult().getType().isF32())
        sums.push_back({reduce.getResult(), buildSum(reduce, sums.size())});

    schedule.addAlongQueries("scores");
    scores = stage("scores", pairSizes, pairAxes,
                   [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      IRMapping mapping = pairIndices(b, l, op.getScore(), at);
      for (auto [reduce, tensor] : sums)
        mapping.map(reduce, LoadOp::create(b, l, tensor, at));
      Value score = cloneBody(b, op.getScore(), mapping);
      if (keepsAll)
        return score;
      Value dropped = arith::ConstantOp::create(b, l, b.getF32FloatAttr(droppedScore));
      return arith::SelectOp::create(b, l, kept(b, l, at), score, dropped);
    });
  }

  Value kept(OpBuilder &b, Location l, ValueRange at) {
    IRMapping mapping = pairIndices(b, l, op.getKeep(), at);
    return cloneBody(b, op.getKeep(), mapping);
  }

  /// One sum over features. What it reads of a query alone is copied into the
  /// tile with queries innermost, so that vector lanes lie along queries.
  Value buildSum(ReduceOp reduce, size_t index) {
    std::string suffix = index ? "." + std::to_string(index) : "";
    SmallVector<SizeAttr> features(reduce.getSizes().getAsRange<SizeAttr>());
    SmallVector<std::string> featureNames{"depth"};
    for (size_t i = 1; i < features.size(); ++i)
      featureNames.push_back("depth" + std::to_string(i));
    SmallVector<StringRef> featureAxes(featureNames.begin(), featureNames.end());
    Block &body = *reduce.getBodyBlock();
    DenseMap<Operation *, Value> copies;
    for (auto load : body.getOps<LoadOp>()) {
      if (features.size() != 1 || !ofQueryAlone(load))
        continue;
      SmallVector<SizeAttr> sizes{op.getBatch(), op.getHeads(), tiles,
                                  features.front(), constant(tile)};
      schedule.addAlongQueries("query_tile" + suffix);
      StringRef tileAxes[] = {"batch", "head", "tile", "depth", "query"};
      copies[load] = StageOp::create(
          builder, op.getLoc(), "query_tile" + suffix,
          TensorType::get(load.getResult().getType(), sizes), tileAxes,
          [&](OpBuilder &b, Location l, ValueRange at) -> Value {
        IRMapping mapping;
        mapping.map(op.getScore().getArgument(0), at[0]);
        mapping.map(op.getScore().getArgument(1), at[1]);
        mapping.map(op.getScore().getArgument(2), queryIndex(b, l, at[2], at[4]));
        mapping.map(body.getArgument(0), at[3]);
        return cloneValue(b, load.getResult(), mapping);
      });
      suffix += ".q";
    }
    SmallVector<StringRef> axes(pairAxes);
    axes.append(featureAxes.begin(), featureAxes.end());
    std::string name = index ? "products." + std::to_string(index) : "products";
    DenseMap<Operation *, InnerSum> inner;
    for (auto nested : body.getOps<ReduceOp>())
      inner[nested] = buildInnerSum(nested, reduce, name + "." + "inner" +
                                        (inner.empty() ? "" : std::to_string(inner.size())), featureAxes);
    schedule.addSum(name, featureAxes.back());
    return StageOp::create(
        builder, op.getLoc(), name, f32(pairSizes), axes, reduce.getReducer(),
        features, [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      IRMapping mapping = pairIndices(b, l, op.getScore(), at.take_front(5));
      mapping.map(body.getArguments(), at.drop_front(5));
      for (auto [load, copy] : copies)
        mapping.map(load->getResult(0),
                    LoadOp::create(b, l, copy,
                                   ValueRange{at[0], at[1], at[2], at[5], at[4]}));
      for (auto &[nested, sum] : inner)
        mapping.map(nested->getResult(0), LoadOp::create(b, l, sum.tensor, sum.place(at)));
      return cloneValue(b, reduce.getYield().getOperand(0), mapping);
    });
  }

  /// A sum inside a sum (w[h] @ k in `general`), as a stage over what it depends
  /// on: computed once for all queries where it depends on none.
  struct InnerSum {
    Value tensor;
    bool ofQuery, ofKey;

    SmallVector<Value> place(ValueRange at) const { // of a pair, then features
      SmallVector<Value> indices{at[0], at[1]};
      if (ofQuery)
        indices.append({at[2], at[4]});
      if (ofKey)
        indices.push_back(at[3]);
      llvm::append_range(indices, at.drop_front(5));
      return indices;
    }
  };

  InnerSum buildInnerSum(ReduceOp inner, ReduceOp outer, StringRef name,
                         ArrayRef<StringRef> featureAxes) {
    InnerSum sum;
    sum.ofQuery = dependsOn(inner, op.getScore().getArgument(2));
    sum.ofKey = dependsOn(inner, op.getScore().getArgument(3));
    SmallVector<SizeAttr> sizes{op.getBatch(), op.getHeads()};
    SmallVector<StringRef> axes{"batch", "head"};
    if (sum.ofQuery) {
      sizes.append({tiles, constant(tile)});
      axes.append({"tile", "query"});
    }
    if (sum.ofKey) {
      sizes.push_back(op.getKeys());
      axes.push_back("key");
    }
    for (auto [axis, size] :
         llvm::zip(featureAxes, outer.getSizes().getAsRange<SizeAttr>())) {
      sizes.push_back(size);
      axes.push_back(axis);
    }
    size_t rank = axes.size();
    SmallVector<SizeAttr> reduced(inner.getSizes().getAsRange<SizeAttr>());
    SmallVector<std::string> names;
    for (size_t i = 0; i < reduced.size(); ++i)
      names.push_back("inner" + (i ? std::to_string(i) : ""));
    axes.append(names.begin(), names.end());
    schedule.addInnerSum(name, featureAxes.back(), sum.ofQuery);
    sum.tensor = StageOp::create(
        builder, op.getLoc(), name, f32(sizes), axes, inner.getReducer(), reduced,
        [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      IRMapping mapping;
      Region &score = op.getScore();
      mapping.map(score.getArgument(0), at[0]);
      mapping.map(score.getArgument(1), at[1]);
      size_t next = 2;
      if (sum.ofQuery) {
        mapping.map(score.getArgument(2), queryIndex(b, l, at[2], at[3]));
        next = 4;
      }
      if (sum.ofKey)
        mapping.map(score.getArgument(3), at[next++]);
      mapping.map(outer.getBody().getArguments(), at.slice(next, rank - next));
      mapping.map(inner.getBody().getArguments(), at.drop_front(rank));
      return cloneValue(b, inner.getYield().getOperand(0), mapping);
    });
    return sum;
  }

  /// Whether anything in `root` is computed from `argument` of the score.
  bool dependsOn(Operation *root, Value argument) {
    SmallVector<Operation *> work{root};
    llvm::DenseSet<Operation *> seen;
    bool found = false;
    while (!work.empty() && !found) {
      Operation *next = work.pop_back_val();
      if (!seen.insert(next).second)
        continue;
      next->walk([&](Operation *inner) {
        for (Value operand : inner->getOperands()) {
          found |= operand == argument;
          if (Operation *source = operand.getDefiningOp();
              source && op.getScore().isAncestor(source->getParentRegion()))
            work.push_back(source);
        }
      });
    }
    return found;
  }

  /// Whether the load depends on the query's index and not on the key's, and on
  /// no sum.
  bool ofQueryAlone(LoadOp load) {
    bool sums = llvm::any_of(load.getIndices(), [](Value index) {
      return isa_and_nonnull<ReduceOp>(index.getDefiningOp());
    });
    return !sums && dependsOn(load, op.getScore().getArgument(2)) &&
           !dependsOn(load, op.getScore().getArgument(3));
  }

  /// Clones what `value` is made of inside the score region, as far as the
  /// mapping does not know it yet.
  Value cloneValue(OpBuilder &b, Value value, IRMapping &mapping) {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    Operation *source = value.getDefiningOp();
    if (!source || !op->isProperAncestor(source))
      return value;
    for (Value operand : source->getOperands())
      cloneValue(b, operand, mapping);
    source->walk([&](Operation *inner) {
      if (inner != source)
        for (Value operand : inner->getOperands())
          if (Operation *from = operand.getDefiningOp();
              from && !source->isAncestor(from))
            cloneValue(b, operand, mapping);
    });
    b.clone(*source, mapping);
    return mapping.lookup(value);
  }

  /// Row statistics and what multiplies the values: weights without the
  /// division that can wait for the end, which then `inverse` holds.
  Value buildWeights() {
    NormalizeOp normalize;
    op.getWeight().walk([&](NormalizeOp found) { normalize = found; });
    rowSizes = {op.getBatch(), op.getHeads(), tiles, constant(tile)};
    rowAxes = {"batch", "head", "tile", "query"};
    if (!normalize)
      return plainWeights([&](OpBuilder &, Location, ValueRange, Value s) { return s; }, {});

    bool softmax = normalize.getNormalizer() == Normalizer::Softmax;
    Value logits = buildLogits(normalize);
    Value rowMax;
    auto rowAt = [](ValueRange at) {
      return SmallVector<Value>{at[0], at[1], at[2], at[4]};
    };
    auto sink = [&](OpBuilder &b, Location l, ValueRange row) -> Value {
      IRMapping mapping;
      mapping.map(op.getWeight().getArgument(0), row[0]);
      mapping.map(op.getWeight().getArgument(1), row[1]);
      mapping.map(op.getWeight().getArgument(2), queryIndex(b, l, row[2], row[3]));
      return cloneValue(b, normalize.getSink(), mapping);
    };
    if (softmax) {
      schedule.addAlongQueries("row_max", true);
      rowMax = reduction("row_max", rowSizes, {"batch", "head", "tile", "query", "key"},
                         Reducer::Max, op.getKeys(),
                         [&](OpBuilder &b, Location l, ValueRange at) -> Value {
        Value score = LoadOp::create(b, l, logits, ValueRange{at[0], at[1], at[2], at[4], at[3]});
        if (!keepsAll)
          return score;
        // A row of -inf alone: its differences to -inf would be NaN.
        return arith::MaximumFOp::create(
            b, l, score, arith::ConstantOp::create(b, l, b.getF32FloatAttr(droppedScore)));
      });
      if (normalize.getSink()) {
        Value before = rowMax;
        schedule.addAlongQueries("row_max.sink");
        rowMax = stage("row_max.sink", rowSizes, rowAxes,
                       [&](OpBuilder &b, Location l, ValueRange row) -> Value {
          return arith::MaximumFOp::create(b, l, LoadOp::create(b, l, before, row),
                                           sink(b, l, row));
        });
      }
    }
    StringRef shareName = softmax ? "exponentials" : "magnitudes";
    schedule.addAlongQueries(shareName);
    schedule.addAlongQueries("row_sum", true);
    schedule.addAlongQueries("inverse");
    Value shares = stage(shareName, pairSizes, pairAxes,
                         [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      Value score = LoadOp::create(b, l, logits, at);
      Value share = score;
      if (softmax)
        share = math::ExpOp::create(
            b, l, arith::SubFOp::create(b, l, score,
                                        LoadOp::create(b, l, rowMax, rowAt(at))));
      return keepsAll && softmax ? share : zeroWhereDropped(b, l, score, share);
    });
    Value rowSum = reduction("row_sum", rowSizes, {"batch", "head", "tile", "query", "key"},
                             Reducer::Sum, op.getKeys(),
                             [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      Value share = LoadOp::create(b, l, shares, ValueRange{at[0], at[1], at[2], at[4], at[3]});
      return softmax ? share : math::AbsFOp::create(b, l, share).getResult();
    });
    inverse = stage("inverse", rowSizes, rowAxes,
                    [&](OpBuilder &b, Location l, ValueRange row) -> Value {
      Value sum = LoadOp::create(b, l, rowSum, row);
      Value zero = arith::ConstantOp::create(b, l, b.getF32FloatAttr(0));
      Value one = arith::ConstantOp::create(b, l, b.getF32FloatAttr(1));
      Value denominator = sum;
      if (normalize.getSink())
        denominator = arith::AddFOp::create(
            b, l, sum,
            math::ExpOp::create(b, l, arith::SubFOp::create(b, l, sink(b, l, row),
                                          LoadOp::create(b, l, rowMax, row))));
      // Not greater than zero: nothing was kept, or NaN, which must stay.
      Value empty = arith::CmpFOp::create(b, l, arith::CmpFPredicate::OEQ, denominator, zero);
      return arith::SelectOp::create(b, l, empty, zero,
                                     arith::DivFOp::create(b, l, one, denominator));
    });
    bool bare = op.getYield(op.getWeight()).getOperand(0) == normalize.getResult();
    if (bare)
      return shares;
    Value rowInverse = inverse;
    inverse = {};
    return plainWeights(
        [&](OpBuilder &b, Location l, ValueRange at, Value) -> Value {
          return arith::MulFOp::create(b, l, LoadOp::create(b, l, shares, at),
                                       LoadOp::create(b, l, rowInverse, rowAt(at)));
        },
        normalize);
  }

  /// What the normaliser reads: the scores, or arithmetic on them.
  Value buildLogits(NormalizeOp normalize) {
    if (normalize.getScore() == op.getWeight().getArgument(4))
      return scores;
    schedule.addAlongQueries("logits");
    return stage("logits", pairSizes, pairAxes,
                 [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      Value score = LoadOp::create(b, l, scores, at);
      IRMapping mapping = pairIndices(b, l, op.getWeight(), at);
      mapping.map(op.getWeight().getArgument(4), score);
      Value logit = cloneValue(b, normalize.getScore(), mapping);
      return keepsAll ? logit : whereKept(b, l, score, logit, droppedScore);
    });
  }

  Value zeroWhereDropped(OpBuilder &b, Location l, Value score, Value value) {
    return whereKept(b, l, score, value, 0);
  }

  Value whereKept(OpBuilder &b, Location l, Value score, Value value, float otherwise) {
    Value border = arith::ConstantOp::create(b, l, b.getF32FloatAttr(droppedScore));
    // Unordered, so that NaN counts as kept.
    Value kept = arith::CmpFOp::create(b, l, arith::CmpFPredicate::UGT, score, border);
    Value other = arith::ConstantOp::create(b, l, b.getF32FloatAttr(otherwise));
    return arith::SelectOp::create(b, l, kept, value, other);
  }

  /// The weight body as it stands, with the normaliser's value given.
  Value plainWeights(
      llvm::function_ref<Value(OpBuilder &, Location, ValueRange, Value)> normalized,
      NormalizeOp normalize) {
    schedule.addAlongQueries("weights");
    return stage("weights", pairSizes, pairAxes,
                 [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      Value score = LoadOp::create(b, l, scores, at);
      IRMapping mapping = pairIndices(b, l, op.getWeight(), at);
      mapping.map(op.getWeight().getArgument(4), score);
      if (normalize)
        mapping.map(normalize.getResult(), normalized(b, l, at, score));
      Value weight = cloneBody(b, op.getWeight(), mapping);
      return keepsAll ? weight : zeroWhereDropped(b, l, score, weight);
    });
  }

  Value buildValues(Value weights) {
    SmallVector<SizeAttr> sizes{op.getBatch(), op.getHeads(), tiles, constant(tile),
                                op.getFeatures()};
    int64_t group = op.getGroup();
    schedule.addValues();
    return reduction("values", sizes,
                     {"batch", "head", "tile", "query", "feature", "key"},
                     Reducer::Sum, op.getKeys(),
                     [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      Value weight = LoadOp::create(b, l, weights, ValueRange{at[0], at[1], at[2], at[5], at[3]});
      Value head = at[1];
      if (group > 1)
        head = arith::FloorDivSIOp::create(
            b, l, head, arith::ConstantIndexOp::create(b, l, group));
      Value value = LoadOp::create(b, l, op.getValue(), ValueRange{at[0], at[5], head, at[4]});
      if (!value.getType().isF32())
        value = arith::ExtFOp::create(b, l, b.getF32Type(), value);
      return arith::MulFOp::create(b, l, weight, value);
    });
  }

  Value buildResult(Value values) {
    schedule.addResult();
    StringRef axes[] = {"batch", "query", "head", "feature"};
    return StageOp::create(builder, op.getLoc(), resultName, op.getType(), axes,
                           [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      Value width = arith::ConstantIndexOp::create(b, l, tile);
      Value tileIndex = arith::FloorDivSIOp::create(b, l, at[1], width);
      Value place = arith::RemUIOp::create(b, l, at[1], width);
      Value value = LoadOp::create(b, l, values, ValueRange{at[0], at[2], tileIndex, place, at[3]});
      if (inverse)
        value = arith::MulFOp::create(
            b, l, value,
            LoadOp::create(b, l, inverse, ValueRange{at[0], at[2], tileIndex, place}));
      Type element = op.getType().getElementType();
      if (!element.isF32())
        value = arith::TruncFOp::create(b, l, element, value);
      return value;
    });
  }

  AttentionOp op;
  OpBuilder builder;
  int64_t tile;
  SizeAttr tiles;
  std::string resultName;
  AttentionSchedule schedule;
  bool keepsAll = false;
  SmallVector<SizeAttr> pairSizes, rowSizes;
  SmallVector<StringRef> pairAxes, rowAxes;
  Value scores, inverse;
};

struct DecomposeAttention : impl::DecomposeAttentionBase<DecomposeAttention> {
  using Base::Base;

  void runOnOperation() override {
    llvm::Expected<TargetInfo> info = parseTarget(target);
    if (!info) {
      getOperation().emitError() << llvm::toString(info.takeError());
      return signalPassFailure();
    }
    AttentionTable table = AttentionTable::of(*info);
    for (auto kernel : getOperation().getOps<KernelOp>()) {
      SmallVector<AttentionOp> ops;
      kernel.walk([&](AttentionOp op) { ops.push_back(op); });
      if (ops.empty())
        continue;
      // Fusion puts one attention in a kernel, and its form settles the schedule.
      if (ops.size() > 1) {
        ops[1].emitError("is the second attention of a kernel; give it a kernel of its own");
        return signalPassFailure();
      }
      SmallVector<StageOp> views(kernel.getVariants().front().getOps<StageOp>());
      for (auto [i, view] : llvm::enumerate(views))
        view.setName("input" + std::to_string(i));
      ScheduleAttr schedule = Decomposer(ops.front(), table).run();
      kernel.setSchedulesAttr(ArrayAttr::get(&getContext(), Attribute(schedule)));
      inlineViews(kernel, [&](StageOp stage) { return !llvm::is_contained(views, stage); });
    }
  }
};

} // namespace
} // namespace attune
