// The errors of the vectorised functions, measured against double, and their times.
#include "codegen/halide/Approximations.h"
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>
#include <map>

using namespace attune::kernels;

namespace {

const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();

/// `error` in units in the last place of a float near `exact`.
double inUlp(double error, double exact) {
  return error / std::exp2(std::max(std::ilogb(std::abs(exact) + 1e-300), -126) - 23);
}

using Buffer = Halide::Buffer<float>;
Buffer evaluate(Halide::Expr (*build)(Halide::Expr), Buffer points) {
  Halide::Var i;
  Halide::Func result;
  result(i) = build(points(i));
  result.vectorize(i, 16, Halide::TailStrategy::GuardWithIf);
  return result.realize({points.width()}, Halide::get_host_target());
}
using PowerOf = Halide::Expr (*)(Halide::Expr, Halide::Expr);
Buffer evaluatePow(PowerOf build, Buffer x, Buffer y) {
  Halide::Var i;
  Halide::Func result;
  result(i) = build(x(i), y(i));
  result.vectorize(i, 16, Halide::TailStrategy::GuardWithIf);
  return result.realize({x.width()}, Halide::get_host_target());
}
Buffer bufferOf(const std::vector<float> &values) {
  Buffer buffer(static_cast<int>(values.size()));
  std::copy(values.begin(), values.end(), buffer.begin());
  return buffer;
}

float lerp(double low, double high, double part) { return static_cast<float>(low + (high - low) * part); }

/// Nanoseconds an element, best of some.
template <typename Run> double timeOf(int elements, Run run) {
  double best = 1e300;
  for (int i = 0; i < 7; ++i) {
    auto start = std::chrono::steady_clock::now();
    run();
    best = std::min(best, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count());
  }
  return best / elements;
}
const int cached = 2048, repeats = 64;

/// Of `build` as a vector loop over what the first-level cache holds. The rows of
/// the result lie on each other.
double timeOfVectors(Halide::Expr (*build)(Halide::Expr), Buffer points) {
  Halide::Var i, row;
  Halide::Func function;
  function(i, row) = build(points(i));
  function.vectorize(i, 16);
  function.compile_jit(Halide::get_host_target());
  std::vector<float> memory(cached);
  halide_dimension_t shape[] = {{0, cached, 1}, {0, repeats, 0}};
  Buffer result(memory.data(), 2, shape);
  return timeOf(cached * repeats, [&] { function.realize(result); });
}

/// Of a call of the C library for every element.
double timeOfLibrary(float (*function)(float), const Buffer &points) {
  std::vector<float> memory(cached);
  return timeOf(cached * repeats, [&] {
    for (int row = 0; row < repeats; ++row)
      for (int i = 0; i < cached; ++i)
        memory[i] = function(points.data()[i]);
  });
}
const std::map<std::string, float (*)(float)> library = {
    {"exp2", std::exp2}, {"exp", std::exp}, {"expm1", std::expm1}, {"tanh", std::tanh}, {"erf", std::erf},
    {"log", std::log},   {"log2", std::log2}, {"log1p", std::log1p}, {"sin", std::sin}, {"cos", std::cos},
    {"tan", std::tan},   {"sin_without_double", std::sin}, {"cos_without_double", std::cos},
    {"tan_without_double", std::tan}, {"atan", std::atan}, {"sqrt", std::sqrt}, {"rsqrt", [](float x) { return 1 / std::sqrt(x); }}};

class Approximations : public ::testing::TestWithParam<Approximation> {};
INSTANTIATE_TEST_SUITE_P(All, Approximations, ::testing::ValuesIn(approximations()),
                         [](const auto &info) { return std::string(info.param.name); });

/// The largest error at `points`, in ulp where the result is a normal number.
double largestError(const Approximation &f, const Buffer &points, double largest = 0) {
  Buffer got = evaluate(f.build, points);
  for (int i = 0; i < points.width(); ++i) {
    double exact = f.exact(points.data()[i]), error = std::abs(got.data()[i] - exact);
    if (std::isinf(exact) ? got.data()[i] == exact : error <= f.absolute)
      continue;
    // Quick: a unit in the last place is 2^-24 of the value or more.
    if (error <= largest * std::abs(exact) * 0x1p-24)
      continue;
    double ulp = inUlp(error, exact);
    if (!(ulp <= f.ulp)) {
      ADD_FAILURE() << f.name << "(" << points.data()[i] << ") = " << got.data()[i] << ", exactly " << exact << ": "
                    << ulp << " ulp";
      return ulp;
    }
    largest = std::max(largest, ulp);
  }
  return largest;
}

/// Evenly over the domain, evenly over what of it is near 0, and evenly over floats
/// as they are written: by magnitude.
Buffer somePoints(const Approximation &f) {
  const int count = 3 << 20;
  const double nearLow = std::max(f.low, -200.0), nearHigh = std::min(f.high, 200.0);
  Buffer points(count);
  uint32_t bits = 1;
  for (int i = 0; i < count; i += 3) {
    points(i) = lerp(f.low, f.high, i / (count - 3.0));
    points(i + 1) = lerp(nearLow, nearHigh, i / (count - 3.0));
    do
      points(i + 2) = Halide::Internal::reinterpret_bits<float>(bits += 0x9e3779b9);
    while (!(points(i + 2) >= f.low && points(i + 2) <= f.high));
  }
  return points;
}

/// With ATTUNE_EVERY_FLOAT set, at all floats of the domain: ten minutes a function.
double largestErrorEverywhere(const Approximation &f) {
  const uint32_t piece = 1 << 22;
  double largest = 0;
  std::vector<float> points;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; ++bits) {
    float point = Halide::Internal::reinterpret_bits<float>(static_cast<uint32_t>(bits));
    if (point >= f.low && point <= f.high)
      points.push_back(point);
    if (bits % piece == piece - 1 && !points.empty()) {
      largest = largestError(f, bufferOf(points), largest);
      points.clear();
    }
  }
  return largest;
}

TEST_P(Approximations, StayWithinTheirBounds) {
  const Approximation &f = GetParam();
  double error = std::getenv("ATTUNE_EVERY_FLOAT") ? largestErrorEverywhere(f) : largestError(f, somePoints(f));
  double least = std::max(f.low, -10.0), most = std::min(f.high, 10.0);
  Buffer usual(cached);
  for (int i = 0; i < cached; ++i)
    usual(i) = lerp(least, most, (i + 0.5) / cached);
  RecordProperty("ulp", std::to_string(error));
  printf("%-6s %5.2f ulp, %5.2f ns an element; C library %6.2f ns\n", f.name, error, timeOfVectors(f.build, usual),
         timeOfLibrary(library.at(f.name), usual));
}

TEST(Approximations, VanishForMaskedScores) {
  for (auto build : {approximateExp2, approximateExp}) {
    Buffer got = evaluate(build, bufferOf({-127.0f, -1e29f, -1e30f, -9e29f}));
    for (float value : got)
      EXPECT_EQ(value, 0.0f);
  }
}

void expectSame(float got, double exact, double ulp, const std::string &what) {
  if (std::isnan(exact))
    EXPECT_TRUE(std::isnan(got)) << what << " = " << got;
  else if (std::isinf(exact) || exact == 0 || std::abs(exact) > 3.5e38)
    EXPECT_EQ(got, static_cast<float>(exact)) << what;
  else
    EXPECT_LE(inUlp(std::abs(got - exact), exact), ulp) << what << " = " << got << ", exactly " << exact;
}

TEST(ExpOfNegative, StaysWithinItsBound) {
  Buffer points = somePoints({"exp_of_negative", approximateExpOfNegative, std::exp, -std::numeric_limits<float>::max(), 0, 0, 0});
  Buffer got = evaluate(approximateExpOfNegative, points);
  double largest = 0;
  for (int i = 0; i < points.width(); ++i)
    largest = std::max(largest, std::abs(got.data()[i] - std::exp(double(points.data()[i]))));
  EXPECT_LE(largest, shareError);
  Buffer usual(cached);
  for (int i = 0; i < cached; ++i)
    usual(i) = lerp(-20, 0, i / (cached - 1.0));
  std::printf("exp_of_negative  error %.2g,  %.2f ns an element\n", largest, timeOfVectors(approximateExpOfNegative, usual));
  const float infinity = std::numeric_limits<float>::infinity();
  Buffer ends = evaluate(approximateExpOfNegative, bufferOf({0.0f, -0.0f, -87.4f, -3e38f, -infinity, std::nanf(""), -std::nanf("")}));
  for (auto [i, expected] : {std::pair(0, 1.0f), {1, 1.0f}, {2, 0.0f}, {3, 0.0f}, {4, 0.0f}})
    EXPECT_EQ(ends(i), expected) << i;
  EXPECT_TRUE(std::isnan(ends(5)) && std::isnan(ends(6)));
}

// NaN must not get lost, or an overflow become a number.
TEST_P(Approximations, KeepNanAndInfinities) {
  const Approximation &f = GetParam();
  // In every lane of a vector, and in the rest after the last one.
  const std::vector<float> values = {nan, -nan, infinity, -infinity, 1000.0f, -1000.0f, 3e38f, -3e38f, 0.0f, -1.0f, -2.0f};
  std::vector<float> points;
  for (size_t i = 0; i < values.size() * 16 + 5; ++i)
    points.push_back(values[i % values.size()]);
  Buffer got = evaluate(f.build, bufferOf(points));
  for (size_t i = 0; i < points.size(); ++i) {
    bool isKnown = std::isinf(points[i]) || !(f.high == largestAngle && std::abs(points[i]) > largestAngle);
    expectSame(got(i), isKnown ? f.exact(points[i]) : nan, f.ulp, f.name + ("(" + std::to_string(points[i]) + ")"));
  }
}

// Powers that are used, and results up to the largest number and below the least
// normal one.
class Pow : public ::testing::TestWithParam<std::pair<const char *, PowerOf>> {};
INSTANTIATE_TEST_SUITE_P(All, Pow,
                         ::testing::Values(std::pair("pow", PowerOf(approximatePow)),
                                           std::pair("pow_without_double", PowerOf(approximatePowWithoutDouble))),
                         [](const auto &info) { return std::string(info.param.first); });

TEST_P(Pow, StaysWithinItsBound) {
  std::vector<float> xs, ys;
  auto add = [&](float x, float y) { xs.push_back(x), ys.push_back(y); };
  for (float y : {0.25f, 0.5f, 0.75f, 1.0f, 1.5f, 1.7f, 2.0f, 2.5f, 3.0f, 4.0f, 7.0f, 31.0f, -0.5f, -1.0f, -1.5f, -3.0f})
    for (int i = 0; i < 1 << 14; ++i)
      add(static_cast<float>(std::exp2(-40 + 80.0 * i / (1 << 14))), y);
  for (int i = 0; i < 2000; ++i) {
    float x = static_cast<float>(std::exp2(-126 + 253.99 * i / 1999)), nearOne = lerp(0.5, 2, i / 1999.0);
    double fullRange = 150 / std::abs(std::log2(x)), fullRangeNearOne = 150 / std::abs(std::log2(nearOne));
    for (int k = 0; k < 500; ++k) {
      add(x, lerp(-fullRange, fullRange, k / 499.0));
      if (std::isfinite(fullRangeNearOne))
        add(nearOne, lerp(-fullRangeNearOne, fullRangeNearOne, k / 499.0));
    }
  }
  // Rotary embeddings: 10000^(-2 i / d).
  for (int i = 0; i < 512; ++i)
    add(10000.0f, -i / 512.0f);
  Buffer x = bufferOf(xs), y = bufferOf(ys), got = evaluatePow(GetParam().second, x, y);
  double largest = 0;
  for (int i = 0; i < got.width(); ++i) {
    double exact = std::pow(double(xs[i]), double(ys[i])), error = inUlp(std::abs(got(i) - exact), exact);
    if (exact > 3.4028235e38)
      ASSERT_TRUE(std::isinf(got(i)) || got(i) > 3.4028e38f) << xs[i] << "^" << ys[i] << " = " << got(i);
    else
      ASSERT_LE(error, powUlp) << xs[i] << "^" << ys[i] << " = " << got(i) << ", exactly " << exact;
    if (exact <= 3.4028235e38)
      largest = std::max(largest, error);
  }
  RecordProperty("ulp", std::to_string(largest));
  Buffer usual(cached);
  for (int i = 0; i < cached; ++i)
    usual(i) = lerp(0, 10, (i + 0.5) / cached);
  auto power = GetParam().second == approximatePow ? [](Halide::Expr x) { return approximatePow(x, 1.7f); }
                                                   : [](Halide::Expr x) { return approximatePowWithoutDouble(x, 1.7f); };
  printf("%-6s %5.2f ulp, %5.2f ns an element; C library %6.2f ns\n", GetParam().first, largest, timeOfVectors(power, usual),
         timeOfLibrary([](float x) { return std::pow(x, 1.7f); }, usual));
}

// Every pair of what C's pow has a rule for.
TEST_P(Pow, FollowsTheRulesOfC) {
  const std::vector<float> values = {0.0f, -0.0f, 1.0f, -1.0f, 2.0f, -2.0f, 3.0f, -3.0f, 0.5f, -0.5f, 1.5f, -1.5f,
                                     infinity, -infinity, nan, 1e30f, -1e30f, 1e-30f, -1e-30f, 1e-40f, -1e-40f,
                                     16777215.0f, -16777215.0f, 16777216.0f, 33554434.0f};
  std::vector<float> xs, ys;
  for (float x : values)
    for (float y : values)
      xs.push_back(x), ys.push_back(y);
  Buffer got = evaluatePow(GetParam().second, bufferOf(xs), bufferOf(ys));
  for (size_t i = 0; i < xs.size(); ++i) {
    float exact = static_cast<float>(std::pow(double(xs[i]), double(ys[i])));
    std::string what = std::to_string(xs[i]) + "^" + std::to_string(ys[i]);
    expectSame(got(i), exact, powUlp + 0.5, what);
    if (!std::isnan(exact))
      EXPECT_EQ(std::signbit(got(i)), std::signbit(exact)) << what;
  }
}

} // namespace
