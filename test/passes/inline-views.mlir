// Loads of slices, transposes, gathers, ranges and reshapes read the source.
// RUN: attn-opt --attn-inline-views %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --entry transpose --print none --size rows=5
// RUN: attn-interpret %s --same-as %t --entry slice_and_gather --print none --input ids=[0,2,1]
// RUN: attn-interpret %s --same-as %t --entry merge --print none --size batch=2 --size tokens=3
// RUN: attn-interpret %s --same-as %t --entry split --print none --size batch=2 --size tokens=3
// RUN: attn-interpret %s --same-as %t --entry range --print none --size tokens=1
// RUN: attn-interpret %s --same-as %t --entry kept --print none --size rows=3

!X = !attn.tensor<f32, [rows, 8]>
!T = !attn.tensor<f32, [8, rows]>

// CHECK-LABEL: func.func @transpose
// CHECK-NOT: "transpose"
// CHECK: attn.load %arg0[%row, %column]
func.func @transpose(%x: !X) -> !X attributes {attn.model} {
  %t = attn.stage "transpose" [%k: 8, %n: rows] {
    %e = attn.load %x[%n, %k] : !X
    attn.yield %e : f32
  } : f32
  %y = attn.stage "double" [%row: rows, %column: 8] {
    %a = attn.load %t[%column, %row] : !T
    %b = arith.addf %a, %a : f32
    attn.yield %b : f32
  } : f32
  return %y : !X
}

// A gather of a slice: one load with arithmetic on indices.
// CHECK-LABEL: func.func @slice_and_gather
// CHECK: attn.stage "double"
// CHECK-NEXT: %[[ID:.*]] = attn.load %arg1[%i]
// CHECK-NEXT: arith.index_cast %[[ID]]
// CHECK: attn.load %arg0[%
// CHECK-NOT: attn.stage
func.func @slice_and_gather(%x: !attn.tensor<f32, [9, 4]>, %ids: !attn.tensor<i32, [3]> {attn.name = "ids"}) -> !attn.tensor<f32, [3, 4]> attributes {attn.model} {
  %s = attn.stage "slice" [%i: 5, %j: 4] {
    %c = arith.constant 3 : index
    %at = arith.addi %i, %c : index
    %e = attn.load %x[%at, %j] : !attn.tensor<f32, [9, 4]>
    attn.yield %e : f32
  } : f32
  %g = attn.stage "gather" [%i: 3, %j: 4] {
    %id = attn.load %ids[%i] : !attn.tensor<i32, [3]>
    %at = arith.index_cast %id : i32 to index
    %e = attn.load %s[%at, %j] : !attn.tensor<f32, [5, 4]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "double" [%i: 3, %j: 4] {
    %a = attn.load %g[%i, %j] : !attn.tensor<f32, [3, 4]>
    %b = arith.addf %a, %a : f32
    attn.yield %b : f32
  } : f32
  return %y : !attn.tensor<f32, [3, 4]>
}

// Splitting an axis needs no division to read …
// CHECK-LABEL: func.func @split
// CHECK-NOT: attn.reshape
// CHECK: arith.muli %head
// CHECK: attn.load %arg0[%batch, %tokens, %
func.func @split(%x: !attn.tensor<f32, [batch, tokens, 6]>) -> !attn.tensor<f32, [batch, tokens, 2, 3]> attributes {attn.model} {
  %r = attn.reshape %x : !attn.tensor<f32, [batch, tokens, 6]> -> !attn.tensor<f32, [batch, tokens, 2, 3]>
  %y = attn.stage "double" [%batch: batch, %tokens: tokens, %head: 2, %depth: 3] {
    %a = attn.load %r[%batch, %tokens, %head, %depth] : !attn.tensor<f32, [batch, tokens, 2, 3]>
    %b = arith.addf %a, %a : f32
    attn.yield %b : f32
  } : f32
  return %y : !attn.tensor<f32, [batch, tokens, 2, 3]>
}

// … merging two would, so that stays.
// CHECK-LABEL: func.func @merge
// CHECK: attn.reshape %arg0
func.func @merge(%x: !attn.tensor<f32, [batch, tokens, 2, 3]>) -> !attn.tensor<f32, [batch, tokens, 6]> attributes {attn.model} {
  %r = attn.reshape %x : !attn.tensor<f32, [batch, tokens, 2, 3]> -> !attn.tensor<f32, [batch, tokens, 6]>
  %y = attn.stage "double" [%batch: batch, %tokens: tokens, %column: 6] {
    %a = attn.load %r[%batch, %tokens, %column] : !attn.tensor<f32, [batch, tokens, 6]>
    %b = arith.addf %a, %a : f32
    attn.yield %b : f32
  } : f32
  return %y : !attn.tensor<f32, [batch, tokens, 6]>
}

// CHECK-LABEL: func.func @range
// CHECK: attn.stage "scaled" [%i: tokens] {
// CHECK-NEXT: arith.index_cast %i : index to i32
// CHECK-NOT: attn.stage
func.func @range(%x: !attn.tensor<f32, [tokens]>) -> !attn.tensor<f32, [tokens]> attributes {attn.model} {
  %r = attn.stage "range" [%i: tokens] {
    %e = arith.index_cast %i : index to i32
    attn.yield %e : i32
  } : i32
  %y = attn.stage "scaled" [%i: tokens] {
    %a = attn.load %r[%i] : !attn.tensor<i32, [tokens]>
    %b = arith.sitofp %a : i32 to f32
    %c = attn.load %x[%i] : !attn.tensor<f32, [tokens]>
    %d = arith.addf %b, %c : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [tokens]>
}

// What the function returns is stored, and arithmetic is no view.
// CHECK-LABEL: func.func @kept
// CHECK: attn.stage "double"
// CHECK: attn.stage "transpose"
// CHECK-NOT: attn.stage
func.func @kept(%x: !X) -> !T attributes {attn.model} {
  %y = attn.stage "double" [%row: rows, %column: 8] {
    %a = attn.load %x[%row, %column] : !X
    %b = arith.addf %a, %a : f32
    attn.yield %b : f32
  } : f32
  %t = attn.stage "transpose" [%k: 8, %n: rows] {
    %e = attn.load %y[%n, %k] : !X
    attn.yield %e : f32
  } : f32
  return %t : !T
}
