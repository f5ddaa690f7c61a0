// @prepare: what is computed once, when weights are loaded.
#pragma once

#include "dialect/Attn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace attune {
using attn::TensorType; // rather than MLIR's own

/// Adds work to a module's @prepare, which is made when it is first needed.
class Preparation {
public:
  explicit Preparation(mlir::ModuleOp module);

  /// Moves the computation of `value`, which depends on weights alone, to
  /// @prepare and returns a read of its result at `builder`'s place.
  mlir::Value add(mlir::OpBuilder &builder, mlir::Value value);

private:
  mlir::func::FuncOp function();

  mlir::ModuleOp module;
};

} // namespace attune
