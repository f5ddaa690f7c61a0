// Choices that were followed leave the program; what they chose computes the same.
// RUN: attn-opt %s --pass-pipeline='builtin.module(func.func(attn-join-products,attn-fuse-stages),attn-check-fusions)' -o %t
// RUN: FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --entry block --print none --size rows=5
// CHECK-NOT: attn.fusion

!X = !attn.tensor<f32, [rows, 6]>
!H = !attn.tensor<f32, [rows, 8]>

module attributes {attn.fusion = [#attn.fusion<fuse "up" into "down" at loc("a.sched":1:1)>,
                                  #attn.fusion<split "normal" from "down" at loc("a.sched":2:1)>]} {
  // Both products in one kernel, what follows in another.
  // CHECK-LABEL: func.func @block
  // CHECK:       attn.kernel "down"
  // CHECK:         attn.stage "product"
  // CHECK:         attn.stage "exp"
  // CHECK:         attn.stage "product.1"
  // CHECK:       attn.kernel "normal"
  // CHECK-NOT:   attn.kernel
  func.func @block(%x: !X {attn.name = "x"}, %u: !attn.tensor<f32, [8, 6]> {attn.name = "u"},
                   %d: !attn.tensor<f32, [6, 8]> {attn.name = "d"}) -> (!X {attn.name = "y"}) attributes {attn.model} {
    %up = attn.stage "product" [%r: rows, %n: 8] sum [%k: 6] {
      %a = attn.load %x[%r, %k] : !X
      %b = attn.load %u[%n, %k] : !attn.tensor<f32, [8, 6]>
      %m = arith.mulf %a, %b : f32
      attn.yield %m : f32
    } : f32 at "up"
    %e = attn.stage "exp" [%r: rows, %n: 8] {
      %a = attn.load %up[%r, %n] : !H
      %m = math.exp %a : f32
      attn.yield %m : f32
    } : f32
    %down = attn.stage "product" [%r: rows, %n: 6] sum [%k: 8] {
      %a = attn.load %e[%r, %k] : !H
      %b = attn.load %d[%n, %k] : !attn.tensor<f32, [6, 8]>
      %m = arith.mulf %a, %b : f32
      attn.yield %m : f32
    } : f32 at "down"
    %y = attn.stage "normal" [%r: rows, %n: 6] {
      %a = attn.load %down[%r, %n] : !X
      %m = math.tanh %a : f32
      attn.yield %m : f32
    } : f32
    return %y : !X
  }
}
