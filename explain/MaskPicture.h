// Which tiles of queries by keys a mask leaves empty, cuts or keeps whole.
#pragma once

#include "dialect/Attn.h"
#include "llvm/ADT/StringMap.h"
#include <string>
#include <vector>

namespace attune {

struct MaskPicture {
  enum Tile : char { Empty, Cut, Full };
  std::string name;
  /// Why there is no picture: a size that is not known, a mask that depends on data.
  std::string problem;
  int64_t queries = 0, keys = 0;      ///< of the attention
  int64_t tileQueries = 0, tileKeys = 0;
  bool isSampled = false;             ///< not every pair of a tile was looked at
  std::vector<std::vector<Tile>> rows; ///< tiles of queries, each over tiles of keys
};

/// Of batch 0 and head 0, with these sizes, in tiles of at most 64 by 64 in number
/// and no smaller than given.
MaskPicture pictureOf(attn::AttentionOp attention, const llvm::StringMap<int64_t> &sizes, int64_t tileQueries,
                      int64_t tileKeys);

} // namespace attune
