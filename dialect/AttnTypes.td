// Types.
#ifndef ATTUNE_TYPES
#define ATTUNE_TYPES

include "AttnAttributes.td"

def Attn_TensorType : TypeDef<Attn_Dialect, "Tensor"> {
  let mnemonic = "tensor";
  let summary = "A tensor whose sizes are expressions over named symbols";
  let description = [{
    Row-major; the last axis is innermost. Element types are f32, f16, bf16,
    i32, i8 and i1.

    ```mlir
    !attn.tensor<f32, [batch, tokens, 384]>
    ```
  }];
  let parameters = (ins
    "::mlir::Type":$elementType,
    ArrayRefParameter<"::attune::attn::SizeAttr">:$sizes
  );
  let builders = [
    TypeBuilderWithInferredContext<(ins "::mlir::Type":$elementType, "::llvm::ArrayRef<::attune::attn::SizeAttr>":$sizes), [{
      return $_get(elementType.getContext(), elementType, sizes);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getRank() const { return getSizes().size(); }
    SizeAttr getSize(unsigned axis) const { return getSizes()[axis]; }
    /// The product of the sizes.
    SizeAttr getElementCount() const;
    bool hasConstantSizes() const;
  }];
}

#endif
