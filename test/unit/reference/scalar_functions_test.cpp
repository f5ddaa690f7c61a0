// The corners of scalar ops; the common values are in test/reference.
#include "reference/ScalarFunctions.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace attune::reference {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

double callFloat(const char *name, double a, double b = 0, double c = 0) {
  double result = -1;
  findScalarFunction(name).function(
      {1, 0, &result, nullptr, {&a, &b, &c}, {}});
  return result;
}

int64_t callInteger(const char *name, int64_t a, int64_t b = 0,
                    unsigned width = 64) {
  int64_t result = -1;
  findScalarFunction(name).function(
      {1, width, nullptr, &result, {}, {&a, &b, nullptr}});
  return result;
}

int64_t convert(const char *name, double a, unsigned width) {
  int64_t result = -1;
  findScalarFunction(name).function({1, width, nullptr, &result, {&a}, {}});
  return result;
}

TEST(ScalarFunctions, UnknownNamesHaveNone) {
  EXPECT_EQ(findScalarFunction("arith.bitcast").function, nullptr);
  EXPECT_EQ(findScalarFunction("").function, nullptr);
}

TEST(ScalarFunctions, MaximumPassesNanAndMaxnumDropsIt) {
  EXPECT_TRUE(std::isnan(callFloat("arith.maximumf", nan, 1)));
  EXPECT_TRUE(std::isnan(callFloat("arith.maximumf", 1, nan)));
  EXPECT_TRUE(std::isnan(callFloat("arith.minimumf", nan, 1)));
  EXPECT_EQ(callFloat("arith.maxnumf", nan, 1), 1);
  EXPECT_EQ(callFloat("arith.minnumf", 1, nan), 1);
}

TEST(ScalarFunctions, RoundEvenIsExactFarOut) {
  EXPECT_EQ(callFloat("math.roundeven", 2.5), 2);
  EXPECT_EQ(callFloat("math.roundeven", -0.5), 0);
  EXPECT_EQ(callFloat("math.roundeven", 0.49999999999999994), 0);
  EXPECT_EQ(callFloat("math.roundeven", 4503599627370497.0), 4503599627370497.0);
  EXPECT_EQ(callFloat("math.roundeven", infinity), infinity);
  EXPECT_TRUE(std::isnan(callFloat("math.roundeven", nan)));
}

TEST(ScalarFunctions, IntegersAreDefinedEverywhere) {
  constexpr int64_t least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(callInteger("arith.divsi", least, -1), least);
  EXPECT_EQ(callInteger("arith.remsi", least, -1), 0);
  EXPECT_EQ(callInteger("arith.floordivsi", -7, 0), 0);
  EXPECT_EQ(callInteger("arith.floordivsi", -7, 7), -1);
  EXPECT_EQ(callInteger("arith.ceildivsi", -7, 2), -3);
  EXPECT_EQ(callInteger("arith.addi", least, -1),
            std::numeric_limits<int64_t>::max());
  EXPECT_EQ(callInteger("arith.shli", 1, 64), 0);
  EXPECT_EQ(callInteger("arith.shrsi", -8, 100), -1);
  EXPECT_EQ(callInteger("math.absi", least), least);
  EXPECT_EQ(callInteger("math.ipowi", -1, -3), -1);
  EXPECT_EQ(callInteger("math.ipowi", 0, -1), 0);
  EXPECT_EQ(callInteger("math.ipowi", 3, 4), 81);
  // Ends, and wraps.
  EXPECT_EQ(callInteger("math.ipowi", 2, std::numeric_limits<int64_t>::max()), 0);
}

TEST(ScalarFunctions, ConversionsClamp) {
  EXPECT_EQ(convert("arith.fptosi", nan, 32), 0);
  EXPECT_EQ(convert("arith.fptosi", infinity, 32), INT32_MAX);
  EXPECT_EQ(convert("arith.fptosi", -1e300, 32), INT32_MIN);
  EXPECT_EQ(convert("arith.fptosi", 200, 8), 127);
  EXPECT_EQ(convert("arith.fptoui", -1, 8), 0);
  EXPECT_EQ(convert("arith.fptoui", 300, 8), 255);
}

TEST(ScalarFunctions, WrapKeepsTheWidth) {
  EXPECT_EQ(wrap(int64_t(1) << 31, 32), INT32_MIN);
  EXPECT_EQ(wrap(255, 8), -1);
  EXPECT_EQ(wrap(-1, 1), 1);
  EXPECT_EQ(wrap(-5, 64), -5);
}

} // namespace
} // namespace attune::reference
