// RUN: attn-opt --attn-stage-operands=target=opencl %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --entry matrices --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --entry rows_beside --print none --size keys=5
// RUN: attn-interpret %s --same-as %t --entry columns_beside --print none --size keys=5
// RUN: attn-interpret %s --same-as %t --entry odd --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --entry of_pieces --print none --size keys=5
// RUN: attn-opt --attn-stage-operands=target=x86-64-v3 %s -o %t.cpu && FileCheck %s --check-prefix=CPU < %t.cpu

// CPU-NOT: product.rows

!X = !attn.tensor<f32, [rows, 8]>
!W = !attn.tensor<f32, [4, 8]>
!Y = !attn.tensor<f32, [rows, 4]>

// Rows, and columns that are no weights: both have steps of the depth beside each other.
// CHECK-LABEL: func.func @matrices
// CHECK: %[[ROWS:.*]] = attn.stage "product.rows" [%rows: rows, %depth: 8] {
// CHECK: %[[COLUMNS:.*]] = attn.stage "product.columns" [%column: 4, %depth: 8] {
// CHECK: attn.stage "product" [%rows: rows, %column: 4] sum [%depth: 8]
// CHECK-DAG: attn.load %[[ROWS]][%rows, %depth]
// CHECK-DAG: attn.load %[[COLUMNS]][%column, %depth]
func.func @matrices(%x: !X {attn.name = "x"}, %w: !W {attn.name = "w"}) -> (!Y {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "product" (%a = %x : !X, %b = %w : !W) -> !Y {
    %s = attn.stage "product" [%rows: rows, %column: 4] sum [%depth: 8] {
      %v = attn.load %a[%rows, %depth] : <f32, [rows, 8]>
      %u = attn.load %b[%column, %depth] : <f32, [4, 8]>
      %p = arith.mulf %v, %u : f32
      attn.yield %p : f32
    } : f32
    attn.yield %s : !Y
  }
  return %r : !Y
}

!E = !attn.tensor<f32, [keys, 8]>
!F = !attn.tensor<f32, [keys, 6]>
!O = !attn.tensor<f32, [8, 6]>

// Rows that lie beside each other come last; six columns are no vectors of four.
// CHECK-LABEL: func.func @rows_beside
// CHECK: attn.stage "product.rows" [%key: keys, %query: 8] {
// CHECK-NOT: product.columns
func.func @rows_beside(%x: !E {attn.name = "x"}, %v: !F {attn.name = "v"}) -> (!O {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "product" (%a = %x : !E, %b = %v : !F) -> !O {
    %s = attn.stage "product" [%query: 8, %feature: 6] sum [%key: keys] {
      %e = attn.load %a[%key, %query] : <f32, [keys, 8]>
      %u = attn.load %b[%key, %feature] : <f32, [keys, 6]>
      %p = arith.mulf %e, %u : f32
      attn.yield %p : f32
    } : f32
    attn.yield %s : !O
  }
  return %r : !O
}

!G = !attn.tensor<f32, [keys, 12]>
!N = !attn.tensor<f32, [8, 12]>

// So do columns, and nothing is left of what the indices were computed by.
// CHECK-LABEL: func.func @columns_beside
// CHECK: %[[COLUMNS:.*]] = attn.stage "product.columns" [%key: keys, %feature: 12] {
// CHECK: arith.minsi
// CHECK: attn.stage "product" [%query: 8, %feature: 12] sum [%key: keys] {
// CHECK-NEXT: attn.load %{{.*}}[%key, %query]
// CHECK-NEXT: attn.load %[[COLUMNS]][%key, %feature]
// CHECK-NEXT: arith.mulf
func.func @columns_beside(%x: !E {attn.name = "x"}, %v: !G {attn.name = "v"}) -> (!N {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "product" (%a = %x : !E, %b = %v : !G) -> !N {
    %s = attn.stage "product" [%query: 8, %feature: 12] sum [%key: keys] {
      %last = attn.size [keys - 1] : index
      %e = attn.load %a[%key, %query] : <f32, [keys, 8]>
      %within = arith.minsi %key, %last : index
      %u = attn.load %b[%within, %feature] : <f32, [keys, 12]>
      %p = arith.mulf %e, %u : f32
      attn.yield %p : f32
    } : f32
    attn.yield %s : !N
  }
  return %r : !N
}

!X7 = !attn.tensor<f32, [rows, 7]>
!W7 = !attn.tensor<f32, [4, 7]>

// Seven steps are no vectors of four.
// CHECK-LABEL: func.func @odd
// CHECK-NOT: product.rows
func.func @odd(%x: !X7 {attn.name = "x"}, %w: !W7 {attn.name = "w"}) -> (!Y {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "product" (%a = %x : !X7, %b = %w : !W7) -> !Y {
    %s = attn.stage "product" [%rows: rows, %column: 4] sum [%depth: 7] {
      %v = attn.load %a[%rows, %depth] : <f32, [rows, 7]>
      %u = attn.load %b[%column, %depth] : <f32, [4, 7]>
      %p = arith.mulf %v, %u : f32
      attn.yield %p : f32
    } : f32
    attn.yield %s : !Y
  }
  return %r : !Y
}

!C = !attn.tensor<i1, []>

// A copy that is for the product alone stays the operand; of pieces the first has operands, and others read
// where they did.
// CHECK-LABEL: func.func @of_pieces
// CHECK: %[[COPY:.*]] = attn.stage "copy" [%key: keys, %feature: 12]
// CHECK-NOT: product.columns
// CHECK: %[[ROWS:.*]] = attn.stage "product.rows" [%key: keys, %query: 8] {
// CHECK: attn.stage "product" [%query: 8, %feature: 12] sum [%key: keys] {
// CHECK: %[[ROW:.*]] = attn.load %[[ROWS]][%key, %query]
// CHECK: %[[HERE:.*]] = attn.load %{{.*}}[%key, %query]
// CHECK: %[[COLUMN:.*]] = attn.load %[[COPY]][%key, %feature]
// CHECK: %[[USUAL:.*]] = arith.mulf %[[ROW]], %[[COLUMN]]
// CHECK: %[[OTHER:.*]] = arith.mulf %[[HERE]],
// CHECK: arith.select %{{.*}}, %[[USUAL]], %[[OTHER]]
func.func @of_pieces(%x: !E {attn.name = "x"}, %v: !G {attn.name = "v"}, %c: !C {attn.name = "c"}) -> (!N {attn.name = "result"}) attributes {attn.model} {
  %r = attn.kernel "product" (%a = %x : !E, %b = %v : !G, %d = %c : !C) -> !N
  variant schedule<product {at root, pieces key finite mixed}> {
    %copy = attn.stage "copy" [%key: keys, %feature: 12] {
      %u = attn.load %b[%key, %feature] : <f32, [keys, 12]>
      attn.yield %u : f32
    } : f32
    %s = attn.stage "product" [%query: 8, %feature: 12] sum [%key: keys] {
      %zero = arith.constant 0.0 : f32
      %is = attn.load %d[] : <i1, []>
      %e = attn.load %a[%key, %query] : <f32, [keys, 8]>
      %u = attn.load %copy[%key, %feature] : <f32, [keys, 12]>
      %p = arith.mulf %e, %u : f32
      %w = attn.load %b[%key, %feature] : <f32, [keys, 12]>
      %q = arith.mulf %e, %w : f32
      %t = arith.select %is, %p, %q : f32
      attn.yield %t : f32
    } : f32
    attn.yield %s : !N
  }
  return %r : !N
}
