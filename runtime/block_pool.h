// Scratch memory of kernels. Blocks that were given back are kept, so that runs of the
// same sizes allocate nothing after the first, by the thread that had them: they are in its
// core's caches, and another core would wait for what is written there.
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
  /// Frees the blocks that are kept.
  void clear();

  /// How often memory was asked for from the system.
  size_t systemAllocations() const { return fresh; }

private:
  struct Block;

  // Four sizes for each power of two: at most a fifth of a block lies idle.
  static constexpr size_t binCount = 4 * 44;
  static size_t binOf(size_t bytes);
  static size_t binBytes(size_t bin);

  /// What a thread keeps. With more threads than these some share one.
  struct alignas(64) Shelf {
    std::mutex mutex;
    Block *kept[binCount] = {};

    Block *take(size_t bin);
  };
  static constexpr size_t shelfCount = 16;
  static size_t shelfOfThread();

  std::array<Shelf, shelfCount> shelves;
  std::atomic<size_t> fresh = 0;
};

} // namespace attune::runtime

#endif
