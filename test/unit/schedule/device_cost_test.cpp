#include "schedule/DeviceCost.h"
#include <gtest/gtest.h>

using namespace attune;

namespace {

/// As an H100 runs the code of sm_86.
constexpr Multiprocessor hopper{32, 2048, 228 << 10, 128, 128, 132};
constexpr double cyclesOfMillisecond = 1.9e6;

/// A product of `rows` by 1536 columns and 384 steps. A block of `threads` threads has a tile of `tileRows` by
/// `tileColumns`, of which each reads four steps of its rows and columns from memory at once.
GridWork product(double rows, double tileRows, double tileColumns, double threads) {
  double sums = tileRows * tileColumns / threads, ownRows = sums / 4;
  ThreadWork work;
  work.threads = threads;
  work.steps = 384 / 4;
  work.operations = 4 * sums;
  work.memoryLoads = ownRows + 4;
  work.accesses = {{/*isShared=*/false, work.memoryLoads, 16}};
  work.memoryBytes = (tileRows + tileColumns) * 384 * 4;
  GridWork grid;
  grid.blocks = rows / tileRows * 1536 / tileColumns;
  grid.resident = 512 / threads;
  grid.tensorBytes = 4 * (rows * 384 + 1536 * 384 + rows * 1536);
  grid.stages = {work};
  return grid;
}

} // namespace

// Measured on an H100 (docs/performance.md): 0.017, 0.033 and 0.039 ms for 128 rows, 0.25, 0.19 and 0.18 for 4096.
TEST(DeviceCost, OrdersTilesAsMeasured) {
  struct Case {
    double rows, milliseconds[3];
  };
  for (const Case &one : {Case{128, {0.017, 0.033, 0.039}}, Case{4096, {0.25, 0.19, 0.18}}}) {
    double cycles[3] = {cyclesOf(product(one.rows, 16, 32, 64), hopper), cyclesOf(product(one.rows, 32, 64, 128), hopper),
                        cyclesOf(product(one.rows, 64, 64, 128), hopper)};
    for (int tile = 0; tile < 3; ++tile) {
      EXPECT_NEAR(cycles[tile] / cyclesOfMillisecond / one.milliseconds[tile], 1, 0.45) << one.rows << " rows, tile " << tile;
      if (tile > 0)
        EXPECT_EQ(cycles[tile] > cycles[tile - 1], one.milliseconds[tile] > one.milliseconds[tile - 1]) << one.rows << " rows, tile " << tile;
    }
  }
}

TEST(DeviceCost, BlocksBesideEachOtherHideWaits) {
  GridWork grid = product(4096, 16, 32, 64), alone = grid;
  alone.resident = 1;
  EXPECT_LT(cyclesOf(grid, hopper), cyclesOf(alone, hopper));
}

TEST(DeviceCost, FewBlocksLeaveMultiprocessorsIdle) {
  GridWork one = product(128, 64, 64, 128), all = one;
  one.blocks = 1;
  all.blocks = hopper.onDevice;
  EXPECT_EQ(cyclesOf(one, hopper), cyclesOf(all, hopper));
  all.blocks = 64 * hopper.onDevice;
  EXPECT_GT(cyclesOf(all, hopper), 4 * cyclesOf(one, hopper));
}

TEST(DeviceCost, SharedOperandsAreReadFaster) {
  GridWork grid = product(4096, 64, 64, 128), shared = grid;
  shared.stages[0].accesses[0].isShared = true;
  shared.stages[0].memoryLoads = 0;
  EXPECT_LT(cyclesOf(shared, hopper), cyclesOf(grid, hopper));
}

TEST(DeviceCost, MemoryBoundsAGrid) {
  GridWork grid = product(128, 64, 64, 128);
  double before = cyclesOf(grid, hopper);
  grid.tensorBytes = 1e9;
  EXPECT_GT(cyclesOf(grid, hopper), 10 * before);
}

TEST(DeviceCost, GridsComeOneAfterAnother) {
  GridWork grid = product(128, 64, 64, 128);
  EXPECT_DOUBLE_EQ(cyclesOf({grid, grid}, hopper), 2 * cyclesOf(grid, hopper));
}
