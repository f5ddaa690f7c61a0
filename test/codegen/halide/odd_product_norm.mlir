// Sizes that no vector and no tile divides, reduced by partial sums too.
// RUN: attn-kernelc %s --target=x86-64-v4 --emit=stmt -o %t && FileCheck %s < %t
// CHECK: produce product

func.func private @odd_product_norm(%x: !attn.tensor<f32, [rows, 57]>, %w: !attn.tensor<f32, [3, 57, 16]>, %bias: !attn.tensor<f32, [45]>, %residual: !attn.tensor<f32, [rows, 45]>, %gain: !attn.tensor<f32, [45]>, %offset: !attn.tensor<f32, [45]>) -> !attn.tensor<f32, [rows, 45]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<
      norm {tile row.block 32, lanes column 16, parallel row.block},
      variance {at norm.parallel, partial column 16 16},
      mean {at norm.parallel, partial column 64 16},
      sum {at norm.parallel, tile row.rows 8, tile column.panel 48, order column row row.rows column.panel, lanes column 16, unroll column},
      product {at sum.row.rows, lanes column 16, unroll column, unroll row, unroll k 2}>} {
  %product = attn.stage "product" [%row: rows, %column: 45] sum [%k: 57] {
    %c16 = arith.constant 16 : index
    %panel = arith.floordivsi %column, %c16 : index
    %start = arith.muli %panel, %c16 : index
    %lane = arith.subi %column, %start : index
    %a = attn.load %x[%row, %k] : !attn.tensor<f32, [rows, 57]>
    %b = attn.load %w[%panel, %k, %lane] : !attn.tensor<f32, [3, 57, 16]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %sum = attn.stage "sum" [%row: rows, %column: 45] {
    %p = attn.load %product[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %b = attn.load %bias[%column] : !attn.tensor<f32, [45]>
    %r = attn.load %residual[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %t = arith.addf %p, %b : f32
    %u = arith.addf %t, %r : f32
    attn.yield %u : f32
  } : f32
  %mean = attn.stage "mean" [%row: rows] sum [%column: 45] {
    %scale = arith.constant 0.022222222222222223 : f32
    %s = attn.load %sum[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %t = arith.mulf %s, %scale : f32
    attn.yield %t : f32
  } : f32
  %variance = attn.stage "variance" [%row: rows] sum [%column: 45] {
    %scale = arith.constant 0.022222222222222223 : f32
    %s = attn.load %sum[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %m = attn.load %mean[%row] : !attn.tensor<f32, [rows]>
    %d = arith.subf %s, %m : f32
    %e = arith.mulf %d, %d : f32
    %t = arith.mulf %e, %scale : f32
    attn.yield %t : f32
  } : f32
  %norm = attn.stage "norm" [%row: rows, %column: 45] {
    %epsilon = arith.constant 1.0e-12 : f32
    %s = attn.load %sum[%row, %column] : !attn.tensor<f32, [rows, 45]>
    %m = attn.load %mean[%row] : !attn.tensor<f32, [rows]>
    %v = attn.load %variance[%row] : !attn.tensor<f32, [rows]>
    %g = attn.load %gain[%column] : !attn.tensor<f32, [45]>
    %o = attn.load %offset[%column] : !attn.tensor<f32, [45]>
    %d = arith.subf %s, %m : f32
    %e = arith.addf %v, %epsilon : f32
    %q = math.rsqrt %e : f32
    %n = arith.mulf %d, %q : f32
    %y = arith.mulf %n, %g : f32
    %z = arith.addf %y, %o : f32
    attn.yield %z : f32
  } : f32
  return %norm : !attn.tensor<f32, [rows, 45]>
}
