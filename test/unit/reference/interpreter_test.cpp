// What callers meet: entries, inputs, weights, limits.
#include "interpreted.h"

namespace attune::reference {
namespace {

constexpr char scaled[] = R"mlir(
attn.weight @w : !attn.tensor<f32, [2]>
attn.prepared @twice : !attn.tensor<f32, [2]>
func.func @prepare() attributes {attn.prepare} {
  %w = attn.read @w : !attn.tensor<f32, [2]>
  %t = attn.stage "twice" [%i: 2] {
    %v = attn.load %w[%i] : !attn.tensor<f32, [2]>
    %d = arith.addf %v, %v : f32
    attn.yield %d : f32
  } : f32
  attn.write @twice, %t : !attn.tensor<f32, [2]>
  return
}
func.func @first(%x: !attn.tensor<f32, [n, 2]> {attn.name = "x"}) -> !attn.tensor<f32, [n, 2]> attributes {attn.model} {
  %t = attn.read @twice : !attn.tensor<f32, [2]>
  %r = attn.stage "scaled" [%i: n, %j: 2] {
    %v = attn.load %x[%i, %j] : !attn.tensor<f32, [n, 2]>
    %s = attn.load %t[%j] : !attn.tensor<f32, [2]>
    %p = arith.mulf %v, %s : f32
    attn.yield %p : f32
  } : f32
  return %r : !attn.tensor<f32, [n, 2]>
}
func.func @second(%x: !attn.tensor<i32, [n]> {attn.name = "x"}) -> (!attn.tensor<i32, [n]> {attn.name = "same"}, !attn.tensor<i32, [n]> {attn.name = "again"}) attributes {attn.model} {
  return %x, %x : !attn.tensor<i32, [n]>, !attn.tensor<i32, [n]>
}
)mlir";

class InterpreterTest : public ::testing::Test {
protected:
  WeightLookup weight(std::vector<int64_t> shape) {
    return [this, shape](llvm::StringRef name) -> llvm::Expected<Array> {
      ++lookups;
      if (name != "w")
        return llvm::createStringError("no " + name);
      return program.floats(shape, {3, 5});
    };
  }
  Interpreted program{scaled};
  int lookups = 0;
};

TEST_F(InterpreterTest, PreparesOnceAndRunsOften) {
  Interpreter interpreter(*program.module, weight({2}));
  for (int64_t rows : {1, 0, 2}) {
    std::vector<double> data(rows * 2, 1.5), expected;
    for (int64_t i = 0; i < rows; ++i)
      expected.insert(expected.end(), {9, 15});
    auto results = interpreter.run("first", {program.floats({rows, 2}, data)});
    ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
    EXPECT_EQ(results->front().data, expected);
    EXPECT_EQ(results->front().shape, (std::vector<int64_t>{rows, 2}));
  }
  EXPECT_EQ(lookups, 1);
}

TEST_F(InterpreterTest, TheFirstModelIsTheDefault) {
  auto entry = Interpreter::findEntry(*program.module, "");
  ASSERT_TRUE(static_cast<bool>(entry));
  EXPECT_EQ(entry->getName(), "first");
  EXPECT_EQ(Interpreter::inputName(*entry, 0), "x");
  EXPECT_EQ(Interpreter::resultName(*entry, 0), "result");
  auto other = Interpreter::findEntry(*program.module, "second");
  ASSERT_TRUE(static_cast<bool>(other));
  EXPECT_EQ(Interpreter::resultName(*other, 1), "again");
  auto prepare = Interpreter::findEntry(*program.module, "prepare");
  EXPECT_EQ(toString(prepare.takeError()), "the module has no model called 'prepare'");
}

TEST_F(InterpreterTest, OneValueMayBeTwoResults) {
  auto results = Interpreter(*program.module, weight({2}))
                     .run("second", {program.integers({3}, {1, 2, 3})});
  ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
  ASSERT_EQ(results->size(), 2u);
  EXPECT_EQ((*results)[0].data, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ((*results)[1].data, (std::vector<double>{1, 2, 3}));
}

TEST_F(InterpreterTest, InputsAreChecked) {
  auto error = [&](std::vector<Array> inputs) {
    return program.error(std::move(inputs), {}, weight({2}));
  };
  EXPECT_EQ(error({}), "'first' takes 1 inputs, but got 0");
  EXPECT_EQ(error({program.integers({1, 2}, {1, 2})}),
            "input \"x\" is of i32, but must be of f32");
  EXPECT_EQ(error({program.floats({1, 2}, {1})}),
            "input \"x\" is 1x2xf32, but has 1 elements");
  EXPECT_EQ(error({program.floats({-1, 2}, {})}), "input \"x\" has a negative size");
  EXPECT_EQ(error({program.floats({2}, {1, 2})}),
            "input \"x\" has rank 1, but must have rank 2");
  EXPECT_EQ(error({program.floats({1, 3}, {1, 2, 3})}),
            "axis 1 of input \"x\" has size 3, but must have 2");
  auto wide = Interpreter(*program.module, weight({2}))
                  .run("second", {program.integers({1}, {2147483648.0})});
  EXPECT_EQ(toString(wide.takeError()),
            "input \"x\" holds 2147483648.00, which is no i32");
}

TEST_F(InterpreterTest, WeightsAreChecked) {
  Array x = program.floats({1, 2}, {1, 2});
  EXPECT_EQ(program.error({x}, {}, weight({1, 2})),
            "weight \"w\" is 1x2xf32, but must be 2xf32");
  EXPECT_EQ(program.error({x}, {}, [&](llvm::StringRef) -> llvm::Expected<Array> {
              return llvm::createStringError("the file ends early");
            }),
            "the file ends early");
}

TEST_F(InterpreterTest, MemoryIsLimited) {
  InterpreterOptions options;
  options.memoryLimit = 40;
  std::string error =
      program.error({program.floats({1, 2}, {1, 2})}, options, weight({2}));
  EXPECT_NE(error.find("past its limit of 40: run it with smaller sizes"),
            std::string::npos)
      << error;
}

/// A chain of stages holds two tensors at a time, whatever its length.
TEST(InterpreterMemory, TensorsGoWhenNobodyNeedsThem) {
  std::string text = "func.func @f(%v0: !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]> {\n";
  constexpr int length = 50;
  for (int i = 0; i < length; ++i)
    text += "%v" + std::to_string(i + 1) + " = attn.stage \"s" + std::to_string(i) +
            "\" [%i: n] {\n %x = attn.load %v" + std::to_string(i) +
            "[%i] : !attn.tensor<f32, [n]>\n attn.yield %x : f32\n} : f32\n";
  text += "return %v" + std::to_string(length) + " : !attn.tensor<f32, [n]>\n}\n";
  Interpreted program(text);
  ASSERT_TRUE(program.module);
  InterpreterOptions options;
  options.memoryLimit = 2 * 1000 * sizeof(double);
  auto results =
      program.run({program.floats({1000}, std::vector<double>(1000, 7))}, options);
  ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
  EXPECT_EQ(results->front().data, std::vector<double>(1000, 7));
}

/// Scalars outside of stages may form chains as long as a file.
TEST(InterpreterScalars, LongChainsDoNotRecurse) {
  std::string text = "func.func @f(%x: !attn.tensor<f32, [1]>) -> !attn.tensor<f32, [1]> {\n"
                     "%c = arith.constant 1.0 : f32\n%s0 = arith.constant 0.0 : f32\n";
  constexpr int length = 20000;
  for (int i = 0; i < length; ++i)
    text += "%s" + std::to_string(i + 1) + " = arith.addf %s" + std::to_string(i) + ", %c : f32\n";
  text += "%r = attn.stage \"r\" [%i: 1] {\n attn.yield %s" + std::to_string(length) +
          " : f32\n} : f32\nreturn %r : !attn.tensor<f32, [1]>\n}\n";
  Interpreted program(text);
  ASSERT_TRUE(program.module);
  EXPECT_EQ(program.result({program.floats({1}, {0})}), std::vector<double>{length});
}

TEST(InterpreterReshape, SharesAndKeepsOrder) {
  Interpreted program(R"mlir(
func.func @f(%x: !attn.tensor<f32, [a, b]>) -> (!attn.tensor<f32, [b, a]>, !attn.tensor<f32, [a, b]>) {
  %r = attn.reshape %x : !attn.tensor<f32, [a, b]> -> !attn.tensor<f32, [b, a]>
  return %r, %x : !attn.tensor<f32, [b, a]>, !attn.tensor<f32, [a, b]>
})mlir");
  auto results = program.run({program.floats({2, 3}, {1, 2, 3, 4, 5, 6})});
  ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
  EXPECT_EQ((*results)[0].shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ((*results)[0].data, (*results)[1].data);
}

} // namespace
} // namespace attune::reference
