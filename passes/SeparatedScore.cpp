#include "passes/SeparatedScore.h"
#include "dialect/BodyQueries.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

/// exp of up to so much, and of its negative, is a normal number of f32.
constexpr float greatestExponent = 86;
/// 1 + exp(s x) loses the digits of a small x: where the exponents of a tile and
/// a chunk do not reach this together, each pair is computed by itself.
constexpr float leastExponent = 1;
/// Denominators are at most this, so that a product of four is finite; tanh and
/// sigmoid have reached their limits long before.
constexpr float greatestDenominator = 0x1p31f;
/// Features that share a division, which costs as much as ten products.
constexpr int64_t sharedDivision = 4;

/// A part of a + b, which the query or the key alone decides about.
struct Addend {
  Value value;
  bool ofKey, isNegative;
  SmallVector<std::pair<Value, bool>, 2> factors; ///< and whether it divides
};

/// w * (constant + numerator / (1 + exp(scale * (a + b)))).
struct Term {
  SmallVector<Value, 2> weights;
  SmallVector<Addend, 4> addends;
  float constant, numerator, scale;
};

/// Finds such terms in the sums of an attention's score.
class Matcher {
public:
  explicit Matcher(AttentionOp op) : query(op.getScore().getArgument(2)), key(op.getScore().getArgument(3)) {}

  std::optional<Term> match(ReduceOp reduce) const {
    if (reduce.getReducer() != Reducer::Sum || reduce.getSizes().size() != 1 || !reduce.getResult().getType().isF32())
      return std::nullopt;
    for (Operation &inner : reduce.getBodyBlock()->without_terminator())
      if (std::optional<Term> term = matchFunction(&inner))
        if (readProduct(reduce.getYield().getOperand(0), inner.getResult(0), *term))
          return term;
    return std::nullopt;
  }

private:
  bool isOf(Value value, Value index) const { return AttentionBuilder::dependsOn(value, index); }
  bool isFree(Value value) const { return !isOf(value, query) && !isOf(value, key); }

  std::optional<Term> matchFunction(Operation *op) const {
    Term term;
    Value argument;
    if (auto tanh = dyn_cast<math::TanhOp>(op)) {
      argument = tanh.getOperand();
      term.constant = 1, term.numerator = -2, term.scale = 2;
    } else if ((argument = sigmoidArgument(op))) {
      term.constant = 0, term.numerator = 1, term.scale = -1;
    }
    if (!argument || !argument.getType().isF32() || !isOf(argument, query) || !isOf(argument, key) ||
        !readSum(argument, false, {}, term.addends))
      return std::nullopt;
    return term;
  }

  /// x where the op is 1 / (1 + exp(-x)), as the language writes it.
  static Value sigmoidArgument(Operation *op) {
    auto quotient = dyn_cast<arith::DivFOp>(op);
    auto sum = quotient ? quotient.getRhs().getDefiningOp<arith::AddFOp>() : arith::AddFOp();
    if (!sum || !matchPattern(quotient.getLhs(), m_OneFloat()))
      return {};
    for (auto [one, other] : {std::pair(sum.getLhs(), sum.getRhs()), std::pair(sum.getRhs(), sum.getLhs())}) {
      auto exp = other.getDefiningOp<math::ExpOp>();
      auto negated = exp ? exp.getOperand().getDefiningOp<arith::NegFOp>() : arith::NegFOp();
      if (negated && matchPattern(one, m_OneFloat()))
        return negated.getOperand();
    }
    return {};
  }

  /// `value` as a sum of what one of both decides about.
  bool readSum(Value value, bool isNegative, SmallVector<std::pair<Value, bool>, 2> factors,
               SmallVectorImpl<Addend> &addends) const {
    if (!isOf(value, query) || !isOf(value, key)) {
      addends.push_back({value, isOf(value, key), isNegative, factors});
      return true;
    }
    Operation *op = value.getDefiningOp();
    auto read = [&](unsigned operand, bool negative) { return readSum(op->getOperand(operand), negative, factors, addends); };
    if (isa<arith::AddFOp, arith::SubFOp>(op))
      return read(0, isNegative) && read(1, isa<arith::SubFOp>(op) != isNegative);
    if (isa<arith::NegFOp>(op))
      return read(0, !isNegative);
    if (!isa<arith::MulFOp, arith::DivFOp>(op))
      return false;
    for (unsigned free : {1, 0})
      if (isFree(op->getOperand(free)) && (free == 1 || isa<arith::MulFOp>(op))) {
        factors.push_back({op->getOperand(free), isa<arith::DivFOp>(op)});
        return read(1 - free, isNegative);
      }
    return false;
  }

  /// Whether `value` is `root` times weights, which the term gets.
  static bool readProduct(Value value, Value root, Term &term) {
    if (value == root)
      return true;
    if (auto negated = value.getDefiningOp<arith::NegFOp>()) {
      term.constant = -term.constant, term.numerator = -term.numerator;
      return readProduct(negated.getOperand(), root, term);
    }
    auto product = value.getDefiningOp<arith::MulFOp>();
    auto contains = [&](Value side) { return isComputedFrom(side, [&](Value part) { return part == root; }); };
    if (!product || product->getBlock() != root.getParentBlock() || contains(product.getLhs()) == contains(product.getRhs()))
      return false;
    bool left = contains(product.getLhs());
    term.weights.push_back(left ? product.getRhs() : product.getLhs());
    return readProduct(left ? product.getLhs() : product.getRhs(), root, term);
  }

  Value query, key;
};

} // namespace

bool isSeparable(AttentionOp op) {
  Matcher matcher(op);
  return llvm::any_of(op.getScore().getOps<ReduceOp>(), [&](ReduceOp reduce) { return matcher.match(reduce).has_value(); });
}

/// One sum of such terms: the stages that it reads, and how it is written.
class SeparatedScore::Sum {
public:
  Sum(SeparatedScore &score, ReduceOp reduce, Term term, unsigned number)
      : at(score.at), reduce(reduce), term(std::move(term)), suffix(number ? "." + std::to_string(number) : ""),
        depth(cast<SizeAttr>(reduce.getSizes()[0])), ofQuery(exponentials(false)), ofKey(exponentials(true)) {
    score.magnitudes.push_back({magnitude(false), magnitude(true)});
  }

  void rewrite() {
    OpBuilder b(reduce);
    Location l = reduce.getLoc();
    int64_t shared = sharedDivision;
    while (!depth.getConstant() || *depth.getConstant() % shared)
      shared /= 2;
    SizeAttr groups = depth.getConstant() ? at.constant(*depth.getConstant() / shared) : depth;
    Value sum = ReduceOp::create(b, l, Reducer::Sum, StringRef("feature"), groups,
                                 [&](OpBuilder &b, Location l, ValueRange group) -> Value {
      Value first = arith::MulIOp::create(b, l, group[0], arith::ConstantIndexOp::create(b, l, shared)), weights;
      SmallVector<Quotient> parts;
      for (int64_t place = 0; place < shared; ++place) {
        Value feature = arith::AddIOp::create(b, l, first, arith::ConstantIndexOp::create(b, l, place));
        parts.push_back({weight(b, l, feature), denominator(b, l, feature)});
        Value one = parts.back().numerator;
        weights = weights ? arith::AddFOp::create(b, l, weights, one).getResult() : one;
      }
      Quotient all = sumOf(b, l, parts);
      Value value = arith::MulFOp::create(b, l, arith::DivFOp::create(b, l, all.numerator, all.denominator),
                                          floatConstant(b, l, term.numerator));
      if (term.constant == 0)
        return value;
      // Added here and not to the whole sum: the terms then cancel while they are small.
      Value constant = arith::MulFOp::create(b, l, weights, floatConstant(b, l, term.constant));
      return arith::AddFOp::create(b, l, value, constant);
    });
    reduce.replaceAllUsesWith(sum);
    reduce.erase();
  }

private:
  struct Quotient {
    Value numerator, denominator;
  };

  Value weight(OpBuilder &b, Location l, Value feature) {
    Value product;
    for (Value factor : term.weights) {
      IRMapping mapping;
      mapping.map(reduce.getBody().getArgument(0), feature);
      Value here = at.cloneValue(b, factor, mapping);
      product = product ? arith::MulFOp::create(b, l, product, here).getResult() : here;
    }
    return product ? product : floatConstant(b, l, 1);
  }

  /// 1 + exp(scale * (a + b)).
  Value denominator(OpBuilder &b, Location l, Value feature) {
    auto pair = at.op.getScore().getArguments();
    Value product = arith::MulFOp::create(b, l, LoadOp::create(b, l, ofQuery, ValueRange{pair[0], pair[1], pair[2], feature}),
                                          LoadOp::create(b, l, ofKey, ValueRange{pair[0], pair[1], pair[3], feature}));
    Value sum = arith::AddFOp::create(b, l, floatConstant(b, l, 1), product);
    return arith::MinNumFOp::create(b, l, sum, floatConstant(b, l, greatestDenominator));
  }

  /// n / d + m / e = (n e + m d) / (d e).
  static Quotient sumOf(OpBuilder &b, Location l, ArrayRef<Quotient> parts) {
    if (parts.size() == 1)
      return parts[0];
    Quotient x = sumOf(b, l, parts.take_front(parts.size() / 2)), y = sumOf(b, l, parts.drop_front(parts.size() / 2));
    Value left = arith::MulFOp::create(b, l, x.numerator, y.denominator);
    Value right = arith::MulFOp::create(b, l, y.numerator, x.denominator);
    return {arith::AddFOp::create(b, l, left, right), arith::MulFOp::create(b, l, x.denominator, y.denominator)};
  }

  std::string name(bool key, StringRef what) { return ((key ? "key_" : "query_") + what + suffix).str(); }

  /// scale * a of each query, or scale * b of each key: [batch, head, row, depth].
  Value exponents(bool key) {
    SizeAttr sizes[] = {at.op.getBatch(), at.op.getHeads(), key ? at.op.getKeys() : at.op.getQueries(), depth};
    StringRef axes[] = {"batch", "head", key ? "key" : "query", "depth"};
    bool hasSums = false;
    auto stage = StageOp::create(at.builder, at.op.getLoc(), name(key, "exponents"), at.f32(sizes), axes,
                                 [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
      Value sum;
      for (const Addend &addend : term.addends) {
        if (addend.ofKey != key)
          continue;
        IRMapping mapping;
        mapping.map(at.op.getScore().getArgument(0), indices[0]);
        mapping.map(at.op.getScore().getArgument(1), indices[1]);
        mapping.map(at.op.getScore().getArgument(key ? 3 : 2), indices[2]);
        mapping.map(reduce.getBody().getArgument(0), indices[3]);
        Value value = at.cloneValue(b, addend.value, mapping);
        for (auto [factor, divides] : addend.factors) {
          Value by = at.cloneValue(b, factor, mapping);
          value = divides ? arith::DivFOp::create(b, l, value, by).getResult() : arith::MulFOp::create(b, l, value, by).getResult();
        }
        if (addend.isNegative)
          value = arith::NegFOp::create(b, l, value);
        sum = sum ? arith::AddFOp::create(b, l, sum, value).getResult() : value;
      }
      return arith::MulFOp::create(b, l, sum, floatConstant(b, l, term.scale));
    });
    stage.getBody().walk([&](ReduceOp) { hasSums = true; });
    if (hasSums)
      at.schedule.addWhole(stage.getName(), "depth");
    return exponent[key] = stage.getResult();
  }

  Value exponentials(bool key) {
    Value of = exponents(key);
    auto type = cast<TensorType>(of.getType());
    StringRef axes[] = {"batch", "head", key ? "key" : "query", "depth"};
    // Those of queries are computed in the copy of a tile.
    if (key)
      at.schedule.addWhole(name(key, "exponentials"), "depth");
    return at.stage(name(key, "exponentials"), type.getSizes(), axes, [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
      return math::ExpOp::create(b, l, LoadOp::create(b, l, of, indices));
    });
  }

  /// The greatest magnitude of the exponents in a tile or a chunk, as the bits of
  /// an f32: they are in the order of the numbers, with NaN above all.
  Value magnitude(bool key) {
    int64_t width = key ? *at.form.chunk : at.form.tile;
    SizeAttr sizes[] = {at.op.getBatch(), at.op.getHeads(), key ? at.chunks : at.tiles};
    StringRef axes[] = {"batch", "head", key ? "chunk" : "tile", key ? "key" : "query", "depth"};
    at.schedule.addTileMagnitudes(name(key, "magnitudes"), "depth", depth);
    Type bits = at.builder.getI32Type();
    auto stage = StageOp::create(at.builder, at.op.getLoc(), name(key, "magnitudes"), TensorType::get(bits, sizes), axes,
                                 Reducer::Max, {at.constant(width), depth},
                                 [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
      Value row = key ? at.keyIndex(b, l, {"", true, true}, indices[2], indices[3])
                      : at.queryIndex(b, l, indices[2], indices[3]);
      Value value = LoadOp::create(b, l, exponent[key], ValueRange{indices[0], indices[1], row, indices[4]});
      return arith::BitcastOp::create(b, l, bits, math::AbsFOp::create(b, l, value));
    });
    return stage.getResult();
  }

  AttentionBuilder &at;
  ReduceOp reduce;
  Term term;
  std::string suffix;
  SizeAttr depth;
  Value exponent[2]; ///< of queries, of keys
  Value ofQuery, ofKey;
};

SeparatedScore::SeparatedScore(AttentionOp op, AttentionForm form, AttentionSchedule &schedule)
    : copy(cast<AttentionOp>(OpBuilder(op).clone(*op))), at(copy, form, schedule) {
  Matcher matcher(copy);
  std::vector<Sum> sums;
  for (auto reduce : copy.getScore().getOps<ReduceOp>())
    if (std::optional<Term> term = matcher.match(reduce))
      sums.emplace_back(*this, reduce, std::move(*term), sums.size());
  for (Sum &sum : sums)
    sum.rewrite();
  buildBounded();
}

SeparatedScore::~SeparatedScore() { copy.erase(); }

void SeparatedScore::buildBounded() {
  at.schedule.addTileFacts("bounded", {});
  auto type = TensorType::get(at.builder.getI1Type(), at.sizes({}));
  auto stage = StageOp::create(at.builder, copy.getLoc(), "bounded", type, at.axes({}),
                               [&](OpBuilder &b, Location l, ValueRange tile) -> Value {
    Value all;
    auto require = [&](Value condition) { all = all ? arith::AndIOp::create(b, l, all, condition).getResult() : condition; };
    for (auto [query, key] : magnitudes) {
      Value x = LoadOp::create(b, l, query, ValueRange{tile[0], tile[1], tile[2]});
      Value y = LoadOp::create(b, l, key, ValueRange{tile[0], tile[1], tile[3]});
      Value most = arith::ConstantOp::create(
          b, l, b.getI32IntegerAttr(llvm::bit_cast<int32_t>(greatestExponent)));
      require(arith::CmpIOp::create(b, l, arith::CmpIPredicate::sle, arith::MaxSIOp::create(b, l, x, y), most));
      auto number = [&](Value bits) { return arith::BitcastOp::create(b, l, b.getF32Type(), bits); };
      require(arith::CmpFOp::create(b, l, arith::CmpFPredicate::OGE, arith::AddFOp::create(b, l, number(x), number(y)),
                                    floatConstant(b, l, leastExponent)));
    }
    return all;
  });
  isBounded = stage.getResult();
}

Value SeparatedScore::bounded(OpBuilder &b, Location l, ValueRange tile) const {
  return LoadOp::create(b, l, isBounded, tile);
}

} // namespace attune
