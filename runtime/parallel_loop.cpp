#include "parallel_loop.h"

namespace attune::runtime {

ParallelLoop::ParallelLoop(int count, int parts) : parts(parts) {
  for (int part = 0; part < parts; ++part) {
    auto bound = [&](int64_t i) { return static_cast<uint32_t>(count * i / parts); };
    ranges[part].left.store(range(bound(part), bound(part + 1)), std::memory_order_relaxed);
  }
}

int ParallelLoop::takeFrom(Part &part, bool first) {
  uint64_t left = part.left.load(std::memory_order_relaxed);
  while (true) {
    uint32_t begin = static_cast<uint32_t>(left), end = static_cast<uint32_t>(left >> 32);
    if (begin >= end)
      return -1;
    uint64_t rest = first ? range(begin + 1, end) : range(begin, end - 1);
    // What an iteration reads and writes is ordered where the loop begins and ends.
    if (part.left.compare_exchange_weak(left, rest, std::memory_order_relaxed))
      return static_cast<int>(first ? begin : end - 1);
  }
}

int ParallelLoop::take(int part) {
  int found = takeFrom(ranges[part], true);
  for (int other = part + 1; found < 0 && other < part + parts; ++other)
    found = takeFrom(ranges[other % parts], false);
  return found;
}

} // namespace attune::runtime
