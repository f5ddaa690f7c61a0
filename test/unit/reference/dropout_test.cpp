// Philox against the known answers that its authors publish with it (Random123,
// tests/kat_vectors), and dropout against its definition.
#include "interpreted.h"
#include "reference/Dropout.h"

namespace attune::reference {
namespace {

TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}),
            (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                   {0xa4093822, 0x299f31d0}),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

constexpr char drop[] = R"mlir(
!X = !attn.tensor<f32, [a, b, n]>
func.func @f(%x: !X, %rate: !attn.tensor<f32, []>, %seed: !attn.tensor<i32, [seeds]> {attn.seed}) -> !X attributes {attn.model} {
  %y = attn.stage "dropout" [%i: a, %j: b, %k: n] {
    %v = attn.load %x[%i, %j, %k] : !X
    %r = attn.load %rate[] : !attn.tensor<f32, []>
    %d = attn.dropout %v rate %r site 5 at [%i, %j, %k] of [a, b, n] seed %seed : !attn.tensor<i32, [seeds]>
    attn.yield %d : f32
  } : f32
  return %y : !X
}
)mlir";

class Dropout : public ::testing::Test {
protected:
  std::vector<double> run(const Array &x, double rate, std::optional<uint64_t> seed) {
    return f.result({x, f.floats({}, {rate}), seedInput(&f.context, seed)});
  }
  Interpreted f{drop};
};

TEST_F(Dropout, NoSeedChangesNothing) {
  Array x = f.random({2, 3, 5});
  EXPECT_EQ(run(x, 0.5, std::nullopt), x.data);
  // Neither does a seed of 0 count as none.
  EXPECT_NE(run(x, 0.5, 0), x.data);
}

TEST_F(Dropout, FollowsItsDefinition) {
  Array x = f.random({2, 3, 300});
  // The mask goes by the rate in f32.
  for (double rate : {0.0, 0.1, 0.75}) {
    uint64_t seed = 0xfedcba9876543210;
    std::vector<double> y = run(x, rate, seed);
    float rounded = static_cast<float>(rate);
    for (uint32_t i = 0; i < y.size(); ++i) {
      uint32_t word = philox({i % 300, i / 300, 5, 0}, {0x76543210, 0xfedcba98})[0];
      bool dropped = (word >> 8) * 0x1p-24 < rounded;
      ASSERT_EQ(y[i], dropped ? 0 : x.data[i] / (1 - double(rounded))) << i;
    }
  }
}

TEST_F(Dropout, DropsAsOftenAsTheRateSays) {
  Array x = f.floats({10, 10, 1000}, std::vector<double>(100000, 1));
  for (double rate : {0.1, 0.5, 0.9}) {
    std::vector<double> y = run(x, rate, 42);
    double kept = 0;
    for (double value : y)
      kept += value != 0;
    // Five standard deviations of the binomial distribution.
    EXPECT_NEAR(kept / 100000, 1 - rate, 5 * std::sqrt(rate * (1 - rate) / 100000));
  }
}

// A computed rate is not checked: at 1 everything is dropped, without NaN.
TEST_F(Dropout, RateOfOneDropsAll) {
  EXPECT_EQ(run(f.random({1, 2, 9}), 1, 3), std::vector<double>(18, 0));
}

TEST_F(Dropout, SeedsHaveTwoWords) {
  EXPECT_NE(f.error({f.random({1, 1, 1}), f.floats({}, {0.5}), f.integers({1}, {7})})
                .find("draws with a seed that has neither 0 nor 2 words"),
            std::string::npos);
}

// The weight region draws at the pair's indices, whatever pairs are kept.
TEST(AttentionDropout, MaskBelongsToThePair) {
  Interpreted f(R"mlir(
!Q = !attn.tensor<f32, [b, n, 2, 4]>
!K = !attn.tensor<f32, [b, m, 2, 4]>
func.func @f(%q: !Q, %k: !K, %seed: !attn.tensor<i32, [seeds]> {attn.seed}) -> !Q attributes {attn.model} {
  %o = attn.attention "drop" %q, %k, %k : (!Q, !K, !K) -> !Q
    score (%b, %h, %i, %j) {
      %c = arith.constant 1.0 : f32
      attn.yield %c : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sge, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %r = arith.constant 0.5 : f32
      %d = attn.dropout %s rate %r site 1 at [%b, %h, %i, %j] of [b, 2, n, m] seed %seed : !attn.tensor<i32, [seeds]>
      attn.yield %d : f32
    }
  return %o : !Q
}
)mlir");
  Array k = f.floats({2, 7, 2, 4}, std::vector<double>(112, 1));
  std::vector<double> y = f.result({f.random({2, 5, 2, 4}), k, seedInput(&f.context, 9)});
  for (uint32_t b = 0; b < 2; ++b)
    for (uint32_t i = 0; i < 5; ++i)
      for (uint32_t h = 0; h < 2; ++h) {
        double sum = 0;
        for (uint32_t j = i; j < 7; ++j)
          if ((philox({j, (b * 2 + h) * 5 + i, 1, 0}, {9, 0})[0] >> 8) * 0x1p-24 >= 0.5)
            sum += 2;
        for (uint32_t e = 0; e < 4; ++e)
          EXPECT_EQ(y[((b * 5 + i) * 2 + h) * 4 + e], sum);
      }
}

} // namespace
} // namespace attune::reference
