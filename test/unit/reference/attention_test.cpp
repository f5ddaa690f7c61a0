// Attention against plain loops.
#include "interpreted.h"
#include <cmath>
#include <limits>

namespace attune::reference {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Grouped heads, causal from the right end, a padding mask, an ALiBi slope and
// a sink: every part of attention at once.
constexpr char everything[] = R"mlir(
!q = !attn.tensor<f32, [batch, queries, 6, 5]>
!k = !attn.tensor<f32, [batch, keys, 2, 5]>
!v = !attn.tensor<f32, [batch, keys, 2, 3]>
!o = !attn.tensor<f32, [batch, queries, 6, 3]>
func.func @f(%q: !q, %k: !k, %v: !v, %valid: !attn.tensor<i1, [batch, keys]>,
             %slope: !attn.tensor<f32, [6]>, %sink: !attn.tensor<f32, [6]>) -> !o {
  %o = attn.attention "everything" %q, %k, %v : (!q, !k, !v) -> !o
    score (%b, %h, %i, %j) {
      %three = arith.constant 3 : index
      %g = arith.floordivsi %h, %three : index
      %dot = attn.reduce sum [%e: 5] {
        %x = attn.load %q[%b, %i, %h, %e] : !q
        %y = attn.load %k[%b, %j, %g, %e] : !k
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %root = arith.constant 0.5 : f32
      %scaled = arith.mulf %dot, %root : f32
      %d = arith.subi %i, %j : index
      %d32 = arith.index_cast %d : index to i32
      %away = math.absi %d32 : i32
      %far = arith.sitofp %away : i32 to f32
      %s = attn.load %slope[%h] : !attn.tensor<f32, [6]>
      %bias = arith.mulf %far, %s : f32
      %r = arith.subf %scaled, %bias : f32
      attn.yield %r : f32
    }
    keep (%b, %h, %i, %j) {
      %n = attn.size [queries - keys] : index
      %left = arith.addi %j, %n : index
      %past = arith.cmpi sle, %left, %i : index
      %real = attn.load %valid[%b, %j] : !attn.tensor<i1, [batch, keys]>
      %c = arith.andi %past, %real : i1
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %x = attn.load %sink[%h] : !attn.tensor<f32, [6]>
      %p = attn.normalize softmax %s sink %x : f32
      %two = arith.constant 2.0 : f32
      %r = arith.mulf %p, %two : f32
      attn.yield %r : f32
    }
  return %o : !o
}
)mlir";

std::vector<double> naive(int64_t batch, int64_t queries, int64_t keys,
                          const Array &q, const Array &k, const Array &v,
                          const Array &valid, const Array &slope,
                          const Array &sink) {
  constexpr int64_t heads = 6, kvHeads = 2, depth = 5, features = 3;
  std::vector<double> out(batch * queries * heads * features);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t i = 0; i < queries; ++i) {
        std::vector<double> score(keys, -infinity);
        double sum = std::exp(sink.data[h]);
        bool any = false;
        for (int64_t j = 0; j < keys; ++j) {
          if (j + queries - keys > i || !valid.data[b * keys + j])
            continue;
          any = true;
          double dot = 0;
          for (int64_t e = 0; e < depth; ++e)
            dot += q.data[((b * queries + i) * heads + h) * depth + e] *
                   k.data[((b * keys + j) * kvHeads + h / 3) * depth + e];
          score[j] = dot * 0.5 - slope.data[h] * std::fabs(double(i - j));
          sum += std::exp(score[j]);
        }
        for (int64_t j = 0; j < keys && any; ++j)
          for (int64_t f = 0; f < features; ++f)
            out[((b * queries + i) * heads + h) * features + f] +=
                2 * std::exp(score[j]) / sum *
                v.data[((b * keys + j) * kvHeads + h / 3) * features + f];
      }
  return out;
}

class Attention : public ::testing::TestWithParam<std::array<int64_t, 3>> {};

TEST_P(Attention, IsWhatLoopsGive) {
  auto [batch, queries, keys] = GetParam();
  Interpreted program(everything);
  ASSERT_TRUE(program.module);
  Array q = program.random({batch, queries, 6, 5});
  Array k = program.random({batch, keys, 2, 5});
  Array v = program.random({batch, keys, 2, 3});
  Array valid = program.integers({batch, keys}, {}, 1);
  for (int64_t i = 0; i < batch * keys; ++i)
    valid.data.push_back(i % 4 != 1);
  Array slope = program.random({6}), sink = program.random({6});
  std::vector<double> expected =
      naive(batch, queries, keys, q, k, v, valid, slope, sink);
  std::vector<double> actual =
      program.result({q, k, v, valid, slope, sink});
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], 1e-13) << "element " << i;
}

INSTANTIATE_TEST_SUITE_P(Sizes, Attention,
                         ::testing::Values(std::array<int64_t, 3>{1, 1, 1},
                                           std::array<int64_t, 3>{2, 7, 7},
                                           std::array<int64_t, 3>{1, 2, 9},
                                           std::array<int64_t, 3>{1, 9, 2},
                                           std::array<int64_t, 3>{3, 5, 0},
                                           std::array<int64_t, 3>{1, 3, 300}));

TEST(Attention, DroppedPairsCannotTrapOrLeak) {
  Interpreted program(everything);
  Array q = program.random({1, 2, 6, 5}), k = program.random({1, 3, 2, 5});
  Array v = program.random({1, 3, 2, 3});
  Array valid = program.integers({1, 3}, {1, 0, 1}, 1);
  Array slope = program.random({6}), sink = program.random({6});
  std::vector<double> clean = program.result({q, k, v, valid, slope, sink});
  // Key 1 is padding: whatever it holds does not matter.
  for (int64_t i = 0; i < 10; ++i)
    k.data[10 + i] = std::numeric_limits<double>::quiet_NaN();
  for (int64_t i = 0; i < 6; ++i)
    v.data[6 + i] = infinity;
  EXPECT_EQ(program.result({q, k, v, valid, slope, sink}), clean);
}

} // namespace
} // namespace attune::reference
