// The shapes that an attention's stages can take, and which of them it takes.
#pragma once

#include "dialect/Attn.h"
#include "passes/ScheduleTable.h"
#include <optional>

namespace attune {

/// Queries are taken in tiles. Keys are taken all at once (a row of scores for
/// each query is kept), or in chunks, each with its own maximum, sum and
/// values, which one step combines (split form; Dao 2023 calls the same for few
/// queries flash-decoding).
struct AttentionForm {
  int64_t tile;                 ///< queries of a tile
  std::optional<int64_t> chunk; ///< keys of a chunk
  /// There are no keys: the result is zero.
  bool isEmpty = false;

  /// A tile is one query: vectors lie along keys and features, and chunks are
  /// what threads share.
  bool isFew() const { return tile == 1; }
  /// `tile query 32`, `tile key 512` or `tile key whole`, as schedules say it.
  llvm::SmallVector<attn::DirectiveAttr> tiles(mlir::MLIRContext *context) const;
};

/// By dot products where what it multiplies is bf16 and the target has them.
Multiplication multiplicationOf(attn::AttentionOp op, const TargetInfo &target);

struct AttentionVariant {
  AttentionForm form;
  attn::ConditionAttr condition; ///< null: for all sizes that no other has
  bool isAsked = false;          ///< not as by default
};

/// The forms for the sizes that the attention may have, in the order in which
/// they are tried: by default, and as the kernel's `attn.variants` ask for.
/// Tiles that cannot be are errors at their place.
mlir::FailureOr<llvm::SmallVector<AttentionVariant>> chooseForms(attn::AttentionOp op, llvm::ArrayRef<attn::VariantAttr> asked,
                                                                 const AttentionTable &table);

} // namespace attune
