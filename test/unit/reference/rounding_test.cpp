// The plain mode: rounding after each operation, and sums in f32.
#include "reference/Rounding.h"
#include "interpreted.h"
#include "reference/MatrixProduct.h"
#include <cmath>
#include <limits>

namespace attune::reference {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Rounding, IsToTheNearestAndTiesGoToEven) {
  EXPECT_EQ(rounded(1 + 0x1p-24, Precision::F32), 1);
  EXPECT_EQ(rounded(1 + 0x3p-24, Precision::F32), 1 + 0x1p-22);
  EXPECT_EQ(rounded(1 + 0x1p-8, Precision::BF16), 1);
  EXPECT_EQ(rounded(1 + 0x3p-8, Precision::BF16), 1 + 0x1p-6);
  EXPECT_EQ(rounded(-1 - 0x1.8p-11, Precision::F16), -1 - 0x1p-10);
  // Through f32 this would become a tie, and then 1.
  EXPECT_EQ(rounded(1 + 0x1p-8 + 0x1p-40, Precision::BF16), 1 + 0x1p-7);
  EXPECT_EQ(rounded(0.1, Precision::Wide), 0.1);
}

TEST(Rounding, KnowsTheEndsOfEachType) {
  EXPECT_EQ(rounded(65519, Precision::F16), 65504);
  EXPECT_EQ(rounded(65520, Precision::F16), infinity);
  EXPECT_EQ(rounded(-1e39, Precision::F32), -infinity);
  EXPECT_EQ(rounded(-1e39, Precision::BF16), -infinity);
  EXPECT_EQ(rounded(0x1.8p-24, Precision::F16), 0x1p-23); // subnormal, a tie
  EXPECT_EQ(rounded(0x1p-26, Precision::F16), 0);
  EXPECT_EQ(rounded(-infinity, Precision::F16), -infinity);
  EXPECT_TRUE(std::isnan(rounded(std::nan(""), Precision::BF16)));
}

std::vector<double> plainResult(Interpreted &program, std::vector<Array> inputs) {
  InterpreterOptions options;
  options.arithmetic = Arithmetic::Plain;
  auto results = program.run(std::move(inputs), options);
  if (!results) {
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }
  return std::move(results->front().data);
}

// Past 2^24 f32 has no odd numbers, so that ones are lost one by one.
TEST(Plain, SumsOneAfterAnotherInF32) {
  Interpreted program(R"mlir(
    func.func @f(%x: !attn.tensor<f32, [n, 3]>) -> !attn.tensor<f32, []> {
      %s = attn.stage "sum" [] sum [%i: n, %j: 3] {
        %v = attn.load %x[%i, %j] : !attn.tensor<f32, [n, 3]>
        attn.yield %v : f32
      } : f32
      return %s : !attn.tensor<f32, []>
    })mlir");
  ASSERT_TRUE(program.module);
  std::vector<double> large = {0x1p24, 1, 1, 1, 1, 1}, late = {1, 1, 1, 1, 1, 0x1p24};
  for (auto &data : {large, late})
    EXPECT_EQ(program.result({program.floats({2, 3}, data)})[0], 0x1p24 + 5);
  EXPECT_EQ(plainResult(program, {program.floats({2, 3}, large)})[0], 0x1p24);
  EXPECT_EQ(plainResult(program, {program.floats({2, 3}, late)})[0], 0x1p24 + 4);
  // A first axis that is longer does not change the order.
  large.resize(600, 1);
  EXPECT_EQ(plainResult(program, {program.floats({200, 3}, large)})[0], 0x1p24);
}

TEST(Plain, ProductsOfMatricesRoundEveryProductAndSum) {
  std::mt19937 engine(3);
  std::uniform_real_distribution<float> values(-1, 1);
  const int64_t rows = 5, columns = 9, depth = 600;
  std::vector<double> a(rows * depth), b(columns * depth);
  for (auto *matrix : {&a, &b})
    for (double &x : *matrix)
      x = values(engine);
  std::vector<int64_t> rowOffset, columnOffset;
  for (int64_t m = 0; m < rows; ++m)
    rowOffset.push_back(m * columns);
  for (int64_t n = 0; n < columns; ++n)
    columnOffset.push_back(n);
  std::vector<double> out(rows * columns);
  PackedColumns<float> packed;
  packed.pack(b.data(), columns, depth);
  packed.multiplyInto(a.data(), rows, rowOffset.data(), columnOffset.data(), out.data());
  for (int64_t m = 0; m < rows; ++m)
    for (int64_t n = 0; n < columns; ++n) {
      double sum = 0;
      for (int64_t k = 0; k < depth; ++k)
        sum = rounded(sum + rounded(a[m * depth + k] * b[n * depth + k], Precision::F32),
                      Precision::F32);
      EXPECT_EQ(out[m * columns + n], sum) << m << ", " << n;
    }
}

TEST(Plain, OperationsAndResultsRoundToTheirTypes) {
  Interpreted program(R"mlir(
    func.func @f(%x: !attn.tensor<f32, [n]>) -> !attn.tensor<bf16, [n]> {
      %s = attn.stage "third" [%i: n] {
        %v = attn.load %x[%i] : !attn.tensor<f32, [n]>
        %three = arith.constant 3.0 : f32
        %q = arith.divf %v, %three : f32
        %p = arith.mulf %q, %three : f32
        %d = arith.subf %p, %v : f32
        %r = arith.truncf %q : f32 to bf16
        %w = arith.extf %r : bf16 to f32
        %e = arith.addf %w, %d : f32
        %o = arith.truncf %e : f32 to bf16
        attn.yield %o : bf16
      } : bf16
      return %s : !attn.tensor<bf16, [n]>
    })mlir");
  ASSERT_TRUE(program.module);
  EXPECT_EQ(program.result({program.floats({1}, {1})})[0], 1.0 / 3);
  EXPECT_EQ(plainResult(program, {program.floats({1}, {1})})[0], 0x1.56p-2);
  // What comes from outside is of its type too: 1 + 2^-30 is no f32.
  EXPECT_EQ(plainResult(program, {program.floats({1}, {1 + 0x1p-30})})[0], 0x1.56p-2);
}

// Sums of bf16 are taken in f32, and rounded once.
TEST(Plain, SumsOfBfloatsAreTakenInF32) {
  Interpreted program(R"mlir(
    func.func @f(%x: !attn.tensor<bf16, [m, n]>) -> !attn.tensor<bf16, [m]> {
      %s = attn.stage "sum" [%i: m] sum [%j: n] {
        %v = attn.load %x[%i, %j] : !attn.tensor<bf16, [m, n]>
        attn.yield %v : bf16
      } : bf16
      return %s : !attn.tensor<bf16, [m]>
    })mlir");
  ASSERT_TRUE(program.module);
  Array x{mlir::BFloat16Type::get(&program.context), {1, 1001}, std::vector<double>(1001, 1)};
  EXPECT_EQ(program.result({x})[0], 1001);
  EXPECT_EQ(plainResult(program, {x})[0], 1000); // bf16 alone would stop at 256
}

// Scores around 2^13, whose differences f32 keeps to 2^-10 alone.
TEST(Plain, AttentionRoundsScoresWeightsAndValues) {
  Interpreted program(R"mlir(
    !t = !attn.tensor<f32, [1, n, 1, 2]>
    func.func @f(%q: !t, %k: !t, %v: !t) -> !t {
      %o = attn.attention "dot" %q, %k, %v : (!t, !t, !t) -> !t
        score (%b, %h, %i, %j) {
          %dot = attn.reduce sum [%e: 2] {
            %x = attn.load %q[%b, %i, %h, %e] : !t
            %y = attn.load %k[%b, %j, %h, %e] : !t
            %m = arith.mulf %x, %y : f32
            attn.yield %m : f32
          } : f32
          attn.yield %dot : f32
        }
        keep (%b, %h, %i, %j) {
          %c = arith.constant true
          attn.yield %c : i1
        }
        weight (%b, %h, %i, %j, %s) {
          %p = attn.normalize softmax %s : f32
          attn.yield %p : f32
        }
      return %o : !t
    })mlir");
  ASSERT_TRUE(program.module);
  Array q = program.floats({1, 2, 1, 2}, {8192, 1, 0, 1});
  Array k = program.floats({1, 2, 1, 2}, {1, 0x1p-12, 1, -0x1p-12});
  Array v = program.floats({1, 2, 1, 2}, {1, 0, 0, 1});
  auto exact = program.result({q, k, v}), plain = plainResult(program, {q, k, v});
  double e = std::exp(-0x1p-11);
  EXPECT_NEAR(exact[0], 1 / (1 + e), 1e-15);
  EXPECT_EQ(plain[0], 0.5); // both scores are 8192
  EXPECT_EQ(plain[2], rounded(1 / rounded(1 + rounded(e, Precision::F32), Precision::F32),
                              Precision::F32));
}

} // namespace
} // namespace attune::reference
