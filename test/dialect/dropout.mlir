// RUN: attn-opt %s | attn-opt | FileCheck %s
// RUN: attn-opt %s --mlir-print-op-generic | attn-opt | FileCheck %s

!X = !attn.tensor<f32, [batch, tokens, 8]>
!S = !attn.tensor<i32, [seeds]>

// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[X:.*]]: !attn.tensor<f32, [batch, tokens, 8]>, %[[SEED:.*]]: !attn.tensor<i32, [seeds]> {attn.seed})
func.func @f(%x: !X, %seed: !S {attn.seed}) -> !X attributes {attn.model} {
  // CHECK: %[[V:.*]] = attn.load
  // CHECK: %[[R:.*]] = arith.constant
  // CHECK: attn.dropout %[[V]] rate %[[R]] site 3 at [%b, %t, %n] of [batch, tokens, 8] seed %[[SEED]] : <i32, [seeds]>
  %y = attn.stage "dropout" [%b: batch, %t: tokens, %n: 8] {
    %v = attn.load %x[%b, %t, %n] : !X
    %r = arith.constant 0.5 : f32
    %d = attn.dropout %v rate %r site 3 at [%b, %t, %n] of [batch, tokens, 8] seed %seed : !S
    attn.yield %d : f32
  } : f32
  return %y : !X
}

// One number, the last site there is, and a seed that is always given.
// CHECK-LABEL: func.func @scalar(
// CHECK: attn.dropout %{{.*}} rate %{{.*}} site 4294967295 at [] of [] seed %{{.*}} : <i32, [2]>
func.func @scalar(%x: !attn.tensor<f32, []>, %seed: !attn.tensor<i32, [2]>) -> !attn.tensor<f32, []> {
  %y = attn.stage "dropout" [] {
    %v = attn.load %x[] : !attn.tensor<f32, []>
    %d = attn.dropout %v rate %v site 4294967295 at [] of [] seed %seed : !attn.tensor<i32, [2]>
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, []>
}

// CHECK-LABEL: func.func @weight(
// CHECK: weight (%b, %h, %i, %j, %s)
// CHECK: attn.dropout %s rate %{{.*}} site 0 at [%b, %h, %i, %j] of [n, 2, n, n] seed
func.func @weight(%q: !attn.tensor<f32, [n, n, 2, 4]>, %seed: !S {attn.seed}) -> !attn.tensor<f32, [n, n, 2, 4]> attributes {attn.model} {
  %o = attn.attention "drop" %q, %q, %q : (!attn.tensor<f32, [n, n, 2, 4]>, !attn.tensor<f32, [n, n, 2, 4]>, !attn.tensor<f32, [n, n, 2, 4]>) -> !attn.tensor<f32, [n, n, 2, 4]>
    score (%b, %h, %i, %j) {
      %c = arith.constant 1.0 : f32
      attn.yield %c : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.constant true
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %r = arith.constant 0.5 : f32
      %d = attn.dropout %s rate %r site 0 at [%b, %h, %i, %j] of [n, 2, n, n] seed %seed : !S
      attn.yield %d : f32
    }
  return %o : !attn.tensor<f32, [n, n, 2, 4]>
}
