#include "arena.h"

#include <algorithm>
#include <numeric>

namespace attune::runtime {

bool packArena(std::vector<ArenaBlock> &blocks, uint64_t &total,
               uint64_t alignment) {
  total = 0;
  std::vector<size_t> bySize(blocks.size());
  std::iota(bySize.begin(), bySize.end(), 0);
  std::stable_sort(bySize.begin(), bySize.end(), [&](size_t a, size_t b) {
    return blocks[a].bytes > blocks[b].bytes;
  });
  std::vector<size_t> placed; // by offset
  placed.reserve(blocks.size());
  for (size_t index : bySize) {
    ArenaBlock &block = blocks[index];
    uint64_t bytes, low = 0, end;
    if (!roundUp(block.bytes, bytes, alignment))
      return false;
    block.offset = 0;
    if (bytes == 0)
      continue;
    // The lowest gap that is wide enough between the blocks alive at the same time.
    for (size_t other : placed) {
      const ArenaBlock &before = blocks[other];
      if (before.last < block.first || before.first > block.last)
        continue;
      if (before.offset >= low && before.offset - low >= bytes)
        break;
      uint64_t beforeBytes;
      roundUp(before.bytes, beforeBytes, alignment);
      low = std::max(low, before.offset + beforeBytes);
    }
    if (__builtin_add_overflow(low, bytes, &end))
      return false;
    block.offset = low;
    total = std::max(total, end);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), index,
                                   [&](size_t a, size_t b) {
                                     return blocks[a].offset < blocks[b].offset;
                                   }),
                  index);
  }
  return true;
}

} // namespace attune::runtime
