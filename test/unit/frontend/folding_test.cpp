#include "frontend/Scalars.h"

#include "mlir/IR/MLIRContext.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace attune::frontend;

namespace {

class FoldingTest : public ::testing::Test {
protected:
  FoldingTest() { context.loadDialect<attune::attn::AttnDialect>(); }

  Constant i(int64_t value) {
    return {SizeAttr::constant(&context, value), std::nullopt};
  }
  Constant f(double value) { return {value, std::nullopt}; }
  Constant n() { return {SizeAttr::symbol(&context, "n"), std::nullopt}; }

  double number(Operation op, std::vector<Constant> operands) {
    FoldResult result = fold(op, operands, {});
    EXPECT_TRUE(result.value && result.value->isFloat());
    return result.value ? result.value->number() : NAN;
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
};

TEST_F(FoldingTest, IntegersTurnIntoFloatsBesideFloats) {
  EXPECT_EQ(number(Operation::Divide, {i(1), f(2)}), 0.5);
  EXPECT_EQ(fold(Operation::Divide, {i(7), i(2)}, {}).value->integer(), 3);
  EXPECT_EQ(number(Operation::Sqrt, {i(16)}), 4);
}

TEST_F(FoldingTest, OverflowAndDivisionByZeroAreErrors) {
  EXPECT_NE(fold(Operation::Add, {i(INT64_MAX), i(1)}, {}).error, "");
  EXPECT_NE(fold(Operation::Multiply, {i(INT64_MAX), i(2)}, {}).error, "");
  EXPECT_NE(fold(Operation::Divide, {i(1), i(0)}, {}).error, "");
  EXPECT_NE(fold(Operation::Negate, {i(INT64_MIN)}, {}).error, "");
}

TEST_F(FoldingTest, FloatsFollowIeee) {
  EXPECT_TRUE(std::isinf(number(Operation::Divide, {f(1), f(0)})));
  EXPECT_TRUE(std::isnan(number(Operation::Maximum, {f(NAN), f(0)})));
  EXPECT_TRUE(std::isnan(number(Operation::Relu, {f(NAN)})));
  EXPECT_EQ(number(Operation::Round, {f(2.5)}), 2);
  EXPECT_EQ(number(Operation::Remainder, {f(-7), f(2)}), 1);
}

TEST_F(FoldingTest, ComparisonsOfSizesAreDecidedWhereTheyCanBe) {
  EXPECT_TRUE(fold(Operation::GreaterEqual, {n(), i(1)}, {}).value->truth());
  EXPECT_FALSE(fold(Operation::Less, {n(), i(1)}, {}).value->truth());
  FoldResult open = fold(Operation::Less, {n(), i(2)}, {});
  EXPECT_FALSE(open.value);
  EXPECT_EQ(open.error, "");
  EXPECT_FALSE(fold(Operation::Sqrt, {n()}, {}).value);
}

TEST_F(FoldingTest, CastsTruncateAndCheckTheirRange) {
  auto cast = [&](Constant value, Element to) {
    return foldCast(value, to, &context);
  };
  EXPECT_EQ(cast(f(-2.9), Element::I32).value->integer(), -2);
  EXPECT_EQ(cast(i(127), Element::I8).value->integer(), 127);
  EXPECT_NE(cast(i(128), Element::I8).error, "");
  EXPECT_NE(cast(f(NAN), Element::I32).error, "");
  EXPECT_NE(cast(f(3e9), Element::I32).error, "");
  EXPECT_TRUE(cast(f(0.5), Element::Bool).value->truth());
  EXPECT_EQ(cast(i(3), Element::F16).value->type, Element::F16);
}

} // namespace
