// Later phases: @prepare, kernels with variants, calls that bind sizes.
// RUN: split-file %s %t
// RUN: attn-interpret %t/input.mlir --same-as %t/fused.mlir --seed 7 --size batch=2 --size tokens=5 | FileCheck %s
// RUN: attn-interpret %t/input.mlir --same-as %t/scheduled.mlir --each-variant --seed 7 --size batch=2 --size tokens=5 | FileCheck %s --check-prefix=VARIANTS
// RUN: attn-interpret %t/input.mlir --same-as %t/kernels.mlir --each-variant --seed 7 --size batch=2 --size tokens=5 | FileCheck %s --check-prefix=VARIANTS
// RUN: attn-opt %t/kernels.mlir | attn-interpret %t/input.mlir --same-as - --seed 8 | FileCheck %s
// RUN: attn-interpret %t/choice.mlir --size rows=3 | FileCheck %s --check-prefix=SMALL
// RUN: attn-interpret %t/choice.mlir --size rows=4 | FileCheck %s --check-prefix=LARGE
// RUN: attn-interpret %t/choice.mlir --size rows=4 --variant 0 | FileCheck %s --check-prefix=FORCED
// RUN: not attn-interpret %t/input.mlir --same-as %t/wrong.mlir --seed 7 2>&1 | FileCheck %s --check-prefix=WRONG

// CHECK: same
// VARIANTS: same{{.*}}, 2 variants
// WRONG: different: result[{{[0-9, ]+}}] is {{.*}} in {{.*}}input.mlir, {{.*}} in {{.*}}wrong.mlir; the largest scaled difference is {{.*}}, past 1e-09

// SMALL: result : 3xf32
// SMALL-NEXT: 1 1 1
// LARGE: result : 4xf32
// LARGE-NEXT: 2 2 2 2
// FORCED: result : 4xf32
// FORCED-NEXT: 1 1 1 1

//--- input.mlir
attn.weight @"dense.weight" : !attn.tensor<f32, [6, 4]>
func.func @f(%x: !attn.tensor<f32, [batch, tokens, 4]> {attn.name = "x"}) -> !attn.tensor<f32, [batch, tokens, 6]> attributes {attn.model} {
  %w = attn.read @"dense.weight" : !attn.tensor<f32, [6, 4]>
  %p = attn.stage "product" [%b: batch, %t: tokens, %n: 6] sum [%k: 4] {
    %a = attn.load %x[%b, %t, %k] : !attn.tensor<f32, [batch, tokens, 4]>
    %v = attn.load %w[%n, %k] : !attn.tensor<f32, [6, 4]>
    %m = arith.mulf %a, %v : f32
    attn.yield %m : f32
  } : f32
  return %p : !attn.tensor<f32, [batch, tokens, 6]>
}

//--- fused.mlir
attn.weight @"dense.weight" : !attn.tensor<f32, [6, 4]>
func.func @f(%x: !attn.tensor<f32, [batch, tokens, 4]> {attn.name = "x"}) -> !attn.tensor<f32, [batch, tokens, 6]> attributes {attn.model} {
  %w = attn.read @"dense.weight" : !attn.tensor<f32, [6, 4]>
  %y = attn.kernel "product" (%a = %x : !attn.tensor<f32, [batch, tokens, 4]>, %c = %w : !attn.tensor<f32, [6, 4]>) -> !attn.tensor<f32, [batch, tokens, 6]> {
    %p = attn.stage "product" [%b: batch, %t: tokens, %n: 6] sum [%k: 4] {
      %u = attn.load %a[%b, %t, %k] : !attn.tensor<f32, [batch, tokens, 4]>
      %v = attn.load %c[%n, %k] : !attn.tensor<f32, [6, 4]>
      %m = arith.mulf %u, %v : f32
      attn.yield %m : f32
    } : f32
    attn.yield %p : !attn.tensor<f32, [batch, tokens, 6]>
  }
  return %y : !attn.tensor<f32, [batch, tokens, 6]>
}

//--- scheduled.mlir
attn.weight @"dense.weight" : !attn.tensor<f32, [6, 4]>
func.func @f(%x: !attn.tensor<f32, [batch, tokens, 4]> {attn.name = "x"}) -> !attn.tensor<f32, [batch, tokens, 6]> attributes {attn.model} {
  %w = attn.read @"dense.weight" : !attn.tensor<f32, [6, 4]>
  %y = attn.kernel "product" (%a = %x : !attn.tensor<f32, [batch, tokens, 4]>, %c = %w : !attn.tensor<f32, [6, 4]>) -> !attn.tensor<f32, [batch, tokens, 6]>
    variant when [batch * tokens] at_most 4 schedule<product {lanes n 8}> {
      %p = attn.stage "product" [%b: batch, %t: tokens, %n: 6] sum [%k: 4] {
        %u = attn.load %a[%b, %t, %k] : !attn.tensor<f32, [batch, tokens, 4]>
        %v = attn.load %c[%n, %k] : !attn.tensor<f32, [6, 4]>
        %m = arith.mulf %u, %v : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : !attn.tensor<f32, [batch, tokens, 6]>
    }
    variant schedule<product {lanes n 8, parallel t}> {
      %p = attn.stage "product" [%b: batch, %t: tokens, %n: 6] {
        %s = attn.reduce sum [%k: 4] {
          %u = attn.load %a[%b, %t, %k] : !attn.tensor<f32, [batch, tokens, 4]>
          %v = attn.load %c[%n, %k] : !attn.tensor<f32, [6, 4]>
          %m = arith.mulf %u, %v : f32
          attn.yield %m : f32
        } : f32
        attn.yield %s : f32
      } : f32
      attn.yield %p : !attn.tensor<f32, [batch, tokens, 6]>
    }
  return %y : !attn.tensor<f32, [batch, tokens, 6]>
}

//--- kernels.mlir
attn.weight @"dense.weight" : !attn.tensor<f32, [6, 4]>
attn.prepared @panels : !attn.tensor<f32, [4, 6]>
func.func @prepare() attributes {attn.prepare} {
  %w = attn.read @"dense.weight" : !attn.tensor<f32, [6, 4]>
  %t = attn.stage "panels" [%k: 4, %n: 6] {
    %v = attn.load %w[%n, %k] : !attn.tensor<f32, [6, 4]>
    attn.yield %v : f32
  } : f32
  attn.write @panels, %t : !attn.tensor<f32, [4, 6]>
  return
}
func.func private @product.small(%x: !attn.tensor<f32, [rows, 4]>, %w: !attn.tensor<f32, [4, 6]>) -> !attn.tensor<f32, [rows, 6]> attributes {attn.kernel, attn.symbols = ["rows"]} {
  %p = attn.stage "product" [%r: rows, %n: 6] sum [%k: 4] {
    %u = attn.load %x[%r, %k] : !attn.tensor<f32, [rows, 4]>
    %v = attn.load %w[%k, %n] : !attn.tensor<f32, [4, 6]>
    %m = arith.mulf %u, %v : f32
    attn.yield %m : f32
  } : f32
  return %p : !attn.tensor<f32, [rows, 6]>
}
func.func private @product(%x: !attn.tensor<f32, [rows, 4]>, %w: !attn.tensor<f32, [4, 6]>) -> !attn.tensor<f32, [rows, 6]> attributes {attn.kernel, attn.symbols = ["rows"]} {
  %p = attn.stage "product" [%r: rows, %n: 6] sum [%k: 4] {
    %u = attn.load %x[%r, %k] : !attn.tensor<f32, [rows, 4]>
    %v = attn.load %w[%k, %n] : !attn.tensor<f32, [4, 6]>
    %m = arith.mulf %u, %v : f32
    attn.yield %m : f32
  } : f32
  return %p : !attn.tensor<f32, [rows, 6]>
}
func.func @f(%x: !attn.tensor<f32, [batch, tokens, 4]> {attn.name = "x"}) -> !attn.tensor<f32, [batch, tokens, 6]> attributes {attn.model} {
  %w = attn.read @panels : !attn.tensor<f32, [4, 6]>
  %r = attn.reshape %x : !attn.tensor<f32, [batch, tokens, 4]> -> !attn.tensor<f32, [batch * tokens, 4]>
  %p = attn.call "dense" [@product.small when [batch * tokens] at_most 64, @product] (%r, %w) sizes (rows = batch * tokens) : (!attn.tensor<f32, [batch * tokens, 4]>, !attn.tensor<f32, [4, 6]>) -> !attn.tensor<f32, [batch * tokens, 6]>
  %y = attn.reshape %p : !attn.tensor<f32, [batch * tokens, 6]> -> !attn.tensor<f32, [batch, tokens, 6]>
  return %y : !attn.tensor<f32, [batch, tokens, 6]>
}

//--- wrong.mlir
attn.weight @"dense.weight" : !attn.tensor<f32, [6, 4]>
func.func @f(%x: !attn.tensor<f32, [batch, tokens, 4]> {attn.name = "x"}) -> !attn.tensor<f32, [batch, tokens, 6]> attributes {attn.model} {
  %w = attn.read @"dense.weight" : !attn.tensor<f32, [6, 4]>
  %p = attn.stage "product" [%b: batch, %t: tokens, %n: 6] max [%k: 4] {
    %a = attn.load %x[%b, %t, %k] : !attn.tensor<f32, [batch, tokens, 4]>
    %v = attn.load %w[%n, %k] : !attn.tensor<f32, [6, 4]>
    %m = arith.mulf %a, %v : f32
    attn.yield %m : f32
  } : f32
  return %p : !attn.tensor<f32, [batch, tokens, 6]>
}

//--- choice.mlir
// Kernels that differ, so that the choice shows.
func.func @f(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> {
  %y = attn.kernel "number" (%a = %x : !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]>
    variant when [rows] at_most 3 schedule<number {}> {
      %p = attn.stage "number" [%r: rows] {
        %c = arith.constant 1.0 : f32
        attn.yield %c : f32
      } : f32
      attn.yield %p : !attn.tensor<f32, [rows]>
    }
    variant schedule<number {}> {
      %p = attn.stage "number" [%r: rows] {
        %c = arith.constant 2.0 : f32
        attn.yield %c : f32
      } : f32
      attn.yield %p : !attn.tensor<f32, [rows]>
    }
  return %y : !attn.tensor<f32, [rows]>
}
