// RUN: attn-opt --attn-split-reductions=target=opencl %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --entry tile --print none --size rows=2
// RUN: attn-interpret %s --same-as %t --entry row --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --entry columns --print none --size rows=1 --size tokens=33
// RUN: attn-interpret %s --same-as %t --entry columns --print none --size rows=2 --size tokens=0
// RUN: attn-interpret %s --same-as %t --entry largest --print none --size rows=2 --size tokens=5
// RUN: attn-interpret %s --same-as %t --entry blocks --print none --size rows=2 --size tokens=50
// RUN: attn-interpret %s --same-as %t --entry contraction --print none --size rows=2 --size tokens=5
// RUN: attn-interpret %s --same-as %t --entry named_part --print none --size part=3
// RUN: attn-interpret %s --same-as %t --entry matrices --print none --size rows=3
// RUN: attn-opt --attn-split-reductions=target=x86-64-v3 %s -o %t.cpu && FileCheck %s --check-prefix=CPU < %t.cpu

// CPU-NOT: %part: {{[0-9]}}

!X = !attn.tensor<f32, [rows, 384]>
!R = !attn.tensor<f32, [rows]>
!T = !attn.tensor<f32, [rows, tokens, 6]>
!V = !attn.tensor<f32, [rows, tokens]>
!P = !attn.tensor<f32, [rows, 6]>
!W = !attn.tensor<f32, [8, 384]>
!C8 = !attn.tensor<f32, [8, tokens, 64]>
!X8 = !attn.tensor<f32, [rows, 8]>
!Q = !attn.tensor<f32, [part, 384]>
!QR = !attn.tensor<f32, [part]>
!B = !attn.tensor<f32, [rows, tokens, 64]>
!Y = !attn.tensor<f32, [rows, 8]>

// Parts of a row take turns, so that threads beside each other read neighbours.
// CHECK-LABEL: func.func @row
// CHECK: attn.stage "sum.parts" [%rows: rows, %part: 32] sum [%n: 12]
// CHECK: %[[TURN:.*]] = arith.muli %n, %{{.*}}
// CHECK: %[[AT:.*]] = arith.addi %[[TURN]], %part
// CHECK: attn.load %{{.*}}[%rows, %[[AT]]]
// CHECK: attn.stage "sum" [%rows: rows] sum [%part: 32]
func.func @row(%x: !X {attn.name = "x"}) -> (!R {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "sum" (%a = %x : !X) -> !R {
    %s = attn.stage "sum" [%rows: rows] sum [%n: 384] {
      %v = attn.load %a[%rows, %n] : <f32, [rows, 384]>
      attn.yield %v : f32
    } : f32
    attn.yield %s : !R
  }
  return %r : !R
}

// Of columns parts are of one piece, and stand before them; the last ones end with the axis.
// CHECK-LABEL: func.func @columns
// CHECK: attn.stage "sum.parts" [%rows: rows, %part: 16, %feature: 6] sum [%token: tokens ceildiv 16]
// CHECK: arith.muli %part, %{{.*}}
// CHECK: arith.cmpi slt
// CHECK: arith.minsi
// CHECK: arith.select %{{.*}}, %{{.*}}, %cst
func.func @columns(%x: !T {attn.name = "x"}, %valid: !V {attn.name = "valid"}) -> (!P {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "sum" (%a = %x : !T, %m = %valid : !V) -> !P {
    %s = attn.stage "sum" [%rows: rows, %feature: 6] sum [%token: tokens] {
      %v = attn.load %a[%rows, %token, %feature] : <f32, [rows, tokens, 6]>
      %w = attn.load %m[%rows, %token] : <f32, [rows, tokens]>
      %p = arith.mulf %v, %w : f32
      attn.yield %p : f32
    } : f32
    attn.yield %s : !P
  }
  return %r : !P
}

!C = !attn.tensor<f32, [rows, 64, 6]>

// Parts that come out even take turns, as the threads of a tile of a product do.
// CHECK-LABEL: func.func @tile
// CHECK: attn.stage "sum.parts" [%rows: rows, %part: 8, %feature: 6] sum [%token: 8]
// CHECK: %[[TURN:.*]] = arith.muli %token, %{{.*}}
// CHECK: %[[AT:.*]] = arith.addi %[[TURN]], %part
// CHECK: attn.load %{{.*}}[%rows, %[[AT]], %feature]
func.func @tile(%x: !C {attn.name = "x"}) -> (!P {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "sum" (%a = %x : !C) -> !P {
    %s = attn.stage "sum" [%rows: rows, %feature: 6] sum [%token: 64] {
      %v = attn.load %a[%rows, %token, %feature] : <f32, [rows, 64, 6]>
      attn.yield %v : f32
    } : f32
    attn.yield %s : !P
  }
  return %r : !P
}

// What is past the end is no maximum.
// CHECK-LABEL: func.func @largest
// CHECK: attn.stage "max.parts" [%rows: rows, %part: 16] max [%token: tokens ceildiv 16]
// CHECK: arith.constant 0xFF800000
func.func @largest(%valid: !V {attn.name = "valid"}) -> (!R {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "max" (%m = %valid : !V) -> !R {
    %s = attn.stage "max" [%rows: rows] max [%token: tokens] {
      %w = attn.load %m[%rows, %token] : <f32, [rows, tokens]>
      attn.yield %w : f32
    } : f32
    attn.yield %s : !R
  }
  return %r : !R
}

// Of two axes columns come first, whose neighbours are neighbours in memory.
// CHECK-LABEL: func.func @blocks
// CHECK: %[[PARTS:.*]] = attn.stage "max.columns.parts" [%rows: rows, %part: 8, %feature: 64] max [%token: 8]
// CHECK: arith.minsi
// CHECK: attn.load %{{.*}}[%rows, %{{[0-9]+}}, %feature]
// CHECK: %[[COLUMNS:.*]] = attn.stage "max.columns" [%rows: rows, %feature: 64] max [%part: 8]
// CHECK-NEXT: attn.load %[[PARTS]][%rows, %part, %feature]
// CHECK: %[[OF_ROW:.*]] = attn.stage "max.parts" [%rows: rows, %part: 16] max [%feature: 4]
// CHECK: attn.load %[[COLUMNS]][%rows,
// CHECK: attn.stage "max" [%rows: rows] max [%part: 16]
// CHECK-NEXT: attn.load %[[OF_ROW]][%rows, %part]
func.func @blocks(%x: !B {attn.name = "x"}) -> (!R {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "max" (%a = %x : !B) -> !R {
    %s = attn.stage "max" [%rows: rows] max [%token: 64, %feature: 64] {
      %last = attn.size [tokens - 1] : index
      %within = arith.minsi %token, %last : index
      %v = attn.load %a[%rows, %within, %feature] : <f32, [rows, tokens, 64]>
      attn.yield %v : f32
    } : f32
    attn.yield %s : !R
  }
  return %r : !R
}

// A contraction over two axes is no row of columns: each column would have all rows.
// CHECK-LABEL: func.func @contraction
// CHECK-NOT: .columns
func.func @contraction(%x: !B {attn.name = "x"}, %y: !C8 {attn.name = "y"}) -> (!X8 {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "sum" (%a = %x : !B, %b = %y : !C8) -> !X8 {
    %s = attn.stage "sum" [%rows: rows, %n: 8] sum [%token: tokens, %feature: 64] {
      %v = attn.load %a[%rows, %token, %feature] : <f32, [rows, tokens, 64]>
      %w = attn.load %b[%n, %token, %feature] : <f32, [8, tokens, 64]>
      %p = arith.mulf %v, %w : f32
      attn.yield %p : f32
    } : f32
    attn.yield %s : !X8
  }
  return %r : !X8
}

// Names that are taken.
// CHECK-LABEL: func.func @named_part
// CHECK: attn.stage "sum.parts.1" [%part: part, %part1: 32] sum [%n: 12]
// CHECK: attn.stage "sum" [%part: part] sum [%part1: 32]
func.func @named_part(%x: !Q {attn.name = "x"}) -> (!QR {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "sum" (%a = %x : !Q) -> !QR {
    %t = attn.stage "sum.parts" [%part: part, %n: 384] {
      %v = attn.load %a[%part, %n] : <f32, [part, 384]>
      attn.yield %v : f32
    } : f32
    %s = attn.stage "sum" [%part: part] sum [%n: 384] {
      %v = attn.load %t[%part, %n] : <f32, [part, 384]>
      attn.yield %v : f32
    } : f32
    attn.yield %s : !QR
  }
  return %r : !QR
}

// A product of matrices has work for all threads as it is.
// CHECK-LABEL: func.func @matrices
// CHECK-NOT: .parts
func.func @matrices(%x: !X {attn.name = "x"}, %w: !W {attn.name = "w"}) -> (!Y {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "product" (%a = %x : !X, %b = %w : !W) -> !Y {
    %s = attn.stage "product" [%rows: rows, %column: 8] sum [%depth: 384] {
      %v = attn.load %a[%rows, %depth] : <f32, [rows, 384]>
      %u = attn.load %b[%column, %depth] : <f32, [8, 384]>
      %p = arith.mulf %v, %u : f32
      attn.yield %p : f32
    } : f32
    attn.yield %s : !Y
  }
  return %r : !Y
}
