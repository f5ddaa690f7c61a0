#include "schedule/GridWorks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace attune;

namespace {

/// Blocks of 64 rows by 32 columns, 16 steps of whose operands 64 threads share; exponentials follow.
constexpr llvm::StringLiteral text = R"(
func.func @f(%x: !attn.tensor<f32, [rows, 128]>, %w: !attn.tensor<f32, [96, 128]>) -> !attn.tensor<f32, [rows, 96]> attributes {attn.model} {
  %y = attn.kernel "dense" (%a = %x : !attn.tensor<f32, [rows, 128]>, %b = %w : !attn.tensor<f32, [96, 128]>) -> !attn.tensor<f32, [rows, 96]>
    variant schedule<
        left {at product.depth.block, in shared, layout depth 20 row, tile row.part 16, lanes depth 4, unroll row.part, thread depth 4 row 16},
        product {at out.block, tile row.strip 16, tile depth.block 16, lanes column 4, unroll row.strip depth 4,
                 order row.strip depth column row column.thread row.thread depth.block, thread column 8 row 16, in register, pack column 32},
        out {tile row.block 64 guard, tile n.block 32 guard, tile row.strip 16, tile n.group 4, unroll n, unroll row.strip,
             order n row.strip, thread n.group 8 row 16, block row.block n.block}> {
      %left = attn.stage "left" [%row: rows, %depth: 128] {
        %l = attn.load %a[%row, %depth] : <f32, [rows, 128]>
        attn.yield %l : f32
      } : f32
      %product = attn.stage "product" [%row: rows, %column: 96] sum [%depth: 128] {
        %l = attn.load %left[%row, %depth] : <f32, [rows, 128]>
        %r = attn.load %b[%column, %depth] : <f32, [96, 128]>
        %m = arith.mulf %l, %r : f32
        attn.yield %m : f32
      } : f32
      %half = attn.stage "half" [%row: rows, %n: 96] {
        %l = attn.load %product[%row, %n] : <f32, [rows, 96]>
        %h = arith.addf %l, %l : f32
        attn.yield %h : f32
      } : f32
      %out = attn.stage "out" [%row: rows, %n: 96] {
        %l = attn.load %half[%row, %n] : <f32, [rows, 96]>
        %e = math.exp %l : f32
        attn.yield %e : f32
      } : f32
      attn.yield %out : !attn.tensor<f32, [rows, 96]>
    }
  return %y : !attn.tensor<f32, [rows, 96]>
}
)";

/// Sums of rows, each in a grid of its own that adds to what another one set.
constexpr llvm::StringLiteral sums = R"(
func.func @f(%x: !attn.tensor<f16, [rows, 128]>) -> !attn.tensor<f16, [rows]> attributes {attn.model} {
  %y = attn.kernel "sums" (%a = %x : !attn.tensor<f16, [rows, 128]>) -> !attn.tensor<f16, [rows]>
    variant schedule<sum {at root, tile row.block 32 guard, thread row 32, block row.block},
                     out {tile row.block 32 guard, thread row 32, block row.block}> {
      %sum = attn.stage "sum" [%row: rows] sum [%term: 128] {
        %l = attn.load %a[%row, %term] : <f16, [rows, 128]>
        %w = arith.extf %l : f16 to f32
        attn.yield %w : f32
      } : f32
      %out = attn.stage "out" [%row: rows] {
        %l = attn.load %sum[%row] : <f32, [rows]>
        %n = arith.truncf %l : f32 to f16
        attn.yield %n : f16
      } : f16
      attn.yield %out : !attn.tensor<f16, [rows]>
    }
  return %y : !attn.tensor<f16, [rows]>
}
)";

/// A product in register tiles, several of which a thread computes one after another.
constexpr llvm::StringLiteral registers = R"(
func.func @f(%x: !attn.tensor<f32, [rows, 128]>, %w: !attn.tensor<f32, [96, 128]>) -> !attn.tensor<f32, [rows, 96]> attributes {attn.model} {
  %y = attn.kernel "dense" (%a = %x : !attn.tensor<f32, [rows, 128]>, %b = %w : !attn.tensor<f32, [96, 128]>) -> !attn.tensor<f32, [rows, 96]>
    variant schedule<
        product {at root, tile row.grid 64 pad, tile column.grid 32 pad, registers, lanes column 4, unroll row 2, unroll depth 4,
                 thread column.block 8 row.block 8, block row.grid column.grid},
        out {tile row.block 64 guard, tile n.block 32 guard, lanes n 4, thread n 8 row 16, block row.block n.block}> {
      %product = attn.stage "product" [%row: rows, %column: 96] sum [%depth: 128] {
        %l = attn.load %a[%row, %depth] : <f32, [rows, 128]>
        %r = attn.load %b[%column, %depth] : <f32, [96, 128]>
        %m = arith.mulf %l, %r : f32
        attn.yield %m : f32
      } : f32
      %out = attn.stage "out" [%row: rows, %n: 96] {
        %l = attn.load %product[%row, %n] : <f32, [rows, 96]>
        %e = math.exp %l : f32
        attn.yield %e : f32
      } : f32
      attn.yield %out : !attn.tensor<f32, [rows, 96]>
    }
  return %y : !attn.tensor<f32, [rows, 96]>
}
)";

class GridWorksTest : public testing::Test {
protected:
  GridWorksTest() {
    context.loadDialect<attn::AttnDialect, arith::ArithDialect, math::MathDialect, func::FuncDialect>();
    target = llvm::cantFail(parseTarget("cuda-sm_86"));
  }

  std::vector<GridWork> worksOf(llvm::StringRef text, int64_t rows) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    attn::KernelOp kernel;
    module->walk([&](attn::KernelOp op) { kernel = op; });
    ScheduledKernel planned = llvm::cantFail(planSchedule(kernel.getVariants()[0].front(), kernel.getSchedule(0), &target));
    return gridWorksOf(planned, kernel.getSchedule(0), target.multiprocessor, [&](attn::SizeAttr) { return rows; });
  }

  GridWork worksFor(int64_t rows) {
    std::vector<GridWork> grids = worksOf(text, rows);
    EXPECT_EQ(grids.size(), 1u);
    return grids.front();
  }

  MLIRContext context;
  TargetInfo target;
};

} // namespace

TEST_F(GridWorksTest, BlocksCoverWhatThereIs) {
  EXPECT_EQ(worksFor(1).blocks, 3);
  EXPECT_EQ(worksFor(64).blocks, 3);
  EXPECT_EQ(worksFor(65).blocks, 6);
  // 128 threads with 32 sums each: registers leave room for more than their threads and blocks do not.
  EXPECT_GE(worksFor(64).resident, 4);
}

TEST_F(GridWorksTest, TensorsAreReadOnceFromMemory) {
  EXPECT_EQ(worksFor(640).tensorBytes, 4 * (640 * 128 + 96 * 128 + 640 * 96));
}

TEST_F(GridWorksTest, ThreadsShareWhatABlockDoes) {
  std::vector<ThreadWork> stages = worksFor(640).stages; // readers first
  ASSERT_EQ(stages.size(), 3u);
  const ThreadWork &out = stages[0], &product = stages[1], &left = stages[2];

  EXPECT_EQ(out.threads, 128);
  EXPECT_EQ(out.rounds, 1);
  EXPECT_EQ(out.steps, 1);
  EXPECT_EQ(out.functions, 4 * 4); // four rows by four columns a thread
  EXPECT_EQ(out.operations, 4 * 4); // of what is computed where it is read
  ASSERT_EQ(out.accesses.size(), 1u); // what it writes: the product is in registers
  EXPECT_FALSE(out.accesses[0].isShared);
  EXPECT_EQ(out.accesses[0].instructions, 4);
  EXPECT_EQ(out.accesses[0].bytes, 16);
  EXPECT_EQ(out.memoryBytes, 64 * 32 * 4);

  EXPECT_EQ(product.threads, 128);
  EXPECT_EQ(product.rounds, 1);
  EXPECT_EQ(product.steps, 128 / 4);
  EXPECT_EQ(product.operations, 4 * 4 * 4); // a multiplication and the addition of its result are one
  ASSERT_EQ(product.accesses.size(), 2u);
  for (const MemoryAccess &access : product.accesses) {
    EXPECT_EQ(access.instructions, 4); // of 16 bytes: rows along the depth, panels along the columns
    EXPECT_EQ(access.bytes, 16);
  }
  EXPECT_NE(product.accesses[0].isShared, product.accesses[1].isShared);
  EXPECT_EQ(product.memoryLoads, 4);
  EXPECT_EQ(product.memoryBytes, 32 * 128 * 4);

  EXPECT_TRUE(left.isForOthers);
  EXPECT_EQ(left.threads, 64);
  EXPECT_EQ(left.rounds, 128 / 16);
  EXPECT_EQ(left.steps, 1);
  EXPECT_EQ(left.operations, 0);
  EXPECT_EQ(left.memoryLoads, 4);
  EXPECT_EQ(left.memoryBytes, 64 * 128 * 4);
}

TEST_F(GridWorksTest, AReductionIsSetBeforeItIsAddedTo) {
  std::vector<GridWork> grids = worksOf(sums, 640);
  ASSERT_EQ(grids.size(), 3u); // adds, sets, and out
  const GridWork &adds = grids[0], &sets = grids[1], &out = grids[2];
  EXPECT_EQ(adds.blocks, 640 / 32);
  EXPECT_EQ(sets.blocks, 640 / 32);

  EXPECT_TRUE(sets.stages.empty());
  EXPECT_EQ(sets.tensorBytes, 4 * 640);
  EXPECT_EQ(adds.tensorBytes, 2 * 640 * 128 + 4 * 640);
  ASSERT_EQ(adds.stages.size(), 1u);
  EXPECT_EQ(adds.stages[0].threads, 32);
  EXPECT_EQ(adds.stages[0].steps, 128);
  ASSERT_EQ(adds.stages[0].accesses.size(), 2u);
  EXPECT_EQ(adds.stages[0].accesses[0].bytes, 2); // what it reads
  EXPECT_EQ(adds.stages[0].accesses[0].instructions, 1);
  EXPECT_EQ(adds.stages[0].accesses[1].bytes, 4); // and gives, once for all steps
  EXPECT_EQ(adds.stages[0].accesses[1].instructions, 1.0 / 128);
  ASSERT_EQ(out.stages.size(), 1u);
  EXPECT_EQ(out.stages[0].accesses.back().bytes, 2);
}

TEST_F(GridWorksTest, RegisterTilesHaveTheBlocksAroundThem) {
  std::vector<GridWork> grids = worksOf(registers, 640);
  ASSERT_EQ(grids.size(), 2u);
  const GridWork &product = grids[0];
  EXPECT_EQ(product.blocks, 10 * 3);
  EXPECT_EQ(product.tensorBytes, 4 * (640 * 128 + 96 * 128 + 640 * 96));
  ASSERT_EQ(product.stages.size(), 1u);
  const ThreadWork &work = product.stages[0];
  EXPECT_EQ(work.threads, 64);
  EXPECT_EQ(work.steps, 4 * 128 / 4); // of 64 rows by 32 columns a thread has four tiles of 2 by 4
  EXPECT_EQ(work.operations, 2 * 4 * 4);
  EXPECT_EQ(work.accesses.back().instructions, 2 / (128.0 / 4)); // two vectors for each tile
}
