#include "reading.h"

#include "dialect/Attn.h"

#include <gtest/gtest.h>

using namespace attune;
using attune::test::Reading;

namespace {

TEST(FrontendTest, OperationsKnowTheirLineAndPath) {
  Reading reading(R"(
use std.layers
model m(x: f32[3, 8]) -> f32[3, 4] {
  return linear(x, 4) at "block.dense"
})");
  ASSERT_TRUE(reading.module) << reading.errors;
  unsigned stages = 0;
  reading.module->walk([&](mlir::Operation *op) {
    if (op == *reading.module)
      return;
    if (mlir::isa<attn::StageOp>(op)) {
      auto name = mlir::dyn_cast<mlir::NameLoc>(op->getLoc());
      ASSERT_TRUE(name);
      EXPECT_EQ(name.getName().getValue(), "block.dense");
      auto line = mlir::dyn_cast<mlir::FileLineColLoc>(name.getChildLoc());
      ASSERT_TRUE(line);
      EXPECT_TRUE(line.getFilename().getValue().ends_with("layers.attn"));
      ++stages;
    }
    EXPECT_FALSE(mlir::isa<mlir::UnknownLoc>(op->getLoc()));
  });
  EXPECT_EQ(stages, 2u);
}

TEST(FrontendTest, EntriesAreMarkedAndNamed) {
  Reading reading("dim n\n"
                  "model first(x: f32[n]) -> f32[n] { return x }\n"
                  "model second(x: f32[n], y: f32) -> (a: f32[n], b: f32) "
                  "{ return b = y, a = x }\n");
  ASSERT_TRUE(reading.module) << reading.errors;
  auto functions = reading.module->getOps<mlir::func::FuncOp>();
  std::vector<std::string> names;
  for (mlir::func::FuncOp fn : functions) {
    EXPECT_TRUE(fn->hasAttr(attn::modelAttrName));
    names.push_back(fn.getName().str());
    for (unsigned i = 0; i < fn.getNumArguments(); ++i)
      EXPECT_TRUE(fn.getArgAttr(i, attn::nameAttrName));
    for (unsigned i = 0; i < fn.getNumResults(); ++i)
      EXPECT_TRUE(fn.getResultAttr(i, attn::nameAttrName));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"first", "second"}));
}

TEST(FrontendTest, TheSameTextGivesTheSameIr) {
  llvm::StringRef text = "use std.layers\nuse std.attention\ndim b, t\n"
                         "model m(x: f32[b, t, 2, 4]) -> f32[b, t, 2, 4] {\n"
                         "  return layer_norm(causal(x, x, x)) at \"n\"\n}\n";
  Reading one(text), two(text);
  ASSERT_TRUE(one.module) << one.errors;
  EXPECT_EQ(one.ir(), two.ir());
}

TEST(FrontendTest, ConstantsAreOverridden) {
  FrontendOptions options;
  options.constants = {{"width", "5"}};
  Reading reading("const width = 3, twice = 2 * width\n"
                  "model m(x: f32[twice]) -> f32[10] { return x }\n",
                  options);
  EXPECT_TRUE(reading.module) << reading.errors;
}

TEST(FrontendTest, AFileMayUseOneThatUsesIt) {
  // std.layers never uses this model, but `use` of oneself is harmless too.
  Reading reading("use std.layers\nuse std.layers\n"
                  "model m(x: f32[4]) -> f32[4] { return gelu(x) }\n");
  EXPECT_TRUE(reading.module) << reading.errors;
}

TEST(FrontendTest, ErrorsGiveNoModule) {
  Reading reading("model m(x: f32[4]) -> f32[5] { return x }\n");
  EXPECT_FALSE(reading.module);
  EXPECT_EQ(reading.errors,
            "model.attn:1:39: error: the result of 'm' must be f32[5], not "
            "f32[4]\n"
            "model m(x: f32[4]) -> f32[5] { return x }\n"
            "                                      ^\n");
}

} // namespace
