// The variants of a kernel by sizes: those by default, and what a schedule file
// asks for beside them.
#pragma once

#include "dialect/Attn.h"

namespace attune {

/// What `attn.variants` says, in the order of the file.
llvm::SmallVector<attn::VariantAttr> variantsAsked(attn::KernelOp kernel);

/// Variants are tried in order. One that is new comes after those with a smaller
/// bound for the same size, or else before all defaults, in the order of the file.
/// `front` is the number of the first default that may come after it; it grows with
/// what comes before that.
size_t placeOfVariant(attn::ConditionAttr condition, llvm::ArrayRef<attn::ConditionAttr> conditions, size_t &front);

/// The variant that runs where `condition` holds, as far as that is known: the
/// next bound for the same size, or the last one.
size_t variantBehind(attn::ConditionAttr condition, llvm::ArrayRef<attn::ConditionAttr> conditions);

/// Notes on the kernel that the file made or changed the variants of these numbers.
void noteChanged(attn::KernelOp kernel, llvm::ArrayRef<int64_t> variants);

} // namespace attune
