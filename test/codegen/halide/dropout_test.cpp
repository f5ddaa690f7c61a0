// The kernels of dropout.mlir against Philox as its authors define it, which is
// checked against the known answers that they publish.
#include "Cases.h"
#include <array>
#include <gtest/gtest.h>

using namespace kernel_test;

namespace {

using Buf = halide_buffer_t *;
using Words = std::array<uint32_t, 4>;

Words philox(Words c, uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
    uint64_t p0 = uint64_t(0xD2511F53) * c[0], p1 = uint64_t(0xCD9E8D57) * c[2];
    c = {uint32_t(p1 >> 32) ^ c[1] ^ k0, uint32_t(p1), uint32_t(p0 >> 32) ^ c[3] ^ k1, uint32_t(p0)};
  }
  return c;
}

TEST(Philox, KnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, 0, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

constexpr int columns = 70;
constexpr uint32_t site = 6;

class Dropout : public ::testing::TestWithParam<std::tuple<const char *, const char *>> {};
INSTANTIATE_TEST_SUITE_P(Kernels, Dropout,
                         ::testing::Combine(::testing::Values("columns", "rows"),
                                            ::testing::Values("x86-64-v3", "host")));

TEST_P(Dropout, MasksAreThoseOfTheDefinition) {
  auto [name, target] = GetParam();
  std::string folder = mkdtemp((::testing::TempDir() + "dropout_XXXXXX").data());
  KernelLibrary library(ATTN_KERNELC, folder, std::string(KERNEL_SOURCES) + "/dropout.mlir", name, target);
  std::mt19937 random(5);
  for (int b = 1; b <= 40; b += 1 + b / 9) {
    int a = 1 + b % 3, rows = a * b;
    Side side = b % 2 ? Side::End : Side::Start;
    Floats x(size_t(rows) * columns, side), rate(1, side), result(size_t(rows) * columns, side);
    GuardedArray<int32_t> seed(2, side);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = 1 + float(i % 7);
    // Words with and without their highest bit, which is the sign of an i32.
    seed[0] = b == 1 ? 0 : int32_t(random());
    seed[1] = b == 1 ? 0 : int32_t(random());
    rate[0] = b % 4 * 0.3f;
    Buffer in(x.get(), {a, b, columns}), r(rate.get(), {}), s(seed.get(), {2}), out(result.get(), {a, b, columns});
    ASSERT_EQ((library.call<Buf, Buf, Buf, int32_t, int32_t, int32_t, Buf>(in, r, s, a, b, 2, out)), "");
    for (uint32_t i = 0; i < result.size(); ++i) {
      uint32_t word = philox({i % columns, i / columns, site, 0}, uint32_t(seed[0]), uint32_t(seed[1]))[0];
      if ((word >> 8) * 0x1p-24f < rate[0])
        ASSERT_EQ(result[i], 0.0f) << i << " of " << rows << " rows";
      else
        ASSERT_NEAR(result[i], double(x[i]) / (1 - double(rate[0])), 4e-6 * x[i]) << i << " of " << rows << " rows";
    }
  }
}

} // namespace
