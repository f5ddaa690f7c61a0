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

/// Of all attention of a program at the phase `fused`, layers once, with these
/// sizes, batch 0 and head 0, in tiles of the schedule that it has one phase later:
/// at most 64 by 64, larger ones where it has more.
std::vector<MaskPicture> picturesOf(mlir::ModuleOp fused, mlir::ModuleOp scheduled, const llvm::StringMap<int64_t> &sizes);

} // namespace attune
