// How threads share the iterations of a loop: each takes those of its own part in order,
// so that it reads on where it was (the weights of the next panel, the keys of the same
// head), and then the last ones of parts that are not done.
#ifndef ATTUNE_RUNTIME_PARALLEL_LOOP_H
#define ATTUNE_RUNTIME_PARALLEL_LOOP_H

#include "processor_count.h"

#include <array>
#include <atomic>
#include <cstdint>

namespace attune::runtime {

/// The iterations from 0 to `count`, in `parts`, from 1 to maxThreads of them.
class ParallelLoop {
public:
  ParallelLoop(int count, int parts);

  struct Range {
    int begin, end;
  };
  /// Iterations that nobody has, preferably of `part`; empty when none are left. From any
  /// thread. Taking waits until all that was stored before is in the cache: a part gives
  /// several at a time, as long as it has many.
  Range take(int part);
  int partCount() const { return parts; }

private:
  /// Those that are left, in one number so that both ends move at once.
  struct alignas(64) Part {
    std::atomic<uint64_t> left;
  };
  static uint64_t range(uint32_t begin, uint32_t end) { return uint64_t(end) << 32 | begin; }
  static Range takeFrom(Part &part, bool isOwn);

  int parts;
  std::array<Part, maxThreads> ranges;
};

} // namespace attune::runtime

#endif
