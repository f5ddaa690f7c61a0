// Stages and what their bodies are made of.
#ifndef ATTUNE_STAGE_OPS
#define ATTUNE_STAGE_OPS

include "AttnTypes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Attn_StageOp : Attn_Op<"stage", [
    RecursiveMemoryEffects, RecursivelySpeculatable,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames", "getAsmBlockArgumentNames"]>]> {
  let summary = "A tensor defined element by element";
  let description = [{
    Named axes with sizes, and a scalar body over loads at those axes' indices.
    With `sum`, `max` or `min` the trailing axes are reduced: the result is the
    combination of the body's values over them, starting from the identity
    (0, -inf, +inf). `scaled_sum` adds numbers that are given as x * exp(m): its
    last value is m, the ones before share it, and so is the result, whose m is
    the greatest; it starts from 0 and -inf. That is how a softmax is summed up in
    one pass (Milakov and Gimelshein 2018). A stage without a reduction may yield several values: it is
    as many tensors that are computed together. `at` at the end is the path in
    the model that the stage comes from; kernels are called after it.

    ```mlir
    %p = attn.stage "product" [%row: rows, %column: 384] sum [%k: 1536] {
      %a = attn.load %x[%row, %k] : !attn.tensor<f32, [rows, 1536]>
      %w = attn.load %weight[%column, %k] : !attn.tensor<f32, [384, 1536]>
      %m = arith.mulf %a, %w : f32
      attn.yield %m : f32
    } : f32
    %s:3 = attn.stage "part" [%row: rows] scaled_sum [%chunk: 4] { … attn.yield %v, %w, %m : f32, f32, f32 } : f32, f32, f32
    %both:2 = attn.stage "both" [%row: rows] { … attn.yield %a, %b : f32, f32 } : f32, f32
    ```
  }];
  let arguments = (ins StrAttr:$name, StrArrayAttr:$axes,
                       OptionalAttr<Attn_ReducerAttr>:$reducer,
                       Attn_SizeArrayAttr:$reductionSizes,
                       OptionalAttr<StrAttr>:$path);
  let results = (outs Variadic<Attn_TensorType>:$tensors);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    // A pure stage. `body` gets the indices and returns the value.
    OpBuilder<(ins "::llvm::StringRef":$name, "::attune::attn::TensorType":$type,
                   "::llvm::ArrayRef<::mlir::StringRef>":$axes,
                   "::llvm::function_ref<::mlir::Value(::mlir::OpBuilder &, ::mlir::Location, ::mlir::ValueRange)>":$body)>,
    // Several values, of the tensors `types`, which have equal sizes.
    OpBuilder<(ins "::llvm::StringRef":$name, "::llvm::ArrayRef<::attune::attn::TensorType>":$types,
                   "::llvm::ArrayRef<::mlir::StringRef>":$axes,
                   "::llvm::function_ref<::llvm::SmallVector<::mlir::Value>(::mlir::OpBuilder &, ::mlir::Location, ::mlir::ValueRange)>":$body)>,
    // A reduction of several values.
    OpBuilder<(ins "::llvm::StringRef":$name, "::llvm::ArrayRef<::attune::attn::TensorType>":$types,
                   "::llvm::ArrayRef<::mlir::StringRef>":$axes, "::attune::attn::Reducer":$reducer,
                   "::llvm::ArrayRef<::attune::attn::SizeAttr>":$reductionSizes,
                   "::llvm::function_ref<::llvm::SmallVector<::mlir::Value>(::mlir::OpBuilder &, ::mlir::Location, ::mlir::ValueRange)>":$body)>,
    // A reduction over the trailing axes.
    OpBuilder<(ins "::llvm::StringRef":$name, "::attune::attn::TensorType":$type,
                   "::llvm::ArrayRef<::mlir::StringRef>":$axes,
                   "::std::optional<::attune::attn::Reducer>":$reducer,
                   "::llvm::ArrayRef<::attune::attn::SizeAttr>":$reductionSizes,
                   "::llvm::function_ref<::mlir::Value(::mlir::OpBuilder &, ::mlir::Location, ::mlir::ValueRange)>":$body)>,
  ];
  let extraClassDeclaration = [{
    ::mlir::OpResult getResult(unsigned i = 0) { return getOperation()->getResult(i); }
    TensorType getType() { return ::llvm::cast<TensorType>(getResult().getType()); }
    int64_t getRank() { return getType().getRank(); }
    bool isReduction() { return getReducer().has_value(); }
    unsigned getReductionRank() { return getReductionSizes().size(); }
    ::llvm::StringRef getAxisName(unsigned axis);
    /// Size of an axis, the reduced ones after the others.
    SizeAttr getAxisSize(unsigned axis);
    ::mlir::Block *getBodyBlock() { return &getBody().front(); }
    ::mlir::Block::BlockArgListType getAxisIndices() { return getBody().getArguments().take_front(getRank()); }
    ::mlir::Block::BlockArgListType getReductionIndices() { return getBody().getArguments().drop_front(getRank()); }
    YieldOp getYield();
    /// Of the results, in order.
    ::llvm::SmallVector<::mlir::Type> getElementTypes();
  }];
}

def Attn_LoadOp : Attn_Op<"load", [Pure, DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "One element of a tensor, inside a body";
  let arguments = (ins Attn_TensorType:$tensor, Variadic<Index>:$indices);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$tensor `[` $indices `]` `:` type($tensor) attr-dict";
  let hasVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::mlir::Value":$tensor, "::mlir::ValueRange":$indices)>];
}

def Attn_SizeOp : Attn_Op<"size", [Pure]> {
  let summary = "A size as an index";
  let arguments = (ins Attn_SizeAttr:$size);
  let results = (outs Index:$result);
  let assemblyFormat = "` ` `[` custom<BareSize>($size) `]` attr-dict `:` type($result)";
  let hasFolder = 1;
  let builders = [OpBuilder<(ins "::attune::attn::SizeAttr":$size), [{
    build($_builder, $_state, $_builder.getIndexType(), size);
  }]>];
}

def Attn_WithinOp : Attn_Op<"within", [Pure]> {
  let summary = "An index that is known to lie in [0, size) wherever it counts";
  let description = [{
    The index, clamped to [0, size). Who writes it knows that values computed
    from an index outside are never used, so that kernels need not clamp.

    ```mlir
    %j = attn.within %key [keys] : index
    ```
  }];
  let arguments = (ins Index:$index, Attn_SizeAttr:$size);
  let results = (outs Index:$result);
  let assemblyFormat = "$index `[` custom<BareSize>($size) `]` `:` type($result) attr-dict";
}

def Attn_ClampOp : Attn_Op<"clamp", [Pure]> {
  let summary = "The index nearest to one that may lie outside of [0, size)";
  let description = [{
    For reads whose result does not count where the index lies outside: they
    read something. Unlike `attn.within`, kernels clamp.

    ```mlir
    %d = attn.clamp %distance [20] : index
    %x = attn.load %bias[%d] : !attn.tensor<f32, [20]>
    ```
  }];
  let arguments = (ins Index:$index, Attn_SizeAttr:$size);
  let results = (outs Index:$result);
  let assemblyFormat = "$index `[` custom<BareSize>($size) `]` `:` type($result) attr-dict";
}

def Attn_ReduceOp : Attn_Op<"reduce", [
    RecursiveMemoryEffects, RecursivelySpeculatable,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "A scalar reduction inside a body";
  let description = [{
    ```mlir
    %s = attn.reduce sum [%e: 32] { … attn.yield %x : f32 } : f32
    ```
  }];
  let arguments = (ins Attn_ReducerAttr:$reducer, StrArrayAttr:$axes, Attn_SizeArrayAttr:$sizes);
  let results = (outs AnyType:$result);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [
    OpBuilder<(ins "::attune::attn::Reducer":$reducer, "::llvm::ArrayRef<::mlir::StringRef>":$axes,
                   "::llvm::ArrayRef<::attune::attn::SizeAttr>":$sizes,
                   "::llvm::function_ref<::mlir::Value(::mlir::OpBuilder &, ::mlir::Location, ::mlir::ValueRange)>":$body)>,
  ];
  let extraClassDeclaration = [{
    ::mlir::Block *getBodyBlock() { return &getBody().front(); }
    YieldOp getYield();
  }];
}

def Attn_YieldOp : Attn_Op<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "The value of a body, or the result of a kernel";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "$values `:` type($values) attr-dict";
}

def Attn_ReshapeOp : Attn_Op<"reshape", [Pure]> {
  let summary = "The same elements in row-major order under other sizes";
  let description = [{
    Costs nothing when the program runs. The products of the sizes must be the
    same expression.
  }];
  let arguments = (ins Attn_TensorType:$source);
  let results = (outs Attn_TensorType:$result);
  let assemblyFormat = "$source `:` type($source) `->` type($result) attr-dict";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif
