// Attention and the normalisers of its weights.
#ifndef ATTUNE_ATTENTION_OPS
#define ATTUNE_ATTENTION_OPS

include "AttnTypes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_AttentionOp : Attn_Op<"attention", [
    RecursiveMemoryEffects, RecursivelySpeculatable,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "Attention as its definition says";
  let description = [{
    query [batch, queries, heads, depth], key [batch, keys, kv_heads, depth],
    value [batch, keys, kv_heads, features] give
    [batch, queries, heads, features]:

      result[b, i, h, f] = sum over kept j of weight(b, h, i, j) * value[b, j, h / (heads / kv_heads), f]

    `score` and `keep` are bodies over the indices b, h, i, j; `weight` also
    gets the score. They load from any tensor in scope. Their values for dropped
    pairs mean nothing; a row with nothing kept gives zeros.

    ```mlir
    %o = attn.attention "causal" %q, %k, %v : !T, !T, !T -> !T
      score (%b, %h, %i, %j) { … attn.yield %s : f32 }
      keep (%b, %h, %i, %j) { … attn.yield %c : i1 }
      weight (%b, %h, %i, %j, %s) { %p = attn.normalize softmax %s : f32  attn.yield %p : f32 }
    ```
  }];
  let arguments = (ins StrAttr:$name, Attn_TensorType:$query, Attn_TensorType:$key, Attn_TensorType:$value,
                       OptionalAttr<StrAttr>:$path);
  let results = (outs Attn_TensorType:$result);
  let regions = (region SizedRegion<1>:$score, SizedRegion<1>:$keep, SizedRegion<1>:$weight);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    TensorType getQueryType() { return ::llvm::cast<TensorType>(getQuery().getType()); }
    TensorType getKeyType() { return ::llvm::cast<TensorType>(getKey().getType()); }
    TensorType getValueType() { return ::llvm::cast<TensorType>(getValue().getType()); }
    TensorType getType() { return ::llvm::cast<TensorType>(getResult().getType()); }
    SizeAttr getBatch() { return getQueryType().getSize(0); }
    SizeAttr getQueries() { return getQueryType().getSize(1); }
    SizeAttr getHeads() { return getQueryType().getSize(2); }
    SizeAttr getDepth() { return getQueryType().getSize(3); }
    SizeAttr getKeys() { return getKeyType().getSize(1); }
    SizeAttr getKvHeads() { return getKeyType().getSize(2); }
    SizeAttr getFeatures() { return getValueType().getSize(3); }
    /// Query heads that share one key head.
    int64_t getGroup() { return *getHeads().getConstant() / *getKvHeads().getConstant(); }
    YieldOp getYield(::mlir::Region &region);
  }];
}

def Attn_NormalizeOp : Attn_Op<"normalize", [Pure]> {
  let summary = "A normaliser over the kept keys of a row; only in `weight`";
  let description = [{
    softmax: exp(s) / (sum of exp(s) over the row [+ exp(sink)]); abs_sum:
    s / (sum of |s| over the row). Sums are over kept keys. A score of -inf
    adds nothing and weighs 0; where the sum is 0 the weights are 0.
  }];
  let arguments = (ins Attn_NormalizerAttr:$normalizer, F32:$score, Optional<F32>:$sink);
  let results = (outs F32:$result);
  let assemblyFormat = "$normalizer $score (`sink` $sink^)? `:` type($result) attr-dict";
  let hasVerifier = 1;
}

#endif
