#include "arena.h"
#include "memory.h"
#include "test_files.h"

#include <random>

using namespace attune::runtime;

namespace {

bool alive(const ArenaBlock &a, const ArenaBlock &b) {
  return a.first <= b.last && b.first <= a.last;
}

void expectSound(const std::vector<ArenaBlock> &blocks, uint64_t total) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(blocks[i].offset % memoryAlignment, 0u);
    EXPECT_LE(blocks[i].offset + blocks[i].bytes, total);
    for (size_t j = 0; j < i; ++j)
      if (alive(blocks[i], blocks[j]) && blocks[i].bytes && blocks[j].bytes) {
        EXPECT_TRUE(blocks[i].offset + blocks[i].bytes <= blocks[j].offset ||
                    blocks[j].offset + blocks[j].bytes <= blocks[i].offset)
            << i << " and " << j << " overlap";
      }
  }
}

TEST(Arena, SharesBytesOfTensorsThatDoNotMeet) {
  std::vector<ArenaBlock> blocks = {{256, 0, 1}, {256, 2, 3}, {64, 1, 2}};
  uint64_t total;
  ASSERT_TRUE(packArena(blocks, total));
  expectSound(blocks, total);
  EXPECT_EQ(total, 320u);
  EXPECT_EQ(blocks[0].offset, blocks[1].offset);
}

TEST(Arena, FillsGaps) {
  // The small one fits between two large ones once the block between them has gone.
  std::vector<ArenaBlock> blocks = {{640, 0, 9}, {512, 0, 1}, {320, 0, 9}, {128, 5, 6}};
  uint64_t total;
  ASSERT_TRUE(packArena(blocks, total));
  expectSound(blocks, total);
  EXPECT_EQ(total, 640u + 512 + 320);
}

TEST(Arena, EmptyAndOverflow) {
  std::vector<ArenaBlock> blocks;
  uint64_t total;
  ASSERT_TRUE(packArena(blocks, total));
  EXPECT_EQ(total, 0u);
  blocks = {{0, 0, 1}, {1, 0, 1}};
  ASSERT_TRUE(packArena(blocks, total));
  EXPECT_EQ(total, 64u);
  blocks = {{UINT64_MAX - 100, 0, 1}, {1000, 0, 1}};
  EXPECT_FALSE(packArena(blocks, total));
  blocks = {{UINT64_MAX, 0, 1}};
  EXPECT_FALSE(packArena(blocks, total));
}

TEST(Arena, RandomLifetimes) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<ArenaBlock> blocks;
    uint64_t sum = 0, peak = 0;
    for (int i = 0; i < 60; ++i) {
      int64_t first = random() % 40, last = first + random() % 8;
      blocks.push_back({random() % 5000, first, last});
      sum += (blocks.back().bytes + 63) / 64 * 64;
    }
    for (int64_t call = 0; call < 50; ++call) {
      uint64_t live = 0;
      for (const ArenaBlock &block : blocks)
        if (block.first <= call && call <= block.last)
          live += (block.bytes + 63) / 64 * 64;
      peak = std::max(peak, live);
    }
    uint64_t total;
    ASSERT_TRUE(packArena(blocks, total));
    expectSound(blocks, total);
    EXPECT_GE(total, peak);
    // Greedy packing is near the peak in practice; a loss of it would show here.
    EXPECT_LE(total, peak * 3 / 2);
    EXPECT_LE(total, sum);
  }
}

TEST(Memory, RefusesWhatTheMachineDoesNotHave) {
  AlignedMemory memory;
  Error error = AlignedMemory::allocate(uint64_t(1) << 60, "a test", memory);
  ASSERT_TRUE(error);
  EXPECT_EQ(error.kind(), ATTN_ERROR_MEMORY);
  EXPECT_SAYS(error.message(), "1152921504606846976 bytes");
  EXPECT_SAYS(error.message(), "for a test");
  EXPECT_TRUE(AlignedMemory::allocate(UINT64_MAX, "a test", memory));
  ASSERT_FALSE(AlignedMemory::allocate(5 << 20, "a test", memory));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data()) % 64, 0u);
  std::memset(memory.data(), 1, 5 << 20);
}

} // namespace
