// One attention as stages, in one form.
#pragma once

#include "passes/AttentionScores.h"
#include "passes/MaskTiles.h"

namespace attune {

/// Replaces the attention by stages and returns their schedule.
attn::ScheduleAttr buildAttentionStages(attn::AttentionOp op, AttentionForm form, const AttentionTable &table);

} // namespace attune
