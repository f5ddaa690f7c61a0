#include "block_pool.h"
#include "test_files.h"

#include <thread>

using namespace attune::runtime;

namespace {

TEST(BlockPool, KeepsBlocks) {
  BlockPool pool;
  for (size_t bytes : {1, 63, 1024, 1025, 5000, 1 << 20, (1 << 20) + 1}) {
    uint8_t *block = static_cast<uint8_t *>(pool.allocate(bytes));
    ASSERT_TRUE(block);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0u);
    std::memset(block, 1, bytes);
    // Halide may read, not write, a little before and behind.
    volatile uint8_t before = block[-8], behind = block[bytes + 7];
    (void)before, (void)behind;
    pool.release(block);
    size_t allocations = pool.systemAllocations();
    EXPECT_EQ(pool.allocate(bytes), block);
    EXPECT_EQ(pool.systemAllocations(), allocations);
    pool.release(block);
  }
  pool.clear();
  pool.release(pool.allocate(1));
  pool.release(nullptr);
}

TEST(BlockPool, BlocksAreLargeEnough) {
  BlockPool pool;
  for (size_t bytes = 1; bytes < 70000; bytes += 13) {
    uint8_t *block = static_cast<uint8_t *>(pool.allocate(bytes));
    std::memset(block, 1, (bytes + 63) / 64 * 64); // a sanitizer watches
    pool.release(block);
  }
}

TEST(BlockPool, RefusesWhatTheMachineDoesNotHave) {
  BlockPool pool;
  EXPECT_FALSE(pool.allocate(size_t(1) << 60));
  EXPECT_FALSE(pool.allocate(SIZE_MAX));
}

TEST(BlockPool, ManyThreads) {
  BlockPool pool;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&pool, t] {
      for (int i = 0; i < 3000; ++i) {
        size_t bytes = size_t(100) << (i % 6);
        uint8_t *block = static_cast<uint8_t *>(pool.allocate(bytes));
        std::memset(block, t, bytes);
        EXPECT_EQ(block[bytes - 1], t);
        pool.release(block);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_LE(pool.systemAllocations(), 4u * 6);
}

} // namespace
