// RUN: attn-opt %s | attn-opt | FileCheck %s

attn.weight @"dense.weight" : !attn.tensor<f32, [384, 1536]>
// CHECK: attn.weight @dense.weight : !attn.tensor<f32, [384, 1536]>

// CHECK-LABEL: func.func @product
func.func @product(%x: !attn.tensor<f32, [batch, tokens, 1536]> {attn.name = "x"}) -> !attn.tensor<f32, [batch, tokens, 384]> attributes {attn.model} {
  %w = attn.read @"dense.weight" : !attn.tensor<f32, [384, 1536]>
  // CHECK: attn.stage "product" [%batch: batch, %tokens: tokens, %column: 384] sum [%k: 1536] {
  %p = attn.stage "product" [%batch: batch, %tokens: tokens, %column: 384] sum [%k: 1536] {
    %a = attn.load %x[%batch, %tokens, %k] : !attn.tensor<f32, [batch, tokens, 1536]>
    %b = attn.load %w[%column, %k] : !attn.tensor<f32, [384, 1536]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  return %p : !attn.tensor<f32, [batch, tokens, 384]>
}

// Several values of one body; `within`, `clamp` and their sizes.
// CHECK-LABEL: func.func @both
func.func @both(%x: !attn.tensor<f32, [rows]>) -> (!attn.tensor<f32, [rows]>, !attn.tensor<i1, [rows]>) {
  // CHECK: %[[BOTH:.*]]:2 = attn.stage "both" [%row: rows] {
  %both:2 = attn.stage "both" [%row: rows] {
    %c1 = arith.constant 1 : index
    %next = arith.addi %row, %c1 : index
    // CHECK: %[[J:.*]] = attn.within %{{[0-9]+}}[rows] : index
    %j = attn.within %next [rows] : index
    // CHECK: attn.within %{{[0-9]+}}[keys * 2 - 1] : index
    %k = attn.within %j [2 * keys - 1] : index
    // CHECK: %[[NEAR:.*]] = attn.clamp %{{[0-9]+}}[rows] : index
    %near = attn.clamp %next [rows] : index
    // CHECK: attn.load %arg0[%[[NEAR]]]
    %a = attn.load %x[%near] : !attn.tensor<f32, [rows]>
    %c = arith.cmpi slt, %k, %next : index
    // CHECK: attn.yield %{{.*}}, %{{.*}} : f32, i1
    attn.yield %a, %c : f32, i1
  // CHECK: } : f32, i1 at "layer.0"
  } : f32, i1 at "layer.0"
  // CHECK: return %[[BOTH]]#0, %[[BOTH]]#1
  return %both#0, %both#1 : !attn.tensor<f32, [rows]>, !attn.tensor<i1, [rows]>
}

// CHECK-LABEL: func.func @scaled
func.func @scaled(%x: !attn.tensor<f32, [rows, 8]>) -> !attn.tensor<f32, [rows]> {
  // CHECK: attn.stage "sums" [%row: rows] scaled_sum [%k: 8] {
  %s:2 = attn.stage "sums" [%row: rows] scaled_sum [%k: 8] {
    %one = arith.constant 1.0 : f32
    %a = attn.load %x[%row, %k] : !attn.tensor<f32, [rows, 8]>
    // CHECK: attn.yield %{{.*}}, %{{.*}} : f32, f32
    attn.yield %one, %a : f32, f32
  // CHECK: } : f32, f32
  } : f32, f32
  return %s#0 : !attn.tensor<f32, [rows]>
}

// CHECK-LABEL: func.func @sizes
// CHECK-SAME: [keys + queries, n * 2, (keys + 511) floordiv 512, a * b
func.func @sizes(%0: !attn.tensor<f32, [queries + keys, n + n, (511 + keys) floordiv 512, b * a]>) {
  // CHECK: attn.reshape
  %1 = attn.reshape %0 : !attn.tensor<f32, [queries + keys, n + n, (511 + keys) floordiv 512, b * a]> -> !attn.tensor<f32, [2 * n, queries + keys, a, (511 + keys) floordiv 512, b]>
  %2 = attn.size [a * b + 1] : index
  return
}

// CHECK-LABEL: func.func @attention
func.func @attention(%q: !attn.tensor<f32, [b, t, 12, 32]>, %k: !attn.tensor<f32, [b, s, 4, 32]>, %v: !attn.tensor<f32, [b, s, 4, 16]>, %valid: !attn.tensor<i1, [b, s]>) -> !attn.tensor<f32, [b, t, 12, 16]> {
  // CHECK: attn.attention "padded" %{{.*}}, %{{.*}}, %{{.*}} : (
  // CHECK-NEXT: score (%[[B:.*]], %[[H:.*]], %[[I:.*]], %[[J:.*]]) {
  %o = attn.attention "padded" %q, %k, %v : (!attn.tensor<f32, [b, t, 12, 32]>, !attn.tensor<f32, [b, s, 4, 32]>, !attn.tensor<f32, [b, s, 4, 16]>) -> !attn.tensor<f32, [b, t, 12, 16]>
    score (%b, %h, %i, %j) {
      %c3 = arith.constant 3 : index
      %g = arith.floordivsi %h, %c3 : index
      // CHECK: attn.reduce sum [%e: 32]
      %s = attn.reduce sum [%e: 32] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [b, t, 12, 32]>
        %y = attn.load %k[%b, %j, %g, %e] : !attn.tensor<f32, [b, s, 4, 32]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : f32
    }
    // CHECK: keep (
    keep (%b, %h, %i, %j) {
      %c = attn.load %valid[%b, %j] : !attn.tensor<i1, [b, s]>
      attn.yield %c : i1
    }
    // CHECK: weight (
    weight (%b, %h, %i, %j, %s) {
      // CHECK: attn.normalize softmax %{{.*}} : f32
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [b, t, 12, 16]>
}

// CHECK-LABEL: func.func private @scale(
func.func private @scale(%x: !attn.tensor<f32, [rows, 8]>) -> !attn.tensor<f32, [rows, 8]> attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<scale {tile row.block 32 guard, lanes column 8, parallel row.block}>} {
  %y = attn.stage "scale" [%row: rows, %column: 8] {
    %a = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 8]>
    %b = arith.addf %a, %a : f32
    attn.yield %b : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 8]>
}

// CHECK-LABEL: func.func @kernel
func.func @kernel(%x: !attn.tensor<f32, [b * t, 8]>) -> !attn.tensor<f32, [b * t, 8]> {
  // CHECK: attn.kernel "scale" (%[[A:.*]] = %{{.*}} : !attn.tensor<f32, [b * t, 8]>) -> !attn.tensor<f32, [b * t, 8]>
  // CHECK-NEXT: variant when [b * t] at_most 64 schedule<scale {lanes column 8}> {
  // CHECK: variant schedule<scale {lanes column 8, parallel row}> {
  %k = attn.kernel "scale" (%a = %x : !attn.tensor<f32, [b * t, 8]>) -> !attn.tensor<f32, [b * t, 8]>
    variant when [b * t] at_most 64 schedule<scale {lanes column 8}> {
      %y = attn.stage "scale" [%row: b * t, %column: 8] {
        %e = attn.load %a[%row, %column] : !attn.tensor<f32, [b * t, 8]>
        attn.yield %e : f32
      } : f32
      attn.yield %y : !attn.tensor<f32, [b * t, 8]>
    }
    variant schedule<scale {lanes column 8, parallel row}> {
      %y = attn.stage "scale" [%row: b * t, %column: 8] {
        %e = attn.load %a[%row, %column] : !attn.tensor<f32, [b * t, 8]>
        attn.yield %e : f32
      } : f32
      attn.yield %y : !attn.tensor<f32, [b * t, 8]>
    }
  // CHECK: attn.call "layer.scale" [@scale when [b * t] at_most 4, @scale] (%{{.*}}) sizes (rows = b * t) : (
  %r = attn.call "layer.scale" [@scale when [b * t] at_most 4, @scale] (%k) sizes (rows = b * t) : (!attn.tensor<f32, [b * t, 8]>) -> !attn.tensor<f32, [b * t, 8]>
  return %r : !attn.tensor<f32, [b * t, 8]>
}
