// One block of memory for all tensors of a run that are not inputs: tensors whose
// lifetimes do not meet share bytes.
#ifndef ATTUNE_RUNTIME_ARENA_H
#define ATTUNE_RUNTIME_ARENA_H

#include "memory.h"

#include <vector>

namespace attune::runtime {

struct ArenaBlock {
  uint64_t bytes;
  int64_t first, last; // calls between which it lives, both included
  uint64_t offset = 0; // set by packing, a multiple of the alignment
};

/// Places the blocks, the largest first, each as low as those that live at the same time
/// allow (greedy by size; Pisarchyk and Lee, 2020, https://arxiv.org/abs/2001.03288).
/// `total` is the bytes all of them need. False if they overflow 64 bits.
bool packArena(std::vector<ArenaBlock> &blocks, uint64_t &total,
               uint64_t alignment = memoryAlignment);

} // namespace attune::runtime

#endif
