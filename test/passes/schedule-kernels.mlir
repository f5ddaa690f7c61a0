// RUN: attn-opt --attn-schedule-kernels=target=x86-64-v4 %s -o %t && FileCheck %s < %t
// RUN: attn-opt --attn-schedule-kernels=target=x86-64-v3 %s | FileCheck %s --check-prefix=V3
// RUN: attn-interpret %s --same-as %t --each-variant --entry layer --print none --size rows=33
// RUN: attn-interpret %s --same-as %t --each-variant --entry layer --print none --size rows=1
// RUN: attn-interpret %s --same-as %t --each-variant --entry deep --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry between --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry narrow --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry scaled --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry batched --print none --size batch=2 --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry gated --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry bare --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry columns --print none --size rows=3 --size n=5
// RUN: attn-interpret %s --same-as %t --each-variant --entry softmax --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry pool --print none --size rows=3 --size batch=2
// RUN: attn-interpret %s --same-as %t --each-variant --entry scalar --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry asked --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry large --print none --size rows=2
// Scheduled kernels keep what they have.
// RUN: attn-opt --attn-schedule-kernels=target=x86-64-v4 %t | diff %t -

!X = !attn.tensor<f32, [rows, 96]>
!Y = !attn.tensor<f32, [rows, 50]>
!W = !attn.tensor<f32, [50, 96]>
!V = !attn.tensor<f32, [50]>
!R = !attn.tensor<f32, [rows]>
!H = !attn.tensor<f32, [rows, 4, 8]>
attn.weight @w : !W

// A product and sums of its rows: panels of it are tasks like those of any product, rows after them.
// 50 columns waste least of panels of 32.
// CHECK-LABEL: func.func @layer
// CHECK: attn.kernel "dense"
// CHECK: variant when [rows] at_most 1 schedule<out {tile row.block 1 guard, {{.*}}parallel row.block}, bias {at root, tile row.block 1 guard, tile n.panel 32 guard, {{.*}}parallel n.panel row.block}, product {at bias.parallel, registers, {{.*}}pack n 32}, sum {at out.parallel}>
// CHECK: variant schedule<out {tile row.block 8 guard, {{.*}}parallel row.block}, bias {at root, tile row.block 32 guard, {{.*}}parallel row.block n.panel}, product {at bias.row.tile, registers, {{.*}}pack n 32, prefetch},
// V3-LABEL: func.func @layer
// V3: variant schedule<out {tile row.block 8 guard, {{.*}}lanes n 8
func.func @layer(%x: !X, %b: !V) -> !Y attributes {attn.model} {
  %w = attn.read @w : !W
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !W, %2 = %b : !V) -> !Y {
    %p = attn.stage "product" [%row: rows, %n: 50] sum [%k: 96] {
      %a = attn.load %0[%row, %k] : !X
      %c = attn.load %1[%n, %k] : !W
      %m = arith.mulf %a, %c : f32
      attn.yield %m : f32
    } : f32
    %l = attn.stage "bias" [%row: rows, %n: 50] {
      %a = attn.load %p[%row, %n] : !Y
      %c = attn.load %2[%n] : !V
      %m = arith.addf %a, %c : f32
      attn.yield %m : f32
    } : f32
    %s = attn.stage "sum" [%row: rows] sum [%k: 50] {
      %a = attn.load %l[%row, %k] : !Y
      attn.yield %a : f32
    } : f32
    %o = attn.stage "out" [%row: rows, %n: 50] {
      %a = attn.load %l[%row, %n] : !Y
      %c = attn.load %s[%row] : !R
      %m = arith.subf %a, %c : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !Y
  }
  return %y : !Y
}

// What sums read of the product alone is stored by a stage of its own. A deep product has parts of few rows.
// CHECK-LABEL: func.func @deep
// CHECK: variant when [rows] at_most 1 schedule<
// CHECK: variant when [rows] at_most 256 schedule<out {tile row.block 8 guard, {{.*}}}, product.result {at root, tile row.block 64 guard, {{.*}}parallel n.panel row.block}
// CHECK: variant schedule<out {tile row.block 8 guard, {{.*}}}, product.result {at root, tile row.part 256 guard, tile row.block 64 guard, {{.*}}parallel row.part n.panel row.block}, product {at product.result.row.tile, registers
func.func @deep(%x: !attn.tensor<f32, [rows, 1536]>, %w: !attn.tensor<f32, [384, 1536]>) -> !attn.tensor<f32, [rows, 384]> attributes {attn.model} {
  %y = attn.kernel "dense" (%0 = %x : !attn.tensor<f32, [rows, 1536]>, %1 = %w : !attn.tensor<f32, [384, 1536]>) -> !attn.tensor<f32, [rows, 384]> {
    %p = attn.stage "product" [%row: rows, %n: 384] sum [%k: 1536] {
      %a = attn.load %0[%row, %k] : !attn.tensor<f32, [rows, 1536]>
      %c = attn.load %1[%n, %k] : !attn.tensor<f32, [384, 1536]>
      %m = arith.mulf %a, %c : f32
      attn.yield %m : f32
    } : f32
    %s = attn.stage "sum" [%row: rows] sum [%k: 384] {
      %a = attn.load %p[%row, %k] : !attn.tensor<f32, [rows, 384]>
      attn.yield %a : f32
    } : f32
    %o = attn.stage "out" [%row: rows, %n: 384] {
      %a = attn.load %p[%row, %n] : !attn.tensor<f32, [rows, 384]>
      %c = attn.load %s[%row] : !R
      %m = arith.subf %a, %c : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !attn.tensor<f32, [rows, 384]>
  }
  return %y : !attn.tensor<f32, [rows, 384]>
}

// A sum before the product would be computed for each panel: tasks have whole rows, and where they are few,
// the product's panels are tasks before them.
// CHECK-LABEL: func.func @between
// CHECK: variant when [rows] at_most 64 schedule<out {tile row.block 8 guard, {{.*}}}, bias {at root, tile row.rows 8, {{.*}}parallel n.panel}, product {at bias.row.rows
// CHECK: variant schedule<out {tile row.block 32 guard, {{.*}}}, bias {at out.parallel, tile row.rows 8
func.func @between(%x: !X, %w: !W, %b: !V) -> !Y attributes {attn.model} {
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !W, %2 = %b : !V) -> !Y {
    %f = attn.stage "before" [%row: rows] sum [%k: 96] {
      %a = attn.load %0[%row, %k] : !X
      attn.yield %a : f32
    } : f32
    %p = attn.stage "product" [%row: rows, %n: 50] sum [%k: 96] {
      %a = attn.load %0[%row, %k] : !X
      %c = attn.load %1[%n, %k] : !W
      %m = arith.mulf %a, %c : f32
      attn.yield %m : f32
    } : f32
    %l = attn.stage "bias" [%row: rows, %n: 50] {
      %a = attn.load %p[%row, %n] : !Y
      %c = attn.load %2[%n] : !V
      %d = attn.load %f[%row] : !R
      %e = arith.addf %a, %c : f32
      %m = arith.mulf %e, %d : f32
      attn.yield %m : f32
    } : f32
    %s = attn.stage "sum" [%row: rows] sum [%k: 50] {
      %a = attn.load %l[%row, %k] : !Y
      attn.yield %a : f32
    } : f32
    %o = attn.stage "out" [%row: rows, %n: 50] {
      %a = attn.load %l[%row, %n] : !Y
      %c = attn.load %s[%row] : !R
      %m = arith.subf %a, %c : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !Y
  }
  return %y : !Y
}

// A bare product is stored by a stage of its own. Activations are not packed.
// CHECK-LABEL: func.func @bare
// CHECK: schedule<product.result {
// CHECK-SAME: product {at product.result.parallel, registers
// CHECK-NOT: pack
// CHECK: attn.stage "product.result" [%row: rows, %n: 50]
func.func @bare(%x: !X, %w: !W) -> !Y attributes {attn.model} {
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !W) -> !Y {
    %p = attn.stage "product" [%row: rows, %n: 50] sum [%k: 96] {
      %a = attn.load %0[%row, %k] : !X
      %c = attn.load %1[%n, %k] : !W
      %m = arith.mulf %a, %c : f32
      attn.yield %m : f32
    } : f32
    attn.yield %p : !Y
  }
  return %y : !Y
}

// Columns known at run time alone.
// CHECK-LABEL: func.func @columns
// CHECK: tile n.panel 48 guard
func.func @columns(%x: !X, %w: !attn.tensor<f32, [n, 96]>) -> !attn.tensor<f32, [rows, n]> attributes {attn.model} {
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !attn.tensor<f32, [n, 96]>) -> !attn.tensor<f32, [rows, n]> {
    %p = attn.stage "product" [%row: rows, %n: n] sum [%k: 96] {
      %a = attn.load %0[%row, %k] : !X
      %c = attn.load %1[%n, %k] : !attn.tensor<f32, [n, 96]>
      %m = arith.mulf %a, %c : f32
      attn.yield %m : f32
    } : f32
    %o = attn.stage "out" [%row: rows, %n: n] {
      %a = attn.load %p[%row, %n] : !attn.tensor<f32, [rows, n]>
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !attn.tensor<f32, [rows, n]>
  }
  return %y : !attn.tensor<f32, [rows, n]>
}

// Weights that no near cache holds are read once for all rows that it does hold: panel by
// panel, and part by part where rows are more.
// CHECK-LABEL: func.func @large
// CHECK: variant when [rows] at_most 1 schedule<out {tile row.block 1 guard
// CHECK: variant when [rows] at_most 1024 schedule<out {tile row.block 64 guard, tile row.tile 8 guard, tile n.panel 48 pad, order n row row.tile row.block n.panel, {{.*}}parallel n.panel row.block}
// CHECK: variant schedule<out {tile row.part 1024 guard, tile row.block 64 guard, tile row.tile 8 guard, tile n.panel 48 pad, order n row row.tile row.block n.panel row.part, {{.*}}parallel row.part n.panel row.block}
func.func @large(%x: !attn.tensor<f32, [rows, 384]>, %w: !attn.tensor<f32, [1536, 384]>) -> !attn.tensor<f32, [rows, 1536]> attributes {attn.model} {
  %y = attn.kernel "dense" (%0 = %x : !attn.tensor<f32, [rows, 384]>, %1 = %w : !attn.tensor<f32, [1536, 384]>) -> !attn.tensor<f32, [rows, 1536]> {
    %p = attn.stage "product" [%row: rows, %n: 1536] sum [%k: 384] {
      %a = attn.load %0[%row, %k] : !attn.tensor<f32, [rows, 384]>
      %c = attn.load %1[%n, %k] : !attn.tensor<f32, [1536, 384]>
      %m = arith.mulf %a, %c : f32
      attn.yield %m : f32
    } : f32
    %o = attn.stage "out" [%row: rows, %n: 1536] {
      %a = attn.load %p[%row, %n] : !attn.tensor<f32, [rows, 1536]>
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !attn.tensor<f32, [rows, 1536]>
  }
  return %y : !attn.tensor<f32, [rows, 1536]>
}

// What is multiplied in f32 but has 16 bits is widened before tasks of many tiles: the weights of a panel once a task, and all
// rows, unless they may be more than a near cache holds. Few tiles widen weights as they read them.
// CHECK-LABEL: func.func @narrow
// CHECK: variant when [rows] at_most 1 schedule<{{.*}}product.widened {at product.row.block, lanes depth 16}>
// CHECK: variant when [rows] at_most 32 schedule<out {tile row.block 32 guard, {{.*}}product.widened {at product.row.block, lanes depth 16}>
// CHECK: variant when [rows] at_most 1024 schedule<out {tile row.block 64 guard, {{.*}}pack n 48}, product.widened {at root, lanes depth 16, parallel row}, product.widened_weights {at out.parallel, lanes column 16}>
// CHECK: variant schedule<out {tile row.part 1024 guard, {{.*}}product.widened {at product.row.block, lanes depth 16}, product.widened_weights {at out.parallel, lanes column 16}>
// CHECK: attn.stage "product.widened_weights" [%depth: 384, %column: 1536]
// V3-LABEL: func.func @narrow
// V3: variant when [rows] at_most 16 schedule<
// V3: product.widened_weights {at out.parallel, lanes column 8}
attn.weight @narrow_w : !attn.tensor<bf16, [1536, 384]>
func.func @narrow(%x: !attn.tensor<bf16, [rows, 384]>) -> !attn.tensor<f32, [rows, 1536]> attributes {attn.model} {
  %w = attn.read @narrow_w : !attn.tensor<bf16, [1536, 384]>
  %y = attn.kernel "dense" (%0 = %x : !attn.tensor<bf16, [rows, 384]>, %1 = %w : !attn.tensor<bf16, [1536, 384]>) -> !attn.tensor<f32, [rows, 1536]> {
    %p = attn.stage "product" [%row: rows, %n: 1536] sum [%k: 384] {
      %a = attn.load %0[%row, %k] : !attn.tensor<bf16, [rows, 384]>
      %c = attn.load %1[%n, %k] : !attn.tensor<bf16, [1536, 384]>
      %d = arith.extf %a : bf16 to f32
      %e = arith.extf %c : bf16 to f32
      %m = arith.mulf %d, %e : f32
      attn.yield %m : f32
    } : f32
    %o = attn.stage "out" [%row: rows, %n: 1536] {
      %a = attn.load %p[%row, %n] : !attn.tensor<f32, [rows, 1536]>
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !attn.tensor<f32, [rows, 1536]>
  }
  return %y : !attn.tensor<f32, [rows, 1536]>
}

// Rows that the kernel computes itself are there in tasks alone, and so are widened there.
// CHECK-LABEL: func.func @scaled
// CHECK: variant when [rows] at_most 1024 schedule<{{.*}}product.widened {at product.row.block, lanes depth 16}, product.widened_weights {at out.parallel
func.func @scaled(%x: !attn.tensor<f32, [rows, 384]>) -> !attn.tensor<f32, [rows, 1536]> attributes {attn.model} {
  %w = attn.read @narrow_w : !attn.tensor<bf16, [1536, 384]>
  %y = attn.kernel "dense" (%0 = %x : !attn.tensor<f32, [rows, 384]>, %1 = %w : !attn.tensor<bf16, [1536, 384]>) -> !attn.tensor<f32, [rows, 1536]> {
    %t = attn.stage "total" [%row: rows] sum [%k: 384] {
      %a = attn.load %0[%row, %k] : !attn.tensor<f32, [rows, 384]>
      attn.yield %a : f32
    } : f32
    %s = attn.stage "shifted" [%row: rows, %k: 384] {
      %a = attn.load %0[%row, %k] : !attn.tensor<f32, [rows, 384]>
      %c = attn.load %t[%row] : !R
      %m = arith.subf %a, %c : f32
      %n = arith.truncf %m : f32 to bf16
      attn.yield %n : bf16
    } : bf16
    %p = attn.stage "product" [%row: rows, %n: 1536] sum [%k: 384] {
      %a = attn.load %s[%row, %k] : !attn.tensor<bf16, [rows, 384]>
      %c = attn.load %1[%n, %k] : !attn.tensor<bf16, [1536, 384]>
      %d = arith.extf %a : bf16 to f32
      %e = arith.extf %c : bf16 to f32
      %m = arith.mulf %d, %e : f32
      attn.yield %m : f32
    } : f32
    %o = attn.stage "out" [%row: rows, %n: 1536] {
      %a = attn.load %p[%row, %n] : !attn.tensor<f32, [rows, 1536]>
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !attn.tensor<f32, [rows, 1536]>
  }
  return %y : !attn.tensor<f32, [rows, 1536]>
}

// How many rows there are all batches decide.
// CHECK-LABEL: func.func @batched
// CHECK: variant when [rows] at_most 1024 schedule<{{.*}}product.widened {at product.row.block, lanes depth 16}
func.func @batched(%x: !attn.tensor<bf16, [batch, rows, 384]>) -> !attn.tensor<f32, [batch, rows, 1536]> attributes {attn.model} {
  %w = attn.read @narrow_w : !attn.tensor<bf16, [1536, 384]>
  %y = attn.kernel "dense" (%0 = %x : !attn.tensor<bf16, [batch, rows, 384]>, %1 = %w : !attn.tensor<bf16, [1536, 384]>) -> !attn.tensor<f32, [batch, rows, 1536]> {
    %p = attn.stage "product" [%batch: batch, %row: rows, %n: 1536] sum [%k: 384] {
      %a = attn.load %0[%batch, %row, %k] : !attn.tensor<bf16, [batch, rows, 384]>
      %c = attn.load %1[%n, %k] : !attn.tensor<bf16, [1536, 384]>
      %d = arith.extf %a : bf16 to f32
      %e = arith.extf %c : bf16 to f32
      %m = arith.mulf %d, %e : f32
      attn.yield %m : f32
    } : f32
    %o = attn.stage "out" [%batch: batch, %row: rows, %n: 1536] {
      %a = attn.load %p[%batch, %row, %n] : !attn.tensor<f32, [batch, rows, 1536]>
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !attn.tensor<f32, [batch, rows, 1536]>
  }
  return %y : !attn.tensor<f32, [batch, rows, 1536]>
}

// Tasks of whole rows would widen all weights.
// V3-LABEL: func.func @gated
// V3-NOT: product.widened_weights {
// V3: return
func.func @gated(%x: !attn.tensor<bf16, [rows, 384]>) -> !attn.tensor<f32, [rows, 768]> attributes {attn.model} {
  %w = attn.read @narrow_w : !attn.tensor<bf16, [1536, 384]>
  %y = attn.kernel "dense" (%0 = %x : !attn.tensor<bf16, [rows, 384]>, %1 = %w : !attn.tensor<bf16, [1536, 384]>) -> !attn.tensor<f32, [rows, 768]> {
    %p = attn.stage "product" [%row: rows, %n: 1536] sum [%k: 384] {
      %a = attn.load %0[%row, %k] : !attn.tensor<bf16, [rows, 384]>
      %c = attn.load %1[%n, %k] : !attn.tensor<bf16, [1536, 384]>
      %d = arith.extf %a : bf16 to f32
      %e = arith.extf %c : bf16 to f32
      %m = arith.mulf %d, %e : f32
      attn.yield %m : f32
    } : f32
    %o = attn.stage "out" [%row: rows, %n: 768] {
      %half = arith.constant 768 : index
      %g = arith.addi %n, %half : index
      %a = attn.load %p[%row, %n] : !attn.tensor<f32, [rows, 1536]>
      %c = attn.load %p[%row, %g] : !attn.tensor<f32, [rows, 1536]>
      %m = arith.mulf %a, %c : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !attn.tensor<f32, [rows, 768]>
  }
  return %y : !attn.tensor<f32, [rows, 768]>
}

// Without a product: row by row, sums in vector parts.
// CHECK-LABEL: func.func @softmax
// CHECK: schedule<out {lanes n 16 guard, parallel row}, exp {at out.row, lanes n 16}, sum {at out.row, partial k 48 16}>
func.func @softmax(%x: !X) -> !X attributes {attn.model} {
  %y = attn.kernel "softmax" (%0 = %x : !X) -> !X {
    %e = attn.stage "exp" [%row: rows, %n: 96] {
      %a = attn.load %0[%row, %n] : !X
      %m = math.exp %a : f32
      attn.yield %m : f32
    } : f32
    %s = attn.stage "sum" [%row: rows] sum [%k: 96] {
      %a = attn.load %e[%row, %k] : !X
      attn.yield %a : f32
    } : f32
    %o = attn.stage "out" [%row: rows, %n: 96] {
      %a = attn.load %e[%row, %n] : !X
      %c = attn.load %s[%row] : !R
      %m = arith.divf %a, %c : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !X
  }
  return %y : !X
}

// Few inner rows are part of the loop over tasks, and sums are computed there.
// CHECK-LABEL: func.func @heads
// CHECK: schedule<out {lanes n 16 guard, parallel row head}, sum {at out.parallel, partial k 8 8}>
func.func @heads(%x: !H) -> !H attributes {attn.model} {
  %y = attn.kernel "norm" (%0 = %x : !H) -> !H {
    %s = attn.stage "sum" [%row: rows, %head: 4] sum [%k: 8] {
      %a = attn.load %0[%row, %head, %k] : !H
      attn.yield %a : f32
    } : f32
    %o = attn.stage "out" [%row: rows, %head: 4, %n: 8] {
      %a = attn.load %0[%row, %head, %n] : !H
      %c = attn.load %s[%row, %head] : !attn.tensor<f32, [rows, 4]>
      %m = arith.divf %a, %c : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !H
  }
  return %y : !H
}

// Rows that are summed one after another lie along its vectors, though what they are multiplied by lies along the sum.
// CHECK-LABEL: func.func @pool
// CHECK: schedule<out {lanes n 16 guard, parallel batch}, sum {at out.batch, order n row, lanes n 16}, count {at out.batch}>
func.func @pool(%x: !attn.tensor<f32, [batch, rows, 96]>, %weight: !attn.tensor<f32, [batch, rows]>) -> !attn.tensor<f32, [batch, 96]> attributes {attn.model} {
  %y = attn.kernel "pool" (%0 = %x : !attn.tensor<f32, [batch, rows, 96]>, %1 = %weight : !attn.tensor<f32, [batch, rows]>) -> !attn.tensor<f32, [batch, 96]> {
    %s = attn.stage "sum" [%batch: batch, %n: 96] sum [%row: rows] {
      %a = attn.load %0[%batch, %row, %n] : !attn.tensor<f32, [batch, rows, 96]>
      %c = attn.load %1[%batch, %row] : !attn.tensor<f32, [batch, rows]>
      %m = arith.mulf %a, %c : f32
      attn.yield %m : f32
    } : f32
    %t = attn.stage "count" [%batch: batch] sum [%row: rows] {
      %c = attn.load %1[%batch, %row] : !attn.tensor<f32, [batch, rows]>
      attn.yield %c : f32
    } : f32
    %o = attn.stage "out" [%batch: batch, %n: 96] {
      %a = attn.load %s[%batch, %n] : !attn.tensor<f32, [batch, 96]>
      %c = attn.load %t[%batch] : !attn.tensor<f32, [batch]>
      %m = arith.divf %a, %c : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !attn.tensor<f32, [batch, 96]>
  }
  return %y : !attn.tensor<f32, [batch, 96]>
}

// CHECK-LABEL: func.func @scalar
// CHECK: variant schedule<
func.func @scalar(%x: !X) -> !attn.tensor<f32, []> attributes {attn.model} {
  %y = attn.kernel "total" (%0 = %x : !X) -> !attn.tensor<f32, []> {
    %s = attn.stage "total" [] sum [%row: rows, %k: 96] {
      %a = attn.load %0[%row, %k] : !X
      attn.yield %a : f32
    } : f32
    attn.yield %s : !attn.tensor<f32, []>
  }
  return %y : !attn.tensor<f32, []>
}

// Variants that a file asks for come behind those for less of the same size, or
// before the defaults, and begin as what runs for their sizes.
// CHECK-LABEL: func.func @asked
// CHECK: variant when [rows * 4] at_most 8 schedule<out {tile row.block 32 guard
// CHECK: variant when [rows] at_most 1 schedule<out {tile row.block 1 guard
// CHECK: variant when [rows] at_most 8 schedule<out {tile row.block 32 guard
// CHECK: variant when [rows] at_most 64 schedule<out {tile row.block 32 guard
// CHECK: variant when [rows] at_most 512 schedule<out {tile row.block 32 guard
// CHECK: variant schedule<out {tile row.block 32 guard
// CHECK: attn.changed_variants = array<i64: 0, 2, 3, 4>
func.func @asked(%x: !X, %w: !W) -> !Y attributes {attn.model} {
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !W) -> !Y {
    %p = attn.stage "product" [%row: rows, %n: 50] sum [%k: 96] {
      %a = attn.load %0[%row, %k] : !X
      %c = attn.load %1[%n, %k] : !W
      %m = arith.mulf %a, %c : f32
      attn.yield %m : f32
    } : f32
    %o = attn.stage "out" [%row: rows, %n: 50] {
      %a = attn.load %p[%row, %n] : !Y
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    attn.yield %o : !Y
  } {attn.variants = [#attn.variant<when [rows] at_most 512, at loc("a.sched":2:3)>,
                      #attn.variant<when [4 * rows] at_most 8, at loc("a.sched":3:3)>,
                      #attn.variant<when [rows] at_most 8, at loc("a.sched":4:3)>,
                      #attn.variant<when [rows] at_most 64, at loc("a.sched":5:3)>]}
  return %y : !Y
}
