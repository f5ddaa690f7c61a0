// What @prepare alone reads is computed where it is first read, so that no more
// than one matrix waits for its panels.
// RUN: attn-opt --attn-pack-weights %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --each-variant --entry rows --print none --size rows=3

!X = !attn.tensor<f32, [rows, 6]>
!W = !attn.tensor<f32, [6, 6]>
attn.weight @a : !W
attn.weight @b : !W
attn.prepared @a.double : !W
attn.prepared @b.double : !W

// CHECK-NOT: attn.prepared @a.double :
// CHECK-LABEL: func.func @prepare
// CHECK-NEXT: %[[A:.*]] = attn.read @a
// CHECK-NEXT: attn.stage "double"
// CHECK: attn.stage "panels"
// CHECK: attn.write @a.double.panels
// CHECK-NEXT: attn.read @b
// CHECK-NEXT: attn.stage "double"
// CHECK: attn.stage "panels"
// CHECK: attn.write @b.double.panels
// CHECK-NEXT: return
func.func @prepare() attributes {attn.prepare} {
  %a = attn.read @a : !W
  %b = attn.read @b : !W
  %da = attn.stage "double" [%i: 6, %j: 6] {
    %e = attn.load %a[%i, %j] : !W
    %d = arith.addf %e, %e : f32
    attn.yield %d : f32
  } : f32
  attn.write @a.double, %da : !W
  %db = attn.stage "double" [%i: 6, %j: 6] {
    %e = attn.load %b[%i, %j] : !W
    %d = arith.addf %e, %e : f32
    attn.yield %d : f32
  } : f32
  attn.write @b.double, %db : !W
  return
}

func.func @rows(%x: !X) -> !X attributes {attn.model} {
  %a = attn.read @a.double : !W
  %b = attn.read @b.double : !W
  %y = attn.kernel "first" (%0 = %x : !X, %1 = %a : !W) -> !X
    variant schedule<product {pack n 4}> {
    %p = attn.stage "product" [%r: rows, %n: 6] sum [%k: 6] {
      %e = attn.load %0[%r, %k] : !X
      %w = attn.load %1[%n, %k] : !W
      %m = arith.mulf %e, %w : f32
      attn.yield %m : f32
    } : f32
    attn.yield %p : !X
  }
  %z = attn.kernel "second" (%0 = %y : !X, %1 = %b : !W) -> !X
    variant schedule<product {pack n 4 2}> {
    %p = attn.stage "product" [%r: rows, %n: 6] sum [%k: 6] {
      %e = attn.load %0[%r, %k] : !X
      %w = attn.load %1[%n, %k] : !W
      %m = arith.mulf %e, %w : f32
      attn.yield %m : f32
    } : f32
    attn.yield %p : !X
  }
  return %z : !X
}
