// RUN: attn-opt --attn-fuse-stages %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --entry layer --print none --size rows=33
// RUN: attn-interpret %s --same-as %t --entry layer --print none --size rows=1
// RUN: attn-interpret %s --same-as %t --entry two_results --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --entry twice_and_argument --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --entry waits --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --entry scalar --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --entry leading --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --entry masked_mean --print none --size batch=2 --size tokens=5
// RUN: attn-interpret %s --same-as %t --entry integers --print none --size rows=3 --input x=1
// RUN: attn-interpret %s --same-as %t --entry view_in_between --print none --size batch=2 --size tokens=3
// RUN: attn-interpret %s --same-as %t --entry unread --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --entry computed_query --print none --size tokens=3
// RUN: attn-interpret %s --same-as %t --entry reshaped_operands --print none --size tokens=3
// RUN: attn-interpret %s --same-as %t --entry heavy_before_panels --print none --size rows=5
// RUN: attn-interpret %s --same-as %t --entry sum_before_panels --print none --size rows=5
// RUN: attn-interpret %s --same-as %t --entry light_before_panels --print none --size rows=5
// RUN: attn-interpret %s --same-as %t --entry heavy_before_rows --print none --size rows=5

!X = !attn.tensor<f32, [rows, 6]>
!Y = !attn.tensor<f32, [rows, 4]>
!R = !attn.tensor<f32, [rows]>
!W = !attn.tensor<f32, [4, 6]>
!V = !attn.tensor<f32, [4]>

// Product, bias, activation, residual and LayerNorm: one kernel.
// CHECK-LABEL: func.func @layer
// CHECK: attn.kernel "dense"
// CHECK: attn.stage "product"
// CHECK: attn.stage "residual"
// CHECK: attn.stage "sum"
// CHECK: attn.stage "normal"
// CHECK-NOT: attn.stage
// CHECK-NOT: attn.kernel
// CHECK: return
func.func @layer(%x: !X, %w: !W, %b: !V, %res: !Y) -> !Y attributes {attn.model} {
  %p = attn.stage "product" [%r: rows, %n: 4] sum [%k: 6] {
    %0 = attn.load %x[%r, %k] : !X
    %1 = attn.load %w[%n, %k] : !W
    %2 = arith.mulf %0, %1 : f32
    attn.yield %2 : f32
  } : f32 at "dense"
  %l = attn.stage "bias" [%r: rows, %n: 4] {
    %0 = attn.load %p[%r, %n] : !Y
    %1 = attn.load %b[%n] : !V
    %2 = arith.addf %0, %1 : f32
    attn.yield %2 : f32
  } : f32
  %g = attn.stage "activation" [%r: rows, %n: 4] {
    %0 = attn.load %l[%r, %n] : !Y
    %1 = math.tanh %0 : f32
    attn.yield %1 : f32
  } : f32
  %a = attn.stage "residual" [%r: rows, %n: 4] {
    %0 = attn.load %g[%r, %n] : !Y
    %1 = attn.load %res[%r, %n] : !Y
    %2 = arith.addf %0, %1 : f32
    attn.yield %2 : f32
  } : f32
  %s = attn.stage "sum" [%r: rows] sum [%k: 4] {
    %0 = attn.load %a[%r, %k] : !Y
    attn.yield %0 : f32
  } : f32
  %o = attn.stage "normal" [%r: rows, %n: 4] {
    %0 = attn.load %a[%r, %n] : !Y
    %1 = attn.load %s[%r] : !R
    %2 = arith.subf %0, %1 : f32
    attn.yield %2 : f32
  } : f32
  return %o : !Y
}

// A result in the middle ends its kernel.
// CHECK-LABEL: func.func @two_results
// CHECK: attn.kernel "first"
// CHECK: attn.kernel "second"
// CHECK: return
func.func @two_results(%x: !X) -> (!X, !X) attributes {attn.model} {
  %0 = attn.stage "first" [%r: rows, %n: 6] {
    %a = attn.load %x[%r, %n] : !X
    %b = math.exp %a : f32
    attn.yield %b : f32
  } : f32
  %1 = attn.stage "second" [%r: rows, %n: 6] {
    %a = attn.load %0[%r, %n] : !X
    %b = arith.addf %a, %a : f32
    attn.yield %b : f32
  } : f32
  return %0, %1 : !X, !X
}

// CHECK-LABEL: func.func @twice_and_argument
// CHECK: %[[K:.*]] = attn.kernel "first"
// CHECK: return %[[K]], %arg0, %[[K]]
func.func @twice_and_argument(%x: !X) -> (!X, !X, !X) attributes {attn.model} {
  %0 = attn.stage "first" [%r: rows, %n: 6] {
    %a = attn.load %x[%r, %n] : !X
    %b = math.exp %a : f32
    attn.yield %b : f32
  } : f32
  return %0, %x, %0 : !X, !X, !X
}

// The second product needs the first one's kernel; the sum of both cannot run
// in the first.
// CHECK-LABEL: func.func @waits
// CHECK: %[[A:.*]] = attn.kernel "a"
// CHECK: attn.kernel "b" ({{.*}}%[[A]]
// CHECK: attn.stage "both"
// CHECK-NOT: attn.kernel
// CHECK: return
func.func @waits(%x: !X, %w: !W, %u: !attn.tensor<f32, [4, 4]>) -> !Y attributes {attn.model} {
  %a = attn.stage "product" [%r: rows, %n: 4] sum [%k: 6] {
    %0 = attn.load %x[%r, %k] : !X
    %1 = attn.load %w[%n, %k] : !W
    %2 = arith.mulf %0, %1 : f32
    attn.yield %2 : f32
  } : f32 at "a"
  %b = attn.stage "product" [%r: rows, %n: 4] sum [%k: 4] {
    %0 = attn.load %a[%r, %k] : !Y
    %1 = attn.load %u[%n, %k] : !attn.tensor<f32, [4, 4]>
    %2 = arith.mulf %0, %1 : f32
    attn.yield %2 : f32
  } : f32 at "b"
  %c = attn.stage "both" [%r: rows, %n: 4] {
    %0 = attn.load %a[%r, %n] : !Y
    %1 = attn.load %b[%r, %n] : !Y
    %2 = arith.subf %0, %1 : f32
    attn.yield %2 : f32
  } : f32
  return %c : !Y
}

// CHECK-LABEL: func.func @scalar
// CHECK: attn.kernel
// CHECK: return
func.func @scalar(%x: !X) -> (!attn.tensor<f32, []>, !X) attributes {attn.model} {
  %s = attn.stage "total" [] sum [%r: rows, %k: 6] {
    %0 = attn.load %x[%r, %k] : !X
    attn.yield %0 : f32
  } : f32
  %m = attn.stage "mean" [] {
    %0 = attn.load %s[] : !attn.tensor<f32, []>
    %c = arith.constant 18.0 : f32
    %1 = arith.divf %0, %c : f32
    attn.yield %1 : f32
  } : f32
  %y = attn.stage "centered" [%r: rows, %n: 6] {
    %0 = attn.load %x[%r, %n] : !X
    %1 = attn.load %m[] : !attn.tensor<f32, []>
    %2 = arith.subf %0, %1 : f32
    attn.yield %2 : f32
  } : f32
  return %m, %y : !attn.tensor<f32, []>, !X
}

// A sum over the leading axis computes what it alone reads.
// CHECK-LABEL: func.func @leading
// CHECK: attn.stage "total"
// CHECK: math.exp
// CHECK-NOT: attn.kernel
// CHECK: return
func.func @leading(%x: !X) -> !attn.tensor<f32, [6]> attributes {attn.model} {
  %e = attn.stage "exp" [%r: rows, %n: 6] {
    %0 = attn.load %x[%r, %n] : !X
    %1 = math.exp %0 : f32
    attn.yield %1 : f32
  } : f32
  %s = attn.stage "total" [%n: 6] sum [%r: rows] {
    %0 = attn.load %e[%r, %n] : !X
    attn.yield %0 : f32
  } : f32
  return %s : !attn.tensor<f32, [6]>
}

// Masking belongs to the mean, not to the product before it.
// CHECK-LABEL: func.func @masked_mean
// CHECK: attn.kernel "dense"
// CHECK-NOT: arith.select
// CHECK: attn.kernel "sum"
// CHECK: arith.select
func.func @masked_mean(%x: !attn.tensor<f32, [batch, tokens, 6]>, %w: !W, %valid: !attn.tensor<i1, [batch, tokens]>) -> !attn.tensor<f32, [batch, 4]> attributes {attn.model} {
  %p = attn.stage "product" [%b: batch, %t: tokens, %n: 4] sum [%k: 6] {
    %0 = attn.load %x[%b, %t, %k] : !attn.tensor<f32, [batch, tokens, 6]>
    %1 = attn.load %w[%n, %k] : !W
    %2 = arith.mulf %0, %1 : f32
    attn.yield %2 : f32
  } : f32 at "dense"
  %m = attn.stage "masked" [%b: batch, %t: tokens, %n: 4] {
    %0 = attn.load %p[%b, %t, %n] : !attn.tensor<f32, [batch, tokens, 4]>
    %1 = attn.load %valid[%b, %t] : !attn.tensor<i1, [batch, tokens]>
    %z = arith.constant 0.0 : f32
    %2 = arith.select %1, %0, %z : f32
    attn.yield %2 : f32
  } : f32
  %s = attn.stage "sum" [%b: batch, %n: 4] sum [%t: tokens] {
    %0 = attn.load %m[%b, %t, %n] : !attn.tensor<f32, [batch, tokens, 4]>
    attn.yield %0 : f32
  } : f32
  return %s : !attn.tensor<f32, [batch, 4]>
}

// Integer arithmetic is work too: without that, reading %2 twice would double
// what it reads, and so on.
// CHECK-LABEL: func.func @integers
// CHECK: attn.stage "b"
// CHECK: return
!I = !attn.tensor<i32, [rows]>
func.func @integers(%x: !I {attn.name = "x"}) -> !I attributes {attn.model} {
  %0 = attn.stage "a" [%r: rows] {
    %a = attn.load %x[%r] : !I
    %b = arith.addi %a, %a : i32
    attn.yield %b : i32
  } : i32
  %1 = attn.stage "b" [%r: rows] {
    %a = attn.load %0[%r] : !I
    %c = attn.load %0[%r] : !I
    %b = arith.addi %a, %c : i32
    attn.yield %b : i32
  } : i32
  %2 = attn.stage "c" [%r: rows] {
    %a = attn.load %1[%r] : !I
    %c = attn.load %1[%r] : !I
    %b = arith.addi %a, %c : i32
    attn.yield %b : i32
  } : i32
  return %2 : !I
}

// A stage that nobody reads goes.
// CHECK-LABEL: func.func @unread
// CHECK-NOT: attn.stage "dead"
// CHECK: return
func.func @unread(%x: !R) -> !R attributes {attn.model} {
  %0 = attn.stage "dead" [%r: rows] {
    %a = attn.load %x[%r] : !R
    %b = math.exp %a : f32
    attn.yield %b : f32
  } : f32
  %1 = attn.stage "alive" [%r: rows] {
    %a = attn.load %x[%r] : !R
    %b = math.exp %a : f32
    attn.yield %b : f32
  } : f32
  return %1 : !R
}

// Attention reads a transposed tensor that is a result as well: what is before
// the view does not leave its kernel.
!S = !attn.tensor<f32, [batch, 2, tokens, 3]>
!H = !attn.tensor<f32, [batch, tokens, 2, 3]>
// CHECK-LABEL: func.func @view_in_between
// CHECK: attn.kernel
// CHECK: attn.kernel "dot"
// CHECK: attn.attention
func.func @view_in_between(%x: !S) -> (!H, !H) attributes {attn.model} {
  %e = attn.stage "exp" [%b: batch, %h: 2, %t: tokens, %d: 3] {
    %0 = attn.load %x[%b, %h, %t, %d] : !S
    %1 = math.tanh %0 : f32
    attn.yield %1 : f32
  } : f32
  %k = attn.stage "transpose" [%b: batch, %t: tokens, %h: 2, %d: 3] {
    %0 = attn.load %e[%b, %h, %t, %d] : !S
    attn.yield %0 : f32
  } : f32
  %o = attn.attention "dot" %k, %k, %k : (!H, !H, !H) -> !H
    score (%b, %h, %i, %j) {
      %s = attn.reduce sum [%d: 3] {
        %0 = attn.load %k[%b, %i, %h, %d] : !H
        %1 = attn.load %k[%b, %j, %h, %d] : !H
        %2 = arith.mulf %0, %1 : f32
        attn.yield %2 : f32
      } : f32
      attn.yield %s : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.constant true
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o, %k : !H, !H
}

// Arithmetic on the query is a kernel before the attention's.
!Q = !attn.tensor<f32, [1, tokens, 1, 3]>
// CHECK-LABEL: func.func @computed_query
// CHECK: attn.kernel "scaled"
// CHECK: attn.kernel "dot"
func.func @computed_query(%x: !Q) -> !Q attributes {attn.model} {
  %q = attn.stage "scaled" [%b: 1, %t: tokens, %h: 1, %d: 3] {
    %0 = attn.load %x[%b, %t, %h, %d] : !Q
    %1 = arith.addf %0, %0 : f32
    attn.yield %1 : f32
  } : f32
  %o = attn.attention "dot" %q, %x, %x : (!Q, !Q, !Q) -> !Q
    score (%b, %h, %i, %j) {
      %s = attn.reduce sum [%d: 3] {
        %0 = attn.load %q[%b, %i, %h, %d] : !Q
        %1 = attn.load %x[%b, %j, %h, %d] : !Q
        %2 = arith.mulf %0, %1 : f32
        attn.yield %2 : f32
      } : f32
      attn.yield %s : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !Q
}

// Joining axes of the query would divide its indices: that reshape stays
// outside. Splitting an axis of the value multiplies them.
!Pairs = !attn.tensor<f32, [1, tokens, 2, 3, 2]>
!Joined = !attn.tensor<f32, [1, tokens, 12]>
!Heads = !attn.tensor<f32, [1, tokens, 2, 6]>
// CHECK-LABEL: func.func @reshaped_operands
// CHECK: %[[Q:.*]] = attn.reshape %arg0
// CHECK-NEXT: attn.kernel "dot" (%[[Y:.*]] = %arg1 : {{.*}}, %{{.*}} = %[[Q]] :
// CHECK-NEXT: attn.reshape %[[Y]] : <f32, [1, tokens, 12]>
// CHECK-NOT: attn.reshape
func.func @reshaped_operands(%x: !Pairs, %y: !Joined) -> !Heads attributes {attn.model} {
  %q = attn.reshape %x : !Pairs -> !Heads
  %k = attn.reshape %y : !Joined -> !Heads
  %o = attn.attention "dot" %q, %k, %k : (!Heads, !Heads, !Heads) -> !Heads
    score (%b, %h, %i, %j) {
      %s = attn.reduce sum [%d: 6] {
        %0 = attn.load %q[%b, %i, %h, %d] : !Heads
        %1 = attn.load %k[%b, %j, %h, %d] : !Heads
        %2 = arith.mulf %0, %1 : f32
        attn.yield %2 : f32
      } : f32
      attn.yield %s : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !Heads
}

// Tasks of a product are panels of its columns: each would compute the whole row
// before it again, where that is more than to read it.
// CHECK-LABEL: func.func @heavy_before_panels
// CHECK: attn.kernel "exp"
// CHECK: attn.stage "exp"
// CHECK: attn.kernel "dense"
// CHECK-NEXT: attn.stage "product"
// CHECK-NOT: attn.kernel
// CHECK: return
func.func @heavy_before_panels(%x: !X, %w: !W) -> !Y attributes {attn.model} {
  %e = attn.stage "exp" [%r: rows, %n: 6] {
    %0 = attn.load %x[%r, %n] : !X
    %1 = math.exp %0 : f32
    attn.yield %1 : f32
  } : f32
  %p = attn.stage "product" [%r: rows, %n: 4] sum [%k: 6] {
    %0 = attn.load %e[%r, %k] : !X
    %1 = attn.load %w[%n, %k] : !W
    %2 = arith.mulf %0, %1 : f32
    attn.yield %2 : f32
  } : f32 at "dense"
  return %p : !Y
}

// Sums of the row are such work, and what takes them stays with them.
// CHECK-LABEL: func.func @sum_before_panels
// CHECK: attn.kernel "sum"
// CHECK: attn.stage "sum"
// CHECK: attn.stage "centered"
// CHECK: attn.kernel "dense"
// CHECK-NEXT: attn.stage "product"
// CHECK-NOT: attn.kernel
// CHECK: return
func.func @sum_before_panels(%x: !X, %w: !W) -> !Y attributes {attn.model} {
  %s = attn.stage "sum" [%r: rows] sum [%k: 6] {
    %0 = attn.load %x[%r, %k] : !X
    attn.yield %0 : f32
  } : f32
  %e = attn.stage "centered" [%r: rows, %n: 6] {
    %0 = attn.load %x[%r, %n] : !X
    %1 = attn.load %s[%r] : !R
    %2 = arith.subf %0, %1 : f32
    attn.yield %2 : f32
  } : f32
  %p = attn.stage "product" [%r: rows, %n: 4] sum [%k: 6] {
    %0 = attn.load %e[%r, %k] : !X
    %1 = attn.load %w[%n, %k] : !W
    %2 = arith.mulf %0, %1 : f32
    attn.yield %2 : f32
  } : f32 at "dense"
  return %p : !Y
}

// Little is computed again.
// CHECK-LABEL: func.func @light_before_panels
// CHECK: attn.kernel "dense"
// CHECK-NEXT: attn.stage "double"
// CHECK: attn.stage "product"
// CHECK-NOT: attn.kernel
// CHECK: return
func.func @light_before_panels(%x: !X, %w: !W) -> !Y attributes {attn.model} {
  %e = attn.stage "double" [%r: rows, %n: 6] {
    %0 = attn.load %x[%r, %n] : !X
    %1 = arith.addf %0, %0 : f32
    attn.yield %1 : f32
  } : f32
  %p = attn.stage "product" [%r: rows, %n: 4] sum [%k: 6] {
    %0 = attn.load %e[%r, %k] : !X
    %1 = attn.load %w[%n, %k] : !W
    %2 = arith.mulf %0, %1 : f32
    attn.yield %2 : f32
  } : f32 at "dense"
  return %p : !Y
}

// A reduction after the product wants whole rows, and so one task has all panels.
// CHECK-LABEL: func.func @heavy_before_rows
// CHECK: attn.kernel "dense"
// CHECK-NEXT: attn.stage "exp"
// CHECK: attn.stage "product"
// CHECK: attn.stage "sum"
// CHECK: attn.stage "normal"
// CHECK-NOT: attn.kernel
// CHECK: return
func.func @heavy_before_rows(%x: !X, %w: !W) -> !Y attributes {attn.model} {
  %e = attn.stage "exp" [%r: rows, %n: 6] {
    %0 = attn.load %x[%r, %n] : !X
    %1 = math.exp %0 : f32
    attn.yield %1 : f32
  } : f32
  %p = attn.stage "product" [%r: rows, %n: 4] sum [%k: 6] {
    %0 = attn.load %e[%r, %k] : !X
    %1 = attn.load %w[%n, %k] : !W
    %2 = arith.mulf %0, %1 : f32
    attn.yield %2 : f32
  } : f32 at "dense"
  %s = attn.stage "sum" [%r: rows] sum [%k: 4] {
    %0 = attn.load %p[%r, %k] : !Y
    attn.yield %0 : f32
  } : f32
  %y = attn.stage "normal" [%r: rows, %n: 4] {
    %0 = attn.load %p[%r, %n] : !Y
    %1 = attn.load %s[%r] : !R
    %2 = arith.subf %0, %1 : f32
    attn.yield %2 : f32
  } : f32
  return %y : !Y
}
