// Element types as kernels compute with them and as tensors hold them.
//
// Halide's back ends for devices do not have all of them: bf16 ends its compiler for
// CUDA and becomes half on OpenCL, where half needs an extension. Tensors hold such
// numbers as their 16 bits there, and kernels compute in f32, rounded to the type after
// each operation.
#pragma once

#include "Halide.h"
#include "codegen/target/Target.h"
#include "mlir/IR/Types.h"

namespace attune::kernels {

class ElementTypes {
public:
  explicit ElementTypes(Device device) : device(device) {}

  /// Of values in kernels. Throws KernelError for types that kernels do not have.
  Halide::Type value(mlir::Type type) const;
  /// Of elements of arguments and results.
  Halide::Type memory(mlir::Type type) const;
  Halide::Expr fromMemory(mlir::Type type, Halide::Expr element) const;
  Halide::Expr toMemory(mlir::Type type, Halide::Expr value) const;

  /// Whether kernels may compute in f64, which devices need not have.
  bool haveDouble() const { return device == Device::Processor; }
  /// Whether f32 stands for values of the type.
  bool isEmulated(mlir::Type type) const;
  /// An f32 as the nearest value of an emulated type.
  Halide::Expr rounded(mlir::Type type, Halide::Expr value) const;

private:
  Device device;
};

} // namespace attune::kernels
