// RUN: attn-opt --attn-narrow-products %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --entry mlp --print none --size rows=5
// RUN: attn-interpret %s --same-as %t --entry block --print none --size batch=2 --size tokens=7
// RUN: attn-interpret %s --same-as %t --entry returned --print none --size rows=5
// RUN: attn-interpret %s --same-as %t --entry inputs --print none --size batch=2 --size tokens=3
// RUN: attn-opt --attn-narrow-products --verify-diagnostics %s -o /dev/null
// RUN: attn-opt --attn-narrow-products %t -o - | diff - %t

!X = !attn.tensor<f32, [rows, 4]>
!H = !attn.tensor<f32, [rows, 6]>
attn.weight @up : !attn.tensor<f32, [6, 4]>
attn.weight @down : !attn.tensor<f32, [6, 4]>

// Weights are rounded where they are read, through the transpose; what lies
// between two products is rounded once, and what reads it beside the second too.
// CHECK-LABEL: func.func @mlp
// CHECK: %[[X:.*]] = attn.stage "narrow" [%axis0: rows, %axis1: 4]
// CHECK: attn.stage "narrow" [%axis0: 6, %axis1: 4]
// CHECK: at "up.narrow"
// CHECK: attn.stage "product" [%r: rows, %n: 6] sum [%d: 4]
// CHECK: attn.load %[[X]][%r, %d] : <bf16
// CHECK: arith.extf
// CHECK: attn.load %{{.*}}[%n, %d] : <bf16
// CHECK: arith.extf
// CHECK: arith.mulf {{.*}} : f32
// CHECK: %[[SQUARE:.*]] = attn.stage "square"
// CHECK: %[[NARROW:.*]] = attn.stage "narrow" [%r: rows, %n: 6]
// CHECK-NEXT: attn.load %[[SQUARE]]
// CHECK: attn.stage "narrow" [%axis0: 6, %axis1: 4] {{.*}}
// CHECK: at "down.narrow"
// CHECK: attn.stage "transpose"
// CHECK: : bf16
// CHECK: attn.stage "product"
// CHECK: attn.load %[[NARROW]]
// CHECK: attn.stage "sum"
// CHECK: attn.load %[[NARROW]]
// CHECK-NOT: attn.load %[[SQUARE]]
// CHECK: return
func.func @mlp(%x: !X) -> (!X, !attn.tensor<f32, [rows]>) attributes {attn.model} {
  %wu = attn.read @up : <f32, [6, 4]>
  %h = attn.stage "product" [%r: rows, %n: 6] sum [%d: 4] {
    %a = attn.load %x[%r, %d] : <f32, [rows, 4]>
    %b = attn.load %wu[%n, %d] : <f32, [6, 4]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %s = attn.stage "square" [%r: rows, %n: 6] {
    %a = attn.load %h[%r, %n] : <f32, [rows, 6]>
    %m = arith.mulf %a, %a : f32
    attn.yield %m : f32
  } : f32
  %wd = attn.read @down : <f32, [6, 4]>
  %t = attn.stage "transpose" [%n: 4, %d: 6] {
    %a = attn.load %wd[%d, %n] : <f32, [6, 4]>
    attn.yield %a : f32
  } : f32
  %y = attn.stage "product" [%r: rows, %n: 4] sum [%d: 6] {
    %a = attn.load %s[%r, %d] : <f32, [rows, 6]>
    %b = attn.load %t[%n, %d] : <f32, [4, 6]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %z = attn.stage "sum" [%r: rows] sum [%n: 6] {
    %a = attn.load %s[%r, %n] : <f32, [rows, 6]>
    attn.yield %a : f32
  } : f32
  return %y, %z : !X, !attn.tensor<f32, [rows]>
}

// Query, key and value through a reshape; the result has the values' type, and
// what reads it in f32 widens it.
// CHECK-LABEL: func.func @block
// CHECK: %[[Q:.*]] = attn.reshape %{{.*}} : <bf16, [batch, tokens, 4]> -> <bf16, [batch, tokens, 2, 2]>
// CHECK: %[[O:.*]] = attn.attention "dot" %[[Q]], %[[Q]], %[[Q]] {{.*}} -> !attn.tensor<bf16, [batch, tokens, 2, 2]>
// CHECK: attn.load %[[Q]][%b, %i, %h, %e] : <bf16
// CHECK: arith.extf
// CHECK: attn.load %[[Q]][%b, %j, %h, %e] : <bf16
// CHECK: attn.normalize softmax
// CHECK: attn.stage "widen"
// CHECK: attn.load %[[O]]
// CHECK: return
func.func @block(%x: !attn.tensor<f32, [batch, tokens, 4]>) -> !attn.tensor<f32, [batch, tokens, 2, 2]> attributes {attn.model} {
  %half = attn.stage "halve" [%b: batch, %t: tokens, %n: 4] {
    %c = arith.constant 0.5 : f32
    %a = attn.load %x[%b, %t, %n] : <f32, [batch, tokens, 4]>
    %m = arith.mulf %a, %c : f32
    attn.yield %m : f32
  } : f32
  %q = attn.reshape %half : <f32, [batch, tokens, 4]> -> <f32, [batch, tokens, 2, 2]>
  %o = attn.attention "dot" %q, %q, %q : (!attn.tensor<f32, [batch, tokens, 2, 2]>, !attn.tensor<f32, [batch, tokens, 2, 2]>, !attn.tensor<f32, [batch, tokens, 2, 2]>) -> !attn.tensor<f32, [batch, tokens, 2, 2]>
    score (%b, %h, %i, %j) {
      %p = attn.reduce sum [%e: 2] {
        %a = attn.load %q[%b, %i, %h, %e] : <f32, [batch, tokens, 2, 2]>
        %k = attn.load %q[%b, %j, %h, %e] : <f32, [batch, tokens, 2, 2]>
        %m = arith.mulf %a, %k : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : f32
    }
    keep (%b, %h, %i, %j) {
      %true = arith.constant true
      attn.yield %true : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, tokens, 2, 2]>
}

// A result stays as it is: only the product reads the narrow one.
// CHECK-LABEL: func.func @returned
// CHECK: %[[Y:.*]] = attn.stage "double"
// CHECK: attn.stage "narrow"
// CHECK: attn.stage "product"
// CHECK: attn.stage "sum"
// CHECK: attn.load %[[Y]]
// CHECK: return %[[Y]]
func.func @returned(%x: !X) -> (!X, !H, !attn.tensor<f32, [rows]>) attributes {attn.model} {
  %y = attn.stage "double" [%r: rows, %n: 4] {
    %a = attn.load %x[%r, %n] : <f32, [rows, 4]>
    %m = arith.addf %a, %a : f32
    attn.yield %m : f32
  } : f32
  %w = attn.read @up : <f32, [6, 4]>
  %h = attn.stage "product" [%r: rows, %n: 6] sum [%d: 4] {
    %a = attn.load %y[%r, %d] : <f32, [rows, 4]>
    %b = attn.load %w[%n, %d] : <f32, [6, 4]>
    %m = arith.mulf %a, %b : f32
    attn.yield %m : f32
  } : f32
  %z = attn.stage "sum" [%r: rows] sum [%n: 4] {
    %a = attn.load %y[%r, %n] : <f32, [rows, 4]>
    attn.yield %a : f32
  } : f32
  return %y, %h, %z : !X, !H, !attn.tensor<f32, [rows]>
}

// CHECK-LABEL: func.func @inputs
// CHECK-NOT: bf16
// CHECK: return
func.func @inputs(%q: !attn.tensor<f32, [batch, tokens, 2, 2]>) -> !attn.tensor<f32, [batch, tokens, 2, 2]> attributes {attn.model} {
  // expected-remark @+1 {{attention "dot" stays in f32: it reads its keys and values from inputs of that type; give the inputs type bf16}}
  %o = attn.attention "dot" %q, %q, %q : (!attn.tensor<f32, [batch, tokens, 2, 2]>, !attn.tensor<f32, [batch, tokens, 2, 2]>, !attn.tensor<f32, [batch, tokens, 2, 2]>) -> !attn.tensor<f32, [batch, tokens, 2, 2]>
    score (%b, %h, %i, %j) {
      %p = attn.reduce sum [%e: 2] {
        %a = attn.load %q[%b, %i, %h, %e] : <f32, [batch, tokens, 2, 2]>
        %k = attn.load %q[%b, %j, %h, %e] : <f32, [batch, tokens, 2, 2]>
        %m = arith.mulf %a, %k : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : f32
    }
    keep (%b, %h, %i, %j) {
      %true = arith.constant true
      attn.yield %true : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, tokens, 2, 2]>
}

// CHECK-LABEL: func.func @nothing
// CHECK-NOT: bf16
// expected-remark @+1 {{nothing is rounded to bf16: model 'nothing' has no product and no attention in f32}}
func.func @nothing(%x: !X) -> !X attributes {attn.model} {
  %y = attn.stage "double" [%r: rows, %n: 4] {
    %a = attn.load %x[%r, %n] : <f32, [rows, 4]>
    %m = arith.addf %a, %a : f32
    attn.yield %m : f32
  } : f32
  return %y : !X
}
