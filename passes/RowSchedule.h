// Stages without a product, or beside one: vectors along rows, and sums of them.
#pragma once

#include "passes/ScheduleBuilder.h"

namespace attune {

/// Tails of vectors: none where the lanes divide the axis.
std::string laneTail(attn::StageOp stage, int64_t lanes);

/// Rows of a task: enough for the pool's overhead to vanish.
constexpr int64_t taskRows = 8;

/// A schedule row by row for `stages`, of which `out` is the result.
attn::ScheduleAttr rowwise(attn::StageOp out, llvm::ArrayRef<attn::StageOp> stages, int64_t rowsOfTask, int64_t lanes);

/// Stages besides the product and the result: reductions are computed at
/// `level`; so is what is read by several and costs more than reading it.
void addInner(ScheduleBuilder &schedule, attn::StageOp stage, const std::string &level, int64_t lanes);

} // namespace attune
