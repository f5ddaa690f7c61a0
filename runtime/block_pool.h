// Scratch memory of kernels. Blocks that were given back are kept, so that runs of the
// same sizes allocate nothing after the first, by the thread that had them: they are in its
// core's caches, and another core would wait for what is written there. Small ones are
// a thread's alone, without a lock, which would wait for all that the kernel has written.
#ifndef ATTUNE_RUNTIME_BLOCK_POOL_H
#define ATTUNE_RUNTIME_BLOCK_POOL_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace attune::runtime {

/// Any thread may allocate and release.
class BlockPool {
public:
  BlockPool() = default;
  BlockPool(const BlockPool &) = delete;
  ~BlockPool() { clear(); }

  /// Aligned to 64 bytes; 64 bytes before and behind may be read, as halide_malloc
  /// promises for 8. Null when there is no memory.
  void *allocate(size_t bytes);
  /// A block of this pool, or null.
  void release(void *block);
  /// Frees the blocks that are kept, while no other thread uses the pool.
  void clear();

  /// How often memory was asked for from the system.
  size_t systemAllocations() const { return fresh; }

private:
  struct Block;

  // Four sizes for each power of two: at most a fifth of a block lies idle.
  static constexpr size_t binCount = 4 * 44;
  static size_t binOf(size_t bytes);
  static size_t binBytes(size_t bin);

  // The small ones, up to 256 KB, of the first threads that this process has.
  static constexpr size_t ownBins = 4 * 8 + 1;
  static constexpr size_t ownCount = 32;
  struct alignas(64) OwnShelf {
    Block *kept[ownBins] = {};
  };

  /// What a thread keeps for all. With more threads than these some share one.
  struct alignas(64) Shelf {
    std::mutex mutex;
    Block *kept[binCount] = {};

    Block *take(size_t bin);
  };
  static constexpr size_t shelfCount = 16;
  static size_t numberOfThread();
  /// Where this thread keeps blocks of that size alone; null where it does not.
  Block **ownPlace(size_t bin);
  static void freeAll(Block *&first);

  std::array<OwnShelf, ownCount> own;
  std::array<Shelf, shelfCount> shelves;
  std::atomic<size_t> fresh = 0;
};

} // namespace attune::runtime

#endif
