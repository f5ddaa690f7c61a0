// Aligned memory with limits: asking for more than the machine has is an error at once,
// not a process killed later.
#ifndef ATTUNE_RUNTIME_MEMORY_H
#define ATTUNE_RUNTIME_MEMORY_H

#include "error.h"

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace attune::runtime {

/// Every tensor that the runtime places starts at a multiple of this: one cache line,
/// one AVX-512 vector.
constexpr uint64_t memoryAlignment = 64;

/// `bytes` rounded up to the alignment, a power of two; false on overflow.
bool roundUp(uint64_t bytes, uint64_t &rounded, uint64_t alignment = memoryAlignment);

/// The bytes this process may use at most: physical memory or its control group's limit.
uint64_t memoryLimit();

class AlignedMemory {
public:
  /// Memory with any content; `purpose` completes "cannot allocate 3 GB for ...".
  static Error allocate(uint64_t bytes, const char *purpose, AlignedMemory &memory);

  uint8_t *data() const { return start.get(); }
  uint64_t size() const { return length; }

  /// Gives its whole pages back to the system; what was in them is lost.
  void forget() const;

private:
  struct Free {
    void operator()(uint8_t *pointer) const { std::free(pointer); }
  };
  std::unique_ptr<uint8_t, Free> start;
  uint64_t length = 0;
};

} // namespace attune::runtime

#endif
