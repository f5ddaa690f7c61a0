#include "parallel_loop.h"

#include <algorithm>

namespace attune::runtime {

ParallelLoop::ParallelLoop(int count, int parts) : parts(parts) {
  for (int part = 0; part < parts; ++part) {
    auto bound = [&](int64_t i) { return static_cast<uint32_t>(count * i / parts); };
    ranges[part].left.store(range(bound(part), bound(part + 1)), std::memory_order_relaxed);
  }
}

ParallelLoop::Range ParallelLoop::takeFrom(Part &part, bool isOwn) {
  constexpr uint32_t share = 16, most = 8; // so many at a time leave little to wait for in the end
  uint64_t left = part.left.load(std::memory_order_relaxed);
  while (true) {
    uint32_t begin = static_cast<uint32_t>(left), end = static_cast<uint32_t>(left >> 32);
    if (begin >= end)
      return {0, 0};
    uint32_t count = isOwn ? std::clamp((end - begin) / share, 1u, most) : 1;
    uint64_t rest = isOwn ? range(begin + count, end) : range(begin, end - count);
    // What an iteration reads and writes is ordered where the loop begins and ends.
    if (part.left.compare_exchange_weak(left, rest, std::memory_order_relaxed)) {
      uint32_t taken = isOwn ? begin : end - count;
      return {static_cast<int>(taken), static_cast<int>(taken + count)};
    }
  }
}

ParallelLoop::Range ParallelLoop::take(int part) {
  Range found = takeFrom(ranges[part], true);
  for (int other = part + 1; found.begin == found.end && other < part + parts; ++other)
    found = takeFrom(ranges[other % parts], false);
  return found;
}

} // namespace attune::runtime
