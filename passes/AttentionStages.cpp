#include "passes/AttentionStages.h"
#include "dialect/Work.h"
#include "passes/AttentionValues.h"
#include "passes/SeparatedScore.h"
#include "passes/ShareUse.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

/// Stages of one attention: for each class of pairs the scores, shares and
/// values of a chunk (or of all keys), then what combines them.
class Stages {
public:
  Stages(AttentionOp op, AttentionForm form, const AttentionTable &table, bool isInner)
      : op(op), resultName(nameBesideAttention(op.getName())), schedule(op, resultName, form, table, isInner),
        at(op, form, schedule), scores(at), valueSums(at, scores), normalize(normalizerOf(op)), use(shareUse(op)) {}

  ScheduleAttr run() {
    if (at.form.isEmpty) {
      replaceBy(buildZeros());
      return schedule.build();
    }
    MaskTiles mask(at);
    if (at.hasChunks() && !at.form.isFew() && isSeparable(op))
      separated.emplace(op, at.form, schedule);
    std::optional<AttentionScores> ofBounded;
    if (separated)
      ofBounded.emplace(separated->builder(), "bounded.");
    std::vector<Class> classes;
    for (const PairClass &pairs : mask.classes()) {
      if (!separated) {
        classes.push_back({pairs, buildClass(pairs, scores)});
        continue;
      }
      PairClass bounded = pairs, unbounded = pairs;
      bounded.name = pairs.name.empty() ? "bounded" : pairs.name + "_bounded";
      unbounded.name = pairs.name.empty() ? "unbounded" : pairs.name;
      classes.push_back({bounded, buildClass(bounded, *ofBounded)});
      classes.push_back({unbounded, buildClass(unbounded, scores)});
    }
    const ClassStages &first = classes.front().stages;
    if (!at.form.chunk)
      combineRow(first);
    else if (at.addsUpChunks)
      combineSegments(mask, first);
    else
      combineParts(buildPartials(mask, classes), {at.chunks, "chunk", mask.hasPieces() ? IsThere([&](OpBuilder &b, Location l, ValueRange chunk) {
        return mask.any(b, l, chunk);
      }) : IsThere()});
    StageOp result = buildResult();
    result->setAttr(flopsAttrName, flopsOf(op));
    replaceBy(result);
    return schedule.build();
  }

private:
  /// Of a class of pairs, or of all of them: the greatest score, the sum of the
  /// shares, and the shares times the values. Null where nothing needs them.
  struct ClassStages {
    Value max, sum, values;
    int64_t sumPlace = 0; ///< beside which feature chunks keep it; the greatest score is beside the first
  };
  struct Class {
    PairClass pairs;
    ClassStages stages;
  };
  /// Whether something of the part at [batch, head, tile, part] is kept.
  using IsThere = std::function<Value(OpBuilder &, Location, ValueRange)>;

  void replaceBy(StageOp result) {
    op.getResult().replaceAllUsesWith(result.getResult());
    op.erase();
  }

  bool isSoftmax() { return normalize && normalize.getNormalizer() == Normalizer::Softmax; }

  std::string rowName(StringRef row, StringRef chunk, const PairClass &pairs) {
    return at.hasChunks() ? pairs.stage(chunk) : row.str();
  }

  ClassStages buildClass(const PairClass &pairs, AttentionScores &from) {
    ClassStages result;
    Value score = from.build(pairs, isSoftmax());
    Value weights;
    if (use == ShareUse::None) {
      weights = buildWeights(pairs, score, {}, {});
    } else {
      Value logits = buildLogits(pairs, score);
      Value shares = logits;
      if (isSoftmax()) {
        result.max = buildMax(pairs, logits);
        shares = buildExponentials(pairs, logits, result.max);
      } else if (pairs.isMasked) {
        shares = buildMagnitudes(pairs, logits);
      }
      result.sum = buildSum(pairs, shares);
      weights = shares;
      if (use == ShareUse::Linear) {
        weights = buildWeights(pairs, score, shares, {});
      } else if (use == ShareUse::Other) {
        Value inverse = buildInverse(result);
        weights = buildWeights(pairs, score, shares, inverse);
        result = {};
      }
    }
    result.values = valueSums.build(pairs, weights);
    return result;
  }

  /// What the normaliser reads: the scores, or arithmetic on them.
  Value buildLogits(const PairClass &pairs, Value score) {
    if (normalize.getScore() == op.getWeight().getArgument(4))
      return score;
    schedule.addPairs(pairs.stage("logits"), pairs);
    return at.stage(pairs.stage("logits"), at.pairSizes(), at.pairAxes(),
                    [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
      PairIndices pair = at.pairOf(indices);
      IRMapping mapping = at.indicesOf(b, l, op.getWeight(), pairs, pair);
      mapping.map(op.getWeight().getArgument(4), LoadOp::create(b, l, score, indices));
      Value logit = at.cloneValue(b, normalize.getScore(), mapping);
      return isSoftmax() ? whereKept(b, l, pairs, pair, logit, droppedScore) : logit;
    });
  }

  Value whereKept(OpBuilder &b, Location l, const PairClass &pairs, const PairIndices &pair, Value value,
                  float otherwise) {
    if (!pairs.isMasked)
      return value;
    return arith::SelectOp::create(b, l, scores.kept(b, l, pairs, pair), value, floatConstant(b, l, otherwise));
  }

  Value buildMax(const PairClass &pairs, Value logits) {
    std::string name = rowName("row_max", "chunk_max", pairs);
    schedule.addKeyReduction(name, pairs);
    return reduceKeys(name, Reducer::Max, [&](OpBuilder &b, Location l, ValueRange pair) -> Value {
      return arith::MaxNumFOp::create(b, l, LoadOp::create(b, l, logits, pair), floatConstant(b, l, leastMaximum));
    });
  }

  /// A reduction over the keys of a row; `body` gets the indices of a pair.
  Value reduceKeys(StringRef name, Reducer reducer, AttentionBuilder::Body body) {
    SizeAttr keys = at.hasChunks() ? at.constant(*at.form.chunk) : op.getKeys();
    return at.reduction(name, at.sizes({at.constant(at.form.tile)}), at.axes({"query", "key"}), reducer, keys,
                        [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
      SmallVector<Value> pair(indices);
      std::swap(pair.back(), pair[pair.size() - 2]); // [… key, query]
      return body(b, l, pair);
    });
  }

  Value buildExponentials(const PairClass &pairs, Value logits, Value max) {
    schedule.addPairs(pairs.stage("exponentials"), pairs);
    return at.stage(pairs.stage("exponentials"), at.pairSizes(), at.pairAxes(),
                    [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
      Value row = LoadOp::create(b, l, max, at.pairOf(indices).row());
      // None is above 1, to which their errors are relative.
      auto ofShares = arith::FastMathFlags::afn | arith::FastMathFlags::ninf;
      return math::ExpOp::create(b, l, arith::SubFOp::create(b, l, LoadOp::create(b, l, logits, indices), row), ofShares);
    });
  }

  Value buildMagnitudes(const PairClass &pairs, Value logits) {
    schedule.addPairs(pairs.stage("magnitudes"), pairs);
    return at.stage(pairs.stage("magnitudes"), at.pairSizes(), at.pairAxes(),
                    [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
      return whereKept(b, l, pairs, at.pairOf(indices), LoadOp::create(b, l, logits, indices), 0);
    });
  }

  Value buildSum(const PairClass &pairs, Value shares) {
    std::string name = rowName("row_sum", "chunk_sum", pairs);
    schedule.addKeyReduction(name, pairs);
    return reduceKeys(name, Reducer::Sum, [&](OpBuilder &b, Location l, ValueRange pair) -> Value {
      Value share = LoadOp::create(b, l, shares, pair);
      return isSoftmax() ? share : math::AbsFOp::create(b, l, share).getResult();
    });
  }

  /// The weight body: with `shares` in the normaliser's place, times `inverse`
  /// where that is known.
  Value buildWeights(const PairClass &pairs, Value score, Value shares, Value inverse) {
    schedule.addPairs(pairs.stage("weights"), pairs);
    return at.stage(pairs.stage("weights"), at.pairSizes(), at.pairAxes(),
                    [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
      PairIndices pair = at.pairOf(indices);
      IRMapping mapping = at.indicesOf(b, l, op.getWeight(), pairs, pair);
      mapping.map(op.getWeight().getArgument(4), LoadOp::create(b, l, score, indices));
      if (shares) {
        Value share = LoadOp::create(b, l, shares, indices);
        if (inverse)
          share = arith::MulFOp::create(b, l, share, LoadOp::create(b, l, inverse, pair.row()));
        mapping.map(normalize.getResult(), share);
      }
      return whereKept(b, l, pairs, pair, at.cloneYield(b, op.getWeight(), mapping), 0);
    });
  }

  static bool fitTwo(SizeAttr features) { return features.getConstant().value_or(0) >= 2; }
  /// Whether the statistic beside a feature is the greatest score; else it is the sum.
  static Value isPlaceOfMax(OpBuilder &b, Location l, Value feature) {
    Value two = arith::ConstantIndexOp::create(b, l, 2), zero = arith::ConstantIndexOp::create(b, l, 0);
    return arith::CmpIOp::create(b, l, arith::CmpIPredicate::eq, arith::RemUIOp::create(b, l, feature, two), zero);
  }

  /// Segments of some chunks, whose shares are added up one after another, each relative to the
  /// greatest score so far (Milakov and Gimelshein 2018); then what combines them.
  void combineSegments(MaskTiles &mask, const ClassStages &ofChunk) {
    SizeAttr steps = at.constant(schedule.chunksTogether()), segments = ceilDiv(at.chunks, steps);
    std::optional<int64_t> count = at.chunks.getConstant();
    bool isRagged = !count || *count % schedule.chunksTogether();
    // The chunk of a segment that comes as `step`, and whether something of it is kept; null where all of all are.
    auto chunkOf = [&](OpBuilder &b, Location l, ValueRange segment, Value step) -> std::pair<Value, Value> {
      Value begin = arith::MulIOp::create(b, l, segment.back(), SizeOp::create(b, l, steps));
      Value chunk = arith::AddIOp::create(b, l, begin, step), isThere;
      if (isRagged)
        isThere = arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, chunk, SizeOp::create(b, l, at.chunks));
      if (mask.hasPieces()) {
        // A table is asked of chunks past the end as well, which nothing else is asked of.
        Value place = chunk;
        if (isRagged && mask.isTable())
          place = arith::MinSIOp::create(b, l, chunk, SizeOp::create(b, l, at.chunks - at.constant(1)));
        place = WithinOp::create(b, l, b.getIndexType(), place, at.chunks);
        Value tile[] = {segment[0], segment[1], segment[2], place}, isKept = mask.any(b, l, tile);
        isThere = isThere ? arith::AndIOp::create(b, l, isThere, isKept).getResult() : isKept;
      }
      return {WithinOp::create(b, l, b.getIndexType(), chunk, at.chunks), isThere};
    };
    auto isKept = [&](OpBuilder &b, Location l, ValueRange segment) -> Value {
      Value any;
      for (int64_t step = 0; step < schedule.chunksTogether(); ++step) {
        Value isThere = chunkOf(b, l, segment, arith::ConstantIndexOp::create(b, l, step)).second;
        any = any ? arith::OrIOp::create(b, l, any, isThere).getResult() : isThere;
      }
      return any;
    };
    SmallVector<SizeAttr> sizes{op.getBatch(), op.getHeads(), at.tiles, segments, at.constant(at.form.tile), op.getFeatures()};
    SmallVector<StringRef> axes{"batch", "head", "tile", "segment", "query", "feature"}, over(axes);
    over.push_back("chunk");
    schedule.addSegment(isRagged || mask.hasPieces());
    SmallVector<TensorType> types(3, at.f32(sizes));
    auto segment = StageOp::create(at.builder, op.getLoc(), "segment", ArrayRef<TensorType>(types), over, Reducer::ScaledSum, {steps},
                                   [&](OpBuilder &b, Location l, ValueRange indices) -> SmallVector<Value> {
      auto [chunk, isThere] = chunkOf(b, l, indices.take_front(4), indices.back());
      SmallVector<Value> place{indices[0], indices[1], indices[2], chunk, indices[4]}, ofFeature(place);
      ofFeature.push_back(indices[5]);
      auto term = [&, isThere = isThere](Value tensor, ValueRange at, float otherwise) -> Value {
        Value here = LoadOp::create(b, l, tensor, at);
        return isThere ? arith::SelectOp::create(b, l, isThere, here, floatConstant(b, l, otherwise)).getResult() : here;
      };
      return {term(ofChunk.values, ofFeature, 0), term(ofChunk.sum, place, 0),
              term(ofChunk.max, place, -std::numeric_limits<float>::infinity())};
    });
    bool takesTurns = fitTwo(op.getFeatures());
    if (mask.hasPieces())
      schedule.addPartials("segment", {"kept"});
    else
      schedule.addPartials("segment", {});
    auto partials = StageOp::create(at.builder, op.getLoc(), "partials", ArrayRef<TensorType>(types).drop_back(takesTurns), axes,
                                    [&](OpBuilder &b, Location l, ValueRange indices) -> SmallVector<Value> {
      auto load = [&](unsigned part) -> Value { return LoadOp::create(b, l, segment.getResult(part), indices); };
      // Where nothing is kept: no difference of infinities arises.
      Value max = arith::MaxNumFOp::create(b, l, load(2), floatConstant(b, l, leastMaximum));
      SmallVector<Value> parts{load(0), load(1), max};
      if (takesTurns)
        parts = {load(0), arith::SelectOp::create(b, l, isPlaceOfMax(b, l, indices.back()), max, load(1))};
      if (!mask.hasPieces())
        return parts;
      Value kept = isKept(b, l, indices.take_front(4));
      for (Value &part : parts)
        part = arith::SelectOp::create(b, l, kept, part, floatConstant(b, l, 0));
      return parts;
    });
    ClassStages all;
    all.values = partials.getResult(0);
    all.max = partials.getResult(takesTurns ? 1 : 2);
    all.sum = partials.getResult(1);
    all.sumPlace = takesTurns;
    combineParts(all, {segments, "segment", mask.hasPieces() ? IsThere(isKept) : IsThere()});
  }

  /// The classes' stages as one: each chunk has those of its class.
  ClassStages buildPartials(MaskTiles &mask, ArrayRef<Class> classes) {
    SmallVector<TensorType> types;
    TensorType type = at.f32(at.sizes({at.constant(at.form.tile), op.getFeatures()}));
    const ClassStages &first = classes.front().stages;
    SmallVector<std::pair<Value ClassStages::*, float>> parts{{&ClassStages::values, 0}};
    if (first.max)
      parts.push_back({&ClassStages::max, leastMaximum});
    // Both statistics of a row fit where one lies beside each of its features, by turns.
    bool takesTurns = first.max && first.sum && schedule.joinsStatistics() && fitTwo(op.getFeatures());
    if (first.sum && !takesTurns)
      parts.push_back({&ClassStages::sum, 0});
    types.assign(parts.size(), type);
    SmallVector<std::string> names;
    if (classes.size() > 1 || mask.hasPieces())
      for (const Class &one : classes)
        names.push_back(one.pairs.name);
    schedule.addPartials("chunk", names);
    auto partials = StageOp::create(at.builder, op.getLoc(), "partials", ArrayRef<TensorType>(types),
                                    at.axes({"query", "feature"}),
                                    [&](OpBuilder &b, Location l, ValueRange indices) -> SmallVector<Value> {
      ValueRange row = indices.drop_back(1);
      auto load = [&](Value tensor) -> Value {
        bool hasFeatures = cast<TensorType>(tensor.getType()).getRank() == static_cast<int64_t>(indices.size());
        return LoadOp::create(b, l, tensor, hasFeatures ? indices : row);
      };
      SmallVector<Value> conditions = names.empty() ? SmallVector<Value>() : conditionsOf(mask, b, l, indices.take_front(4));
      Value isMax = takesTurns ? isPlaceOfMax(b, l, indices.back()) : Value();
      auto of = [&](const ClassStages &stages, Value ClassStages::*part) -> Value {
        if (!isMax || part != &ClassStages::max)
          return load(stages.*part);
        return arith::SelectOp::create(b, l, isMax, load(stages.max), load(stages.sum));
      };
      SmallVector<Value> results;
      for (auto [part, otherwise] : parts) {
        if (conditions.empty()) {
          results.push_back(of(first, part));
          continue;
        }
        Value chosen = floatConstant(b, l, otherwise);
        if (isMax && part == &ClassStages::max)
          chosen = arith::SelectOp::create(b, l, isMax, chosen, floatConstant(b, l, 0));
        for (size_t i = classes.size(); i-- > 0;)
          chosen = arith::SelectOp::create(b, l, conditions[i], of(classes[i].stages, part), chosen);
        results.push_back(chosen);
      }
      return results;
    });
    ClassStages all;
    for (auto [i, part] : llvm::enumerate(parts))
      all.*part.first = partials.getResult(i);
    if (takesTurns) {
      all.sum = all.max;
      all.sumPlace = 1;
    }
    return all;
  }

  /// For each class, whether a tile that is of no class before belongs to it.
  SmallVector<Value> conditionsOf(MaskTiles &mask, OpBuilder &b, Location l, ValueRange tile) {
    SmallVector<Value> ofMask{Value()};
    if (mask.hasPieces())
      ofMask = mask.conditions(b, l, tile);
    if (!separated)
      return ofMask;
    SmallVector<Value> result;
    Value bounded = separated->bounded(b, l, tile);
    for (Value condition : ofMask) {
      Value truth = arith::ConstantOp::create(b, l, b.getBoolAttr(true));
      result.push_back(condition ? arith::AndIOp::create(b, l, bounded, condition).getResult() : bounded);
      result.push_back(condition ? condition : arith::XOrIOp::create(b, l, bounded, truth).getResult());
    }
    return result;
  }

  // ---- what combines the keys of a row ----

  SmallVector<SizeAttr> rowSizes() { return {op.getBatch(), op.getHeads(), at.tiles, at.constant(at.form.tile)}; }
  static constexpr StringRef rowAxes[] = {"batch", "head", "tile", "query"};

  Value sinkAt(OpBuilder &b, Location l, ValueRange row) {
    IRMapping mapping = at.rowIndicesOf(b, l, op.getWeight(), row);
    return at.cloneValue(b, normalize.getSink(), mapping);
  }

  static Value exponentialOf(OpBuilder &b, Location l, Value x, Value max) {
    return math::ExpOp::create(b, l, arith::SubFOp::create(b, l, x, max));
  }

  Value rowStage(StringRef name, AttentionBuilder::Body body) {
    schedule.addRow(name);
    return at.stage(name, rowSizes(), rowAxes, body);
  }

  /// The greatest of a row and its sink.
  Value withSink(Value max) {
    if (!normalize.getSink())
      return max;
    return rowStage("row_max.sink", [&](OpBuilder &b, Location l, ValueRange row) -> Value {
      return arith::MaximumFOp::create(b, l, LoadOp::create(b, l, max, row), sinkAt(b, l, row));
    });
  }

  /// 1 / sum of a row with its sink, for shares relative to `max`; 0 where
  /// nothing was kept.
  Value inverseOf(Value max, Value withSink, Value sum) {
    return rowStage("inverse", [&](OpBuilder &b, Location l, ValueRange row) -> Value {
      Value total = LoadOp::create(b, l, sum, row), factor = floatConstant(b, l, 1);
      if (normalize.getSink()) {
        Value greatest = LoadOp::create(b, l, withSink, row);
        if (withSink != max) {
          factor = exponentialOf(b, l, LoadOp::create(b, l, max, row), greatest);
          total = arith::MulFOp::create(b, l, total, factor);
        }
        total = arith::AddFOp::create(b, l, total, exponentialOf(b, l, sinkAt(b, l, row), greatest));
      }
      Value zero = floatConstant(b, l, 0);
      Value empty = arith::CmpFOp::create(b, l, arith::CmpFPredicate::OEQ, total, zero);
      return arith::SelectOp::create(b, l, empty, zero, arith::DivFOp::create(b, l, factor, total));
    });
  }

  Value buildInverse(const ClassStages &row) {
    return inverseOf(row.max, isSoftmax() ? withSink(row.max) : Value(), row.sum);
  }

  void combineRow(const ClassStages &row) {
    values = row.values;
    if (row.sum)
      inverse = buildInverse(row);
  }

  /// What the keys of a row come in: chunks, or segments of them.
  struct Parts {
    SizeAttr count;
    StringRef axis;
    IsThere isThere; ///< null where all are
  };
  void combineParts(const ClassStages &parts, const Parts &of) {
    // Empty chunks add nothing.
    auto unlessEmpty = [&](OpBuilder &b, Location l, ValueRange indices, Value value, float otherwise) -> Value {
      if (!of.isThere)
        return value;
      Value part[] = {indices[0], indices[1], indices[2], indices.back()};
      return arith::SelectOp::create(b, l, of.isThere(b, l, part), value, floatConstant(b, l, otherwise));
    };
    auto overChunks = [&](StringRef name, Reducer reducer, AttentionBuilder::Body body) {
      schedule.addRow(name, of.axis, static_cast<bool>(of.isThere));
      return at.reduction(name, rowSizes(), {"batch", "head", "tile", "query", of.axis}, reducer, of.count,
                          [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
        return unlessEmpty(b, l, indices, body(b, l, indices),
                           reducer == Reducer::Max ? -std::numeric_limits<float>::infinity() : 0);
      });
    };
    // Where a statistic of a chunk's row is kept.
    auto place = [](OpBuilder &b, Location l, ValueRange indices, int64_t feature = 0) {
      return SmallVector<Value>{indices[0], indices[1], indices[2], indices[4], indices[3],
                                arith::ConstantIndexOp::create(b, l, feature)};
    };
    Value max, factors;
    if (parts.max) {
      max = withSink(overChunks("row_max", Reducer::Max, [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
        return LoadOp::create(b, l, parts.max, place(b, l, indices));
      }));
      schedule.addFactors("factors");
      factors = at.stage("factors", {op.getBatch(), op.getHeads(), at.tiles, of.count, at.constant(at.form.tile)},
                         {"batch", "head", "tile", of.axis, "query"},
                         [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
        SmallVector<Value> feature(indices);
        feature.push_back(arith::ConstantIndexOp::create(b, l, 0));
        Value row = LoadOp::create(b, l, max, ValueRange{indices[0], indices[1], indices[2], indices[4]});
        return exponentialOf(b, l, LoadOp::create(b, l, parts.max, feature), row);
      });
    }
    auto scaled = [&](OpBuilder &b, Location l, Value value, ValueRange chunkRow) -> Value {
      return factors ? arith::MulFOp::create(b, l, value, LoadOp::create(b, l, factors, chunkRow)).getResult() : value;
    };
    if (parts.sum) {
      Value sum = overChunks("row_sum", Reducer::Sum, [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
        SmallVector<Value> feature = place(b, l, indices, parts.sumPlace);
        return scaled(b, l, LoadOp::create(b, l, parts.sum, feature), ValueRange(feature).drop_back(1));
      });
      inverse = inverseOf(max, max, sum);
    }
    SmallVector<SizeAttr> sizes = rowSizes();
    sizes.push_back(op.getFeatures());
    schedule.addCombinedValues("values", of.axis, static_cast<bool>(of.isThere));
    values = at.reduction("values", sizes, {"batch", "head", "tile", "query", "feature", of.axis}, Reducer::Sum,
                          of.count, [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
      SmallVector<Value> row{indices[0], indices[1], indices[2], indices[5], indices[3]}, feature(row);
      feature.push_back(indices[4]);
      return unlessEmpty(b, l, indices, scaled(b, l, LoadOp::create(b, l, parts.values, feature), row), 0);
    });
  }

  static constexpr StringRef resultAxes[] = {"batch", "query", "head", "feature"};

  StageOp buildZeros() {
    schedule.addZeros();
    return StageOp::create(at.builder, op.getLoc(), resultName, op.getType(), resultAxes,
                           [&](OpBuilder &b, Location l, ValueRange) -> Value {
      return arith::ConstantOp::create(b, l, b.getZeroAttr(op.getType().getElementType()));
    });
  }

  StageOp buildResult() {
    schedule.addResult();
    return StageOp::create(at.builder, op.getLoc(), resultName, op.getType(), resultAxes,
                                 [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
      Value width = arith::ConstantIndexOp::create(b, l, at.form.tile);
      Value tile = indices[1], place = arith::ConstantIndexOp::create(b, l, 0);
      if (at.form.tile > 1) {
        tile = arith::FloorDivSIOp::create(b, l, indices[1], width);
        place = arith::RemUIOp::create(b, l, indices[1], width);
      }
      Value value = LoadOp::create(b, l, values, ValueRange{indices[0], indices[2], tile, place, indices[3]});
      if (inverse)
        value = arith::MulFOp::create(
            b, l, value, LoadOp::create(b, l, inverse, ValueRange{indices[0], indices[2], tile, place}));
      Type element = op.getType().getElementType();
      return element.isF32() ? value : arith::TruncFOp::create(b, l, element, value).getResult();
    });
  }

  AttentionOp op;
  std::string resultName;
  AttentionSchedule schedule;
  AttentionBuilder at;
  AttentionScores scores;
  AttentionValues valueSums;
  std::optional<SeparatedScore> separated;
  NormalizeOp normalize;
  ShareUse use;
  Value values, inverse;
};

} // namespace

// What came from outside, the attention's name among it, makes way.
std::string nameBesideAttention(StringRef wanted) {
  static constexpr StringRef own[] = {
      "query_tile", "key_copy", "products", "scores", "logits", "row_max", "chunk_max", "exponentials", "magnitudes",
      "row_sum", "chunk_sum", "segment", "inverse", "factors", "weights", "values", "chunk_values", "partials",
      "tile_kinds", "tile_low", "tile_high", "sums", "bounded", "query_exponents", "key_exponents",
      "query_exponentials", "key_exponentials", "query_magnitudes", "key_magnitudes", "finite_values", "finite_chunks",
      "value_magnitudes", "infinite_values", "all_values", "all_chunk_values", "value_copy", "weight_pairs", "value_pairs",
      "finite_value_pairs"};
  for (StringRef name : own)
    if (wanted == name || wanted.starts_with((name + ".").str()))
      return (wanted + "_attention").str();
  return wanted.str();
}

ScheduleAttr buildAttentionStages(AttentionOp op, AttentionForm form, const AttentionTable &table, bool isInner) {
  return Stages(op, form, table, isInner).run();
}

} // namespace attune
