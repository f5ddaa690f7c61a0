// For few rows: the product is computed first, its columns in parallel.
// RUN: attn-kernelc %s --target=x86-64-v4 --emit=stmt -o %t && FileCheck %s < %t
// CHECK: produce product

func.func private @few_rows_norm(%x: !attn.tensor<f32, [rows, 1536]>, %w: !attn.tensor<f32, [8, 1536, 48]>, %bias: !attn.tensor<f32, [384]>, %residual: !attn.tensor<f32, [rows, 384]>, %gain: !attn.tensor<f32, [384]>, %offset: !attn.tensor<f32, [384]>) -> !attn.tensor<f32, [rows, 384]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<
      norm {tile row.block 8, lanes column 16, parallel row.block},
      variance {at norm.parallel, partial column 64 16},
      mean {at norm.parallel, partial column 64 16},
      sum {at norm.parallel, lanes column 16},
      product {at root, registers, parallel column.block, lanes column 16, unroll column 3, unroll row 8, unroll k 2}>} {
  %product = attn.stage "product" [%row: rows, %column: 384] sum [%k: 1536] {
    %c48 = arith.constant 48 : index
    %panel = arith.floordivsi %column, %c48 : index
    %start = arith.muli %panel, %c48 : index
    %lane = arith.subi %column, %start : index
    %a = attn.load %x[%row, %k] : !attn.tensor<f32, [rows, 1536]>
    %b = attn.load %w[%panel, %k, %lane] : !attn.tensor<f32, [8, 1536, 48]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %sum = attn.stage "sum" [%row: rows, %column: 384] {
    %p = attn.load %product[%row, %column] : !attn.tensor<f32, [rows, 384]>
    %b = attn.load %bias[%column] : !attn.tensor<f32, [384]>
    %r = attn.load %residual[%row, %column] : !attn.tensor<f32, [rows, 384]>
    %t = arith.addf %p, %b : f32
    %u = arith.addf %t, %r : f32
    attn.yield %u : f32
  } : f32
  %mean = attn.stage "mean" [%row: rows] sum [%column: 384] {
    %scale = arith.constant 0.0026041666666666665 : f32
    %s = attn.load %sum[%row, %column] : !attn.tensor<f32, [rows, 384]>
    %t = arith.mulf %s, %scale : f32
    attn.yield %t : f32
  } : f32
  %variance = attn.stage "variance" [%row: rows] sum [%column: 384] {
    %scale = arith.constant 0.0026041666666666665 : f32
    %s = attn.load %sum[%row, %column] : !attn.tensor<f32, [rows, 384]>
    %m = attn.load %mean[%row] : !attn.tensor<f32, [rows]>
    %d = arith.subf %s, %m : f32
    %e = arith.mulf %d, %d : f32
    %t = arith.mulf %e, %scale : f32
    attn.yield %t : f32
  } : f32
  %norm = attn.stage "norm" [%row: rows, %column: 384] {
    %epsilon = arith.constant 1.0e-12 : f32
    %s = attn.load %sum[%row, %column] : !attn.tensor<f32, [rows, 384]>
    %m = attn.load %mean[%row] : !attn.tensor<f32, [rows]>
    %v = attn.load %variance[%row] : !attn.tensor<f32, [rows]>
    %g = attn.load %gain[%column] : !attn.tensor<f32, [384]>
    %o = attn.load %offset[%column] : !attn.tensor<f32, [384]>
    %d = arith.subf %s, %m : f32
    %e = arith.addf %v, %epsilon : f32
    %q = math.rsqrt %e : f32
    %n = arith.mulf %d, %q : f32
    %y = arith.mulf %n, %g : f32
    %z = arith.addf %y, %o : f32
    attn.yield %z : f32
  } : f32
  return %norm : !attn.tensor<f32, [rows, 384]>
}
