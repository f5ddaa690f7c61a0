// The shapes that an attention's stages can take.
#pragma once

#include <cstdint>
#include <optional>

namespace attune {

/// Queries are taken in tiles. Keys are taken all at once (a row of scores for
/// each query is kept), or in chunks, each with its own maximum, sum and
/// values, which one step combines (split form; Dao 2023 calls the same for few
/// queries flash-decoding).
struct AttentionForm {
  int64_t tile;                 ///< queries of a tile
  std::optional<int64_t> chunk; ///< keys of a chunk
  /// A tile is one query: vectors lie along keys and features, and chunks are
  /// what threads share.
  bool isFew = false;
  /// There are no keys: the result is zero.
  bool isEmpty = false;
};

} // namespace attune
