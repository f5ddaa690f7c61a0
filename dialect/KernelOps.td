// Kernels, and calls of outlined ones.
#ifndef ATTUNE_KERNEL_OPS
#define ATTUNE_KERNEL_OPS

include "AttnTypes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_KernelOp : Attn_Op<"kernel", [IsolatedFromAbove, RecursiveMemoryEffects, RecursivelySpeculatable]> {
  let summary = "Stages that are computed together";
  let description = [{
    One body until it is scheduled; then one body a variant, each with its
    schedule, and all but the last with a condition on sizes. The first whose
    condition holds runs.

    ```mlir
    %y = attn.kernel "output.dense" (%x = %0 : !T0, %w = %1 : !T1) -> !T {
      %out = attn.stage …
      attn.yield %out : !T
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, Variadic<Attn_TensorType>:$inputs,
                       ArrayAttr:$schedules,    // ScheduleAttr or UnitAttr, one a region
                       ArrayAttr:$conditions);  // ConditionAttr or UnitAttr, one a region
  let results = (outs Attn_TensorType:$result);
  let regions = (region VariadicRegion<SizedRegion<1>>:$variants);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    // An unscheduled kernel with an empty body that has `inputs` as arguments.
    OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::ValueRange":$inputs, "::mlir::Type":$result)>,
    // Variants are added by the caller: one region, schedule and condition each.
    OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::ValueRange":$inputs, "::mlir::Type":$result,
                   "::llvm::ArrayRef<::mlir::Attribute>":$schedules, "::llvm::ArrayRef<::mlir::Attribute>":$conditions)>,
  ];
  let extraClassDeclaration = [{
    /// Null where variant `i` is not scheduled.
    ScheduleAttr getSchedule(unsigned i) { return ::llvm::dyn_cast<ScheduleAttr>(getSchedules()[i]); }
    /// Null where variant `i` always holds.
    ConditionAttr getCondition(unsigned i) { return ::llvm::dyn_cast<ConditionAttr>(getConditions()[i]); }
  }];
}

def Attn_CallOp : Attn_Op<"call", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Runs an outlined kernel";
  let description = [{
    The first kernel whose condition holds for the actual sizes runs. `sizes`
    says what the callee's size symbols are here.

    ```mlir
    %y = attn.call "encoder.layer.0.output.dense" [@dense.small when rows <= 64, @dense] (%x, %w)
           sizes (rows = batch * tokens) : (!T0, !T1) -> !T
    ```
  }];
  let arguments = (ins StrAttr:$name, ArrayAttr:$kernels, ArrayAttr:$conditions,
                       DictionaryAttr:$sizes, Variadic<Attn_TensorType>:$inputs);
  let results = (outs Attn_TensorType:$result);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    ConditionAttr getCondition(unsigned i) { return ::llvm::dyn_cast<ConditionAttr>(getConditions()[i]); }
    ::mlir::FlatSymbolRefAttr getKernel(unsigned i) { return ::llvm::cast<::mlir::FlatSymbolRefAttr>(getKernels()[i]); }
  }];
}

#endif
