// Outer axes that a kernel never tells apart become its rows.
// RUN: attn-opt --attn-collapse-axes %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --entry bias --print none --size batch=3 --size tokens=33
// RUN: attn-interpret %s --same-as %t --entry bias --print none --size batch=1 --size tokens=1
// RUN: attn-interpret %s --same-as %t --entry three --print none --size batch=3 --size tokens=5
// RUN: attn-interpret %s --same-as %t --entry row_axis --print none --size batch=3 --size tokens=5
// RUN: attn-interpret %s --same-as %t --entry positions --print none --size batch=3 --size tokens=5
// RUN: attn-interpret %s --same-as %t --entry shifted --print none --size batch=3 --size tokens=5
// RUN: attn-interpret %s --same-as %t --entry both_ways --print none --size batch=3
// RUN: attn-interpret %s --same-as %t --entry dropped --print none --size batch=3 --size tokens=5 --seed 4
// RUN: attn-interpret %s --same-as %t --entry dropped_rows --print none --size batch=3 --size tokens=5 --seed 4

!X = !attn.tensor<f32, [batch, tokens, 4]>

// CHECK-LABEL: func.func @bias
// CHECK: %[[X:.*]] = attn.reshape %arg0 : {{.*}} -> <f32, [batch * tokens, 4]>
// CHECK: attn.kernel "bias" (%arg2 = %[[X]] : !attn.tensor<f32, [batch * tokens, 4]>
// CHECK: attn.stage "bias" [%row: batch * tokens, %n: 4]
// CHECK-NEXT: attn.load %arg2[%row, %n]
// CHECK-NEXT: attn.load %arg3[%n]
// CHECK: attn.reshape %{{.*}} -> <f32, [batch, tokens, 4]>
func.func @bias(%x: !X, %w: !attn.tensor<f32, [4]>) -> !X attributes {attn.model} {
  %y = attn.kernel "bias" (%a = %x : !X, %b = %w : !attn.tensor<f32, [4]>) -> !X {
    %s = attn.stage "bias" [%b0: batch, %t: tokens, %n: 4] {
      %0 = attn.load %a[%b0, %t, %n] : !X
      %1 = attn.load %b[%n] : !attn.tensor<f32, [4]>
      %2 = arith.addf %0, %1 : f32
      attn.yield %2 : f32
    } : f32
    attn.yield %s : !X
  }
  return %y : !X
}

// Three outer axes, with a sum along the last one.
// CHECK-LABEL: func.func @three
// CHECK: attn.stage "total" [%row: batch * tokens * 2] sum [%k: 4]
// CHECK: attn.stage "share" [%row: batch * tokens * 2, %n: 4]
func.func @three(%x: !attn.tensor<f32, [batch, tokens, 2, 4]>) -> !attn.tensor<f32, [batch, tokens, 2, 4]> attributes {attn.model} {
  %y = attn.kernel "share" (%a = %x : !attn.tensor<f32, [batch, tokens, 2, 4]>) -> !attn.tensor<f32, [batch, tokens, 2, 4]> {
    %s = attn.stage "total" [%b: batch, %t: tokens, %h: 2] sum [%k: 4] {
      %0 = attn.load %a[%b, %t, %h, %k] : !attn.tensor<f32, [batch, tokens, 2, 4]>
      attn.yield %0 : f32
    } : f32
    %r = attn.stage "share" [%b: batch, %t: tokens, %h: 2, %n: 4] {
      %0 = attn.load %a[%b, %t, %h, %n] : !attn.tensor<f32, [batch, tokens, 2, 4]>
      %1 = attn.load %s[%b, %t, %h] : !attn.tensor<f32, [batch, tokens, 2]>
      %2 = arith.divf %0, %1 : f32
      attn.yield %2 : f32
    } : f32
    attn.yield %r : !attn.tensor<f32, [batch, tokens, 2, 4]>
  }
  return %y : !attn.tensor<f32, [batch, tokens, 2, 4]>
}

// CHECK-LABEL: func.func @row_axis
// CHECK: attn.stage "double" [%row1: batch * tokens, %row: 4]
func.func @row_axis(%x: !X) -> !X attributes {attn.model} {
  %y = attn.kernel "double" (%a = %x : !X) -> !X {
    %s = attn.stage "double" [%b: batch, %t: tokens, %row: 4] {
      %0 = attn.load %a[%b, %t, %row] : !X
      %2 = arith.addf %0, %0 : f32
      attn.yield %2 : f32
    } : f32
    attn.yield %s : !X
  }
  return %y : !X
}

// A table read by position alone tells tokens from batches.
// CHECK-LABEL: func.func @positions
// CHECK: [%b: batch, %t: tokens, %n: 4]
func.func @positions(%x: !X, %p: !attn.tensor<f32, [tokens, 4]>) -> !X attributes {attn.model} {
  %y = attn.kernel "positions" (%a = %x : !X, %c = %p : !attn.tensor<f32, [tokens, 4]>) -> !X {
    %s = attn.stage "add" [%b: batch, %t: tokens, %n: 4] {
      %0 = attn.load %a[%b, %t, %n] : !X
      %1 = attn.load %c[%t, %n] : !attn.tensor<f32, [tokens, 4]>
      %2 = arith.addf %0, %1 : f32
      attn.yield %2 : f32
    } : f32
    attn.yield %s : !X
  }
  return %y : !X
}

// So does arithmetic on one of the indices.
// CHECK-LABEL: func.func @shifted
// CHECK: [%b: batch, %t: tokens, %n: 4]
func.func @shifted(%x: !X) -> !X attributes {attn.model} {
  %y = attn.kernel "shifted" (%a = %x : !X) -> !X {
    %s = attn.stage "shifted" [%b: batch, %t: tokens, %n: 4] {
      %one = arith.constant 1 : index
      %zero = arith.constant 0 : index
      %before = arith.subi %t, %one : index
      %at = arith.maxsi %before, %zero : index
      %0 = attn.load %a[%b, %t, %n] : !X
      %1 = attn.load %a[%b, %at, %n] : !X
      %2 = arith.addf %0, %1 : f32
      attn.yield %2 : f32
    } : f32
    attn.yield %s : !X
  }
  return %y : !X
}

// A tensor that is read along both axes and as a whole keeps them.
// CHECK-LABEL: func.func @both_ways
// CHECK: [%b: batch, %t: 5, %n: 4]
func.func @both_ways(%x: !attn.tensor<f32, [batch, 5, 4]>) -> !attn.tensor<f32, [batch, 5, 4]> attributes {attn.model} {
  %y = attn.kernel "first" (%a = %x : !attn.tensor<f32, [batch, 5, 4]>) -> !attn.tensor<f32, [batch, 5, 4]> {
    %s = attn.stage "first" [%b: batch, %t: 5, %n: 4] {
      %zero = arith.constant 0 : index
      %0 = attn.load %a[%b, %t, %n] : !attn.tensor<f32, [batch, 5, 4]>
      %1 = attn.load %a[%zero, %zero, %n] : !attn.tensor<f32, [batch, 5, 4]>
      %2 = arith.addf %0, %1 : f32
      attn.yield %2 : f32
    } : f32
    attn.yield %s : !attn.tensor<f32, [batch, 5, 4]>
  }
  return %y : !attn.tensor<f32, [batch, 5, 4]>
}

// Dropout counts outer indices in row-major order: their product draws the same.
// CHECK-LABEL: func.func @dropped(
// CHECK: attn.stage "dropout" [%row: batch * tokens * 2, %n: 4]
// CHECK: attn.dropout {{.*}} at [%row, %n] of [batch * tokens * 2, 4] seed
func.func @dropped(%x: !attn.tensor<f32, [batch, tokens, 2, 4]>, %seed: !attn.tensor<i32, [seeds]> {attn.seed}) -> !attn.tensor<f32, [batch, tokens, 2, 4]> attributes {attn.model} {
  %y = attn.kernel "dropout" (%a = %x : !attn.tensor<f32, [batch, tokens, 2, 4]>, %s = %seed : !attn.tensor<i32, [seeds]>) -> !attn.tensor<f32, [batch, tokens, 2, 4]> {
    %d = attn.stage "dropout" [%b: batch, %t: tokens, %h: 2, %n: 4] {
      %0 = attn.load %a[%b, %t, %h, %n] : !attn.tensor<f32, [batch, tokens, 2, 4]>
      %r = arith.constant 0.5 : f32
      %1 = attn.dropout %0 rate %r site 0 at [%b, %t, %h, %n] of [batch, tokens, 2, 4] seed %s : !attn.tensor<i32, [seeds]>
      attn.yield %1 : f32
    } : f32
    attn.yield %d : !attn.tensor<f32, [batch, tokens, 2, 4]>
  }
  return %y : !attn.tensor<f32, [batch, tokens, 2, 4]>
}

// The last index counts by itself: a mask of whole rows keeps the axes.
// CHECK-LABEL: func.func @dropped_rows(
// CHECK: attn.stage "dropout" [%b: batch, %t: tokens, %n: 4]
// CHECK: at [%b, %t] of [batch, tokens]
func.func @dropped_rows(%x: !X, %seed: !attn.tensor<i32, [seeds]> {attn.seed}) -> !X attributes {attn.model} {
  %y = attn.kernel "dropout" (%a = %x : !X, %s = %seed : !attn.tensor<i32, [seeds]>) -> !X {
    %d = attn.stage "dropout" [%b: batch, %t: tokens, %n: 4] {
      %0 = attn.load %a[%b, %t, %n] : !X
      %r = arith.constant 0.5 : f32
      %1 = attn.dropout %0 rate %r site 0 at [%b, %t] of [batch, tokens] seed %s : !attn.tensor<i32, [seeds]>
      attn.yield %1 : f32
    } : f32
    attn.yield %d : !X
  }
  return %y : !X
}
