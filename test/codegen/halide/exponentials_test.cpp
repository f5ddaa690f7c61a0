// The kernels of exponentials.mlir against double.
#include "Cases.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace kernel_test;

namespace {

using Buf = halide_buffer_t *;

class Exponentials : public ::testing::TestWithParam<std::tuple<const char *, const char *>> {};
INSTANTIATE_TEST_SUITE_P(Kernels, Exponentials,
                         ::testing::Combine(::testing::Values("registers", "halves", "several", "single", "odd"),
                                            ::testing::Values("x86-64-v3", "host")));

TEST_P(Exponentials, StayWithinTheirBound) {
  auto [name, target] = GetParam();
  std::string folder = mkdtemp((::testing::TempDir() + "exponentials_XXXXXX").data());
  KernelLibrary library(ATTN_KERNELC, folder, std::string(KERNEL_SOURCES) + "/exponentials.mlir", name, target);
  auto evaluate = [&](const std::vector<float> &points) {
    int32_t count = int32_t(points.size());
    Floats x(points.size(), Side::End), result(points.size(), Side::End);
    std::copy(points.begin(), points.end(), x.get());
    Buffer in(x.get(), {count}), out(result.get(), {count});
    EXPECT_EQ((library.call<Buf, int32_t, Buf>(in, count, out)), "");
    return std::vector<float>(result.get(), result.get() + count);
  };

  constexpr int count = 400'001;
  std::vector<float> points;
  for (int i = 0; i < count; ++i) {
    points.push_back(-100.0f * float(i) / count);
    points.push_back(-2.0f * float(i) / count);
    points.push_back(-std::ldexp(1.0f + float(i % 997) / 997, i % 150 - 149));
  }
  std::vector<float> got = evaluate(points);
  double largest = 0;
  for (size_t i = 0; i < points.size(); ++i)
    largest = std::max(largest, std::abs(got[i] - std::exp(double(points[i]))));
  EXPECT_LE(largest, 1.8e-7);
  RecordProperty("error", std::to_string(largest));

  const float infinity = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  std::vector<float> ends = evaluate({0.0f, -0.0f, -87.4f, -3e38f, -infinity, nan, -nan});
  for (auto [i, expected] : {std::pair(0, 1.0f), {1, 1.0f}, {2, 0.0f}, {3, 0.0f}, {4, 0.0f}})
    EXPECT_EQ(ends[i], expected) << i;
  EXPECT_TRUE(std::isnan(ends[5]) && std::isnan(ends[6]));
}

TEST(SharedArguments, KeepTheirLanes) {
  for (const char *target : {"x86-64-v3", "host"}) {
    std::string folder = mkdtemp((::testing::TempDir() + "exponentials_XXXXXX").data());
    KernelLibrary library(ATTN_KERNELC, folder, std::string(KERNEL_SOURCES) + "/exponentials.mlir", "shared", target);
    constexpr int count = 37;
    Floats x(count, Side::End), result(count, Side::End);
    for (int i = 0; i < count; ++i)
      x[i] = -float(i);
    Buffer in(x.get(), {count}), out(result.get(), {count});
    ASSERT_EQ((library.call<Buf, int32_t, Buf>(in, count, out)), "");
    for (int i = 0; i < count; ++i)
      EXPECT_NEAR(result[i], std::exp2(-double(i % 4)), 1.8e-7) << target << " " << i;
  }
}

} // namespace
