// tanh and sigmoid of a sum of query and key, from an exponential of each.
#pragma once

#include "passes/AttentionBuilder.h"

namespace attune {

/// Sums over features of w * f(a + b), where a is of the query and b of the key
/// alone, and f is tanh or sigmoid: with f(x) = c + d / (1 + exp(s x)) and
/// exp(s (a + b)) = exp(s a) exp(s b), an exponential of each query and key
/// takes the place of a function of each pair, and several features share one
/// division.
///
/// It holds where no exponential leaves the range of f32 and where 1 + exp(s x)
/// does not cancel, which is decided for each tile of queries and chunk of keys:
/// `bounded`.
class SeparatedScore {
public:
  /// Builds the stages that such sums read; some sum of `op` `isSeparable`.
  SeparatedScore(attn::AttentionOp op, AttentionForm form, AttentionSchedule &schedule);
  ~SeparatedScore();
  SeparatedScore(const SeparatedScore &) = delete;
  SeparatedScore &operator=(const SeparatedScore &) = delete;

  /// Builds stages of the attention with such a score.
  AttentionBuilder &builder() { return at; }
  /// Whether the score holds for all pairs of the tile [batch, head, tile, chunk].
  mlir::Value bounded(mlir::OpBuilder &b, mlir::Location l, mlir::ValueRange tile) const;

private:
  class Sum;
  void buildBounded();

  attn::AttentionOp copy; ///< with such a score, while stages are built
  AttentionBuilder at;
  llvm::SmallVector<std::pair<mlir::Value, mlir::Value>> magnitudes; ///< of a tile of queries, of a chunk of keys
  mlir::Value isBounded;
};

/// Whether some sum of the score has that form.
bool isSeparable(attn::AttentionOp op);

} // namespace attune
