// RUN: not attn-opt %s --pass-pipeline='builtin.module(func.func(attn-join-products,attn-fuse-stages),attn-check-fusions)' -split-input-file 2>&1 | FileCheck %s
// Choices that meet nothing are errors at their place in the schedule file.

// CHECK: a.sched:1:1: error: there is no kernel 'sown'; did you mean 'down'? there are down
// CHECK: a.sched:2:1: error: nothing called 'gelu' follows in kernel 'down'
// CHECK: a.sched:3:1: error: 'down' is no join of products
// CHECK: a.sched:4:1: error: no product 'up' would be joined with others
module attributes {attn.fusion = [#attn.fusion<split "exp" from "sown" at loc("a.sched":1:1)>,
                                  #attn.fusion<split "gelu" from "down" at loc("a.sched":2:1)>,
                                  #attn.fusion<join "down" at loc("a.sched":3:1)>,
                                  #attn.fusion<separate "up" at loc("a.sched":4:1)>]} {
  func.func @f(%x: !attn.tensor<f32, [rows, 6]>, %d: !attn.tensor<f32, [4, 6]>) -> !attn.tensor<f32, [rows, 4]> attributes {attn.model} {
    %down = attn.stage "product" [%r: rows, %n: 4] sum [%k: 6] {
      %a = attn.load %x[%r, %k] : !attn.tensor<f32, [rows, 6]>
      %b = attn.load %d[%n, %k] : !attn.tensor<f32, [4, 6]>
      %m = arith.mulf %a, %b : f32
      attn.yield %m : f32
    } : f32 at "down"
    return %down : !attn.tensor<f32, [rows, 4]>
  }
}

// -----

// What is no choice is nobody's.
// CHECK: attn.kernel "double"
module attributes {attn.fusion = [1]} {
  func.func @f(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.model} {
    %y = attn.stage "double" [%r: rows] {
      %a = attn.load %x[%r] : !attn.tensor<f32, [rows]>
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    return %y : !attn.tensor<f32, [rows]>
  }
}
