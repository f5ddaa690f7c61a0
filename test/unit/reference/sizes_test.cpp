#include "reference/Sizes.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>

namespace attune::reference {
namespace {
using attn::SizeAttr;
using attn::TensorType;

class SizesTest : public ::testing::Test {
protected:
  SizesTest() { context.loadDialect<attn::AttnDialect>(); }
  SizeAttr symbol(const char *name) { return SizeAttr::symbol(&context, name); }
  SizeAttr constant(int64_t value) { return SizeAttr::constant(&context, value); }
  TensorType tensor(llvm::ArrayRef<SizeAttr> sizes) {
    return TensorType::get(mlir::Float32Type::get(&context), sizes);
  }
  std::string bind(llvm::ArrayRef<TensorType> types,
                   llvm::ArrayRef<std::vector<int64_t>> shapes) {
    std::vector<std::string> names;
    std::vector<llvm::ArrayRef<int64_t>> views(shapes.begin(), shapes.end());
    for (size_t i = 0; i < types.size(); ++i)
      names.push_back(std::string(1, static_cast<char>('a' + i)));
    return toString(sizes.bindInputs(types, views, names));
  }

  mlir::MLIRContext context;
  Sizes sizes;
};

TEST_F(SizesTest, SymbolsAndExpressions) {
  EXPECT_EQ(bind({tensor({symbol("n") + symbol("m"), symbol("n")})}, {{7, 3}}), "");
  EXPECT_EQ(llvm::cantFail(sizes.evaluate(symbol("m"))), 4);
}

TEST_F(SizesTest, LaterShapesHelpEarlierOnes) {
  EXPECT_EQ(bind({tensor({symbol("n") * symbol("m")}), tensor({symbol("n")})},
                 {{12}, {3}}),
            "");
  EXPECT_EQ(llvm::cantFail(sizes.evaluate(symbol("m"))), 4);
}

TEST_F(SizesTest, WhatDoesNotDivideIsAnError) {
  EXPECT_EQ(bind({tensor({symbol("n") * constant(2)})}, {{5}}),
            "no input's shape says what the size 'n' is, which n * 2 needs");
}

TEST_F(SizesTest, AnyProductWithZeroIsUnknown) {
  EXPECT_EQ(bind({tensor({symbol("n") * symbol("m"), symbol("n")})}, {{0, 0}}),
            "no input's shape says what the size 'm' is, which m * n needs");
}

TEST_F(SizesTest, RankConstantAndDisagreement) {
  EXPECT_EQ(bind({tensor({symbol("n")})}, {{5, 1}}),
            "input \"a\" has rank 2, but must have rank 1");
  EXPECT_EQ(bind({tensor({constant(4)})}, {{5}}),
            "axis 0 of input \"a\" has size 5, but must have 4");
  EXPECT_EQ(bind({tensor({symbol("k")}), tensor({constant(1), symbol("k")})},
                 {{5}, {1, 6}}),
            "axis 1 of input \"b\" has size 6, but must have 5, because k: k is "
            "5 from axis 0 of input \"a\"");
}

TEST_F(SizesTest, OverflowIsAnError) {
  sizes.bind("n", int64_t(1) << 40, "a test");
  auto value = sizes.evaluate(symbol("n") * symbol("n"));
  EXPECT_EQ(toString(value.takeError()),
            "the size n * n divides by zero or leaves 64 bits for these inputs");
}

} // namespace
} // namespace attune::reference
