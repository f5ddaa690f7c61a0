#include "schedule/Occupancy.h"
#include "schedule/Legality.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace attune;

namespace {

/// Blocks of 64 threads that share a copy of `%rows` rows of 128 numbers.
std::string copying(llvm::StringRef rows, llvm::StringRef more) {
  std::string sizes = (rows + ", 128").str();
  return R"(
func.func @f(%x: !attn.tensor<f32, [many, 128]>) -> !attn.tensor<f32, [many, 128]> attributes {attn.model} {
  %y = attn.kernel "twice" (%a = %x : !attn.tensor<f32, [many, 128]>) -> !attn.tensor<f32, [many, 128]>
    variant schedule<copy {at out.block, in shared, thread n 64},
                     out {tile row.block )" + rows.str() + R"( guard, tile n.part 64, thread n 64, block row.block)" + more.str() + R"(}> {
      %copy = attn.stage "copy" [%row: many, %n: 128] {
        %l = attn.load %a[%row, %n] : <f32, [many, 128]>
        attn.yield %l : f32
      } : f32
      %out = attn.stage "out" [%row: many, %n: 128] {
        %l = attn.load %copy[%row, %n] : <f32, [many, 128]>
        %s = arith.addf %l, %l : f32
        attn.yield %s : f32
      } : f32
      attn.yield %out : !attn.tensor<f32, [many, 128]>
    }
  return %y : !attn.tensor<f32, [many, 128]>
}
)";
}

/// Blocks of 256 threads that have 32 sums each.
std::string summing(llvm::StringRef more) {
  return R"(
func.func @f(%x: !attn.tensor<f32, [many, 128]>, %w: !attn.tensor<f32, [96, 128]>) -> !attn.tensor<f32, [many, 96]> attributes {attn.model} {
  %y = attn.kernel "dense" (%a = %x : !attn.tensor<f32, [many, 128]>, %b = %w : !attn.tensor<f32, [96, 128]>) -> !attn.tensor<f32, [many, 96]>
    variant schedule<
        product {at root, tile row.grid 256 pad, tile column.grid 32 pad, registers, lanes column 4, unroll row 8,
                 thread column.block 8 row.block 32, block row.grid column.grid)" + more.str() + R"(},
        out {tile row.block 64 guard, thread n 32 row 8, block row.block}> {
      %product = attn.stage "product" [%row: many, %column: 96] sum [%depth: 128] {
        %l = attn.load %a[%row, %depth] : <f32, [many, 128]>
        %r = attn.load %b[%column, %depth] : <f32, [96, 128]>
        %m = arith.mulf %l, %r : f32
        attn.yield %m : f32
      } : f32
      %out = attn.stage "out" [%row: many, %n: 96] {
        %l = attn.load %product[%row, %n] : <f32, [many, 96]>
        attn.yield %l : f32
      } : f32
      attn.yield %out : !attn.tensor<f32, [many, 96]>
    }
  return %y : !attn.tensor<f32, [many, 96]>
}
)";
}

int64_t occupancy(llvm::StringRef target, const std::string &text) {
  MLIRContext context;
  context.loadDialect<attn::AttnDialect, arith::ArithDialect, func::FuncDialect>();
  TargetInfo info = llvm::cantFail(parseTarget(target));
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  attn::KernelOp kernel;
  module->walk([&](attn::KernelOp op) { kernel = op; });
  ScheduledKernel planned = llvm::cantFail(planSchedule(kernel.getVariants()[0].front(), kernel.getSchedule(0), &info));
  Footprint footprint(planned.plan, planned.stages, Division::Aligned);
  return occupancyOf(planned.plan, footprint, gridsOf(planned.plan).front(), info.multiprocessor);
}

} // namespace

// 65,536 registers: 512 threads of 128, 256 of 255 at most. Of 14 warps, two schedulers have four.
TEST(Occupancy, RegistersAreSharedOut) {
  EXPECT_EQ(registersWhere(4, 128), 128);
  EXPECT_EQ(registersWhere(1, 128), 255);
  EXPECT_EQ(registersWhere(1, 257), 512 / 3 / 8 * 8);
  EXPECT_EQ(registersWhere(14, 16), 128);
  EXPECT_EQ(registersWhere(2, 200), 128);
  EXPECT_EQ(registersWhere(1, 1024), 64);
}

TEST(Occupancy, ThreadsComeInWarps) {
  EXPECT_EQ(residentThreads(3, 32), 96);
  EXPECT_EQ(residentThreads(3, 33), 192);
}

// Compute capabilities 7.5, 8.0 and 8.6 have room for 16, 32 and 16 blocks, and 64, 164 and 100 KB that blocks share.
TEST(Occupancy, SharedMemoryAndBlocksBound) {
  EXPECT_EQ(occupancy("cuda-sm_75", copying("32", "")), 64 / 16);
  EXPECT_EQ(occupancy("cuda-sm_80", copying("32", "")), 164 / 16);
  EXPECT_EQ(occupancy("cuda-sm_86", copying("32", "")), 100 / 16);
  EXPECT_EQ(occupancy("cuda-sm_75", copying("1", "")), 16);
  EXPECT_EQ(occupancy("cuda-sm_80", copying("1", "")), 32);
  EXPECT_EQ(occupancy("cuda-sm_86", copying("1", "")), 16);
}

TEST(Occupancy, RegistersBound) { EXPECT_EQ(occupancy("cuda-sm_86", summing("")), 3); }

TEST(Occupancy, WhatAScheduleAsksForHasRegistersButNoMoreMemoryOrThreads) {
  EXPECT_EQ(occupancy("cuda-sm_86", summing(", resident 4")), 4);
  EXPECT_EQ(occupancy("cuda-sm_86", copying("32", ", resident 2")), 100 / 16);
  EXPECT_EQ(occupancy("cuda-sm_86", copying("32", ", resident 16")), 100 / 16);
}
