// What a program is at phase `host`: buffers, launches of kernels, and the
// numbering of calls.
#ifndef ATTUNE_HOST_OPS
#define ATTUNE_HOST_OPS

include "AttnTypes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_BufferOp : Attn_Op<"buffer", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The memory of a weight or of a prepared tensor";
  let description = [{
    ```mlir
    %w = attn.buffer @"pooler.dense.weight" : memref<384x384xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$source);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "$source `:` type($result) attr-dict";
}

def Attn_TemporaryOp : Attn_Op<"temporary"> {
  let summary = "Memory that one run needs between two of its calls";
  let description = [{
    Calls are counted as `attn.begin_call` does; the memory is alive from the
    start of call `first` to the end of call `last`. Temporaries whose lives do
    not meet share memory.

    ```mlir
    %t = attn.temporary [batch, tokens, 384] alive 0 to 3 : memref<?x?x384xf32>
    ```
  }];
  let arguments = (ins Attn_SizeArrayAttr:$sizes, I64Attr:$first, I64Attr:$last);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "custom<BareSizeList>($sizes) `alive` $first `to` $last `:` type($result) attr-dict";
  let hasVerifier = 1;
}

def Attn_ViewOp : Attn_Op<"view", [Pure]> {
  let summary = "The same memory under other sizes";
  let description = [{
    ```mlir
    %v = attn.view %t as [batch * tokens, 384] : memref<?x?x384xf32> to memref<?x384xf32>
    ```
  }];
  let arguments = (ins AnyMemRef:$source, Attn_SizeArrayAttr:$sizes);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "$source `as` custom<BareSizeList>($sizes) `:` type($source) `to` type($result) attr-dict";
  let hasVerifier = 1;
}

def Attn_LaunchOp : Attn_Op<"launch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Runs a kernel on buffers; an error of the kernel ends the run";
  let description = [{
    ```mlir
    attn.launch @dense(%x, %w) into %t sizes (rows = batch * tokens)
        : (memref<?x384xf32>, memref<384x384xf32>) into memref<?x384xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyMemRef>:$inputs,
                       Arg<AnyMemRef, "", [MemWrite]>:$output, DictionaryAttr:$sizes);
  let assemblyFormat = [{
    $kernel `(` $inputs `)` `into` $output custom<BareBindings>($sizes) `:`
    `(` type($inputs) `)` `into` type($output) attr-dict
  }];
}

def Attn_BeginCallOp : Attn_Op<"begin_call"> {
  let summary = "Call `number` of this function starts";
  let arguments = (ins I64Attr:$number, StrAttr:$name);
  let assemblyFormat = "$number $name attr-dict";
}

def Attn_EndCallOp : Attn_Op<"end_call"> {
  let summary = "Call `number` of this function has ended";
  let arguments = (ins I64Attr:$number);
  let assemblyFormat = "$number attr-dict";
}

def Attn_ProfilingOp : Attn_Op<"profiling"> {
  let summary = "Whether this run is profiled; ends the time of the call";
  let results = (outs I1:$result);
  let assemblyFormat = "`:` type($result) attr-dict";
}

def Attn_CountTilesOp : Attn_Op<"count_tiles"> {
  let summary = "Adds mask tiles that were empty, cut and full to the call's profile";
  let description = [{
    ```mlir
    %on = attn.profiling : i1
    scf.if %on {
      attn.launch @causal_tiles(%q) into %t sizes (tokens = tokens) : (…) into memref<3xi32>
      attn.count_tiles %t : memref<3xi32>
    }
    ```
  }];
  let arguments = (ins Arg<MemRefOf<[I32]>, "", [MemRead]>:$counts);
  let assemblyFormat = "$counts `:` type($counts) attr-dict";
}

def Attn_CheckIndicesOp : Attn_Op<"check_indices"> {
  let summary = "Every element lies in [0, size), or the run ends with an error";
  let description = [{
    ```mlir
    attn.check_indices %ids below [30522] "ids" : memref<?x?xi32>
    ```

    With `if_any`, one number is checked, and the least i32 stands for no index.
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$indices, Attn_SizeAttr:$size, UnitAttr:$ifAny, StrAttr:$what);
  let assemblyFormat = "$indices `below` `[` custom<BareSize>($size) `]` (`if_any` $ifAny^)? $what `:` type($indices) attr-dict";
  let hasVerifier = 1;
}

#endif
