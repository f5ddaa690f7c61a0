#include "passes/MaskTiles.h"
#include "dialect/IntegerRanges.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

bool isConstant(Value value, int64_t wanted) {
  APInt constant;
  return matchPattern(value, m_ConstantInt(&constant)) && constant.getZExtValue() == static_cast<uint64_t>(wanted);
}

/// An integer that fits `type`.
Value resized(OpBuilder &b, Location l, Value value, Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth(), to = type.getIntOrFloatBitWidth();
  if (from == to)
    return value;
  return from < to ? arith::ExtSIOp::create(b, l, type, value).getResult() : arith::TruncIOp::create(b, l, type, value);
}

} // namespace

MaskTiles::MaskTiles(AttentionBuilder &builder) : at(builder), op(builder.op) {
  std::optional<int64_t> keys = op.getKeys().getConstant();
  bool isRagged = at.hasChunks() && (!keys || *keys % *at.form.chunk != 0);
  if (!at.hasChunks() || (at.keepsAll && !isRagged)) {
    pairClasses.push_back({"", !at.keepsAll, false});
    return;
  }
  if (at.keepsAll && at.addsUpChunks) {
    pairClasses.push_back({"", true, true});
    return;
  }
  // Whether a class can occur at all shows in what the analysis folds to.
  bool neverWhole = false, alwaysWhole = false;
  Value kept = op.getYield(op.getKeep()).getOperand(0);
  SmallVector<SizeAttr> all = at.sizes({}), sizes;
  SmallVector<StringRef> names = at.axes({}), axes;
  SmallVector<NamedAttribute> repeated;
  for (unsigned i = 0; i < 4; ++i) {
    if (i < 2 && !at.dependsOn(kept, op.getKeep().getArgument(i))) {
      repeated.push_back(at.builder.getNamedAttr(names[i], all[i]));
      continue;
    }
    places.push_back(i);
    sizes.push_back(all[i]);
    axes.push_back(names[i]);
  }
  auto type = TensorType::get(at.builder.getI1Type(), sizes);
  TensorType types[] = {type, type};
  auto kinds = StageOp::create(
      at.builder, op.getLoc(), "tile_kinds", ArrayRef<TensorType>(types), axes,
      [&](OpBuilder &b, Location l, ValueRange indices) -> SmallVector<Value> {
    Region &keep = op.getKeep();
    auto index = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, l, value); };
    SmallVector<Value> tile(4);
    for (auto [place, value] : llvm::zip(places, indices))
      tile[place] = value;
    for (unsigned i = 0; i < 2; ++i)
      if (!tile[i])
        tile[i] = index(0);
    auto size = [&](SizeAttr value) { return b.createOrFold<SizeOp>(l, value); };
    auto sum = [&](Value x, Value y) { return b.createOrFold<arith::AddIOp>(l, x, y); };
    auto ends = [&](Value number, int64_t width, SizeAttr count) -> TileRanges::Range {
      Value first = b.createOrFold<arith::MulIOp>(l, number, index(width));
      Value last = b.createOrFold<arith::MinSIOp>(l, sum(first, index(width - 1)), size(count - at.constant(1)));
      return {first, last};
    };
    llvm::DenseMap<Value, TileRanges::Range> running;
    IRMapping fixed;
    fixed.map(keep.getArgument(0), tile[0]);
    fixed.map(keep.getArgument(1), tile[1]);
    if (at.form.tile == 1)
      fixed.map(keep.getArgument(2), tile[2]);
    else
      running[keep.getArgument(2)] = ends(tile[2], at.form.tile, op.getQueries());
    TileRanges::Range key = running[keep.getArgument(3)] = ends(tile[3], *at.form.chunk, op.getKeys());
    TileRanges ranges(b, l, std::move(running), fixed, [&](Value value) {
      TileRanges::Range range = rangeOfData(b, l, value, tile);
      dependsOnData |= static_cast<bool>(range);
      return range;
    });
    TileRanges::Truth truth = ranges.truthOf(op.getYield(keep).getOperand(0));
    Value always = truth.always;
    if (isRagged) {
      Value end = sum(key.low, index(*at.form.chunk));
      Value inside = b.createOrFold<arith::CmpIOp>(l, arith::CmpIPredicate::sle, end, size(op.getKeys()));
      always = b.createOrFold<arith::AndIOp>(l, always, inside);
    }
    neverWhole = isConstant(always, 0);
    alwaysWhole = isConstant(always, 1);
    if (!ranges.unknown().empty())
      op.emitRemark("attention \"")
          << op.getName() << "\": 'keep' is evaluated for each pair, since nothing is known about whole tiles of a "
          << "part of it";
    return {always, truth.ever};
  });
  if (alwaysWhole) {
    kinds.erase();
    pairClasses.push_back({"", false, false});
    return;
  }
  kinds->setAttr(tileKindsAttrName, at.builder.getDictionaryAttr(repeated));
  whole = kinds.getResult(0);
  some = kinds.getResult(1);
  if (dependsOnData)
    at.schedule.addTileFacts("tile_kinds", {});
  // Two ways to add up chunks in one task would each have what it keeps of one.
  if (at.addsUpChunks) {
    pairClasses.push_back({"", true, isRagged});
    return;
  }
  if (!neverWhole)
    pairClasses.push_back({"full", false, false});
  pairClasses.push_back({"cut", true, isRagged});
}

SmallVector<Value> MaskTiles::conditions(OpBuilder &b, Location l, ValueRange tile) {
  SmallVector<Value> result;
  for (const PairClass &pairs : pairClasses)
    result.push_back(LoadOp::create(b, l, pairs.isMasked ? some : whole, ofTable(tile)));
  return result;
}

Value MaskTiles::any(OpBuilder &b, Location l, ValueRange tile) { return LoadOp::create(b, l, some, ofTable(tile)); }

SmallVector<Value> MaskTiles::ofTable(ValueRange tile) {
  return llvm::map_to_vector(places, [&](unsigned place) -> Value { return tile[place]; });
}

/// The least and greatest value over the part of the tile that it depends on.
TileRanges::Range MaskTiles::rangeOfData(OpBuilder &b, Location l, Value value, ValueRange tile) {
  Region &keep = op.getKeep();
  Type type = value.getType();
  // The stages that find the ends give them as i32s.
  if (!type.isIntOrIndex() || !rangeOfType(IntegerType::get(op.getContext(), 32)).contains(attn::rangeOf(value)))
    return {};
  bool uses[4];
  for (unsigned i = 0; i < 4; ++i)
    uses[i] = at.dependsOn(value, keep.getArgument(i));
  SmallVector<unsigned> places; // of the axes in [batch, head, tile, chunk]
  for (unsigned i = 0; i < 4; ++i)
    if (uses[i])
      places.push_back(i);
  auto &known = extremes[value];
  if (!known.first) {
    static constexpr StringRef names[] = {"batch", "head", "tile", "chunk"};
    SmallVector<SizeAttr> all = at.sizes({}), sizes, reduced;
    SmallVector<StringRef> axes, reducedAxes, parallel;
    for (unsigned place : places) {
      sizes.push_back(all[place]);
      axes.push_back(names[place]);
    }
    size_t rank = axes.size();
    if (uses[2] && at.form.tile > 1) {
      axes.push_back("query");
      reduced.push_back(at.constant(at.form.tile));
    }
    if (uses[3]) {
      axes.push_back("key");
      reduced.push_back(at.constant(*at.form.chunk));
    }
    if (uses[2] && uses[3])
      parallel.push_back("tile");
    OpBuilder outside(op); // `b` stands in the body that asks
    auto extreme = [&](StringRef name, Reducer reducer) -> Value {
      std::string unique = (name + "." + llvm::Twine(extremes.size() - 1)).str();
      at.schedule.addTileFacts(unique, parallel);
      auto result = TensorType::get(outside.getI32Type(), sizes);
      auto stage = StageOp::create(outside, op.getLoc(), unique, result, axes, reducer, reduced,
                                   [&](OpBuilder &body, Location loc, ValueRange indices) -> Value {
        auto indexOf = [&](unsigned place) -> Value {
          auto position = llvm::find(places, place);
          return position == places.end() ? arith::ConstantIndexOp::create(body, loc, 0).getResult()
                                          : indices[position - places.begin()];
        };
        IRMapping mapping;
        mapping.map(keep.getArgument(0), indexOf(0));
        mapping.map(keep.getArgument(1), indexOf(1));
        if (uses[2])
          mapping.map(keep.getArgument(2),
                      at.queryIndex(body, loc, indexOf(2), at.form.tile > 1 ? indices[rank] : Value()));
        if (uses[3])
          mapping.map(keep.getArgument(3), at.keyIndex(body, loc, {"", true, true}, indexOf(3), indices.back()));
        Value element = at.cloneValue(body, value, mapping);
        Type wide = body.getI32Type();
        if (element.getType().isIndex())
          return arith::IndexCastOp::create(body, loc, wide, element);
        if (element.getType().isInteger(1))
          return arith::ExtUIOp::create(body, loc, wide, element);
        return resized(body, loc, element, wide);
      });
      return stage.getResult();
    };
    Value low = extreme("tile_low", Reducer::Min), high = extreme("tile_high", Reducer::Max);
    known = {low, high};
  }
  SmallVector<Value> here;
  for (unsigned place : places)
    here.push_back(tile[place]);
  auto load = [&](Value tensor) -> Value {
    Value end = LoadOp::create(b, l, tensor, here);
    if (type.isIndex())
      return arith::IndexCastOp::create(b, l, type, end);
    return type.isInteger(1) ? end : resized(b, l, end, type);
  };
  return {load(known.first), load(known.second)};
}

} // namespace attune
