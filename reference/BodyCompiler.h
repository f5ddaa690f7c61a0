// From the ops of a body to a BodyProgram.
#pragma once

#include "reference/Arithmetic.h"
#include "reference/BodyProgram.h"
#include "reference/Sizes.h"
#include "dialect/Attn.h"
#include "llvm/ADT/DenseMap.h"

namespace attune::reference {

/// What a function's or a kernel's values are while it runs.
struct Frame {
  Frame(std::shared_ptr<Memory> memory, const Sizes &sizes, Arithmetic arithmetic)
      : memory(std::move(memory)), sizes(sizes), arithmetic(arithmetic) {}

  std::shared_ptr<Memory> memory;
  const Sizes &sizes;
  Arithmetic arithmetic;
  llvm::DenseMap<mlir::Value, TensorRef> tensors;

  bool isPlain() const { return arithmetic == Arithmetic::Plain; }
  /// What numbers of `type` are rounded to here.
  Precision precisionOf(mlir::Type type) const {
    return isPlain() ? reference::precisionOf(type) : Precision::Wide;
  }
  /// The tensor of `value`; null where it has none (yet).
  TensorRef lookup(mlir::Value value) const { return tensors.lookup(value); }
};

/// The product of `factors` (usually one) as a function of `arguments`. What
/// else they need is compiled too, scalars from outside of the body included.
llvm::Expected<BodyProgram> compileBody(mlir::Operation *op,
                                        const llvm::Twine &what,
                                        mlir::ValueRange arguments,
                                        mlir::ValueRange factors,
                                        const Frame &frame);

Combine combineOf(attn::Reducer reducer);

/// The number the result of an empty reduction is; integers of `width` bits.
double identityOf(Combine combine, bool isFloat, unsigned width);

} // namespace attune::reference
