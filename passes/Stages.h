// What passes ask of stages, and the rewrites they share.
#pragma once

#include "dialect/Attn.h"
#include "mlir/IR/PatternMatch.h"

namespace attune {
using attn::TensorType; // rather than MLIR's own

/// A stage that only moves elements (slice, transpose, gather, range): reading
/// its source instead costs no arithmetic on elements.
bool isView(attn::StageOp stage);

/// sum over the reduced axes of a[…] * b[…], each read once.
struct Product {
  attn::LoadOp lhs, rhs;
};
std::optional<Product> matchProduct(attn::StageOp stage);
/// The same without the demand that it is a product of matrices by their own axes.
std::optional<Product> matchFactors(attn::StageOp stage);
/// The same of one of the values that `stage`, a sum, adds.
std::optional<Product> factorsOf(mlir::Value term);
/// Whether the factors of what `stage` adds are matrices of its axes.
bool areMatrices(Product factors, attn::StageOp stage);

/// The read of weights that a kernel's argument is; null for anything else.
attn::ReadOp readOf(attn::KernelOp kernel, mlir::Value argument);

/// The load of a matrix of weights at [column, depth] or [depth, column], which panels can
/// stand for; in the product or in a stage that copies its operand.
struct WeightsLoad {
  attn::LoadOp load;
  mlir::Value column, depth; ///< indices where the load is
  explicit operator bool() { return load != nullptr; }
};
/// Where `stage` reads weights at its `axis` and what it reduces; null where it does not.
WeightsLoad packableLoad(attn::KernelOp kernel, attn::StageOp stage, unsigned axis);

/// The tensors that the op's bodies load and its operands, without repeats.
llvm::SetVector<mlir::Value> readTensors(mlir::Operation *op);

/// The ops of its block that read what `op` gives, themselves or in their bodies, each once.
llvm::SetVector<mlir::Operation *> readers(mlir::Operation *op);

/// The size of the last axis, where it is known.
std::optional<int64_t> columns(attn::StageOp stage);

/// Whether `op` is `source` or computed from its result; both of one block.
bool readsFrom(mlir::Operation *op, mlir::Operation *source);

/// Replaces the load of an unreduced stage by the stage's body at the load's
/// indices.
void inlineLoad(mlir::RewriterBase &rewriter, attn::LoadOp load,
                attn::StageOp stage);

/// Makes a load of a reshape read the reshape's source; fails where an index
/// would have to be divided.
mlir::LogicalResult readThroughReshape(mlir::RewriterBase &rewriter,
                                       attn::LoadOp load);

/// Whether loads of the reshape can read its source instead.
bool canReadThrough(attn::ReshapeOp reshape);

/// A stage that gives what the reshape does, on axes batch, query, column: the
/// merged heads of an attention. Null where the reshape is anything else.
attn::StageOp mergedHeads(mlir::OpBuilder &builder, attn::ReshapeOp reshape);

/// Reads through views and reshapes everywhere below `root`, until nothing
/// changes, and drops what nobody reads any more. Views that `keep` names are
/// meant to be stored.
void inlineViews(
    mlir::Operation *root,
    llvm::function_ref<bool(attn::StageOp)> keep = [](attn::StageOp) { return false; });

/// Removes stages and reshapes without readers.
void eraseUnread(mlir::Operation *root);

/// `wanted`, or the like where a stage of the same body is called so.
std::string freeStageName(attn::StageOp beside, llvm::StringRef wanted);

/// The name an op goes by outside: its `at` path, or the stage's own name.
std::string displayName(mlir::Operation *op);

} // namespace attune
