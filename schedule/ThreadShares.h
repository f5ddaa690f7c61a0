// Which elements of a stage each thread of a block has.
#pragma once

#include "schedule/LoopNest.h"

namespace attune {

/// Of an axis that threads share: element `e` of a block is of thread `e / stride % period`.
struct ThreadShare {
  unsigned axis;
  uint64_t stride;
  std::optional<int64_t> period; ///< none: not known
  bool operator==(const ThreadShare &other) const { return stride == other.stride && period == other.period; }
};

/// How the nest's loop over `count` of them, called `loop` in schedules, is shared; none where it has no such loop over one
/// axis. `asked`: elements of a block along each axis, where they are known.
std::optional<ThreadShare> shareOf(const LoopNest &nest, llvm::StringRef loop, llvm::ArrayRef<std::optional<int64_t>> asked);

/// A loop along `axis` whose iterations a thread makes one after another; null where all are copies.
const Loop *turnsAlong(const LoopNest &nest, unsigned axis, llvm::ArrayRef<std::optional<int64_t>> asked);

} // namespace attune
