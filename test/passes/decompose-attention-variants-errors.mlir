// RUN: not attn-opt --attn-decompose-attention=target=x86-64-v4 --split-input-file %s 2>&1 | FileCheck %s
// Tiles that cannot be are errors at their place in the schedule file.

// CHECK: a.sched:2:3: error: attention 'dot': 'tile query' is no tile: write 'tile AXIS NUMBER' or 'tile key whole'
!Q = !attn.tensor<f32, [1, t, 1, 3]>
func.func @f(%q: !Q) -> !Q attributes {attn.model} {
  %y = attn.kernel "dot" (%0 = %q : !Q) -> !Q {
    %o = attn.attention "dot" %0, %0, %0 : (!Q, !Q, !Q) -> !Q
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
  } {attn.variants = [#attn.variant<tile query, at loc("a.sched":2:3)>]}
  return %y : !Q
}

// -----

// CHECK: a.sched:2:3: error: attention 'dot': 'tile 8 query' is no tile
!Q = !attn.tensor<f32, [1, t, 1, 3]>
func.func @f(%q: !Q) -> !Q attributes {attn.model} {
  %y = attn.kernel "dot" (%0 = %q : !Q) -> !Q {
    %o = attn.attention "dot" %0, %0, %0 : (!Q, !Q, !Q) -> !Q
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
  } {attn.variants = [#attn.variant<tile 8 query, at loc("a.sched":2:3)>]}
  return %y : !Q
}

// -----

// CHECK: a.sched:2:3: error: attention 'dot': 'tile query 8 guard' is no tile
!Q = !attn.tensor<f32, [1, t, 1, 3]>
func.func @f(%q: !Q) -> !Q attributes {attn.model} {
  %y = attn.kernel "dot" (%0 = %q : !Q) -> !Q {
    %o = attn.attention "dot" %0, %0, %0 : (!Q, !Q, !Q) -> !Q
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
  } {attn.variants = [#attn.variant<tile query 8 guard, at loc("a.sched":2:3)>]}
  return %y : !Q
}

// -----

// CHECK: a.sched:2:3: error: attention 'dot': 'tile query 12': vectors lie along the queries, so a tile has a multiple of 16 of them, or 1
!Q = !attn.tensor<f32, [1, t, 1, 3]>
func.func @f(%q: !Q) -> !Q attributes {attn.model} {
  %y = attn.kernel "dot" (%0 = %q : !Q) -> !Q {
    %o = attn.attention "dot" %0, %0, %0 : (!Q, !Q, !Q) -> !Q
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
  } {attn.variants = [#attn.variant<at loc("a.sched":1:3)>, #attn.variant<tile query 12, at loc("a.sched":2:3)>]}
  return %y : !Q
}

// -----

// What is no variant is nobody's.
// CHECK-LABEL: func.func @other
// CHECK: attn.stage "dot"
!Q = !attn.tensor<f32, [1, t, 1, 3]>
func.func @other(%q: !Q) -> !Q attributes {attn.model} {
  %y = attn.kernel "dot" (%0 = %q : !Q) -> !Q {
    %o = attn.attention "dot" %0, %0, %0 : (!Q, !Q, !Q) -> !Q
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
  } {attn.variants = [1]}
  return %y : !Q
}
