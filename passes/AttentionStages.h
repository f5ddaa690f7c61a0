// One attention as stages, in one form.
#pragma once

#include "passes/AttentionScores.h"
#include "passes/MaskTiles.h"

namespace attune {

/// How the weights treat the share that a normaliser gives a key.
enum class ShareUse {
  None,   ///< there is no normaliser
  Bare,   ///< the share is the weight
  Linear, ///< the weight is proportional to the share: the division can wait
  Other   ///< the share must be known first
};

ShareUse shareUse(attn::AttentionOp op);

/// Replaces the attention by stages and returns their schedule.
attn::ScheduleAttr buildAttentionStages(attn::AttentionOp op, AttentionForm form, const AttentionTable &table);

} // namespace attune
