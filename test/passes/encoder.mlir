// A whole encoder of two layers with sizes that no vector divides: 5 heads of
// depth 24, hidden size 200. Every phase means the same, for single tokens, for
// ragged sizes and where nothing is kept; kernels and calls are counted, so that
// a lost fusion fails.
// RUN: attn-opt --attn-to-simplified %s -o %t.simplified
// RUN: attn-opt --attn-to-fused %s -o %t.fused
// RUN: attn-opt --attn-to-scheduled=target=x86-64-v4 %s -o %t.scheduled
// RUN: attn-opt --attn-to-kernels=target=x86-64-v4 %s -o %t.kernels
// RUN: attn-opt --attn-to-kernels=target=x86-64-v3 %s -o %t.v3
// RUN: FileCheck %s --check-prefix=SIMPLIFIED < %t.simplified
// RUN: FileCheck %s --check-prefix=FUSED < %t.fused
// RUN: FileCheck %s --check-prefixes=CHECK,V4 < %t.kernels
// RUN: FileCheck %s --check-prefixes=CHECK,V3 < %t.v3
// Phases can be taken one at a time.
// RUN: attn-opt "--attn-to-kernels=target=x86-64-v4 from=scheduled" %t.scheduled | diff %t.kernels -

// RUN: attn-interpret %s --same-as %t.simplified --each-variant --print none --seed 3 --size batch=1 --size tokens=1
// RUN: attn-interpret %s --same-as %t.simplified --each-variant --print none --seed 3 --size batch=3 --size tokens=33
// RUN: attn-interpret %s --same-as %t.fused --each-variant --print none --seed 3 --size batch=1 --size tokens=1
// RUN: attn-interpret %s --same-as %t.fused --each-variant --print none --seed 3 --size batch=3 --size tokens=33
// RUN: attn-interpret %s --same-as %t.scheduled --each-variant --print none --seed 3 --size batch=1 --size tokens=1
// RUN: attn-interpret %s --same-as %t.scheduled --each-variant --print none --seed 3 --size batch=3 --size tokens=33
// RUN: attn-interpret %s --same-as %t.kernels --each-variant --print none --seed 3 --size batch=1 --size tokens=1
// RUN: attn-interpret %s --same-as %t.kernels --each-variant --print none --seed 3 --size batch=3 --size tokens=33
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --print none --seed 3 --size batch=1 --size tokens=1
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --print none --seed 3 --size batch=3 --size tokens=33
// RUN: attn-interpret %s --same-as %t.kernels --each-variant --print none --size batch=2 --size tokens=3 --input valid=0
// RUN: attn-interpret %s --same-as %t.kernels --each-variant --print none --size batch=2 --size tokens=3 --input valid=[1,0,1,0,0,0]

// Queries, keys and values are one product; their matrices are joined once.
// SIMPLIFIED-LABEL: func.func @prepare
// SIMPLIFIED-COUNT-4: attn.stage "stack"
// SIMPLIFIED-NOT: "stack"
// SIMPLIFIED-LABEL: func.func @embed
// SIMPLIFIED-COUNT-6: sum [%depth: 120]
// SIMPLIFIED-NOT: sum [%depth: 120]

// FUSED-LABEL: func.func @embed
// FUSED: attn.kernel "embeddings"
// FUSED: attn.kernel "encoder.layer.0.attention.self.{query,key,value}"
// FUSED: attn.kernel "padded"
// FUSED: attn.kernel "encoder.layer.0.attention.output.dense"
// FUSED: attn.kernel "encoder.layer.0.intermediate.dense"
// FUSED: attn.kernel "encoder.layer.0.output.dense"
// FUSED: attn.kernel "encoder.layer.1.attention.self.{query,key,value}"
// FUSED: attn.kernel "padded"
// FUSED: attn.kernel "encoder.layer.1.attention.output.dense"
// FUSED: attn.kernel "encoder.layer.1.intermediate.dense"
// FUSED: attn.kernel "encoder.layer.1.output.dense"
// FUSED: attn.kernel "mean"
// FUSED-NOT: attn.kernel

// Joined matrices live on as panels alone. The second layer has no kernel of its
// own: two joins and four kinds of panels for @prepare; embeddings, mean,
// attention in two forms, or with larger chunks for far keys in three, of which those
// in chunks have a kernel that counts mask tiles, and four products in two variants.
// CHECK-COUNT-10: attn.prepared
// CHECK-NOT: attn.prepared
// CHECK-LABEL: func.func @prepare
// CHECK-COUNT-12: attn.call
// CHECK-NOT: attn.call
// CHECK-LABEL: func.func @embed
// CHECK-COUNT-12: attn.call
// CHECK-NOT: attn.call
// V4-COUNT-21: func.func private
// V3-COUNT-19: func.func private
// CHECK-NOT: func.func

attn.weight @"embeddings.word_embeddings.weight" : !attn.tensor<f32, [97, 120]>
attn.weight @"embeddings.position_embeddings.weight" : !attn.tensor<f32, [64, 120]>
attn.weight @"embeddings.token_type_embeddings.weight" : !attn.tensor<f32, [2, 120]>
attn.weight @"embeddings.LayerNorm.weight" : !attn.tensor<f32, [120]>
attn.weight @"embeddings.LayerNorm.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.0.attention.self.query.weight" : !attn.tensor<f32, [120, 120]>
attn.weight @"encoder.layer.0.attention.self.query.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.0.attention.self.key.weight" : !attn.tensor<f32, [120, 120]>
attn.weight @"encoder.layer.0.attention.self.key.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.0.attention.self.value.weight" : !attn.tensor<f32, [120, 120]>
attn.weight @"encoder.layer.0.attention.self.value.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.0.attention.output.dense.weight" : !attn.tensor<f32, [120, 120]>
attn.weight @"encoder.layer.0.attention.output.dense.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.0.attention.output.LayerNorm.weight" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.0.attention.output.LayerNorm.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.0.intermediate.dense.weight" : !attn.tensor<f32, [200, 120]>
attn.weight @"encoder.layer.0.intermediate.dense.bias" : !attn.tensor<f32, [200]>
attn.weight @"encoder.layer.0.output.dense.weight" : !attn.tensor<f32, [120, 200]>
attn.weight @"encoder.layer.0.output.dense.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.0.output.LayerNorm.weight" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.0.output.LayerNorm.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.1.attention.self.query.weight" : !attn.tensor<f32, [120, 120]>
attn.weight @"encoder.layer.1.attention.self.query.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.1.attention.self.key.weight" : !attn.tensor<f32, [120, 120]>
attn.weight @"encoder.layer.1.attention.self.key.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.1.attention.self.value.weight" : !attn.tensor<f32, [120, 120]>
attn.weight @"encoder.layer.1.attention.self.value.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.1.attention.output.dense.weight" : !attn.tensor<f32, [120, 120]>
attn.weight @"encoder.layer.1.attention.output.dense.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.1.attention.output.LayerNorm.weight" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.1.attention.output.LayerNorm.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.1.intermediate.dense.weight" : !attn.tensor<f32, [200, 120]>
attn.weight @"encoder.layer.1.intermediate.dense.bias" : !attn.tensor<f32, [200]>
attn.weight @"encoder.layer.1.output.dense.weight" : !attn.tensor<f32, [120, 200]>
attn.weight @"encoder.layer.1.output.dense.bias" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.1.output.LayerNorm.weight" : !attn.tensor<f32, [120]>
attn.weight @"encoder.layer.1.output.LayerNorm.bias" : !attn.tensor<f32, [120]>
func.func @embed(%ids: !attn.tensor<i32, [batch, tokens]> {attn.name = "ids"}, %valid: !attn.tensor<i1, [batch, tokens]> {attn.name = "valid"}) -> (!attn.tensor<f32, [batch, 120]> {attn.name = "result"}) attributes {attn.model} {
  attn.check_index %ids below [97] "ids" : !attn.tensor<i32, [batch, tokens]>
  attn.check_size [tokens] at_most [64] "embeddings.position_embeddings has 64 rows"
  %v1 = attn.read @"embeddings.word_embeddings.weight" : !attn.tensor<f32, [97, 120]>
  %v2 = attn.read @"embeddings.position_embeddings.weight" : !attn.tensor<f32, [64, 120]>
  %v3 = attn.read @"embeddings.token_type_embeddings.weight" : !attn.tensor<f32, [2, 120]>
  %v4 = attn.stage "embedding" [%batch: batch, %tokens: tokens, %column: 120] {
    %i = attn.load %ids[%batch, %tokens] : !attn.tensor<i32, [batch, tokens]>
    %j = arith.index_cast %i : i32 to index
    %e = attn.load %v1[%j, %column] : !attn.tensor<f32, [97, 120]>
    attn.yield %e : f32
  } : f32 at "embeddings.word_embeddings"
  %v5 = attn.stage "embedding" [%tokens: tokens, %column: 120] {
    %e = attn.load %v2[%tokens, %column] : !attn.tensor<f32, [64, 120]>
    attn.yield %e : f32
  } : f32
  %v6 = attn.stage "embedding" [%column: 120] {
    %z = arith.constant 0 : index
    %e = attn.load %v3[%z, %column] : !attn.tensor<f32, [2, 120]>
    attn.yield %e : f32
  } : f32
  %v7 = attn.stage "add" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v4[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v5[%tokens, %column] : !attn.tensor<f32, [tokens, 120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "embeddings"
  %v8 = attn.stage "add" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v7[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v6[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "embeddings"
  %v9 = attn.read @"embeddings.LayerNorm.weight" : !attn.tensor<f32, [120]>
  %v10 = attn.read @"embeddings.LayerNorm.bias" : !attn.tensor<f32, [120]>
  %v11 = attn.stage "sum" [%batch: batch, %tokens: tokens, %one: 1] sum [%k: 120] {
    %a = attn.load %v8[%batch, %tokens, %k] : !attn.tensor<f32, [batch, tokens, 120]>
    attn.yield %a : f32
  } : f32 at "embeddings.LayerNorm"
  %v12 = attn.stage "mean" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v11[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %c = arith.constant 120.0 : f32
    %m = arith.divf %a, %c : f32
    attn.yield %m : f32
  } : f32
  %v13 = attn.stage "sub" [%batch: batch, %tokens: tokens, %column: 120] {
    %zero = arith.constant 0 : index
    %a = attn.load %v8[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v12[%batch, %tokens, %zero] : !attn.tensor<f32, [batch, tokens, 1]>
    %m = arith.subf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "embeddings.LayerNorm"
  %v14 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v13[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v13[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %v15 = attn.stage "sum" [%batch: batch, %tokens: tokens, %one: 1] sum [%k: 120] {
    %a = attn.load %v14[%batch, %tokens, %k] : !attn.tensor<f32, [batch, tokens, 120]>
    attn.yield %a : f32
  } : f32 at "embeddings.LayerNorm"
  %v16 = attn.stage "mean" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v15[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %c = arith.constant 120.0 : f32
    %m = arith.divf %a, %c : f32
    attn.yield %m : f32
  } : f32
  %v17 = attn.stage "rsqrt" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v16[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %e = arith.constant 1.0e-12 : f32
    %b = arith.addf %a, %e : f32
    %r = math.rsqrt %b : f32
    attn.yield %r : f32
  } : f32
  %v18 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %zero = arith.constant 0 : index
    %a = attn.load %v13[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v17[%batch, %tokens, %zero] : !attn.tensor<f32, [batch, tokens, 1]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "embeddings.LayerNorm"
  %v19 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v18[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v9[%column] : !attn.tensor<f32, [120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "embeddings.LayerNorm"
  %v20 = attn.stage "layer_norm" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v19[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v10[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "embeddings.LayerNorm"
  %v21 = attn.read @"encoder.layer.0.attention.self.query.weight" : !attn.tensor<f32, [120, 120]>
  %v22 = attn.read @"encoder.layer.0.attention.self.query.bias" : !attn.tensor<f32, [120]>
  %v23 = attn.stage "transpose" [%k: 120, %n: 120] {
    %e = attn.load %v21[%n, %k] : !attn.tensor<f32, [120, 120]>
    attn.yield %e : f32
  } : f32
  %v24 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 120] sum [%depth: 120] {
    %a = attn.load %v20[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v23[%depth, %column] : !attn.tensor<f32, [120, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.self.query"
  %v25 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v24[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v22[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.self.query"
  %v26 = attn.read @"encoder.layer.0.attention.self.key.weight" : !attn.tensor<f32, [120, 120]>
  %v27 = attn.read @"encoder.layer.0.attention.self.key.bias" : !attn.tensor<f32, [120]>
  %v28 = attn.stage "transpose" [%k: 120, %n: 120] {
    %e = attn.load %v26[%n, %k] : !attn.tensor<f32, [120, 120]>
    attn.yield %e : f32
  } : f32
  %v29 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 120] sum [%depth: 120] {
    %a = attn.load %v20[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v28[%depth, %column] : !attn.tensor<f32, [120, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.self.key"
  %v30 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v29[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v27[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.self.key"
  %v31 = attn.read @"encoder.layer.0.attention.self.value.weight" : !attn.tensor<f32, [120, 120]>
  %v32 = attn.read @"encoder.layer.0.attention.self.value.bias" : !attn.tensor<f32, [120]>
  %v33 = attn.stage "transpose" [%k: 120, %n: 120] {
    %e = attn.load %v31[%n, %k] : !attn.tensor<f32, [120, 120]>
    attn.yield %e : f32
  } : f32
  %v34 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 120] sum [%depth: 120] {
    %a = attn.load %v20[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v33[%depth, %column] : !attn.tensor<f32, [120, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.self.value"
  %v35 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v34[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v32[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.self.value"
  %v37 = attn.reshape %v25 : !attn.tensor<f32, [batch, tokens, 120]> -> !attn.tensor<f32, [batch, tokens, 5, 24]>
  %v38 = attn.reshape %v30 : !attn.tensor<f32, [batch, tokens, 120]> -> !attn.tensor<f32, [batch, tokens, 5, 24]>
  %v39 = attn.reshape %v35 : !attn.tensor<f32, [batch, tokens, 120]> -> !attn.tensor<f32, [batch, tokens, 5, 24]>
  %v36 = attn.attention "padded" %v37, %v38, %v39 : (!attn.tensor<f32, [batch, tokens, 5, 24]>, !attn.tensor<f32, [batch, tokens, 5, 24]>, !attn.tensor<f32, [batch, tokens, 5, 24]>) -> !attn.tensor<f32, [batch, tokens, 5, 24]>
    score (%b, %h, %i, %j) {
      %s = attn.reduce sum [%e: 24] {
        %x = attn.load %v37[%b, %i, %h, %e] : !attn.tensor<f32, [batch, tokens, 5, 24]>
        %y = attn.load %v38[%b, %j, %h, %e] : !attn.tensor<f32, [batch, tokens, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %c = arith.constant 4.898979485566356 : f32
      %t = arith.divf %s, %c : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = attn.load %valid[%b, %j] : !attn.tensor<i1, [batch, tokens]>
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  %v40 = attn.reshape %v36 : !attn.tensor<f32, [batch, tokens, 5, 24]> -> !attn.tensor<f32, [batch, tokens, 120]>
  %v41 = attn.read @"encoder.layer.0.attention.output.dense.weight" : !attn.tensor<f32, [120, 120]>
  %v42 = attn.read @"encoder.layer.0.attention.output.dense.bias" : !attn.tensor<f32, [120]>
  %v43 = attn.stage "transpose" [%k: 120, %n: 120] {
    %e = attn.load %v41[%n, %k] : !attn.tensor<f32, [120, 120]>
    attn.yield %e : f32
  } : f32
  %v44 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 120] sum [%depth: 120] {
    %a = attn.load %v40[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v43[%depth, %column] : !attn.tensor<f32, [120, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.output.dense"
  %v45 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v44[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v42[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.output.dense"
  %v46 = attn.stage "add" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v20[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v45[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %v47 = attn.read @"encoder.layer.0.attention.output.LayerNorm.weight" : !attn.tensor<f32, [120]>
  %v48 = attn.read @"encoder.layer.0.attention.output.LayerNorm.bias" : !attn.tensor<f32, [120]>
  %v49 = attn.stage "sum" [%batch: batch, %tokens: tokens, %one: 1] sum [%k: 120] {
    %a = attn.load %v46[%batch, %tokens, %k] : !attn.tensor<f32, [batch, tokens, 120]>
    attn.yield %a : f32
  } : f32 at "encoder.layer.0.attention.output.LayerNorm"
  %v50 = attn.stage "mean" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v49[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %c = arith.constant 120.0 : f32
    %m = arith.divf %a, %c : f32
    attn.yield %m : f32
  } : f32
  %v51 = attn.stage "sub" [%batch: batch, %tokens: tokens, %column: 120] {
    %zero = arith.constant 0 : index
    %a = attn.load %v46[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v50[%batch, %tokens, %zero] : !attn.tensor<f32, [batch, tokens, 1]>
    %m = arith.subf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.output.LayerNorm"
  %v52 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v51[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v51[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %v53 = attn.stage "sum" [%batch: batch, %tokens: tokens, %one: 1] sum [%k: 120] {
    %a = attn.load %v52[%batch, %tokens, %k] : !attn.tensor<f32, [batch, tokens, 120]>
    attn.yield %a : f32
  } : f32 at "encoder.layer.0.attention.output.LayerNorm"
  %v54 = attn.stage "mean" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v53[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %c = arith.constant 120.0 : f32
    %m = arith.divf %a, %c : f32
    attn.yield %m : f32
  } : f32
  %v55 = attn.stage "rsqrt" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v54[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %e = arith.constant 1.0e-12 : f32
    %b = arith.addf %a, %e : f32
    %r = math.rsqrt %b : f32
    attn.yield %r : f32
  } : f32
  %v56 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %zero = arith.constant 0 : index
    %a = attn.load %v51[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v55[%batch, %tokens, %zero] : !attn.tensor<f32, [batch, tokens, 1]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.output.LayerNorm"
  %v57 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v56[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v47[%column] : !attn.tensor<f32, [120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.output.LayerNorm"
  %v58 = attn.stage "layer_norm" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v57[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v48[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.attention.output.LayerNorm"
  %v59 = attn.read @"encoder.layer.0.intermediate.dense.weight" : !attn.tensor<f32, [200, 120]>
  %v60 = attn.read @"encoder.layer.0.intermediate.dense.bias" : !attn.tensor<f32, [200]>
  %v61 = attn.stage "transpose" [%k: 120, %n: 200] {
    %e = attn.load %v59[%n, %k] : !attn.tensor<f32, [200, 120]>
    attn.yield %e : f32
  } : f32
  %v62 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 200] sum [%depth: 120] {
    %a = attn.load %v58[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v61[%depth, %column] : !attn.tensor<f32, [120, 200]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.intermediate.dense"
  %v63 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 200] {
    %a = attn.load %v62[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 200]>
    %b = attn.load %v60[%column] : !attn.tensor<f32, [200]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.intermediate.dense"
  %v64 = attn.stage "gelu" [%batch: batch, %tokens: tokens, %column: 200] {
    %a = attn.load %v63[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 200]>
    %s = arith.constant 0.70710678 : f32
    %h = arith.constant 0.5 : f32
    %o = arith.constant 1.0 : f32
    %b = arith.mulf %a, %s : f32
    %c = math.erf %b : f32
    %d = arith.addf %c, %o : f32
    %f = arith.mulf %a, %d : f32
    %r = arith.mulf %f, %h : f32
    attn.yield %r : f32
  } : f32
  %v65 = attn.read @"encoder.layer.0.output.dense.weight" : !attn.tensor<f32, [120, 200]>
  %v66 = attn.read @"encoder.layer.0.output.dense.bias" : !attn.tensor<f32, [120]>
  %v67 = attn.stage "transpose" [%k: 200, %n: 120] {
    %e = attn.load %v65[%n, %k] : !attn.tensor<f32, [120, 200]>
    attn.yield %e : f32
  } : f32
  %v68 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 120] sum [%depth: 200] {
    %a = attn.load %v64[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 200]>
    %b = attn.load %v67[%depth, %column] : !attn.tensor<f32, [200, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.output.dense"
  %v69 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v68[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v66[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.output.dense"
  %v70 = attn.stage "add" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v58[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v69[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %v71 = attn.read @"encoder.layer.0.output.LayerNorm.weight" : !attn.tensor<f32, [120]>
  %v72 = attn.read @"encoder.layer.0.output.LayerNorm.bias" : !attn.tensor<f32, [120]>
  %v73 = attn.stage "sum" [%batch: batch, %tokens: tokens, %one: 1] sum [%k: 120] {
    %a = attn.load %v70[%batch, %tokens, %k] : !attn.tensor<f32, [batch, tokens, 120]>
    attn.yield %a : f32
  } : f32 at "encoder.layer.0.output.LayerNorm"
  %v74 = attn.stage "mean" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v73[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %c = arith.constant 120.0 : f32
    %m = arith.divf %a, %c : f32
    attn.yield %m : f32
  } : f32
  %v75 = attn.stage "sub" [%batch: batch, %tokens: tokens, %column: 120] {
    %zero = arith.constant 0 : index
    %a = attn.load %v70[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v74[%batch, %tokens, %zero] : !attn.tensor<f32, [batch, tokens, 1]>
    %m = arith.subf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.output.LayerNorm"
  %v76 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v75[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v75[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %v77 = attn.stage "sum" [%batch: batch, %tokens: tokens, %one: 1] sum [%k: 120] {
    %a = attn.load %v76[%batch, %tokens, %k] : !attn.tensor<f32, [batch, tokens, 120]>
    attn.yield %a : f32
  } : f32 at "encoder.layer.0.output.LayerNorm"
  %v78 = attn.stage "mean" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v77[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %c = arith.constant 120.0 : f32
    %m = arith.divf %a, %c : f32
    attn.yield %m : f32
  } : f32
  %v79 = attn.stage "rsqrt" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v78[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %e = arith.constant 1.0e-12 : f32
    %b = arith.addf %a, %e : f32
    %r = math.rsqrt %b : f32
    attn.yield %r : f32
  } : f32
  %v80 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %zero = arith.constant 0 : index
    %a = attn.load %v75[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v79[%batch, %tokens, %zero] : !attn.tensor<f32, [batch, tokens, 1]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.output.LayerNorm"
  %v81 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v80[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v71[%column] : !attn.tensor<f32, [120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.output.LayerNorm"
  %v82 = attn.stage "layer_norm" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v81[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v72[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.0.output.LayerNorm"
  %v83 = attn.read @"encoder.layer.1.attention.self.query.weight" : !attn.tensor<f32, [120, 120]>
  %v84 = attn.read @"encoder.layer.1.attention.self.query.bias" : !attn.tensor<f32, [120]>
  %v85 = attn.stage "transpose" [%k: 120, %n: 120] {
    %e = attn.load %v83[%n, %k] : !attn.tensor<f32, [120, 120]>
    attn.yield %e : f32
  } : f32
  %v86 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 120] sum [%depth: 120] {
    %a = attn.load %v82[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v85[%depth, %column] : !attn.tensor<f32, [120, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.self.query"
  %v87 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v86[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v84[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.self.query"
  %v88 = attn.read @"encoder.layer.1.attention.self.key.weight" : !attn.tensor<f32, [120, 120]>
  %v89 = attn.read @"encoder.layer.1.attention.self.key.bias" : !attn.tensor<f32, [120]>
  %v90 = attn.stage "transpose" [%k: 120, %n: 120] {
    %e = attn.load %v88[%n, %k] : !attn.tensor<f32, [120, 120]>
    attn.yield %e : f32
  } : f32
  %v91 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 120] sum [%depth: 120] {
    %a = attn.load %v82[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v90[%depth, %column] : !attn.tensor<f32, [120, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.self.key"
  %v92 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v91[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v89[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.self.key"
  %v93 = attn.read @"encoder.layer.1.attention.self.value.weight" : !attn.tensor<f32, [120, 120]>
  %v94 = attn.read @"encoder.layer.1.attention.self.value.bias" : !attn.tensor<f32, [120]>
  %v95 = attn.stage "transpose" [%k: 120, %n: 120] {
    %e = attn.load %v93[%n, %k] : !attn.tensor<f32, [120, 120]>
    attn.yield %e : f32
  } : f32
  %v96 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 120] sum [%depth: 120] {
    %a = attn.load %v82[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v95[%depth, %column] : !attn.tensor<f32, [120, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.self.value"
  %v97 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v96[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v94[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.self.value"
  %v99 = attn.reshape %v87 : !attn.tensor<f32, [batch, tokens, 120]> -> !attn.tensor<f32, [batch, tokens, 5, 24]>
  %v100 = attn.reshape %v92 : !attn.tensor<f32, [batch, tokens, 120]> -> !attn.tensor<f32, [batch, tokens, 5, 24]>
  %v101 = attn.reshape %v97 : !attn.tensor<f32, [batch, tokens, 120]> -> !attn.tensor<f32, [batch, tokens, 5, 24]>
  %v98 = attn.attention "padded" %v99, %v100, %v101 : (!attn.tensor<f32, [batch, tokens, 5, 24]>, !attn.tensor<f32, [batch, tokens, 5, 24]>, !attn.tensor<f32, [batch, tokens, 5, 24]>) -> !attn.tensor<f32, [batch, tokens, 5, 24]>
    score (%b, %h, %i, %j) {
      %s = attn.reduce sum [%e: 24] {
        %x = attn.load %v99[%b, %i, %h, %e] : !attn.tensor<f32, [batch, tokens, 5, 24]>
        %y = attn.load %v100[%b, %j, %h, %e] : !attn.tensor<f32, [batch, tokens, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %c = arith.constant 4.898979485566356 : f32
      %t = arith.divf %s, %c : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = attn.load %valid[%b, %j] : !attn.tensor<i1, [batch, tokens]>
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  %v102 = attn.reshape %v98 : !attn.tensor<f32, [batch, tokens, 5, 24]> -> !attn.tensor<f32, [batch, tokens, 120]>
  %v103 = attn.read @"encoder.layer.1.attention.output.dense.weight" : !attn.tensor<f32, [120, 120]>
  %v104 = attn.read @"encoder.layer.1.attention.output.dense.bias" : !attn.tensor<f32, [120]>
  %v105 = attn.stage "transpose" [%k: 120, %n: 120] {
    %e = attn.load %v103[%n, %k] : !attn.tensor<f32, [120, 120]>
    attn.yield %e : f32
  } : f32
  %v106 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 120] sum [%depth: 120] {
    %a = attn.load %v102[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v105[%depth, %column] : !attn.tensor<f32, [120, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.output.dense"
  %v107 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v106[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v104[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.output.dense"
  %v108 = attn.stage "add" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v82[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v107[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %v109 = attn.read @"encoder.layer.1.attention.output.LayerNorm.weight" : !attn.tensor<f32, [120]>
  %v110 = attn.read @"encoder.layer.1.attention.output.LayerNorm.bias" : !attn.tensor<f32, [120]>
  %v111 = attn.stage "sum" [%batch: batch, %tokens: tokens, %one: 1] sum [%k: 120] {
    %a = attn.load %v108[%batch, %tokens, %k] : !attn.tensor<f32, [batch, tokens, 120]>
    attn.yield %a : f32
  } : f32 at "encoder.layer.1.attention.output.LayerNorm"
  %v112 = attn.stage "mean" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v111[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %c = arith.constant 120.0 : f32
    %m = arith.divf %a, %c : f32
    attn.yield %m : f32
  } : f32
  %v113 = attn.stage "sub" [%batch: batch, %tokens: tokens, %column: 120] {
    %zero = arith.constant 0 : index
    %a = attn.load %v108[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v112[%batch, %tokens, %zero] : !attn.tensor<f32, [batch, tokens, 1]>
    %m = arith.subf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.output.LayerNorm"
  %v114 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v113[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v113[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %v115 = attn.stage "sum" [%batch: batch, %tokens: tokens, %one: 1] sum [%k: 120] {
    %a = attn.load %v114[%batch, %tokens, %k] : !attn.tensor<f32, [batch, tokens, 120]>
    attn.yield %a : f32
  } : f32 at "encoder.layer.1.attention.output.LayerNorm"
  %v116 = attn.stage "mean" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v115[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %c = arith.constant 120.0 : f32
    %m = arith.divf %a, %c : f32
    attn.yield %m : f32
  } : f32
  %v117 = attn.stage "rsqrt" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v116[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %e = arith.constant 1.0e-12 : f32
    %b = arith.addf %a, %e : f32
    %r = math.rsqrt %b : f32
    attn.yield %r : f32
  } : f32
  %v118 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %zero = arith.constant 0 : index
    %a = attn.load %v113[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v117[%batch, %tokens, %zero] : !attn.tensor<f32, [batch, tokens, 1]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.output.LayerNorm"
  %v119 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v118[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v109[%column] : !attn.tensor<f32, [120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.output.LayerNorm"
  %v120 = attn.stage "layer_norm" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v119[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v110[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.attention.output.LayerNorm"
  %v121 = attn.read @"encoder.layer.1.intermediate.dense.weight" : !attn.tensor<f32, [200, 120]>
  %v122 = attn.read @"encoder.layer.1.intermediate.dense.bias" : !attn.tensor<f32, [200]>
  %v123 = attn.stage "transpose" [%k: 120, %n: 200] {
    %e = attn.load %v121[%n, %k] : !attn.tensor<f32, [200, 120]>
    attn.yield %e : f32
  } : f32
  %v124 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 200] sum [%depth: 120] {
    %a = attn.load %v120[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v123[%depth, %column] : !attn.tensor<f32, [120, 200]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.intermediate.dense"
  %v125 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 200] {
    %a = attn.load %v124[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 200]>
    %b = attn.load %v122[%column] : !attn.tensor<f32, [200]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.intermediate.dense"
  %v126 = attn.stage "gelu" [%batch: batch, %tokens: tokens, %column: 200] {
    %a = attn.load %v125[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 200]>
    %s = arith.constant 0.70710678 : f32
    %h = arith.constant 0.5 : f32
    %o = arith.constant 1.0 : f32
    %b = arith.mulf %a, %s : f32
    %c = math.erf %b : f32
    %d = arith.addf %c, %o : f32
    %f = arith.mulf %a, %d : f32
    %r = arith.mulf %f, %h : f32
    attn.yield %r : f32
  } : f32
  %v127 = attn.read @"encoder.layer.1.output.dense.weight" : !attn.tensor<f32, [120, 200]>
  %v128 = attn.read @"encoder.layer.1.output.dense.bias" : !attn.tensor<f32, [120]>
  %v129 = attn.stage "transpose" [%k: 200, %n: 120] {
    %e = attn.load %v127[%n, %k] : !attn.tensor<f32, [120, 200]>
    attn.yield %e : f32
  } : f32
  %v130 = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 120] sum [%depth: 200] {
    %a = attn.load %v126[%batch, %tokens, %depth] : !attn.tensor<f32, [batch, tokens, 200]>
    %b = attn.load %v129[%depth, %column] : !attn.tensor<f32, [200, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.output.dense"
  %v131 = attn.stage "linear" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v130[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v128[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.output.dense"
  %v132 = attn.stage "add" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v120[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v131[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %v133 = attn.read @"encoder.layer.1.output.LayerNorm.weight" : !attn.tensor<f32, [120]>
  %v134 = attn.read @"encoder.layer.1.output.LayerNorm.bias" : !attn.tensor<f32, [120]>
  %v135 = attn.stage "sum" [%batch: batch, %tokens: tokens, %one: 1] sum [%k: 120] {
    %a = attn.load %v132[%batch, %tokens, %k] : !attn.tensor<f32, [batch, tokens, 120]>
    attn.yield %a : f32
  } : f32 at "encoder.layer.1.output.LayerNorm"
  %v136 = attn.stage "mean" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v135[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %c = arith.constant 120.0 : f32
    %m = arith.divf %a, %c : f32
    attn.yield %m : f32
  } : f32
  %v137 = attn.stage "sub" [%batch: batch, %tokens: tokens, %column: 120] {
    %zero = arith.constant 0 : index
    %a = attn.load %v132[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v136[%batch, %tokens, %zero] : !attn.tensor<f32, [batch, tokens, 1]>
    %m = arith.subf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.output.LayerNorm"
  %v138 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v137[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v137[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %v139 = attn.stage "sum" [%batch: batch, %tokens: tokens, %one: 1] sum [%k: 120] {
    %a = attn.load %v138[%batch, %tokens, %k] : !attn.tensor<f32, [batch, tokens, 120]>
    attn.yield %a : f32
  } : f32 at "encoder.layer.1.output.LayerNorm"
  %v140 = attn.stage "mean" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v139[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %c = arith.constant 120.0 : f32
    %m = arith.divf %a, %c : f32
    attn.yield %m : f32
  } : f32
  %v141 = attn.stage "rsqrt" [%batch: batch, %tokens: tokens, %one: 1] {
    %a = attn.load %v140[%batch, %tokens, %one] : !attn.tensor<f32, [batch, tokens, 1]>
    %e = arith.constant 1.0e-12 : f32
    %b = arith.addf %a, %e : f32
    %r = math.rsqrt %b : f32
    attn.yield %r : f32
  } : f32
  %v142 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %zero = arith.constant 0 : index
    %a = attn.load %v137[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v141[%batch, %tokens, %zero] : !attn.tensor<f32, [batch, tokens, 1]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.output.LayerNorm"
  %v143 = attn.stage "mul" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v142[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v133[%column] : !attn.tensor<f32, [120]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.output.LayerNorm"
  %v144 = attn.stage "layer_norm" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v143[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %b = attn.load %v134[%column] : !attn.tensor<f32, [120]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32 at "encoder.layer.1.output.LayerNorm"
  %v145 = attn.stage "masked" [%batch: batch, %tokens: tokens, %column: 120] {
    %a = attn.load %v144[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    %c = attn.load %valid[%batch, %tokens] : !attn.tensor<i1, [batch, tokens]>
    %z = arith.constant 0.0 : f32
    %r = arith.select %c, %a, %z : f32
    attn.yield %r : f32
  } : f32
  %v146 = attn.stage "sum" [%batch: batch, %column: 120] sum [%tokens: tokens] {
    %a = attn.load %v145[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 120]>
    attn.yield %a : f32
  } : f32 at "mean"
  %v147 = attn.stage "count" [%batch: batch] sum [%tokens: tokens] {
    %c = attn.load %valid[%batch, %tokens] : !attn.tensor<i1, [batch, tokens]>
    %r = arith.uitofp %c : i1 to f32
    attn.yield %r : f32
  } : f32
  %v148 = attn.stage "mean" [%batch: batch, %column: 120] {
    %a = attn.load %v146[%batch, %column] : !attn.tensor<f32, [batch, 120]>
    %b = attn.load %v147[%batch] : !attn.tensor<f32, [batch]>
    %o = arith.constant 1.0 : f32
    %m = arith.maximumf %b, %o : f32
    %r = arith.divf %a, %m : f32
    attn.yield %r : f32
  } : f32
  %v149 = attn.stage "square" [%batch: batch, %column: 120] {
    %a = attn.load %v148[%batch, %column] : !attn.tensor<f32, [batch, 120]>
    %m = arith.mulf %a, %a : f32
    attn.yield %m : f32
  } : f32
  %v150 = attn.stage "sum" [%batch: batch, %one: 1] sum [%k: 120] {
    %a = attn.load %v149[%batch, %k] : !attn.tensor<f32, [batch, 120]>
    attn.yield %a : f32
  } : f32
  %v151 = attn.stage "unit" [%batch: batch, %column: 120] {
    %zero = arith.constant 0 : index
    %a = attn.load %v148[%batch, %column] : !attn.tensor<f32, [batch, 120]>
    %b = attn.load %v150[%batch, %zero] : !attn.tensor<f32, [batch, 1]>
    %t = math.rsqrt %b : f32
    %r = arith.mulf %a, %t : f32
    attn.yield %r : f32
  } : f32
  return %v151 : !attn.tensor<f32, [batch, 120]>
}
