// What the weight of an attention makes of its normaliser.
#pragma once

#include "dialect/Attn.h"

namespace attune {

/// How the weights treat the share that a normaliser gives a key.
enum class ShareUse {
  None,   ///< there is no normaliser
  Bare,   ///< the share is the weight
  Linear, ///< the weight is proportional to the share: the division can wait
  Other   ///< the share must be known first
};

ShareUse shareUse(attn::AttentionOp op);

/// Null where the weight has none.
attn::NormalizeOp normalizerOf(attn::AttentionOp op);

} // namespace attune
