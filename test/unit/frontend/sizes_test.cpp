#include "frontend/Sizes.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

using namespace attune::frontend;

namespace {

class SizesTest : public ::testing::Test {
protected:
  SizesTest() { context.loadDialect<attune::attn::AttnDialect>(); }

  SizeAttr c(int64_t value) { return SizeAttr::constant(&context, value); }
  SizeAttr s(llvm::StringRef name) { return SizeAttr::symbol(&context, name); }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
};

TEST_F(SizesTest, ConstantsAreCheckedIn64Bits) {
  EXPECT_FALSE(addSizes(c(INT64_MAX), c(1)));
  EXPECT_FALSE(subtractSizes(c(INT64_MIN), c(1)));
  EXPECT_FALSE(multiplySizes(c(INT64_MAX), c(2)));
  EXPECT_EQ(addSizes(c(INT64_MAX), c(-1)).size, c(INT64_MAX - 1));
  EXPECT_FALSE(floorDivideSizes(c(INT64_MIN), c(-1), {}));
  EXPECT_FALSE(floorDivideSizes(c(3), c(0), {}));
}

TEST_F(SizesTest, ExpressionsStaySmall) {
  SizeResult huge = multiplySizes(s("n"), c(INT64_MAX));
  EXPECT_FALSE(huge);
  // (n + m) * (n + m) * … ends in an error, not in a huge expression.
  SizeAttr sum = s("n") + s("m");
  SizeResult power{sum, {}};
  for (int i = 0; i < 100 && power; ++i)
    power = multiplySizes(power.size, sum);
  EXPECT_FALSE(power);
}

TEST_F(SizesTest, FloorDivisionAndRemainder) {
  EXPECT_EQ(floorDivideSizes(c(-7), c(2), {}).size, c(-4));
  EXPECT_EQ(floorDivideSizes(c(7), c(-2), {}).size, c(-4));
  EXPECT_EQ(remainderOfSizes(c(-7), c(2), {}).size, c(1));
  EXPECT_EQ(remainderOfSizes(c(7), c(-2), {}).size, c(-1));
  // Nothing is known about a divisor that may be 0 or less.
  SizeResult unknown = floorDivideSizes(s("n"), s("m") - c(1), {});
  EXPECT_FALSE(unknown);
  EXPECT_EQ(unknown.error, "");
}

TEST_F(SizesTest, ExactDivision) {
  SizeAttr n = s("n"), m = s("m");
  EXPECT_EQ(divideExactly(c(384), c(12)), c(32));
  EXPECT_FALSE(divideExactly(c(384), c(11)));
  EXPECT_EQ(divideExactly(n * m * c(6), n * c(3)), m * c(2));
  EXPECT_EQ(divideExactly(n * m + n * c(2), n), m + c(2));
  EXPECT_FALSE(divideExactly(n, m));
  EXPECT_FALSE(divideExactly(n + c(1), c(2)));
}

TEST_F(SizesTest, ProvesFromSizesBeingAtLeastOne) {
  Facts none;
  SizeAttr n = s("n"), m = s("m");
  EXPECT_TRUE(isNonNegative(n - c(1), none));
  EXPECT_TRUE(isPositive(n, none));
  EXPECT_FALSE(isNonNegative(n - c(2), none));
  EXPECT_FALSE(isNonNegative(n - m, none));
  EXPECT_TRUE(isNonNegative(n * m - n, none));
  EXPECT_TRUE(isNonNegative(n + m - c(2), none));
}

TEST_F(SizesTest, ProvesFromIndicesAndFacts) {
  Facts facts;
  SizeAttr i = s("%i"), j = s("%j"), n = s("n"), m = s("m");
  facts.indexEnd["%i"] = n - c(1);
  facts.indexEnd["%j"] = m - c(1);
  EXPECT_TRUE(isNonNegative(i, facts));
  EXPECT_TRUE(isPositive(n - i, facts));
  EXPECT_TRUE(isNonNegative(i - j + m, facts));
  EXPECT_TRUE(isPositive(n + m - (i - j + m), facts));
  EXPECT_FALSE(isNonNegative(i - j, facts));
  facts.nonNegative.push_back(i - j); // keep = j <= i
  EXPECT_TRUE(isNonNegative(i - j, facts));
  EXPECT_FALSE(isPositive(i - j, facts));
  EXPECT_FALSE(isSize(i + n));
  EXPECT_TRUE(isSize(n * m));
}

TEST_F(SizesTest, DivisionsAreNotMistakenForPositive) {
  Facts none;
  SizeAttr n = s("n");
  EXPECT_TRUE(isNonNegative(attune::attn::floorDiv(n, c(2)), none));
  EXPECT_FALSE(isPositive(attune::attn::floorDiv(n, c(2)), none));
  EXPECT_FALSE(isNonNegative(attune::attn::floorDiv(n - c(5), c(2)), none));
}

} // namespace
