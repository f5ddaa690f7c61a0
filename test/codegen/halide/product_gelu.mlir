// A product with packed weights, bias and exact GELU: rows at run time.
// RUN: attn-kernelc %s --target=x86-64-v4 --emit=stmt -o %t && FileCheck %s < %t
// CHECK: par_for_gelu
// CHECK: produce product

func.func private @product_gelu(%x: !attn.tensor<f32, [rows, 384]>, %w: !attn.tensor<f32, [32, 384, 48]>, %bias: !attn.tensor<f32, [1536]>) -> !attn.tensor<f32, [rows, 1536]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<
      gelu {tile row.block 32, tile column.panel 48, order column row column.panel row.block, lanes column 16, parallel row.block column.panel},
      product {at gelu.parallel, registers, lanes column 16, unroll column 3, unroll row 8, unroll k 2}>} {
  %product = attn.stage "product" [%row: rows, %column: 1536] sum [%k: 384] {
    %c48 = arith.constant 48 : index
    %panel = arith.floordivsi %column, %c48 : index
    %start = arith.muli %panel, %c48 : index
    %lane = arith.subi %column, %start : index
    %a = attn.load %x[%row, %k] : !attn.tensor<f32, [rows, 384]>
    %b = attn.load %w[%panel, %k, %lane] : !attn.tensor<f32, [32, 384, 48]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %gelu = attn.stage "gelu" [%row: rows, %column: 1536] {
    %half = arith.constant 0.5 : f32
    %one = arith.constant 1.0 : f32
    %rsqrt2 = arith.constant 0.70710678118 : f32
    %p = attn.load %product[%row, %column] : !attn.tensor<f32, [rows, 1536]>
    %b = attn.load %bias[%column] : !attn.tensor<f32, [1536]>
    %t = arith.addf %p, %b : f32
    %s = arith.mulf %t, %rsqrt2 : f32
    %e = math.erf %s : f32
    %f = arith.addf %e, %one : f32
    %h = arith.mulf %t, %half : f32
    %r = arith.mulf %h, %f : f32
    attn.yield %r : f32
  } : f32
  return %gelu : !attn.tensor<f32, [rows, 1536]>
}
