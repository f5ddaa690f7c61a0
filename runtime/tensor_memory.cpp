#include "tensor_memory.h"
#include "message.h"

#include <algorithm>

namespace attune::runtime {

Error TensorMemory::place(std::vector<ArenaBlock> &blocks, const char *purpose) {
  uint64_t alignment = device ? device->alignment() : memoryAlignment;
  if (!packArena(blocks, used, alignment))
    return failure(ATTN_ERROR_MEMORY, purpose, " need more than 2^64 bytes");
  pointers.clear();
  if (used > capacity || (device && !deviceMemory)) {
    // The old one goes before the new one comes.
    capacity = 0;
    memory = AlignedMemory();
    deviceMemory.reset();
    // Every tensor has a place, also where none has elements.
    uint64_t wanted = device ? std::max(used, alignment) : used;
    if (Error error = device ? device->allocate(wanted, purpose, deviceMemory)
                             : AlignedMemory::allocate(wanted, purpose, memory))
      return error;
    capacity = wanted;
  }
  for (const ArenaBlock &block : blocks) {
    void *pointer = nullptr;
    if (!device) {
      pointer = memory.data() + block.offset;
    } else {
      // A block without bytes may lie behind all others.
      uint64_t offset = block.bytes ? block.offset : 0;
      if (Error error = deviceMemory->place(offset, std::max<uint64_t>(block.bytes, 1), pointer))
        return error;
    }
    pointers.push_back(pointer);
  }
  return Error();
}

} // namespace attune::runtime
