// The schedules one change away from another.
#pragma once

#include "tools/attn-tune/KernelAxes.h"

namespace attune::tune {

struct Move {
  attn::ScheduleAttr schedule;
  std::vector<std::string> changes; ///< "linear.product: unroll row 4 -> 6"
};

/// Changes of numbers (tiles, copies, partial sums; a panel together with `pack`
/// and the register tile that fill it), pairs of such changes in one stage, and
/// other choices: tails, orders of loops, levels, parallel loops, memory. `lanes`
/// is what a vector of the target holds of f32.
///
/// Nothing here knows what a kernel computes: moves follow from the directives
/// that are there and from the axes that stages share. Some moves are illegal.
std::vector<Move> movesFrom(const KernelAxes &kernel, attn::ScheduleAttr schedule, int64_t lanes);

/// Other tiles of the kernel as a whole, each one step away: twice as many or half,
/// all keys at once or in chunks.
std::vector<llvm::SmallVector<attn::DirectiveAttr>> tilesNear(llvm::ArrayRef<attn::DirectiveAttr> tiles);

} // namespace attune::tune
