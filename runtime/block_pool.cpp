#include "block_pool.h"
#include "memory.h"

#include <cstdlib>

namespace attune::runtime {

/// Stands before the memory that is given out.
struct alignas(memoryAlignment) BlockPool::Block {
  Block *next;
  size_t bin;
};

constexpr size_t smallestBlock = 1024;

size_t BlockPool::binBytes(size_t bin) {
  return (smallestBlock / 4 * (4 + bin % 4)) << (bin / 4);
}

size_t BlockPool::binOf(size_t bytes) {
  if (bytes <= smallestBlock)
    return 0;
  // The power of two below, then the quarter above it that is not less.
  size_t power = 63 - static_cast<size_t>(__builtin_clzll(bytes - 1));
  size_t quarter = (bytes - 1 - (size_t(1) << power)) >> (power - 2);
  return (power - 10) * 4 + quarter + 1;
}

size_t BlockPool::numberOfThread() {
  static std::atomic<size_t> threads;
  static thread_local size_t number = threads++;
  return number;
}

BlockPool::Block **BlockPool::ownPlace(size_t bin) {
  size_t number = numberOfThread();
  return bin < ownBins && number < ownCount ? &own[number].kept[bin] : nullptr;
}

BlockPool::Block *BlockPool::Shelf::take(size_t bin) {
  std::lock_guard<std::mutex> lock(mutex);
  Block *block = kept[bin];
  if (block)
    kept[bin] = block->next;
  return block;
}

void *BlockPool::allocate(size_t bytes) {
  if (bytes > memoryLimit())
    return nullptr;
  size_t bin = binOf(bytes);
  if (bin >= binCount)
    return nullptr;
  if (Block **place = ownPlace(bin); place && *place) {
    Block *block = *place;
    *place = block->next;
    return block + 1;
  }
  // Its own first; then one of any other thread, before there are more.
  for (size_t i = 0, first = numberOfThread(); i < shelfCount; ++i)
    if (Block *block = shelves[(first + i) % shelfCount].take(bin))
      return block + 1;
  ++fresh;
  void *memory = nullptr;
  if (posix_memalign(&memory, memoryAlignment,
                     sizeof(Block) + binBytes(bin) + memoryAlignment) != 0)
    return nullptr;
  Block *block = static_cast<Block *>(memory);
  block->bin = bin;
  return block + 1;
}

void BlockPool::release(void *memory) {
  if (!memory)
    return;
  Block *block = static_cast<Block *>(memory) - 1;
  if (Block **place = ownPlace(block->bin)) {
    block->next = *place;
    *place = block;
    return;
  }
  Shelf &shelf = shelves[numberOfThread() % shelfCount];
  std::lock_guard<std::mutex> lock(shelf.mutex);
  block->next = shelf.kept[block->bin];
  shelf.kept[block->bin] = block;
}

void BlockPool::freeAll(Block *&first) {
  while (Block *block = first) {
    first = block->next;
    std::free(block);
  }
}

void BlockPool::clear() {
  for (OwnShelf &shelf : own)
    for (Block *&first : shelf.kept)
      freeAll(first);
  for (Shelf &shelf : shelves) {
    std::lock_guard<std::mutex> lock(shelf.mutex);
    for (Block *&first : shelf.kept)
      freeAll(first);
  }
}

} // namespace attune::runtime
