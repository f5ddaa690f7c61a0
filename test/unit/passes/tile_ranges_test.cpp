// Conditions over whole tiles against every pair of them: random conditions are
// built as IR, and the interpreter evaluates both. Failures print the seed.
#include "passes/TileRanges.h"
#include "reference/Interpreter.h"
#include "mlir/IR/Verifier.h"
#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace attune;
using namespace attune::attn;

namespace {


constexpr int64_t queries = 21, keys = 34; // of pairs; tiles divide neither

/// The pair (i, j) and what a condition may read.
struct Pair {
  OpBuilder &b;
  Location l;
  Value i, j;
  Block::BlockArgListType tables; ///< i32 [queries], [keys], [queries, keys]; f32 [keys]; i1 [queries, keys]
};

/// Random numbers and conditions about a pair.
class Conditions {
public:
  Conditions(Pair pair, std::mt19937 &random) : at(pair), random(random) {}

  /// a i + b j compared with a constant: what intervals get exactly right.
  Value affine() {
    auto term = [&](Value x) -> Value { return arith::MulIOp::create(at.b, at.l, x, index(choose(7) - 3)); };
    Value sum = arith::AddIOp::create(at.b, at.l, term(at.i), term(at.j));
    const arith::CmpIPredicate orders[] = {arith::CmpIPredicate::slt, arith::CmpIPredicate::sle,
                                           arith::CmpIPredicate::sgt, arith::CmpIPredicate::sge};
    return arith::CmpIOp::create(at.b, at.l, orders[choose(4)], sum, index(choose(120) - 60));
  }

  Value condition(int depth) {
    if (depth == 0)
      return choose(6) ? affine() : load(4, {at.i, at.j});
    switch (choose(8)) {
    case 0: return arith::AndIOp::create(at.b, at.l, condition(depth - 1), condition(depth - 1));
    case 1: return arith::OrIOp::create(at.b, at.l, condition(depth - 1), condition(depth - 1));
    case 2: return arith::XOrIOp::create(at.b, at.l, condition(depth - 1), truth());
    case 3: return arith::XOrIOp::create(at.b, at.l, condition(depth - 1), condition(depth - 1));
    case 4:
      return arith::SelectOp::create(at.b, at.l, condition(depth - 1), condition(depth - 1), condition(depth - 1));
    case 5: {
      auto order = static_cast<arith::CmpFPredicate>(1 + choose(14)); // all but constant ones
      return arith::CmpFOp::create(at.b, at.l, order, real(depth - 1), real(depth - 1));
    }
    default: {
      auto order = static_cast<arith::CmpIPredicate>(choose(10));
      return arith::CmpIOp::create(at.b, at.l, order, number(depth - 1), number(depth - 1));
    }
    }
  }

  /// Integers of 32 bits, some of which wrap around, and of 64.
  Value wordCondition(int depth) {
    auto order = static_cast<arith::CmpIPredicate>(choose(6)); // signed ones
    auto operand = [&]() -> Value { return word(depth); };
    if (choose(3))
      return arith::CmpIOp::create(at.b, at.l, order, operand(), operand());
    auto wide = [&]() -> Value { return arith::ExtSIOp::create(at.b, at.l, at.b.getI64Type(), operand()); };
    Value sum = arith::AddIOp::create(at.b, at.l, wide(), arith::MulIOp::create(at.b, at.l, wide(), wide()));
    if (choose(2))
      return arith::CmpIOp::create(at.b, at.l, order, sum, wide());
    Value narrow = arith::TruncIOp::create(at.b, at.l, at.b.getI32Type(), sum);
    return arith::CmpIOp::create(at.b, at.l, order, narrow, operand());
  }

private:
  int choose(int count) { return static_cast<int>(random() % count); }
  Value index(int64_t value) { return arith::ConstantIndexOp::create(at.b, at.l, value); }
  Value truth() { return arith::ConstantOp::create(at.b, at.l, at.b.getBoolAttr(true)); }
  Value load(unsigned table, ArrayRef<Value> place) { return LoadOp::create(at.b, at.l, at.tables[table], place); }
  Value toIndex(Value value) { return arith::IndexCastOp::create(at.b, at.l, at.b.getIndexType(), value); }

  Value number(int depth) {
    if (depth == 0)
      switch (choose(7)) {
      case 0: return index(choose(41) - 20);
      case 1: return toIndex(load(0, {at.i}));
      case 2: return toIndex(load(1, {at.j}));
      case 3: return toIndex(load(2, {at.i, at.j}));
      case 4: return at.i;
      default: return at.j;
      }
    auto operand = [&] { return number(depth - 1); };
    Value x = operand(), divisor = index(1 + choose(9));
    switch (choose(13)) {
    case 0: return arith::AddIOp::create(at.b, at.l, x, operand());
    case 1: return arith::SubIOp::create(at.b, at.l, x, operand());
    case 2: return arith::MulIOp::create(at.b, at.l, x, depth == 1 ? operand() : index(choose(9) - 4));
    case 3: return arith::MaxSIOp::create(at.b, at.l, x, operand());
    case 4: return arith::MinSIOp::create(at.b, at.l, x, operand());
    case 5: return math::AbsIOp::create(at.b, at.l, x);
    case 6: return arith::FloorDivSIOp::create(at.b, at.l, x, divisor);
    case 7: {
      Value quotient = arith::FloorDivSIOp::create(at.b, at.l, x, divisor);
      return arith::SubIOp::create(at.b, at.l, x, arith::MulIOp::create(at.b, at.l, quotient, divisor));
    }
    case 8: return arith::RemUIOp::create(at.b, at.l, x, divisor);
    case 9: return arith::FloorDivSIOp::create(at.b, at.l, x, operand()); // no constant
    case 10: return arith::RemSIOp::create(at.b, at.l, x, divisor);
    default: return arith::SelectOp::create(at.b, at.l, condition(depth - 1), x, operand());
    }
  }

  Value wordConstant(int32_t value) {
    return arith::ConstantOp::create(at.b, at.l, at.b.getI32IntegerAttr(value));
  }

  Value word(int depth) {
    if (depth == 0)
      switch (choose(8)) {
      case 0: return load(0, {at.i});
      case 1: return load(1, {at.j});
      case 2: return load(2, {at.i, at.j});
      case 3: return wordConstant(choose(9) - 4);
      // Around the ends and their fractions.
      case 4: return wordConstant(static_cast<int32_t>(INT32_MIN / (1 + choose(9)) + choose(20) - 10));
      case 5: return wordConstant(static_cast<int32_t>(random()));
      case 6: return arith::IndexCastOp::create(at.b, at.l, at.b.getI32Type(), at.i);
      default: return arith::IndexCastOp::create(at.b, at.l, at.b.getI32Type(), at.j);
      }
    Value x = word(depth - 1);
    auto operand = [&] { return word(depth - 1); };
    auto remainder = [&](Value divisor) -> Value {
      Value quotient = arith::FloorDivSIOp::create(at.b, at.l, x, divisor);
      return arith::SubIOp::create(at.b, at.l, x, arith::MulIOp::create(at.b, at.l, quotient, divisor));
    };
    switch (choose(12)) {
    case 0:
    case 1: return arith::AddIOp::create(at.b, at.l, x, operand());
    case 2: return arith::SubIOp::create(at.b, at.l, x, operand());
    case 3:
    case 4: return arith::MulIOp::create(at.b, at.l, x, operand());
    case 5: return arith::MaxSIOp::create(at.b, at.l, x, operand());
    case 6: return arith::MinSIOp::create(at.b, at.l, x, operand());
    case 7: return math::AbsIOp::create(at.b, at.l, x);
    case 8: return arith::FloorDivSIOp::create(at.b, at.l, x, word(0));
    case 9: return remainder(word(0));
    case 10: return remainder(wordConstant(1 + choose(9)));
    default: return arith::SelectOp::create(at.b, at.l, affine(), x, operand());
    }
  }

  Value real(int depth) {
    if (depth == 0) {
      if (choose(8) == 0)
        return load(3, {at.j}); // may be NaN: nothing is known about it
      Value narrow = arith::IndexCastOp::create(at.b, at.l, at.b.getI32Type(), number(0));
      return arith::SIToFPOp::create(at.b, at.l, at.b.getF32Type(), narrow);
    }
    Value x = real(depth - 1);
    switch (choose(9)) {
    case 0: return arith::AddFOp::create(at.b, at.l, x, real(depth - 1));
    case 1: return arith::SubFOp::create(at.b, at.l, x, real(depth - 1));
    case 2: return arith::MulFOp::create(at.b, at.l, x, real(depth - 1));
    case 3: return arith::MaximumFOp::create(at.b, at.l, x, real(depth - 1));
    case 4: return arith::MinimumFOp::create(at.b, at.l, x, real(depth - 1));
    case 5: return arith::NegFOp::create(at.b, at.l, x);
    case 6: return math::AbsFOp::create(at.b, at.l, x);
    case 7: return math::FloorOp::create(at.b, at.l, x);
    default: return arith::SelectOp::create(at.b, at.l, condition(0), x, real(depth - 1));
    }
  }

  Pair at;
  std::mt19937 &random;
};

/// A module with a condition for each pair, and what TileRanges makes of it.
class TileRangesTest : public ::testing::Test {
protected:
  TileRangesTest() {
    context.loadDialect<AttnDialect, arith::ArithDialect, func::FuncDialect, math::MathDialect>();
  }

  using Build = function_ref<Value(Conditions &)>;

  /// Checks one condition over tiles of tileQueries x tileKeys pairs.
  void check(unsigned seed, int64_t tileQueries, int64_t tileKeys, bool isExact, Build condition) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    tile[0] = tileQueries, tile[1] = tileKeys;
    OpBuilder b(&context);
    OwningOpRef<ModuleOp> module = ModuleOp::create(b, loc);
    SizeAttr q = size(queries), k = size(keys);
    SmallVector<Type> types{tensor(b.getI32Type(), {q}), tensor(b.getI32Type(), {k}), tensor(b.getI32Type(), {q, k}),
                            tensor(b.getF32Type(), {k}), tensor(b.getI1Type(), {q, k})};
    SmallVector<SizeAttr> counts{size((queries + tileQueries - 1) / tileQueries),
                                 size((keys + tileKeys - 1) / tileKeys)};
    attn::TensorType ofPairs = tensor(b.getI1Type(), {q, k}), ofTiles = tensor(b.getI1Type(), counts);
    b.setInsertionPointToEnd(module->getBody());
    auto function = func::FuncOp::create(b, loc, "f", b.getFunctionType(types, {ofPairs, ofTiles, ofTiles}));
    b.setInsertionPointToEnd(function.addEntryBlock());
    auto pairs = StageOp::create(b, loc, "pairs", ofPairs, ArrayRef<StringRef>{"i", "j"},
                                 [&](OpBuilder &inside, Location l, ValueRange at) -> Value {
      Conditions conditions({inside, l, at[0], at[1], function.getArguments()}, random);
      return condition(conditions);
    });
    pair = pairs;
    auto kinds = StageOp::create(b, loc, "kinds", ArrayRef<attn::TensorType>{ofTiles, ofTiles},
                                 ArrayRef<StringRef>{"tile", "chunk"},
                                 [&](OpBuilder &inside, Location l, ValueRange at) -> SmallVector<Value> {
      llvm::DenseMap<Value, TileRanges::Range> running;
      for (int axis : {0, 1})
        running[index(axis)] = {position(inside, at[axis], axis, 0), position(inside, at[axis], axis, tile[axis] - 1)};
      TileRanges ranges(inside, l, running, {},
                        [&](Value value) { return rangeOfData(inside, value, counts, at); });
      TileRanges::Truth truth = ranges.truthOf(pairs.getYield().getOperand(0));
      return {truth.always, truth.ever};
    });
    func::ReturnOp::create(b, loc, ValueRange{pairs.getResult(), kinds.getResult(0), kinds.getResult(1)});
    ASSERT_TRUE(succeeded(verify(*module)));
    auto results = reference::Interpreter(*module, {}).run("f", inputs(types, random));
    ASSERT_TRUE(static_cast<bool>(results)) << llvm::toString(results.takeError());
    compare(*results, isExact);
    if (HasFailure())
      pairs->dump();
  }

private:
  SizeAttr size(int64_t value) { return SizeAttr::constant(&context, value); }
  attn::TensorType tensor(Type element, ArrayRef<SizeAttr> sizes) { return attn::TensorType::get(element, sizes); }
  Value index(int axis) { return pair.getBody().getArgument(axis); }

  /// The index at `place` of a tile; past the end, the last one again.
  Value position(OpBuilder &b, Value number, int axis, Value place) {
    Value begin = arith::MulIOp::create(b, loc, number, arith::ConstantIndexOp::create(b, loc, tile[axis]));
    Value last = arith::ConstantIndexOp::create(b, loc, (axis ? keys : queries) - 1);
    return arith::MinSIOp::create(b, loc, arith::AddIOp::create(b, loc, begin, place), last);
  }
  Value position(OpBuilder &b, Value number, int axis, int64_t place) {
    return position(b, number, axis, arith::ConstantIndexOp::create(b, loc, place));
  }

  Value clone(OpBuilder &b, Value value, IRMapping &mapping) {
    Operation *op = value.getDefiningOp();
    if (mapping.contains(value) || !op)
      return mapping.lookupOrDefault(value);
    for (Value operand : op->getOperands())
      clone(b, operand, mapping);
    b.clone(*op, mapping);
    return mapping.lookup(value);
  }

  /// Integers and bools by their extremes over each tile, as a pass finds them.
  TileRanges::Range rangeOfData(OpBuilder &b, Value value, ArrayRef<SizeAttr> counts, ValueRange at) {
    if (!value.getType().isIntOrIndex() || value.getType().isInteger(64))
      return {};
    auto outside = OpBuilder::atBlockEnd(pair->getBlock()); // before the stage that is being built
    auto extreme = [&](Reducer reducer) -> Value {
      auto stage = StageOp::create(outside, loc, "extreme", tensor(b.getI32Type(), counts),
                                   ArrayRef<StringRef>{"tile", "chunk", "query", "key"}, reducer,
                                   ArrayRef<SizeAttr>{size(tile[0]), size(tile[1])},
                                   [&](OpBuilder &inside, Location l, ValueRange all) -> Value {
        IRMapping mapping;
        for (int axis : {0, 1})
          mapping.map(index(axis), position(inside, all[axis], axis, all[2 + axis]));
        Value element = clone(inside, value, mapping);
        if (value.getType().isIndex())
          return arith::IndexCastOp::create(inside, l, inside.getI32Type(), element);
        if (value.getType().isInteger(1))
          return arith::ExtUIOp::create(inside, l, inside.getI32Type(), element);
        return element;
      });
      Value end = LoadOp::create(b, loc, stage.getResult(), at);
      return value.getType().isIndex() ? arith::IndexCastOp::create(b, loc, value.getType(), end).getResult() : end;
    };
    return {extreme(Reducer::Min), extreme(Reducer::Max)};
  }

  std::vector<reference::Array> inputs(ArrayRef<Type> types, std::mt19937 &random) {
    std::vector<reference::Array> result;
    for (Type type : types) {
      auto tensor = cast<attn::TensorType>(type);
      reference::Array array{tensor.getElementType(), {}, {}};
      int64_t count = 1;
      for (SizeAttr axis : tensor.getSizes()) {
        array.shape.push_back(*axis.getConstant());
        count *= array.shape.back();
      }
      // Sorted half of the time, as numbers of documents are.
      bool isSorted = random() % 2;
      for (int64_t n = 0; n < count; ++n) {
        double value = static_cast<double>(random() % 12) - 4;
        if (array.elementType.isInteger(1))
          value = random() % 64 > 1;
        else if (array.elementType.isF32() && random() % 4 == 0)
          value = std::numeric_limits<double>::quiet_NaN();
        else if (isSorted)
          value = static_cast<double>(n * 8 / count);
        array.data.push_back(value);
      }
      result.push_back(std::move(array));
    }
    return result;
  }

  void compare(const std::vector<reference::Array> &results, bool isExact) {
    int64_t columns = results[1].shape[1];
    for (size_t n = 0; n < results[1].data.size(); ++n) {
      int64_t row = static_cast<int64_t>(n) / columns, column = static_cast<int64_t>(n) % columns;
      bool all = true, any = false;
      for (int64_t i = row * tile[0]; i < std::min(queries, (row + 1) * tile[0]); ++i)
        for (int64_t j = column * tile[1]; j < std::min(keys, (column + 1) * tile[1]); ++j) {
          all &= results[0].data[i * keys + j] != 0;
          any |= results[0].data[i * keys + j] != 0;
        }
      bool always = results[1].data[n] != 0, ever = results[2].data[n] != 0;
      ASSERT_TRUE(!always || all) << "tile " << row << ", " << column << " is not full";
      ASSERT_TRUE(ever || !any) << "tile " << row << ", " << column << " is not empty";
      if (isExact) {
        ASSERT_EQ(always, all) << "tile " << row << ", " << column;
        ASSERT_EQ(ever, any) << "tile " << row << ", " << column;
      }
      tiles += 1;
      known += all == always && any == ever;
    }
  }

protected:
  MLIRContext context;
  Location loc = UnknownLoc::get(&context);
  StageOp pair;
  int64_t tile[2];
  int64_t tiles = 0, known = 0; ///< how many tiles there were, and got the best answers
};

// Ends of affine conditions are at corners: nothing is lost.
TEST_F(TileRangesTest, IsExactForAffineConditions) {
  for (unsigned seed = 1; seed <= 300 && !HasFailure(); ++seed)
    check(seed, 1 + seed % 6, 1 + seed % 9, true, [](Conditions &of) { return of.affine(); });
}

TEST_F(TileRangesTest, IsNeverWrong) {
  for (unsigned seed = 1; seed <= 3000 && !HasFailure(); ++seed)
    check(seed, 1 + seed % 6, 1 + seed % 9, false, [&](Conditions &of) { return of.condition(1 + seed % 4); });
  // Wide answers would pass too: most must be the narrow ones.
  EXPECT_GT(known, tiles / 2);
}

// Ends that may have wrapped around say nothing.
TEST_F(TileRangesTest, IsNeverWrongAboutIntegersThatWrapAround) {
  for (unsigned seed = 6001; seed <= 9000 && !HasFailure(); ++seed)
    check(seed, 1 + seed % 6, 1 + seed % 9, false, [&](Conditions &of) { return of.wordCondition(seed % 4); });
  EXPECT_GT(known, tiles / 2);
}

// A tile of one pair: everything is known that has ranges at all.
TEST_F(TileRangesTest, IsNeverWrongAboutOnePair) {
  for (unsigned seed = 5001; seed <= 5300 && !HasFailure(); ++seed)
    check(seed, 1, 1, false, [&](Conditions &of) { return of.condition(1 + seed % 4); });
}

} // namespace
