// The attn dialect.
#ifndef ATTUNE_DIALECT
#define ATTUNE_DIALECT

include "mlir/IR/OpBase.td"

def Attn_Dialect : Dialect {
  let name = "attn";
  let cppNamespace = "::attune::attn";
  let summary = "Attention, the Transformers around it, and the kernels they become";
  let description = [{
    A model is a function on tensors whose sizes are expressions over named
    symbols. Everything that is computed is a *stage*: named axes and a scalar
    body over loads, optionally with a reduction. Attention is one op with
    regions for score, keep and weight until scheduling settles its form, and
    then it is stages too. Kernels group stages; a schedule says how a kernel's
    loops run.
  }];
  let hasConstantMaterializer = 1;
  let hasRegionArgAttrVerify = 1;
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
    void registerTypes();
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

class Attn_Op<string mnemonic, list<Trait> traits = []>
    : Op<Attn_Dialect, mnemonic, traits>;

#endif
