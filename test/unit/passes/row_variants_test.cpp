#include "passes/RowVariants.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace attune;

namespace {

/// Tiles of so many rows, of which `multiprocessors` are computed at a time, each as fast as `rate`.
double tiles(int64_t rows, double tileRows, double rate, double multiprocessors = 16) {
  return std::ceil(std::ceil(rows / tileRows) / multiprocessors) * tileRows / rate;
}

} // namespace

TEST(RowVariants, FewRowsTakeSmallTiles) {
  auto cycles = [](size_t tile, int64_t rows) { return tile == 0 ? tiles(rows, 4, 1) : tiles(rows, 64, 3); };
  llvm::SmallVector<RowVariant> chosen = chooseByRows(2, 1, cycles);
  ASSERT_EQ(chosen.size(), 2u);
  EXPECT_EQ(chosen[0].candidate, 0u);
  EXPECT_EQ(chosen[0].most, 256); // four rounds are faster than one of large ones, six are not
  EXPECT_EQ(chosen[1].candidate, 1u);
  EXPECT_EQ(chosen[1].most, std::nullopt);
}

TEST(RowVariants, WhatSavesLittleIsNotCompiled) {
  auto cycles = [](size_t tile, int64_t rows) { return tile == 0 && rows <= 4 ? 0.95 * rows : tile == 0 ? 2.0 * rows : 1.0 * rows; };
  llvm::SmallVector<RowVariant> chosen = chooseByRows(2, 1, cycles);
  ASSERT_EQ(chosen.size(), 1u);
  EXPECT_EQ(chosen[0].candidate, 1u);
}

TEST(RowVariants, WhatHasOthersBeforeIsNotCounted) {
  auto cycles = [](size_t tile, int64_t rows) { return (tile == 0) == (rows <= 4) ? 1.0 : 10.0; };
  EXPECT_EQ(chooseByRows(2, 1, cycles).size(), 2u);
  llvm::SmallVector<RowVariant> chosen = chooseByRows(2, 5, cycles);
  ASSERT_EQ(chosen.size(), 1u);
  EXPECT_EQ(chosen[0].candidate, 1u);
}

TEST(RowVariants, ATileMayComeTwice) {
  auto cycles = [](size_t tile, int64_t rows) { return (tile == 0) == (rows > 8 && rows <= 512) ? 10.0 : 1.0; };
  llvm::SmallVector<RowVariant> chosen = chooseByRows(2, 1, cycles);
  ASSERT_EQ(chosen.size(), 3u);
  EXPECT_EQ(chosen[0].most, 8);
  EXPECT_EQ(chosen[1].most, 512);
  EXPECT_EQ(chosen[0].candidate, chosen[2].candidate);
}
