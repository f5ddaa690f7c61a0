// How much work a kernel does: for the profile's GFLOP/s and GB/s.
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

KernelWork workOf(mlir::func::FuncOp kernel);

/// Bytes of one element in memory.
int64_t elementBytes(mlir::Type type);

} // namespace attune
