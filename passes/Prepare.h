// @prepare: what is computed once, when weights are loaded.
#pragma once

#include "dialect/Attn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringMap.h"

namespace attune {
using attn::TensorType; // rather than MLIR's own

/// Adds work to a module's @prepare, which is made when it is first needed.
class Preparation {
public:
  explicit Preparation(mlir::ModuleOp module);

  /// Moves the computation of `value`, which depends on weights alone, to
  /// @prepare and returns a read of its result at `builder`'s place. Equal
  /// computations, of several models say, are done once.
  mlir::Value add(mlir::OpBuilder &builder, mlir::Value value);

  /// Prepared tensors that @prepare alone reads become values of it, computed
  /// where they are first read: each would keep its memory until then.
  void dropInternal();

private:
  static void computeLate(mlir::Block &body);
  mlir::func::FuncOp function();
  std::string freeName(llvm::StringRef wanted);

  mlir::ModuleOp module;
  llvm::StringMap<std::string> nameOf; // by what computes it, printed
};

} // namespace attune
