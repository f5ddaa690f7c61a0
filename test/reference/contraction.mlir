// Sums of products go through a matrix product. The same sums written so that
// they cannot (max with -inf around the product) must agree.
// RUN: split-file %s %t
// RUN: attn-interpret %t/small.mlir --input x=1x4x3xf32=ramp --input w=5x3xf32=ramp | FileCheck %s
// RUN: attn-interpret %t/product.mlir --same-as %t/plain.mlir --seed 3 --size batch=3 --size tokens=21 --size n=37 --size k=301 --print none | FileCheck %s --check-prefix=SAME
// RUN: attn-interpret %t/factors.mlir --same-as %t/factors-plain.mlir --seed 4 --size m=9 --size n=11 --size k=13 | FileCheck %s --check-prefix=SAME
// RUN: attn-interpret %t/batched.mlir --same-as %t/batched-plain.mlir --seed 5 --size b=2 --size h=3 --size m=7 --size n=6 | FileCheck %s --check-prefix=SAME

// SAME: same
// CHECK: result : 1x4x5xf32
// CHECK-NEXT: 5 14 23 32 41
// CHECK-NEXT: 14 50 86 122 158
// CHECK-NEXT: 23 86 149 212 275
// CHECK-NEXT: 32 122 212 302 392
//--- small.mlir
func.func @product(%x: !attn.tensor<f32, [batch, tokens, 3]> {attn.name = "x"}, %w: !attn.tensor<f32, [n, 3]> {attn.name = "w"}) -> !attn.tensor<f32, [batch, tokens, n]> {
  %p = attn.stage "product" [%b: batch, %t: tokens, %c: n] sum [%k: 3] {
    %a = attn.load %x[%b, %t, %k] : !attn.tensor<f32, [batch, tokens, 3]>
    %v = attn.load %w[%c, %k] : !attn.tensor<f32, [n, 3]>
    %m = arith.mulf %a, %v : f32
    attn.yield %m : f32
  } : f32
  return %p : !attn.tensor<f32, [batch, tokens, n]>
}

//--- product.mlir
func.func @f(%x: !attn.tensor<f32, [batch, tokens, k]>, %w: !attn.tensor<f32, [n, k]>) -> !attn.tensor<f32, [n, batch, tokens]> {
  %p = attn.stage "product" [%c: n, %b: batch, %t: tokens] sum [%k: k] {
    %a = attn.load %x[%b, %t, %k] : !attn.tensor<f32, [batch, tokens, k]>
    %v = attn.load %w[%c, %k] : !attn.tensor<f32, [n, k]>
    %m = arith.mulf %a, %v : f32
    attn.yield %m : f32
  } : f32
  return %p : !attn.tensor<f32, [n, batch, tokens]>
}

//--- plain.mlir
func.func @f(%x: !attn.tensor<f32, [batch, tokens, k]>, %w: !attn.tensor<f32, [n, k]>) -> !attn.tensor<f32, [n, batch, tokens]> {
  %p = attn.stage "product" [%c: n, %b: batch, %t: tokens] sum [%k: k] {
    %a = attn.load %x[%b, %t, %k] : !attn.tensor<f32, [batch, tokens, k]>
    %v = attn.load %w[%c, %k] : !attn.tensor<f32, [n, k]>
    %m = arith.mulf %a, %v : f32
    %low = arith.constant 0xFF800000 : f32
    %n = arith.maximumf %m, %low : f32
    attn.yield %n : f32
  } : f32
  return %p : !attn.tensor<f32, [n, batch, tokens]>
}

//--- factors.mlir
// Several factors, computed ones among them, two reduced axes.
func.func @f(%x: !attn.tensor<f32, [m, k]>, %g: !attn.tensor<f32, [k]>, %w: !attn.tensor<f32, [k, 3, n]>) -> !attn.tensor<f32, [m, n]> {
  %p = attn.stage "product" [%i: m, %c: n] sum [%k: k, %l: 3] {
    %a = attn.load %x[%i, %k] : !attn.tensor<f32, [m, k]>
    %h = attn.load %g[%k] : !attn.tensor<f32, [k]>
    %v = attn.load %w[%k, %l, %c] : !attn.tensor<f32, [k, 3, n]>
    %e = math.exp %a : f32
    %t = math.tanh %v : f32
    %0 = arith.mulf %e, %h : f32
    %1 = arith.mulf %0, %t : f32
    attn.yield %1 : f32
  } : f32
  return %p : !attn.tensor<f32, [m, n]>
}

//--- factors-plain.mlir
func.func @f(%x: !attn.tensor<f32, [m, k]>, %g: !attn.tensor<f32, [k]>, %w: !attn.tensor<f32, [k, 3, n]>) -> !attn.tensor<f32, [m, n]> {
  %p = attn.stage "product" [%i: m, %c: n] {
    %s = attn.reduce sum [%k: k, %l: 3] {
      %a = attn.load %x[%i, %k] : !attn.tensor<f32, [m, k]>
      %h = attn.load %g[%k] : !attn.tensor<f32, [k]>
      %v = attn.load %w[%k, %l, %c] : !attn.tensor<f32, [k, 3, n]>
      %e = math.exp %a : f32
      %t = math.tanh %v : f32
      %0 = arith.mulf %e, %h : f32
      %1 = arith.mulf %0, %t : f32
      attn.yield %1 : f32
    } : f32
    attn.yield %s : f32
  } : f32
  return %p : !attn.tensor<f32, [m, n]>
}

//--- batched.mlir
// Axes of both sides (b, h) and a floor division between them.
func.func @f(%x: !attn.tensor<f32, [b, m, h, 8]>, %w: !attn.tensor<f32, [b, n, 2, 8]>) -> !attn.tensor<f32, [b, h, m, n]> {
  %p = attn.stage "scores" [%b: b, %h: h, %i: m, %j: n] sum [%e: 8] {
    %two = arith.constant 2 : index
    %g = arith.floordivsi %h, %two : index
    %a = attn.load %x[%b, %i, %h, %e] : !attn.tensor<f32, [b, m, h, 8]>
    %v = attn.load %w[%b, %j, %g, %e] : !attn.tensor<f32, [b, n, 2, 8]>
    %0 = arith.mulf %a, %v : f32
    attn.yield %0 : f32
  } : f32
  return %p : !attn.tensor<f32, [b, h, m, n]>
}

//--- batched-plain.mlir
func.func @f(%x: !attn.tensor<f32, [b, m, h, 8]>, %w: !attn.tensor<f32, [b, n, 2, 8]>) -> !attn.tensor<f32, [b, h, m, n]> {
  %p = attn.stage "scores" [%b: b, %h: h, %i: m, %j: n] {
    %two = arith.constant 2 : index
    %g = arith.floordivsi %h, %two : index
    // One dot product for each lane.
    %s = attn.reduce sum [%e: 8] {
      %a = attn.load %x[%b, %i, %h, %e] : !attn.tensor<f32, [b, m, h, 8]>
      %v = attn.load %w[%b, %j, %g, %e] : !attn.tensor<f32, [b, n, 2, 8]>
      %0 = arith.mulf %a, %v : f32
      attn.yield %0 : f32
    } : f32
    attn.yield %s : f32
  } : f32
  return %p : !attn.tensor<f32, [b, h, m, n]>
}
