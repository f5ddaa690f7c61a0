// The errors of the vectorised approximations, measured against double.
#include "codegen/halide/Approximations.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace attune::kernels;

namespace {

class Approximations : public ::testing::TestWithParam<Approximation> {};
INSTANTIATE_TEST_SUITE_P(All, Approximations, ::testing::ValuesIn(approximations()),
                         [](const auto &info) { return std::string(info.param.name); });

Halide::Buffer<float> evaluate(const Approximation &f, const Halide::Buffer<float> &points) {
  Halide::Var i;
  Halide::Func result;
  Halide::Buffer<float> copy = points;
  result(i) = f.build(copy(i));
  result.vectorize(i, 16, Halide::TailStrategy::GuardWithIf);
  return result.realize({points.width()}, Halide::get_host_target());
}

TEST_P(Approximations, StayWithinTheirBounds) {
  const Approximation &f = GetParam();
  const int count = 1 << 21;
  Halide::Buffer<float> points(count);
  // Half of the points evenly over the domain, half by magnitude towards 0.
  for (int i = 0; i < count / 2; ++i) {
    points(i) = static_cast<float>(f.low + (f.high - f.low) * i / (count / 2 - 1));
    double magnitude = std::exp2(-40 + 46.0 * i / (count / 2));
    points(count / 2 + i) = static_cast<float>(
        std::min(f.high, std::max(f.low, i % 2 ? magnitude : -magnitude)));
  }
  Halide::Buffer<float> got = evaluate(f, points);
  double absolute = 0, relative = 0;
  for (int i = 0; i < count; ++i) {
    double exact = f.exact(points(i)), error = std::abs(got(i) - exact);
    absolute = std::max(absolute, error);
    if (std::abs(exact) > 1.2e-38)
      relative = std::max(relative, error / std::abs(exact));
    ASSERT_LE(error, std::max(f.absolute, f.relative * std::abs(exact)))
        << f.name << "(" << points(i) << ") = " << got(i) << ", exactly " << exact;
  }
  RecordProperty("absolute", std::to_string(absolute));
  printf("%s: absolute error %.3g, relative %.3g\n", f.name, absolute, relative);
}

TEST(Approximations, VanishForMaskedScores) {
  Halide::Buffer<float> points(4);
  points(0) = -127.0f, points(1) = -1e29f, points(2) = -1e30f, points(3) = -9e29f;
  for (const char *name : {"exp2", "exp"})
    for (const Approximation &f : approximations())
      if (f.name == std::string(name)) {
        Halide::Buffer<float> got = evaluate(f, points);
        for (int i = 0; i < 4; ++i)
          EXPECT_EQ(got(i), 0.0f) << name << "(" << points(i) << ")";
      }
}

// NaN must not get lost, or an overflow become a number.
TEST_P(Approximations, KeepNanAndInfinities) {
  const Approximation &f = GetParam();
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  // In every lane of a vector, and in the rest after the last one.
  const float values[] = {nan, -nan, infinity, -infinity, 1000.0f, -1000.0f, 3e38f, -3e38f, 0.0f};
  const int count = 9 * 16 + 5;
  Halide::Buffer<float> points(count);
  for (int i = 0; i < count; ++i)
    points(i) = values[i % 9];
  Halide::Buffer<float> got = evaluate(f, points);
  for (int i = 0; i < count; ++i) {
    double exact = f.exact(points(i));
    if (std::isnan(exact))
      EXPECT_TRUE(std::isnan(got(i))) << f.name << "(" << points(i) << ") = " << got(i);
    else if (std::isinf(exact) || exact == 0 || exact > 3.5e38)
      EXPECT_EQ(got(i), static_cast<float>(exact)) << f.name << "(" << points(i) << ")";
    else
      EXPECT_NEAR(got(i), exact, 1e-6) << f.name << "(" << points(i) << ")";
  }
}

} // namespace
