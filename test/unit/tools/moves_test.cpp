#include "tools/attn-tune/Moves.h"
#include "schedule/Legality.h"
#include "tools/attn-tune/ScheduleDraft.h"
#include "tools/attn-tune/StageWorks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace attune;
using namespace attune::tune;

namespace {

/// A product in panels with what follows it, as schedules by default are.
constexpr llvm::StringLiteral text = R"(
func.func @f(%x: !attn.tensor<f32, [rows, 384]>, %w: !attn.tensor<f32, [1536, 384]>) -> !attn.tensor<f32, [rows, 1536]> attributes {attn.model} {
  %y = attn.kernel "dense" (%a = %x : !attn.tensor<f32, [rows, 384]>, %b = %w : !attn.tensor<f32, [1536, 384]>) -> !attn.tensor<f32, [rows, 1536]>
    variant when [rows] at_most 8 schedule<> {
      %double = attn.stage "double" [%row: rows, %n: 1536] {
        %l = attn.load %b[%n, %n] : <f32, [1536, 384]>
        attn.yield %l : f32
      } : f32
      attn.yield %double : !attn.tensor<f32, [rows, 1536]>
    }
    variant schedule<
        double {tile row.block 32 guard, tile n.panel 24 pad, order n row n.panel row.block, lanes n 8, parallel row.block n.panel},
        product {at double.parallel, registers, lanes column 8, unroll column 3, unroll row 4, unroll depth 2, pack column 24}> {
      %product = attn.stage "product" [%row: rows, %column: 1536] sum [%depth: 384] {
        %l = attn.load %a[%row, %depth] : <f32, [rows, 384]>
        %r = attn.load %b[%column, %depth] : <f32, [1536, 384]>
        %m = arith.mulf %l, %r : f32
        attn.yield %m : f32
      } : f32
      %double = attn.stage "double" [%row: rows, %n: 1536] {
        %l = attn.load %product[%row, %n] : <f32, [rows, 1536]>
        %d = arith.addf %l, %l : f32
        attn.yield %d : f32
      } : f32
      attn.yield %double : !attn.tensor<f32, [rows, 1536]>
    }
  return %y : !attn.tensor<f32, [rows, 1536]>
}
)";

class MovesTest : public testing::Test {
protected:
  MovesTest() {
    context.loadDialect<attn::AttnDialect, arith::ArithDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(text, &context);
    module->walk([&](attn::KernelOp op) { kernel = op; });
    schedule = kernel.getSchedule(1);
    for (Move &move : movesFrom(KernelAxes(kernel, 1, sizes), schedule, 8))
      moves.push_back(std::move(move));
  }

  /// The words of a stage after the move that makes these changes.
  std::string after(std::vector<std::string> changes, llvm::StringRef stage) {
    for (const Move &move : moves)
      if (move.changes == changes) {
        std::string words;
        for (attn::DirectiveAttr directive : move.schedule.lookup(stage).getDirectives())
          words += (words.empty() ? "" : ", ") + directive.str();
        return words;
      }
    return "no such move";
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  attn::KernelOp kernel;
  attn::ScheduleAttr schedule;
  Sizes sizes{{"rows", 128}};
  std::vector<Move> moves;
};

} // namespace

TEST_F(MovesTest, VariantsFollowFromSizes) {
  EXPECT_EQ(variantFor(kernel, {{"rows", 8}}), 0u);
  EXPECT_EQ(variantFor(kernel, {{"rows", 9}}), 1u);
}

TEST_F(MovesTest, AxesThatReadEachOtherAreOne) {
  KernelAxes axes(kernel, 1, sizes);
  const Stage *product = axes.find("product"), *result = axes.find("double");
  EXPECT_EQ(product->find("column")->group, result->find("n")->group);
  EXPECT_EQ(product->find("row")->group, result->find("row")->group);
  EXPECT_NE(product->find("row")->group, product->find("column")->group);
  EXPECT_EQ(result->find("row")->size, 128);
  EXPECT_TRUE(product->find("depth")->isReduced);
}

TEST_F(MovesTest, APanelMovesWithWhatFillsIt) {
  std::vector<std::string> changes{"double: tile n.panel 24 pad -> 48", "product: unroll column 3 -> 6", "product: pack column 24 -> 48"};
  EXPECT_EQ(after(changes, "double"),
            "tile row.block 32 guard, tile n.panel 48 pad, order n row n.panel row.block, lanes n 8, parallel row.block n.panel");
  EXPECT_EQ(after(changes, "product"),
            "at double.parallel, registers, lanes column 8, unroll column 6, unroll row 4, unroll depth 2, pack column 48");
}

TEST_F(MovesTest, NumbersMove) {
  EXPECT_EQ(after({"product: unroll row 4 -> 6"}, "product"),
            "at double.parallel, registers, lanes column 8, unroll column 3, unroll row 6, unroll depth 2, pack column 24");
  EXPECT_NE(after({"double: tile row.block 32 guard -> 64"}, "double"), "no such move");
  EXPECT_NE(after({"product: unroll depth 2 -> 4"}, "product"), "no such move");
}

TEST_F(MovesTest, SidesOfATileMoveTogether) {
  EXPECT_NE(after({"product: unroll column 3 -> 2", "product: unroll row 4 -> 6"}, "product"), "no such move");
}

TEST_F(MovesTest, OtherChoicesMove) {
  EXPECT_NE(after({"double: order n row n.panel row.block -> order row n n.panel row.block"}, "double"), "no such move");
  EXPECT_NE(after({"double: parallel row.block n.panel -> parallel row.block"}, "double"), "no such move");
  EXPECT_NE(after({"double: tile n.panel 24 pad -> tile n.panel 24 guard"}, "double"), "no such move");
  EXPECT_NE(after({"product: at double.parallel -> at double.row"}, "product"), "no such move");
}

TEST_F(MovesTest, PanelsAreFetchedAheadOrNot) {
  EXPECT_EQ(after({"product: prefetch"}, "product"),
            "at double.parallel, registers, lanes column 8, unroll column 3, unroll row 4, unroll depth 2, pack column 24, prefetch");
  for (Move &move : movesFrom(KernelAxes(kernel, 1, sizes), schedule, 8))
    if (move.changes == std::vector<std::string>{"product: prefetch"})
      moves = movesFrom(KernelAxes(kernel, 1, sizes), move.schedule, 8);
  EXPECT_EQ(after({"product: no prefetch"}, "product"),
            "at double.parallel, registers, lanes column 8, unroll column 3, unroll row 4, unroll depth 2, pack column 24");
}

TEST_F(MovesTest, EachOnce) {
  std::set<const void *> seen{schedule.getAsOpaquePointer()};
  for (const Move &move : moves)
    EXPECT_TRUE(seen.insert(move.schedule.getAsOpaquePointer()).second) << move.changes.front();
}

TEST_F(MovesTest, LegalOnesHaveACost) {
  Machine machine{2, 16, 8, 32 << 10, 512 << 10};
  auto cost = [&](attn::ScheduleAttr candidate) -> std::optional<KernelCost> {
    auto planned = planSchedule(kernel.getVariants()[1].front(), candidate);
    if (planned)
      return kernelCostOf(worksOf(*planned, candidate, sizes), machine);
    llvm::consumeError(planned.takeError());
    return std::nullopt;
  };
  KernelCost bar = *cost(schedule);
  size_t legal = 0;
  for (const Move &move : moves)
    if (auto one = cost(move.schedule)) {
      ++legal;
      EXPECT_GT(one->cycles, 0);
    }
  EXPECT_GT(legal, moves.size() / 4);
  EXPECT_EQ(bar.spilled, 0);
  Draft huge(schedule);
  huge.setNumber(1, 4, 1, 16); // unroll row 16
  EXPECT_GT(cost(huge.build(&context))->spilled, 0);
}
