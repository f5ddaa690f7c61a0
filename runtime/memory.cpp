#include "memory.h"
#include "message.h"

#include <cstdio>
#include <sys/mman.h>
#include <unistd.h>

namespace attune::runtime {

// From this size on memory is aligned to, and asked for in, pages of 2 MB, which saves
// most of the address translation in large arenas.
constexpr uint64_t largePage = uint64_t(2) << 20;
constexpr uint64_t largeAllocation = 2 * largePage;

bool roundUp(uint64_t bytes, uint64_t &rounded, uint64_t alignment) {
  if (__builtin_add_overflow(bytes, alignment - 1, &rounded))
    return false;
  rounded &= ~(alignment - 1);
  return true;
}

/// The number in a file of one line; UINT64_MAX if there is none ("max").
static uint64_t numberIn(const char *path) {
  unsigned long long value = UINT64_MAX;
  if (FILE *file = std::fopen(path, "re")) {
    if (std::fscanf(file, "%llu", &value) != 1)
      value = UINT64_MAX;
    std::fclose(file);
  }
  return value;
}

uint64_t memoryLimit() {
  static const uint64_t limit = [] {
    uint64_t result = UINT64_MAX;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
      result = static_cast<uint64_t>(pages) * static_cast<uint64_t>(page);
    // Control groups, versions 2 and 1, as a container sees its own.
    for (const char *path : {"/sys/fs/cgroup/memory.max",
                             "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
      result = std::min(result, numberIn(path));
    return result;
  }();
  return limit;
}

Error AlignedMemory::allocate(uint64_t bytes, const char *purpose,
                              AlignedMemory &memory) {
  uint64_t rounded;
  if (!roundUp(bytes, rounded) || rounded > memoryLimit())
    return failure(ATTN_ERROR_MEMORY, "cannot allocate ", exactBytesText(bytes), " for ",
                   purpose, ": this process may "
                   "use ", bytesText(memoryLimit()));
  if (rounded == 0)
    rounded = memoryAlignment;
  bool large = rounded >= largeAllocation;
  void *pointer = nullptr;
  if (posix_memalign(&pointer, large ? largePage : memoryAlignment, rounded) != 0)
    return failure(ATTN_ERROR_MEMORY, "cannot allocate ", exactBytesText(bytes), " for ",
                   purpose);
  if (large)
    madvise(pointer, rounded, MADV_HUGEPAGE);
  memory.start.reset(static_cast<uint8_t *>(pointer));
  memory.length = rounded;
  return Error();
}

void AlignedMemory::forget() const {
  static const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  uint64_t from = reinterpret_cast<uintptr_t>(start.get()), to = from + length;
  from = (from + page - 1) / page * page;
  to = to / page * page;
  if (from < to)
    madvise(reinterpret_cast<void *>(from), to - from, MADV_DONTNEED);
}

} // namespace attune::runtime
