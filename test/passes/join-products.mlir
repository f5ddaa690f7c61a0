// RUN: attn-opt --attn-join-products %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --entry qkv --print none --size batch=3 --size tokens=33
// RUN: attn-interpret %s --same-as %t --entry grouped --print none --size tokens=1
// RUN: attn-interpret %s --same-as %t --entry two_and_two --print none --size tokens=7
// RUN: attn-interpret %s --same-as %t --entry between --print none --size tokens=7
// RUN: attn-interpret %s --same-as %t --entry prefix --print none --size tokens=7
// RUN: attn-interpret %s --same-as %t --entry diagonal --print none --size tokens=7
// RUN: attn-interpret %s --same-as %t --entry activations --print none --size tokens=7
// RUN: attn-interpret %s --same-as %t --entry overlapping_names --print none --size tokens=7

!X3 = !attn.tensor<f32, [batch, tokens, 6]>
!W = !attn.tensor<f32, [4, 6]>
!V = !attn.tensor<f32, [4]>
!Y3 = !attn.tensor<f32, [batch, tokens, 4]>
!X = !attn.tensor<f32, [tokens, 6]>
!Y = !attn.tensor<f32, [tokens, 4]>
!W2 = !attn.tensor<f32, [2, 6]>
!Y2 = !attn.tensor<f32, [tokens, 2]>

attn.weight @q : !W
attn.weight @k : !W
attn.weight @v : !W
attn.weight @qb : !V
attn.weight @kb : !V
attn.weight @vb : !V
attn.weight @small : !W2
attn.weight @tall : !attn.tensor<f32, [9, 6]>
attn.weight @tall2 : !attn.tensor<f32, [9, 6]>
attn.weight @in_out : !attn.tensor<f32, [6, 4]>
attn.weight @in_out2 : !attn.tensor<f32, [6, 4]>
attn.weight @square : !attn.tensor<f32, [4, 4]>
attn.weight @square2 : !attn.tensor<f32, [4, 4]>

// Query, key and value with biases: one product, one addition of a stacked
// bias; the readers find their slices by an offset.
// CHECK-LABEL: func.func @qkv
// CHECK: attn.stage "stack" [%row: 12, %column: 6]
// CHECK: %[[P:.*]] = attn.stage "product" [%b: batch, %t: tokens, %n: 12] sum [%d: 6]
// CHECK: attn.stage "stack" [%row: 12]
// CHECK: %[[L:.*]] = attn.stage "linear" [%b: batch, %t: tokens, %n: 12]
// CHECK-NEXT: attn.load %[[P]][%b, %t, %n]
// CHECK: attn.stage "use"
// CHECK: attn.load %[[L]][%b, %t, %n]
// CHECK: attn.load %[[L]][%b, %t, %{{[0-9]+}}]
// CHECK: attn.load %[[L]][%b, %t, %{{[0-9]+}}]
// CHECK-NOT: attn.stage
func.func @qkv(%x: !X3) -> !Y3 attributes {attn.model} {
  %qw = attn.read @q : !W
  %kw = attn.read @k : !W
  %vw = attn.read @v : !W
  %qb = attn.read @qb : !V
  %kb = attn.read @kb : !V
  %vb = attn.read @vb : !V
  %q = attn.stage "product" [%b: batch, %t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%b, %t, %d] : !X3
    %w = attn.load %qw[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %q1 = attn.stage "linear" [%b: batch, %t: tokens, %n: 4] {
    %a = attn.load %q[%b, %t, %n] : !Y3
    %w = attn.load %qb[%n] : !V
    %m = arith.addf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %k = attn.stage "product" [%b: batch, %t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%b, %t, %d] : !X3
    %w = attn.load %kw[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %k1 = attn.stage "linear" [%b: batch, %t: tokens, %n: 4] {
    %a = attn.load %k[%b, %t, %n] : !Y3
    %w = attn.load %kb[%n] : !V
    %m = arith.addf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %v = attn.stage "product" [%b: batch, %t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%b, %t, %d] : !X3
    %w = attn.load %vw[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %v1 = attn.stage "linear" [%b: batch, %t: tokens, %n: 4] {
    %a = attn.load %v[%b, %t, %n] : !Y3
    %w = attn.load %vb[%n] : !V
    %m = arith.addf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %y = attn.stage "use" [%b: batch, %t: tokens, %n: 4] {
    %a = attn.load %q1[%b, %t, %n] : !Y3
    %c = attn.load %k1[%b, %t, %n] : !Y3
    %d = attn.load %v1[%b, %t, %n] : !Y3
    %e = arith.mulf %a, %c : f32
    %f = arith.subf %e, %d : f32
    attn.yield %f : f32
  } : f32
  return %y : !Y3
}

// Parts of different widths, without bias, as grouped key heads have them.
// CHECK-LABEL: func.func @grouped
// CHECK: attn.stage "stack" [%row: 8, %column: 6]
// CHECK: attn.stage "product" [%t: tokens, %n: 8] sum [%d: 6]
// CHECK-NOT: sum
// CHECK: return
func.func @grouped(%x: !X) -> (!Y, !Y2, !Y2) attributes {attn.model} {
  %qw = attn.read @q : !W
  %kw = attn.read @small : !W2
  %q = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %qw[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %k = attn.stage "product" [%t: tokens, %n: 2] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %kw[%n, %d] : !W2
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %v = attn.stage "product" [%t: tokens, %n: 2] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %kw[%n, %d] : !W2
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  return %q, %k, %v : !Y, !Y2, !Y2
}

// Matrices [n, k] and [k, n] are two kinds: each pair is joined.
// CHECK-LABEL: func.func @two_and_two
// CHECK-DAG: attn.stage "stack" [%row: 8, %column: 6]
// CHECK-DAG: attn.stage "stack" [%row: 6, %column: 8]
// CHECK: return
func.func @two_and_two(%x: !X) -> (!Y, !Y, !Y, !Y) attributes {attn.model} {
  %aw = attn.read @in_out : !attn.tensor<f32, [6, 4]>
  %bw = attn.read @q : !W
  %cw = attn.read @k : !W
  %dw = attn.read @in_out2 : !attn.tensor<f32, [6, 4]>
  %a = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %0 = attn.load %x[%t, %d] : !X
    %w = attn.load %aw[%d, %n] : !attn.tensor<f32, [6, 4]>
    %m = arith.mulf %0, %w : f32
    attn.yield %m : f32
  } : f32
  %b = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %0 = attn.load %x[%t, %d] : !X
    %w = attn.load %bw[%n, %d] : !W
    %m = arith.mulf %0, %w : f32
    attn.yield %m : f32
  } : f32
  %c = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %0 = attn.load %x[%t, %d] : !X
    %w = attn.load %cw[%n, %d] : !W
    %m = arith.mulf %0, %w : f32
    attn.yield %m : f32
  } : f32
  %d = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %0 = attn.load %x[%t, %d] : !X
    %w = attn.load %dw[%d, %n] : !attn.tensor<f32, [6, 4]>
    %m = arith.mulf %0, %w : f32
    attn.yield %m : f32
  } : f32
  return %a, %b, %c, %d : !Y, !Y, !Y, !Y
}

// Readers between the products move behind the joined one.
// CHECK-LABEL: func.func @between
// CHECK: attn.stage "product" [%t: tokens, %n: 8] sum [%d: 6]
// CHECK: attn.stage "square"
// CHECK: attn.stage "square.again"
// CHECK: attn.stage "use"
func.func @between(%x: !X) -> !Y attributes {attn.model} {
  %qw = attn.read @q : !W
  %q = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %qw[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %s = attn.stage "square" [%t: tokens, %n: 4] {
    %a = attn.load %q[%t, %n] : !Y
    %m = arith.mulf %a, %a : f32
    attn.yield %m : f32
  } : f32
  %s2 = attn.stage "square.again" [%t: tokens, %n: 4] {
    %a = attn.load %s[%t, %n] : !Y
    %m = arith.mulf %a, %a : f32
    attn.yield %m : f32
  } : f32
  %kw = attn.read @k : !W
  %k = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %kw[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %y = attn.stage "use" [%t: tokens, %n: 4] {
    %a = attn.load %s2[%t, %n] : !Y
    %b = attn.load %k[%t, %n] : !Y
    %m = arith.addf %a, %b : f32
    attn.yield %m : f32
  } : f32
  return %y : !Y
}

// Products that read the first rows of larger matrices: only those are stacked.
// CHECK-LABEL: func.func @prefix
// CHECK: attn.stage "stack" [%row: 8, %column: 6]
func.func @prefix(%x: !X) -> (!Y, !Y) attributes {attn.model} {
  %qw = attn.read @tall : !attn.tensor<f32, [9, 6]>
  %kw = attn.read @tall2 : !attn.tensor<f32, [9, 6]>
  %q = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %qw[%n, %d] : !attn.tensor<f32, [9, 6]>
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %k = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %kw[%n, %d] : !attn.tensor<f32, [9, 6]>
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  return %q, %k : !Y, !Y
}

// A bias read from the diagonal of a matrix cannot be stacked; the products can.
// CHECK-LABEL: func.func @diagonal
// CHECK: attn.stage "product" [%t: tokens, %n: 8] sum [%d: 6]
// CHECK: attn.stage "linear" [%t: tokens, %n: 4]
// CHECK: attn.stage "linear" [%t: tokens, %n: 4]
func.func @diagonal(%x: !X) -> (!Y, !Y) attributes {attn.model} {
  %qw = attn.read @q : !W
  %kw = attn.read @k : !W
  %s = attn.read @square : !attn.tensor<f32, [4, 4]>
  %q = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %qw[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %k = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %kw[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %q1 = attn.stage "linear" [%t: tokens, %n: 4] {
    %a = attn.load %q[%t, %n] : !Y
    %w = attn.load %s[%n, %n] : !attn.tensor<f32, [4, 4]>
    %m = arith.addf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %k1 = attn.stage "linear" [%t: tokens, %n: 4] {
    %a = attn.load %k[%t, %n] : !Y
    %w = attn.load %s[%n, %n] : !attn.tensor<f32, [4, 4]>
    %m = arith.addf %a, %w : f32
    attn.yield %m : f32
  } : f32
  return %q1, %k1 : !Y, !Y
}

// A product of activations has no matrix to stack.
// CHECK-LABEL: func.func @activations
// CHECK-NOT: "stack"
// CHECK: return
func.func @activations(%x: !X, %y: !W, %z: !W) -> (!Y, !Y) attributes {attn.model} {
  %q = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %y[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  %k = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %z[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32
  return %q, %k : !Y, !Y
}

// What names have in common may overlap itself.
// CHECK-LABEL: func.func @overlapping_names
// CHECK: attn.stage "product" [%t: tokens, %n: 8]
func.func @overlapping_names(%x: !X) -> (!Y, !Y) attributes {attn.model} {
  %qw = attn.read @q : !W
  %kw = attn.read @k : !W
  %q = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %qw[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32 at "a.b.xx.b.c"
  %k = attn.stage "product" [%t: tokens, %n: 4] sum [%d: 6] {
    %a = attn.load %x[%t, %d] : !X
    %w = attn.load %kw[%n, %d] : !W
    %m = arith.mulf %a, %w : f32
    attn.yield %m : f32
  } : f32 at "a.b.c"
  return %q, %k : !Y, !Y
}
