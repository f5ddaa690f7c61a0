// Weights, prepared tensors, and checks on what comes from outside.
#ifndef ATTUNE_MODULE_OPS
#define ATTUNE_MODULE_OPS

include "AttnTypes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_WeightOp : Attn_Op<"weight", [Symbol]> {
  let summary = "A tensor of the weights file";
  let description = [{
    The symbol is the name the checkpoint uses.

    ```mlir
    attn.weight @"encoder.layer.0.output.dense.bias" : !attn.tensor<f32, [384]>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<Attn_TensorType>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
  let hasVerifier = 1;
}

def Attn_PreparedOp : Attn_Op<"prepared", [Symbol]> {
  let summary = "A tensor that @prepare computes once, when weights are loaded";
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<Attn_TensorType>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
  let hasVerifier = 1;
}

def Attn_ReadOp : Attn_Op<"read", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The value of a weight or of a prepared tensor";
  let arguments = (ins FlatSymbolRefAttr:$source);
  let results = (outs Attn_TensorType:$result);
  let assemblyFormat = "$source `:` type($result) attr-dict";
}

def Attn_WriteOp : Attn_Op<"write", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Gives a prepared tensor its value; only in @prepare";
  let arguments = (ins FlatSymbolRefAttr:$target, Attn_TensorType:$value);
  let assemblyFormat = "$target `,` $value `:` type($value) attr-dict";
}

def Attn_CheckIndexOp : Attn_Op<"check_index"> {
  let summary = "Every element lies in [0, size), or the run ends with an error";
  let description = [{
    ```mlir
    attn.check_index %ids below [30522] "ids" : !attn.tensor<i32, [batch, tokens]>
    ```

    With `if_any`, one number is checked, and the least i32 stands for no index.
  }];
  let arguments = (ins Attn_TensorType:$indices, Attn_SizeAttr:$size, UnitAttr:$ifAny, StrAttr:$what);
  let assemblyFormat = "$indices `below` `[` custom<BareSize>($size) `]` (`if_any` $ifAny^)? $what `:` type($indices) attr-dict";
  let hasVerifier = 1;
}

def Attn_CheckSizeOp : Attn_Op<"check_size"> {
  let summary = "A size is at most another, or the run ends with an error";
  let description = [{
    ```mlir
    attn.check_size [tokens] at_most [512] "embeddings.position_embeddings has 512 rows"
    ```
  }];
  let arguments = (ins Attn_SizeAttr:$size, Attn_SizeAttr:$bound, StrAttr:$what);
  let assemblyFormat = "`[` custom<BareSize>($size) `]` `at_most` `[` custom<BareSize>($bound) `]` $what attr-dict";
}

#endif
