// Which axes of which stages stay within their sizes.
//
// Tiles of inner stages are rounded up, so such a stage is also evaluated past
// the end of its axes, where what it loads from arguments must be clamped. An
// axis is exact when that cannot happen; its loads need no clamp.
#pragma once

#include "codegen/halide/Kernel.h"
#include "dialect/Attn.h"
#include "llvm/ADT/DenseMap.h"

namespace attune::kernels {

enum class Reach {
  Exact,    ///< never past the end
  Unpadded, ///< past the end only where Halide asks for more than it needs
  Padded    ///< past the end where a tile is rounded up
};

struct StageExtent {
  /// Computed exactly as its sizes say: the result, and what is inlined into it.
  bool exact = true;
  std::vector<Reach> axes;
};

/// `stages` in program order, the last one the result.
llvm::DenseMap<mlir::Operation *, StageExtent> findExtents(llvm::ArrayRef<attn::StageOp> stages,
                                                           attn::StageOp output, attn::ScheduleAttr schedule);

} // namespace attune::kernels
