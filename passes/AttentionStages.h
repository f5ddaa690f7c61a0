// One attention as stages, in one form.
#pragma once

#include "passes/AttentionScores.h"
#include "passes/MaskTiles.h"

namespace attune {

/// Replaces the attention by stages and returns their schedule; `isInner` where
/// other stages of the kernel read its result.
attn::ScheduleAttr buildAttentionStages(attn::AttentionOp op, AttentionForm form, const AttentionTable &table, bool isInner);

/// A name that no stage of an attention has.
std::string nameBesideAttention(llvm::StringRef wanted);

} // namespace attune
