// One block of memory for many tensors, of the processor or of a device.
#ifndef ATTUNE_RUNTIME_TENSOR_MEMORY_H
#define ATTUNE_RUNTIME_TENSOR_MEMORY_H

#include "arena.h"
#include "device.h"
#include "memory.h"

#include <vector>

namespace attune::runtime {

class TensorMemory {
public:
  /// `device` is null for memory of the processor.
  explicit TensorMemory(Device *device = nullptr) : device(device) {}

  /// Packs the blocks and makes room for them; what was in the memory before is lost.
  Error place(std::vector<ArenaBlock> &blocks, const char *purpose);

  /// Of each block of the last `place`: its address, or its handle on the device.
  const std::vector<void *> &places() const { return pointers; }
  /// The bytes that all blocks take.
  uint64_t bytes() const { return used; }

private:
  Device *device;
  AlignedMemory memory;
  std::unique_ptr<DeviceMemory> deviceMemory;
  std::vector<void *> pointers;
  uint64_t used = 0, capacity = 0;
};

} // namespace attune::runtime

#endif
