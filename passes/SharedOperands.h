// Products of matrices on devices, where the threads of a block share the operands: they bring
// some steps of the depth into shared memory together, and each multiplies what its tile needs.
#pragma once

#include "passes/DeviceSchedule.h"
#include "passes/DeviceStages.h"

namespace attune {

/// A product with an operand that a block can bring along: a copy of a tensor that is there
/// before the block runs. The other one may be null, and is read where it is.
struct SharedProduct {
  attn::StageOp product, rows, columns;
  bool inStrips; ///< a thread's rows are apart, as rows that lie beside each other are neighbours' ones
  std::string piece = ""; ///< of the product, that has the operands; empty where it has no pieces
};

/// Of what `product` adds as `usual`. None where there is no such operand, or the tile does not divide the
/// depth. `isThere` says of a tensor that a stage computes whether that is before the blocks of the product.
std::optional<SharedProduct> matchSharedProduct(attn::StageOp product, const UsualTerm &usual, int64_t rowAxis, const ThreadTile &tile,
                                                llvm::function_ref<bool(mlir::Value)> isThere);

/// Directives of a stage of whose last axis and `rowAxis` the block has a tile for each thread:
/// which threads have which elements, in the order that `inStrips` says. `around` is a loop that goes
/// around them: all threads go from one of its iterations to the next.
llvm::SmallVector<std::string> tilesOfThreads(attn::StageOp stage, int64_t rowAxis, const ThreadTile &tile, bool inStrips, bool isVector,
                                              llvm::StringRef around = "");

/// The same for a reduction in parts, along `rowAxis`, of a tile of such threads in strips.
llvm::SmallVector<std::string> turnsOfThreads(attn::StageOp parts, int64_t rowAxis, const ThreadTile &tile, bool isVector);

/// Directives of the stages of a product that is computed at the loop `level` over blocks, but
/// for what packs weights.
struct SharedDirectives {
  llvm::SmallVector<std::string> product, rows, columns;
};
SharedDirectives tilesOfProduct(SharedProduct shared, int64_t rowAxis, const std::string &level, const ThreadTile &tile);

} // namespace attune
