// RUN: attn-opt --attn-pack-weights %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --each-variant --entry rows --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry columns --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry tied --print none --size rows=2
// RUN: attn-interpret %s --same-as %t --each-variant --entry whole --print none --size rows=2

!X = !attn.tensor<f32, [rows, 5]>
!Y = !attn.tensor<f32, [rows, 10]>
!W = !attn.tensor<f32, [10, 5]>
!T = !attn.tensor<f32, [5, 10]>
!S = !attn.tensor<f32, [6, 6]>
!Z = !attn.tensor<f32, [rows, 6]>
attn.weight @w : !W
attn.weight @t : !T
attn.weight @s : !S

// CHECK: attn.prepared @w.panels : !attn.tensor<f32, [3, 5, 4]>
// CHECK: attn.prepared @t.panels : !attn.tensor<f32, [3, 5, 4]>
// CHECK: attn.prepared @s.panels : !attn.tensor<f32, [2, 6, 4]>
// CHECK: attn.prepared @s.panels.1 : !attn.tensor<f32, [2, 6, 4]>
// CHECK: attn.prepared @s.panels.2 : !attn.tensor<f32, [3, 6, 2]>
// CHECK-NOT: attn.prepared

// 10 columns in panels of 4: the last is filled up with zeros.
// CHECK-LABEL: func.func @prepare
// CHECK: attn.stage "panels" [%panel: 3, %depth: 5, %lane: 4]
// CHECK: arith.minsi
// CHECK: arith.select
// CHECK: attn.write @w.panels

// Both variants read panels, and the matrix is no input any more.
// CHECK-LABEL: func.func @rows
// CHECK-NOT: attn.read @w :
// CHECK: attn.kernel "dense" (%[[X:.*]] = %arg0 : {{.*}}, %[[P:.*]] = %{{.*}} : !attn.tensor<f32, [3, 5, 4]>) ->
// CHECK: variant when [rows] at_most 2 schedule<product {lanes n 4}> {
// CHECK: arith.floordivsi %n
// CHECK: attn.load %[[P]][%{{.*}}, %k, %{{.*}}]
// CHECK: variant schedule<product {}> {
// CHECK: attn.load %{{.*}}[%{{.*}}, %k, %{{.*}}] : <f32, [3, 5, 4]>
func.func @rows(%x: !X) -> !Y attributes {attn.model} {
  %w = attn.read @w : !W
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !W) -> !Y
    variant when [rows] at_most 2 schedule<product {lanes n 4, pack n 4}> {
      %p = attn.stage "product" [%row: rows, %n: 10] sum [%k: 5] {
        %a = attn.load %0[%row, %k] : !X
        %c = attn.load %1[%n, %k] : !W
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : !Y
    }
    variant schedule<product {pack n 4}> {
      %p = attn.stage "product" [%row: rows, %n: 10] sum [%k: 5] {
        %a = attn.load %0[%row, %k] : !X
        %c = attn.load %1[%n, %k] : !W
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : !Y
    }
  return %y : !Y
}

// A matrix [k, n] gives the same panels.
// CHECK-LABEL: func.func @columns
// CHECK: attn.read @t.panels
func.func @columns(%x: !X) -> !Y attributes {attn.model} {
  %w = attn.read @t : !T
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !T) -> !Y
    variant schedule<product {pack n 4}> {
      %p = attn.stage "product" [%row: rows, %n: 10] sum [%k: 5] {
        %a = attn.load %0[%row, %k] : !X
        %c = attn.load %1[%k, %n] : !T
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : !Y
    }
  return %y : !Y
}

// Tied weights, used both ways, have panels for each; so has each width.
// CHECK-LABEL: func.func @tied
func.func @tied(%x: !Z) -> !Z attributes {attn.model} {
  %w = attn.read @s : !S
  %y = attn.kernel "in" (%0 = %x : !Z, %1 = %w : !S) -> !Z
    variant schedule<product {pack n 4}> {
      %p = attn.stage "product" [%row: rows, %n: 6] sum [%k: 6] {
        %a = attn.load %0[%row, %k] : !Z
        %c = attn.load %1[%n, %k] : !S
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : !Z
    }
  %z = attn.kernel "out" (%0 = %y : !Z, %1 = %w : !S) -> !Z
    variant schedule<product {pack n 4}> {
      %p = attn.stage "product" [%row: rows, %n: 6] sum [%k: 6] {
        %a = attn.load %0[%row, %k] : !Z
        %c = attn.load %1[%k, %n] : !S
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : !Z
    }
  %u = attn.kernel "again" (%0 = %z : !Z, %1 = %w : !S) -> !Z
    variant schedule<product {pack n 2}> {
      %p = attn.stage "product" [%row: rows, %n: 6] sum [%k: 6] {
        %a = attn.load %0[%row, %k] : !Z
        %c = attn.load %1[%n, %k] : !S
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : !Z
    }
  return %u : !Z
}

// Panels of another model of the file are used again; the rest of the kernel
// reads the matrix as it is.
// CHECK-LABEL: func.func @whole
// CHECK-DAG: attn.read @w.panels
// CHECK-DAG: attn.read @w :
// CHECK: return
func.func @whole(%x: !X) -> !Y attributes {attn.model} {
  %w = attn.read @w : !W
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !W) -> !Y
    variant schedule<product {pack n 4}> {
      %p = attn.stage "product" [%row: rows, %n: 10] sum [%k: 5] {
        %a = attn.load %0[%row, %k] : !X
        %c = attn.load %1[%n, %k] : !W
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      %o = attn.stage "out" [%row: rows, %n: 10] {
        %zero = arith.constant 0 : index
        %a = attn.load %p[%row, %n] : !Y
        %c = attn.load %1[%n, %zero] : !W
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      attn.yield %o : !Y
    }
  return %y : !Y
}
