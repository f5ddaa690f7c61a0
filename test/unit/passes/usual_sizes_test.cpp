#include "passes/UsualSizes.h"
#include "dialect/Size.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace attune;
using namespace attune::attn;

namespace {

constexpr llvm::StringLiteral text = R"(
func.func @f(%x: !attn.tensor<f32, [batch, keys, rows]>) -> !attn.tensor<f32, [batch, rows]> attributes {attn.model} {
  %y = attn.kernel "sums" (%a = %x : !attn.tensor<f32, [batch, keys, rows]>) -> !attn.tensor<f32, [batch, rows]>
    variant schedule<sum {at root}> {
      %sum = attn.stage "sum" [%b: batch, %row: rows] sum [%key: keys] {
        %l = attn.load %a[%b, %key, %row] : <f32, [batch, keys, rows]>
        attn.yield %l : f32
      } : f32
      %ends = attn.stage "ends" [%tile: (queries + 63) floordiv 64] {
        %zero = arith.constant 0.0 : f32
        attn.yield %zero : f32
      } : f32
      attn.yield %sum : !attn.tensor<f32, [batch, rows]>
    }
  return %y : !attn.tensor<f32, [batch, rows]>
}
)";

} // namespace

TEST(UsualSizes, SequencesAreSummedOverOrCut) {
  MLIRContext context;
  context.loadDialect<AttnDialect, arith::ArithDialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  KernelOp kernel;
  module->walk([&](KernelOp op) { kernel = op; });
  UsualSizes usual(kernel.getVariants()[0].front());
  auto symbol = [&](llvm::StringRef name) { return SizeAttr::symbol(&context, name); };
  auto constant = [&](int64_t value) { return SizeAttr::constant(&context, value); };

  EXPECT_EQ(usual(constant(7), {}, 1), 7);
  EXPECT_EQ(usual(symbol("keys"), {}, 1), 2048);
  EXPECT_EQ(usual(ceilDiv(symbol("queries"), constant(64)), {}, 1), 32);
  EXPECT_EQ(usual(symbol("batch"), {}, 1), 1);
  EXPECT_EQ(usual(symbol("batch") * symbol("keys"), {}, 1), 2048);
  // What is known is what it is said to be, and what depends on it follows.
  EXPECT_EQ(usual(symbol("rows"), symbol("rows"), 40), 40);
  EXPECT_EQ(usual(symbol("rows") * constant(3), symbol("rows"), 40), 120);
  EXPECT_EQ(usual(symbol("batch") * symbol("rows"), symbol("batch") * symbol("rows"), 40), 40);
  EXPECT_EQ(usual(symbol("keys"), symbol("keys"), 40), 40);
}
