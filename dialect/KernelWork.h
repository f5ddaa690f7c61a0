// How much work a kernel does: for rates and predictions.
#pragma once

#include "dialect/Attn.h"

namespace attune {

/// In the kernel's own size symbols.
struct KernelWork {
  /// Floating-point operations of its definition: one for each arithmetic
  /// operation or function of a body, one for each term of a sum. What a
  /// schedule computes twice counts once.
  attn::SizeAttr flops;
  /// The bytes of its inputs and its result, each once; of an input that is
  /// read at loaded indices, those that are read.
  attn::SizeAttr bytes;
};

/// `kernel` is the body of a kernel: its arguments are the inputs, and what leaves
/// it is the result.
KernelWork workOf(mlir::Block &kernel);

/// The stages of a kernel's attention but its result, which tells the work of all.
llvm::DenseSet<mlir::Operation *> stagesOfKnownWork(mlir::Block &kernel);

/// Bytes of one element in memory.
int64_t elementBytes(mlir::Type type);

} // namespace attune
