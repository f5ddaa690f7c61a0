#include "tools/attn-tune/CostModel.h"
#include <gtest/gtest.h>

using namespace attune::tune;

namespace {

Machine avx2() { return {/*threads=*/2, /*vectorRegisters=*/16, /*lanes=*/8, 32 << 10, 512 << 10}; }

/// A product of 1024 rows by 1024 columns by 1024 steps, in tiles of `rows` by
/// `vectors`.
StageWork product(double rows, double vectors, double unroll = 2) {
  StageWork work;
  work.lanes = 8;
  work.copies = rows * vectors;
  work.reducedCopies = unroll;
  work.reduced = 1024;
  work.steps = 1024.0 / rows * 1024 / (8 * vectors) * 1024;
  work.tasks = 64;
  work.rounds = 64;
  work.loads = {{TileLoad::Vector, vectors, 8 * vectors * 1024 * 4, 1}, {TileLoad::Broadcast, rows, rows * 1024 * 4, 1}};
  return work;
}

} // namespace

TEST(CostModel, MoreMultiplyAddsForALoadAreFaster) {
  EXPECT_LT(costOf(product(4, 3), avx2()).cycles, costOf(product(4, 1), avx2()).cycles);
  EXPECT_LT(costOf(product(4, 2), avx2()).cycles, costOf(product(1, 2), avx2()).cycles);
}

TEST(CostModel, TilesSpillPastTheRegisters) {
  EXPECT_EQ(costOf(product(4, 3), avx2()).spilled, 0);
  EXPECT_GT(costOf(product(8, 3), avx2()).spilled, 0);
  Machine avx512{2, 32, 8, 32 << 10, 512 << 10};
  EXPECT_EQ(costOf(product(8, 3), avx512).spilled, 0);
  // A step of twice the work takes more than twice as long once it spills.
  EXPECT_GT(costOf(product(8, 3), avx2()).cycles, costOf(product(4, 3), avx2()).cycles);
}

TEST(CostModel, UnrollingSavesTrips) {
  EXPECT_LT(costOf(product(4, 3, 4), avx2()).cycles, costOf(product(4, 3, 1), avx2()).cycles);
}

TEST(CostModel, WhatLeavesTheCacheIsSlower) {
  auto with = [](double bytes) {
    StageWork work = product(4, 3);
    for (TileLoad &load : work.loads) {
      load.bytes = bytes;
      load.reuse = 1000;
    }
    return costOf(work, avx2()).cycles;
  };
  double first = with(8 << 10), second = with(128 << 10), beyond = with(1 << 20);
  EXPECT_LT(first, second);
  EXPECT_LT(second, beyond);
}

TEST(CostModel, GathersAreSlower) {
  StageWork work = product(4, 3);
  work.loads[0].kind = TileLoad::Strided;
  EXPECT_GT(costOf(work, avx2()).cycles, costOf(product(4, 3), avx2()).cycles);
}

TEST(CostModel, TasksShareTheThreads) {
  auto with = [](double tasks, double threads) {
    StageWork work = product(4, 3);
    work.tasks = tasks;
    Machine machine = avx2();
    machine.threads = threads;
    return costOf(work, machine).cycles;
  };
  EXPECT_LT(with(2, 2), with(1, 2));
  EXPECT_LT(with(8, 8), with(8, 2));
  EXPECT_LT(with(4, 4), with(5, 4)) << "the fifth task waits for a turn of its own";
  EXPECT_LT(with(16, 2), with(16000, 2)) << "tasks have a price";
}

TEST(CostModel, PaddingIsWork) {
  StageWork wasteful = product(4, 3);
  wasteful.steps *= 1.25;
  EXPECT_GT(costOf(wasteful, avx2()).cycles, costOf(product(4, 3), avx2()).cycles);
}

TEST(CostModel, FunctionsCostMoreThanSums) {
  StageWork sum, exponential;
  sum.lanes = exponential.lanes = 8;
  sum.steps = exponential.steps = 1000;
  exponential.functions = 1;
  EXPECT_GT(costOf(exponential, avx2()).cycles, costOf(sum, avx2()).cycles);
}

TEST(CostModel, WhatIsNotWorthTrying) {
  KernelCost best = kernelCostOf({product(4, 3)}, avx2());
  EXPECT_TRUE(isWorthTrying(best, best));
  EXPECT_FALSE(isWorthTrying(kernelCostOf({product(16, 3)}, avx2()), best)) << "spills";
  EXPECT_FALSE(isWorthTrying(kernelCostOf({product(4, 3, 64)}, avx2()), best)) << "unrolls too much";
  KernelCost slow = best;
  slow.cycles *= 3;
  EXPECT_FALSE(isWorthTrying(slow, best));
}
