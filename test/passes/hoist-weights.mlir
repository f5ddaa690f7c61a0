// Work on weights alone moves to @prepare, once for all models of the file.
// RUN: attn-opt --attn-hoist-weights %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --entry encode --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --entry decode --print none --size rows=1
// RUN: attn-interpret %s --same-as %t --entry returned --print none
// RUN: attn-interpret %s --same-as %t --entry through_reshape --print none --size rows=2
// RUN: attn-interpret %s --same-as %t --entry symbolic --print none --size rows=2
// RUN: attn-interpret %s --same-as %t --entry prepare --print none --size rows=2

!W = !attn.tensor<f32, [4]>
!X = !attn.tensor<f32, [rows, 4]>
attn.weight @scale : !W
attn.weight @table : !attn.tensor<f32, [2, 6]>

// A model may be called prepare.
// CHECK: attn.prepared @square : !attn.tensor<f32, [4]>
// CHECK: attn.prepared @twice : !attn.tensor<f32, [2, 6]>
// CHECK: func.func @prepare.1() attributes {attn.prepare} {
// CHECK: attn.write @square,
// CHECK: attn.write @twice
// CHECK-NOT: attn.write
// CHECK: return

// CHECK-LABEL: func.func @encode
// CHECK-NOT: "square"
// CHECK: attn.read @square
func.func @encode(%x: !X) -> !X attributes {attn.model} {
  %w = attn.read @scale : !W
  %s = attn.stage "square" [%i: 4] {
    %a = attn.load %w[%i] : !W
    %m = arith.mulf %a, %a : f32
    attn.yield %m : f32
  } : f32
  %y = attn.stage "scaled" [%r: rows, %i: 4] {
    %a = attn.load %x[%r, %i] : !X
    %b = attn.load %s[%i] : !W
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  return %y : !X
}

// CHECK-LABEL: func.func @decode
// CHECK: attn.read @square
func.func @decode(%x: !X) -> !X attributes {attn.model} {
  %w = attn.read @scale : !W
  %s = attn.stage "square" [%i: 4] {
    %a = attn.load %w[%i] : !W
    %m = arith.mulf %a, %a : f32
    attn.yield %m : f32
  } : f32
  %y = attn.stage "shifted" [%r: rows, %i: 4] {
    %a = attn.load %x[%r, %i] : !X
    %b = attn.load %s[%i] : !W
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32
  return %y : !X
}

// CHECK-LABEL: func.func @returned
// CHECK-DAG: attn.read @square
// CHECK-DAG: attn.read @scale
// CHECK: return
func.func @returned() -> (!W, !W) attributes {attn.model} {
  %w = attn.read @scale : !W
  %s = attn.stage "square" [%i: 4] {
    %a = attn.load %w[%i] : !W
    %m = arith.mulf %a, %a : f32
    attn.yield %m : f32
  } : f32
  return %s, %w : !W, !W
}

// A reshape of work on weights stays where it is read; the work does not.
// CHECK-LABEL: func.func @through_reshape
// CHECK: %[[T:.*]] = attn.read @twice
// CHECK: attn.reshape %[[T]]
func.func @through_reshape(%x: !attn.tensor<f32, [rows, 12]>) -> !attn.tensor<f32, [rows, 12]> attributes {attn.model} {
  %w = attn.read @table : !attn.tensor<f32, [2, 6]>
  %s = attn.stage "twice" [%i: 2, %j: 6] {
    %a = attn.load %w[%i, %j] : !attn.tensor<f32, [2, 6]>
    %m = arith.addf %a, %a : f32
    attn.yield %m : f32
  } : f32
  %f = attn.reshape %s : !attn.tensor<f32, [2, 6]> -> !attn.tensor<f32, [12]>
  %y = attn.stage "shifted" [%r: rows, %i: 12] {
    %a = attn.load %x[%r, %i] : !attn.tensor<f32, [rows, 12]>
    %b = attn.load %f[%i] : !attn.tensor<f32, [12]>
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 12]>
}

// Sizes of the run, even inside a body, keep work in the model.
// CHECK-LABEL: func.func @symbolic
// CHECK: attn.stage "powers"
func.func @symbolic(%x: !X) -> (!X, !W) attributes {attn.model} {
  %w = attn.read @scale : !W
  %p = attn.stage "powers" [%i: 4] {
    %s = attn.reduce sum [%r: rows] {
      %a = attn.load %w[%i] : !W
      attn.yield %a : f32
    } : f32
    attn.yield %s : f32
  } : f32
  return %x, %p : !X, !W
}

// CHECK-LABEL: func.func @prepare(
func.func @prepare(%x: !X) -> !X attributes {attn.model} {
  return %x : !X
}
