// RUN: attnc %s --compile-from=kernels --compile-to=host | FileCheck %s
// RUN: attnc %s --compile-from=kernels --compile-to=host -o %t.mlir
// RUN: attnc %t.mlir --compile-from=host --compile-to=host | FileCheck %s

attn.weight @"table" : !attn.tensor<f32, [100, 8]>
attn.weight @"scale" : !attn.tensor<f32, [8]>
attn.prepared @"twice" : !attn.tensor<f32, [8]>
attn.prepared @"copy" : !attn.tensor<f32, [8]>

// A kernel writes straight into the prepared tensor; what no kernel made is copied.
// CHECK-LABEL: func.func @prepare() attributes {attn.prepare, attn.symbols = []}
// CHECK-DAG: %[[SCALE:.*]] = attn.buffer @scale : memref<8xf32>
// CHECK-DAG: %[[TWICE:.*]] = attn.buffer @twice : memref<8xf32>
// CHECK: attn.begin_call 0 "twice"
// CHECK-NEXT: attn.launch @double(%[[SCALE]]) into %[[TWICE]] sizes (columns = 8, rows = 1) : (memref<8xf32>) into memref<8xf32>
// CHECK-NEXT: attn.end_call 0
// CHECK: %[[COPY:.*]] = attn.buffer @copy
// CHECK: memref.copy %[[SCALE]], %[[COPY]]
func.func @prepare() attributes {attn.prepare} {
  %s = attn.read @scale : !attn.tensor<f32, [8]>
  %d = attn.call "twice" [@double] (%s) sizes (rows = 1, columns = 8) : (!attn.tensor<f32, [8]>) -> !attn.tensor<f32, [8]>
  attn.write @twice, %d : !attn.tensor<f32, [8]>
  attn.write @copy, %s : !attn.tensor<f32, [8]>
  return
}

// CHECK-LABEL: func.func @embed(
// CHECK-SAME: %[[IDS:.*]]: memref<?x?xi32> {attn.name = "ids", attn.tensor = !attn.tensor<i32, [batch, tokens]>}
// CHECK-SAME: %[[OUT:.*]]: memref<?x?x8xf32> {attn.name = "result", attn.output, attn.tensor = !attn.tensor<f32, [batch, tokens, 8]>}
// CHECK-SAME: attributes {attn.model, attn.symbols = ["batch", "tokens"]}
func.func @embed(%ids: !attn.tensor<i32, [batch, tokens]> {attn.name = "ids"}) -> (!attn.tensor<f32, [batch, tokens, 8]> {attn.name = "result"}) attributes {attn.model} {
  // The check comes before whoever reads at the indices, wherever it stood.
  // CHECK-NEXT: attn.check_indices %[[IDS]] below{{ ?}}[100] "ids" : memref<?x?xi32>
  // CHECK: attn.check_size{{ ?}}[tokens] at_most{{ ?}}[512] "positions"
  attn.check_size [tokens] at_most [512] "positions"
  %table = attn.read @table : !attn.tensor<f32, [100, 8]>
  %scale = attn.read @twice : !attn.tensor<f32, [8]>
  %0 = attn.reshape %ids : !attn.tensor<i32, [batch, tokens]> -> !attn.tensor<i32, [batch * tokens]>
  // CHECK: %[[FLAT:.*]] = attn.view %[[IDS]] as [batch * tokens] : memref<?x?xi32> to memref<?xi32>
  // CHECK: %[[TABLE:.*]] = attn.buffer @table
  // CHECK: %[[X:.*]] = attn.temporary [batch * tokens, 8] alive 0 to 2 : memref<?x8xf32>
  // CHECK: attn.begin_call 0 "embedding"
  // CHECK: attn.launch @gather(%[[FLAT]], %[[TABLE]]) into %[[X]] sizes (rows = batch * tokens)
  // CHECK: attn.end_call 0
  %x = attn.call "embedding" [@gather] (%0, %table) sizes (rows = batch * tokens) : (!attn.tensor<i32, [batch * tokens]>, !attn.tensor<f32, [100, 8]>) -> !attn.tensor<f32, [batch * tokens, 8]>
  // A variant is chosen by a branch on the size.
  // CHECK: %[[Y:.*]] = attn.temporary [batch * tokens, 8] alive 1 to 2
  // CHECK: attn.begin_call 1 "scale"
  // CHECK: %[[ROWS:.*]] = attn.size [batch * tokens]
  // CHECK: %[[BOUND:.*]] = arith.constant 64
  // CHECK: %[[SMALL:.*]] = arith.cmpi sle, %[[ROWS]], %[[BOUND]]
  // CHECK: scf.if %[[SMALL]] {
  // CHECK:   attn.launch @multiply.small
  // CHECK: } else {
  // CHECK:   attn.launch @multiply(
  // CHECK: }
  %y = attn.call "scale" [@multiply.small when [batch * tokens] at_most 64, @multiply] (%x, %scale) sizes (rows = batch * tokens) : (!attn.tensor<f32, [batch * tokens, 8]>, !attn.tensor<f32, [8]>) -> !attn.tensor<f32, [batch * tokens, 8]>
  // The result is made in the caller's memory.
  // CHECK: %[[VIEW:.*]] = attn.view %[[OUT]] as [batch * tokens, 8]
  // CHECK: attn.begin_call 2 "sum"
  // CHECK: attn.launch @add(%[[X]], %[[Y]]) into %[[VIEW]]
  %z = attn.call "sum" [@add] (%x, %y) sizes (rows = batch * tokens) : (!attn.tensor<f32, [batch * tokens, 8]>, !attn.tensor<f32, [batch * tokens, 8]>) -> !attn.tensor<f32, [batch * tokens, 8]>
  %1 = attn.reshape %z : !attn.tensor<f32, [batch * tokens, 8]> -> !attn.tensor<f32, [batch, tokens, 8]>
  attn.check_index %ids below [100] "ids" : !attn.tensor<i32, [batch, tokens]>
  // CHECK: return
  return %1 : !attn.tensor<f32, [batch, tokens, 8]>
}

// Inputs and weights that are returned, and what is returned twice, are copied.
// CHECK-LABEL: func.func @same(
// CHECK-SAME: %[[X:.*]]: memref<?x8xf32> {attn.name = "x"
// CHECK-SAME: %[[A:.*]]: memref<?x8xf32> {attn.name = "result0"
// CHECK-SAME: %[[B:.*]]: memref<?x8xf32> {attn.name = "result1"
// CHECK-SAME: %[[C:.*]]: memref<?x8xf32> {attn.name = "result2"
// CHECK-SAME: %[[D:.*]]: memref<8xf32> {attn.name = "result3"
func.func @same(%x: !attn.tensor<f32, [n, 8]> {attn.name = "x"}) -> (!attn.tensor<f32, [n, 8]>, !attn.tensor<f32, [n, 8]>, !attn.tensor<f32, [n, 8]>, !attn.tensor<f32, [8]>) attributes {attn.model} {
  // CHECK: attn.launch @add(%[[X]], %[[X]]) into %[[A]] sizes (rows = n)
  %y = attn.call "double" [@add] (%x, %x) sizes (rows = n) : (!attn.tensor<f32, [n, 8]>, !attn.tensor<f32, [n, 8]>) -> !attn.tensor<f32, [n, 8]>
  %s = attn.read @scale : !attn.tensor<f32, [8]>
  // CHECK: memref.copy %[[A]], %[[B]]
  // CHECK: memref.copy %[[X]], %[[C]]
  // CHECK: memref.copy %{{.*}}, %[[D]]
  return %y, %y, %x, %s : !attn.tensor<f32, [n, 8]>, !attn.tensor<f32, [n, 8]>, !attn.tensor<f32, [n, 8]>, !attn.tensor<f32, [8]>
}

// CHECK: func.func private @gather(%{{.*}}: !attn.tensor<i32, [rows]>
func.func private @gather(%ids: !attn.tensor<i32, [rows]>, %table: !attn.tensor<f32, [100, 8]>) -> !attn.tensor<f32, [rows, 8]> attributes {attn.kernel, attn.symbols = ["rows"]} {
  %y = attn.stage "gather" [%row: rows, %column: 8] {
    %i = attn.load %ids[%row] : !attn.tensor<i32, [rows]>
    %j = arith.index_cast %i : i32 to index
    %a = attn.load %table[%j, %column] : !attn.tensor<f32, [100, 8]>
    attn.yield %a : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 8]>
}
func.func private @double(%x: !attn.tensor<f32, [columns * rows]>) -> !attn.tensor<f32, [columns * rows]> attributes {attn.kernel, attn.symbols = ["rows", "columns"]} {
  %y = attn.stage "double" [%i: columns * rows] {
    %a = attn.load %x[%i] : !attn.tensor<f32, [columns * rows]>
    %b = arith.addf %a, %a : f32
    attn.yield %b : f32
  } : f32
  return %y : !attn.tensor<f32, [columns * rows]>
}
func.func private @multiply.small(%x: !attn.tensor<f32, [rows, 8]>, %s: !attn.tensor<f32, [8]>) -> !attn.tensor<f32, [rows, 8]> attributes {attn.kernel, attn.symbols = ["rows"]} {
  %y = attn.stage "multiply" [%row: rows, %column: 8] {
    %a = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 8]>
    %b = attn.load %s[%column] : !attn.tensor<f32, [8]>
    %c = arith.mulf %a, %b : f32
    attn.yield %c : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 8]>
}
func.func private @multiply(%x: !attn.tensor<f32, [rows, 8]>, %s: !attn.tensor<f32, [8]>) -> !attn.tensor<f32, [rows, 8]> attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<multiply {parallel row}>} {
  %y = attn.stage "multiply" [%row: rows, %column: 8] {
    %a = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 8]>
    %b = attn.load %s[%column] : !attn.tensor<f32, [8]>
    %c = arith.mulf %a, %b : f32
    attn.yield %c : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 8]>
}
func.func private @add(%x: !attn.tensor<f32, [rows, 8]>, %z: !attn.tensor<f32, [rows, 8]>) -> !attn.tensor<f32, [rows, 8]> attributes {attn.kernel, attn.symbols = ["rows"]} {
  %y = attn.stage "add" [%row: rows, %column: 8] {
    %a = attn.load %x[%row, %column] : !attn.tensor<f32, [rows, 8]>
    %b = attn.load %z[%row, %column] : !attn.tensor<f32, [rows, 8]>
    %c = arith.addf %a, %b : f32
    attn.yield %c : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 8]>
}
