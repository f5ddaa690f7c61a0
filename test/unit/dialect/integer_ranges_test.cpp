// Ranges of integers against what the interpreter computes: of single expressions
// as text, and of random ones, whose seed failures print.
#include "dialect/IntegerRanges.h"
#include "reference/Interpreter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace attune;
using namespace attune::attn;

namespace {

class IntegerRangesTest : public ::testing::Test {
protected:
  IntegerRangesTest() {
    context.loadDialect<AttnDialect, arith::ArithDialect, func::FuncDialect, math::MathDialect>();
  }

  /// The operation before the yield of a body with an index %i below 10, an i32 %x,
  /// and an i8 %y.
  Operation *parse(const std::string &body) {
    module = parseSourceString<ModuleOp>("func.func @f(%t: !attn.tensor<i32, [n]>, %s: !attn.tensor<i8, [n]>) {\n"
                                         "  %r = attn.stage \"r\" [%i: n] {\n"
                                         "    %x = attn.load %t[%i] : !attn.tensor<i32, [n]>\n"
                                         "    %y = attn.load %s[%i] : !attn.tensor<i8, [n]>\n" + body +
                                         "    %one = arith.constant 1 : i32\n"
                                         "    attn.yield %one : i32\n  } : i32\n  return\n}\n", &context);
    if (!module)
      return nullptr;
    Operation *last = nullptr;
    module->walk([&](StageOp stage) { last = stage.getYield()->getPrevNode()->getPrevNode(); });
    return last;
  }

  void expect(const std::string &body, int64_t least, int64_t greatest) {
    Operation *op = parse(body);
    ASSERT_TRUE(op) << body;
    IntegerRange range = attn::rangeOf(op->getResult(0));
    EXPECT_EQ(range.least, least) << body;
    EXPECT_EQ(range.greatest, greatest) << body;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(IntegerRangesTest, Leaves) {
  expect("%v = arith.constant -7 : i32\n", -7, -7);
  expect("%v = attn.load %t[%i] : !attn.tensor<i32, [n]>\n", INT32_MIN, INT32_MAX);
  expect("%v = attn.size [n] : index\n", 0, endOfIndices);
  expect("%v = attn.size [3 * n + 2] : index\n", 2, 3 * endOfIndices + 2);
  expect("%v = arith.index_cast %i : index to i32\n", 0, endOfIndices - 1);
  expect("%v = arith.extsi %y : i8 to i32\n", -128, 127);
  expect("%v = arith.extui %y : i8 to i32\n", 0, 255);
  expect("%v = attn.clamp %i [20] : index\n", 0, 19);
}

TEST_F(IntegerRangesTest, Arithmetic) {
  const std::string small = "%e = arith.extsi %y : i8 to i32\n", two = "%d = arith.constant 2 : i32\n",
                    minus = "%d = arith.constant -2 : i32\n";
  expect(small + "%v = arith.muli %e, %e : i32\n", -128 * 127, 128 * 128);
  expect(small + "%v = arith.subi %e, %e : i32\n", -255, 255);
  expect(small + two + "%v = arith.floordivsi %e, %d : i32\n", -64, 63);
  expect(small + minus + "%v = arith.floordivsi %e, %d : i32\n", -128, 128);
  expect(small + two + "%v = arith.maxsi %e, %d : i32\n", 2, 127);
  expect(small + two + "%v = arith.minsi %e, %d : i32\n", -128, 2);
  // Once it may wrap around it may be anything.
  expect(two + "%v = arith.addi %x, %d : i32\n", INT32_MIN, INT32_MAX);
  expect("%v = arith.trunci %x : i32 to i8\n", -128, 127);
  expect("%w = arith.muli %i, %i : index\n%v = arith.index_cast %w : index to i32\n", INT32_MIN, INT32_MAX);
}

TEST_F(IntegerRangesTest, Remainders) {
  auto of = [](const std::string &divisor) {
    return divisor + "%q = arith.floordivsi %x, %d : i32\n%p = arith.muli %q, %d : i32\n%v = arith.subi %x, %p : i32\n";
  };
  expect(of("%d = arith.constant 7 : i32\n"), 0, 6);
  expect(of("%d = arith.constant -7 : i32\n"), -6, 0);
  expect(of("%d = arith.extsi %y : i8 to i32\n"), INT32_MIN, INT32_MAX); // x where the divisor is 0
  EXPECT_FALSE(mayWrap(parse(of("%d = arith.constant 7 : i32\n"))));
}

TEST_F(IntegerRangesTest, WhatMayWrapAround) {
  EXPECT_TRUE(mayWrap(parse("%v = arith.addi %x, %x : i32\n")));
  EXPECT_TRUE(mayWrap(parse("%c = arith.constant 0 : i32\n%v = arith.subi %c, %x : i32\n")));
  EXPECT_TRUE(mayWrap(parse("%e = arith.extsi %x : i32 to i64\n%m = arith.muli %e, %e : i64\n"
                            "%v = arith.muli %m, %e : i64\n")));
  EXPECT_FALSE(mayWrap(parse("%e = arith.extsi %x : i32 to i64\n%v = arith.muli %e, %e : i64\n")));
  EXPECT_FALSE(mayWrap(parse("%e = arith.index_cast %i : index to i32\n%v = arith.addi %e, %e : i32\n")));
  EXPECT_TRUE(mayWrap(parse("%v = arith.addi %y, %y : i8\n")));
}

/// Random sums, products, quotients and so on of i32s.
Value randomInteger(OpBuilder &b, Location l, ArrayRef<Value> leaves, int depth, std::mt19937 &random) {
  auto choose = [&](int count) { return static_cast<int>(random() % count); };
  if (depth == 0) {
    if (choose(3))
      return leaves[choose(leaves.size())];
    int64_t constants[] = {choose(9) - 4, static_cast<int32_t>(random()), INT32_MIN, INT32_MAX};
    return arith::ConstantOp::create(b, l, b.getI32IntegerAttr(static_cast<int32_t>(constants[choose(4)])));
  }
  auto operand = [&] { return randomInteger(b, l, leaves, depth - 1, random); };
  Value x = operand(), y = operand();
  switch (choose(10)) {
  case 0: return arith::AddIOp::create(b, l, x, y);
  case 1: return arith::SubIOp::create(b, l, x, y);
  case 2: return arith::MulIOp::create(b, l, x, y);
  case 3: return arith::MaxSIOp::create(b, l, x, y);
  case 4: return arith::MinSIOp::create(b, l, x, y);
  case 5: return arith::FloorDivSIOp::create(b, l, x, y);
  case 6: return math::AbsIOp::create(b, l, x);
  case 7: {
    Value quotient = arith::FloorDivSIOp::create(b, l, x, y);
    return arith::SubIOp::create(b, l, x, arith::MulIOp::create(b, l, quotient, y));
  }
  case 8: return arith::ExtSIOp::create(b, l, b.getI32Type(), arith::TruncIOp::create(b, l, b.getI8Type(), x));
  default:
    return arith::SelectOp::create(b, l, arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, x, y), x, y);
  }
}

TEST_F(IntegerRangesTest, HoldWhatIsComputed) {
  constexpr int64_t count = 64;
  Location l = UnknownLoc::get(&context);
  for (unsigned seed = 1; seed <= 1000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    OpBuilder b(&context);
    OwningOpRef<ModuleOp> made = ModuleOp::create(b, l);
    SizeAttr size = SizeAttr::constant(&context, count);
    auto words = attn::TensorType::get(b.getI32Type(), size), bytes = attn::TensorType::get(b.getI8Type(), size);
    b.setInsertionPointToEnd(made->getBody());
    auto function = func::FuncOp::create(b, l, "f", b.getFunctionType({words, bytes}, {words}));
    b.setInsertionPointToEnd(function.addEntryBlock());
    auto stage = StageOp::create(b, l, "r", words, ArrayRef<StringRef>{"i"},
                                 [&](OpBuilder &inside, Location at, ValueRange index) -> Value {
      Value word = LoadOp::create(inside, at, function.getArgument(0), index);
      Value byte = arith::ExtSIOp::create(inside, at, inside.getI32Type(),
                                          LoadOp::create(inside, at, function.getArgument(1), index).getResult());
      Value place = arith::IndexCastOp::create(inside, at, inside.getI32Type(), index[0]);
      return randomInteger(inside, at, {word, byte, place}, 1 + seed % 4, random);
    });
    func::ReturnOp::create(b, l, ValueRange{stage.getResult()});
    std::vector<reference::Array> inputs{{b.getI32Type(), {count}, {}}, {b.getI8Type(), {count}, {}}};
    for (int64_t n = 0; n < count; ++n) {
      inputs[0].data.push_back(n ? static_cast<int32_t>(random()) : INT32_MIN);
      inputs[1].data.push_back(static_cast<int8_t>(random()));
    }
    auto results = reference::Interpreter(*made, {}).run("f", inputs);
    ASSERT_TRUE(static_cast<bool>(results)) << llvm::toString(results.takeError());
    IntegerRange range = attn::rangeOf(stage.getYield().getOperand(0));
    for (double value : results->front().data)
      ASSERT_TRUE(range.contains(static_cast<int64_t>(value))) << value;
    if (HasFailure())
      stage->dump();
  }
}

} // namespace
