// Which axes of which stages stay within their sizes.
//
// Tiles of inner stages are rounded up, so such a stage is also evaluated past
// the end of its axes, where what it loads from arguments must be clamped. An
// axis is exact when that cannot happen; its loads need no clamp.
#pragma once

#include "schedule/KernelPlan.h"

namespace attune {

enum class Reach {
  Exact,    ///< never past the end
  Unpadded, ///< past the end only where a back end asks for more than it needs
  Padded,   ///< past the end where a tile is rounded up
  Shifted   ///< before the start too, where a tile is moved inwards
};

struct StageReach {
  /// Computed exactly as its sizes say: the result, and what is inlined into it.
  bool exact = true;
  std::vector<Reach> axes;
  /// By axis: readers ask by indices of their own for elements that are there, and
  /// no tile is rounded up.
  std::vector<bool> isSure;
};

/// Of each stage of the plan; `stages` are those of the plan, in its order.
std::vector<StageReach> findReach(const KernelPlan &plan, llvm::ArrayRef<attn::StageOp> stages);

} // namespace attune
