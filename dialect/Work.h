// How many floating-point operations ops stand for.
#pragma once

#include "dialect/Attn.h"

namespace attune::attn {

/// How often the body of a stage is evaluated.
SizeAttr evaluationsOf(StageOp stage);
/// Queries by keys, in all heads.
SizeAttr pairsOf(AttentionOp attention);

/// One for each arithmetic operation or function of a body, one for each term
/// of a sum, in the size symbols of the op.
SizeAttr flopsOf(StageOp stage);
/// Of all pairs, kept or not, as the field counts attention.
SizeAttr flopsOf(AttentionOp attention);

/// On a kernel's result: the operations of the whole kernel, where its stages
/// compute some of them in more than one form.
inline constexpr llvm::StringLiteral flopsAttrName = "attn.flops";

} // namespace attune::attn
