// Reductions in parts, which threads of a device compute beside each other.
#pragma once

#include "dialect/Attn.h"

namespace attune {

/// A reduction that took the place of another one, and what it reduces: reductions of parts.
struct SplitReduction {
  attn::StageOp whole, parts;
};

/// `stage`, of one reduced axis and one result, as a reduction over `parts` of it: of an axis `part`, before the
/// last axis where that has the neighbours in memory. One that `skips` will not visit what is past the end.
SplitReduction splitReduction(attn::StageOp stage, int64_t parts, bool skips = false);

/// `stage`, of two reduced axes, as a reduction over the last one, of reductions over the other.
SplitReduction separateRows(attn::StageOp stage);

/// What changes nothing; null for a type that has nothing of the kind.
mlir::TypedAttr identityOf(attn::Reducer reducer, mlir::Type type);

/// Whether a load has all axes of the stage that are longer than one element.
bool isOfAll(attn::StageOp stage, attn::LoadOp load);

/// Whether what is reduced are neighbours in memory.
bool isAlongRow(attn::StageOp stage);

} // namespace attune
