// Sizes that no vector and no tile divides: every axis is padded or guarded.
// RUN: attn-kernelc %s --target=x86-64-v4 --emit=stmt -o %t && FileCheck %s < %t
// CHECK: produce product

func.func private @odd_product_gelu(%x: !attn.tensor<f32, [rows, 43]>, %w: !attn.tensor<f32, [7, 43, 16]>, %bias: !attn.tensor<f32, [101]>) -> !attn.tensor<f32, [rows, 101]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<
      gelu {tile row.block 32, tile column.panel 48, order column row column.panel row.block, lanes column 16, parallel row.block column.panel},
      product {at gelu.parallel, registers, lanes column 16, unroll column 3, unroll row 8, unroll k 4}>} {
  %product = attn.stage "product" [%row: rows, %column: 101] sum [%k: 43] {
    %c16 = arith.constant 16 : index
    %panel = arith.floordivsi %column, %c16 : index
    %start = arith.muli %panel, %c16 : index
    %lane = arith.subi %column, %start : index
    %a = attn.load %x[%row, %k] : !attn.tensor<f32, [rows, 43]>
    %b = attn.load %w[%panel, %k, %lane] : !attn.tensor<f32, [7, 43, 16]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %gelu = attn.stage "gelu" [%row: rows, %column: 101] {
    %half = arith.constant 0.5 : f32
    %one = arith.constant 1.0 : f32
    %rsqrt2 = arith.constant 0.70710678118 : f32
    %p = attn.load %product[%row, %column] : !attn.tensor<f32, [rows, 101]>
    %b = attn.load %bias[%column] : !attn.tensor<f32, [101]>
    %t = arith.addf %p, %b : f32
    %s = arith.mulf %t, %rsqrt2 : f32
    %e = math.erf %s : f32
    %f = arith.addf %e, %one : f32
    %h = arith.mulf %t, %half : f32
    %r = arith.mulf %h, %f : f32
    attn.yield %r : f32
  } : f32
  return %gelu : !attn.tensor<f32, [rows, 101]>
}
