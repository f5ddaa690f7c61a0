// RUN: attn-opt --attn-decompose-attention=target=x86-64-v4 --split-input-file --verify-diagnostics %s
// RUN: not attn-opt --split-input-file --attn-decompose-attention=target=pdp11 %s 2>&1 | FileCheck %s
// CHECK: error: unknown target 'pdp11'

!Q = !attn.tensor<f32, [1, t, 1, 3]>
func.func @two(%q: !Q) -> !Q attributes {attn.model} {
  %y = attn.kernel "two" (%0 = %q : !Q) -> !Q {
    %a = attn.attention "first" %0, %0, %0 : (!Q, !Q, !Q) -> !Q
      score (%b, %h, %i, %j) {
        %s = arith.constant 0.0 : f32
        attn.yield %s : f32
      }
      keep (%b, %h, %i, %j) {
        %c = arith.constant true
        attn.yield %c : i1
      }
      weight (%b, %h, %i, %j, %s) {
        attn.yield %s : f32
      }
    // expected-error @+1 {{is the second attention of a kernel; give it a kernel of its own}}
    %o = attn.attention "second" %a, %0, %0 : (!Q, !Q, !Q) -> !Q
      score (%b, %h, %i, %j) {
        %s = arith.constant 0.0 : f32
        attn.yield %s : f32
      }
      keep (%b, %h, %i, %j) {
        %c = arith.constant true
        attn.yield %c : i1
      }
      weight (%b, %h, %i, %j, %s) {
        attn.yield %s : f32
      }
    attn.yield %o : !Q
  }
  return %y : !Q
}

// -----

!Q = !attn.tensor<f32, [1, t, 1, 3]>
func.func @sink(%q: !Q) -> !Q attributes {attn.model} {
  // expected-error @+1 {{has a sink that depends on the key or its score}}
  %a = attn.attention "sink" %q, %q, %q : (!Q, !Q, !Q) -> !Q
    score (%b, %h, %i, %j) {
      %s = arith.constant 0.0 : f32
      attn.yield %s : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.constant true
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %x = arith.negf %s : f32
      %p = attn.normalize softmax %s sink %x : f32
      attn.yield %p : f32
    }
  return %a : !Q
}

// -----

!Q = !attn.tensor<f32, [1, 1073741825, 1, 1]>
func.func @long(%q: !Q) -> !Q attributes {attn.model} {
  %y = attn.kernel "long" (%0 = %q : !Q) -> !Q {
    // expected-error @+1 {{has 1073741825 queries, but may have 1073741824 at most}}
    %o = attn.attention "long" %0, %0, %0 : (!Q, !Q, !Q) -> !Q
      score (%b, %h, %i, %j) {
        %s = arith.constant 0.0 : f32
        attn.yield %s : f32
      }
      keep (%b, %h, %i, %j) {
        %c = arith.constant true
        attn.yield %c : i1
      }
      weight (%b, %h, %i, %j, %s) {
        attn.yield %s : f32
      }
    attn.yield %o : !Q
  }
  return %y : !Q
}
