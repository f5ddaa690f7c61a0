// Which elements of a stage each thread of a block has.
#pragma once

#include "schedule/LoopNest.h"

namespace attune {

/// Of an axis that threads share: element `e` of a block is of thread `e / stride % period`.
struct ThreadShare {
  unsigned axis;
  uint64_t stride;
  std::optional<int64_t> period; ///< none: not known
  /// Of one thread alone everything is, whatever the stride.
  bool operator==(const ThreadShare &other) const { return period == other.period && (period == 1 || stride == other.stride); }
};

/// The loops of a nest inside of one, or all.
llvm::ArrayRef<Loop> loopsInside(const LoopNest &nest, std::optional<unsigned> loop);

/// How the nest's loop over threads, which shares `loop`, is shared, seen from inside of `loops`; none where it has no such
/// loop over one axis. `asked`: elements along each axis, where they are known.
std::optional<ThreadShare> shareOf(const LoopNest &nest, llvm::ArrayRef<Loop> loops, llvm::StringRef loop,
                                   llvm::ArrayRef<std::optional<int64_t>> asked);

/// One of `loops` along `axis` whose iterations a thread makes one after another; null where all are copies.
const Loop *turnsAlong(const LoopNest &nest, llvm::ArrayRef<Loop> loops, unsigned axis, llvm::ArrayRef<std::optional<int64_t>> asked);

} // namespace attune
