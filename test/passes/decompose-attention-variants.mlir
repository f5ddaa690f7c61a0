// `attn.variants` chooses tiles and asks for variants, beside those by default.
// RUN: attn-opt --attn-decompose-attention=target=x86-64-v3 %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --each-variant --entry asked --print none --size batch=2 --size queries=35 --size keys=19
// RUN: attn-interpret %s --same-as %t --each-variant --entry asked --print none --size batch=1 --size queries=3 --size keys=50
// RUN: attn-interpret %s --same-as %t --each-variant --entry followed --print none --size batch=2 --size tokens=19
// RUN: attn-interpret %s --same-as %t --each-variant --entry followed --print none --size batch=1 --size tokens=33
// What follows the attention gets a schedule, with the tiles of its variant.
// RUN: attn-opt --attn-decompose-attention=target=x86-64-v3 --attn-schedule-kernels=target=x86-64-v3 %s -o %t.scheduled
// RUN: FileCheck %s --check-prefix=SCHEDULED < %t.scheduled
// RUN: attn-interpret %s --same-as %t.scheduled --each-variant --entry followed --print none --size batch=2 --size tokens=35

!Q = !attn.tensor<f32, [batch, queries, 2, 8]>
!K = !attn.tensor<f32, [batch, keys, 2, 8]>

// Of one size the smaller bound comes first; other sizes come before the defaults.
// A variant begins as what runs for its sizes; what changes is noted.
// CHECK-LABEL: func.func @asked
// CHECK: attn.kernel "asked"
// CHECK: variant when [keys] at_most 0 schedule<asked {
// CHECK: variant when [batch * keys] at_most 40 schedule<tile query 16, tile key 128, query_tile {at asked.parallel
// CHECK: asked {tile query.tile 16 guard
// CHECK: variant when [queries] at_most 4 schedule<tile query 1, tile key 8, {{.*}}partials {at root
// CHECK: attn.stage "scores.full" [%batch: batch, %head: 2, %tile: queries, %chunk: keys ceildiv 8, %key: 8, %query: 1]
// CHECK: variant when [queries] at_most 9 schedule<tile query 8, tile key whole, query_tile
// CHECK: attn.stage "scores" [%batch: batch, %head: 2, %tile: queries ceildiv 8, %key: keys, %query: 8]
// CHECK: variant when [keys] at_most 128 schedule<tile query 32, tile key whole, query_tile
// CHECK: variant schedule<tile query 32, tile key 128, query_tile
// CHECK: attn.changed_variants = array<i64: 1, 2, 3>
// CHECK-NOT: attn.variants
func.func @asked(%q: !Q {attn.name = "q"}, %k: !K {attn.name = "k"}) -> (!Q {attn.name = "y"}) attributes {attn.model} {
  %y = attn.kernel "asked" (%0 = %q : !Q, %1 = %k : !K) -> !Q {
    %o = attn.attention "asked" %0, %1, %1 : (!Q, !K, !K) -> !Q
      score (%b, %h, %i, %j) {
        %s = attn.reduce sum [%e: 8] {
          %x = attn.load %0[%b, %i, %h, %e] : !Q
          %z = attn.load %1[%b, %j, %h, %e] : !K
          %m = arith.mulf %x, %z : f32
          attn.yield %m : f32
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
    attn.yield %o : !Q
  } {attn.variants = [#attn.variant<tile query 8, tile key whole, when [queries] at_most 9, at loc("a.sched":2:3)>,
                      #attn.variant<when [queries] at_most 4, tile key 8, at loc("a.sched":3:3)>,
                      #attn.variant<tile query 16, when [keys * batch] at_most 40, at loc("a.sched":4:3)>,
                      #attn.variant<when [keys] at_most 128, at loc("a.sched":5:3)>]}
  return %y : !Q
}

// Stages after an attention are in its tasks: it is computed for a tile of queries
// there, and names that are its own make way.
!X = !attn.tensor<f32, [batch, tokens, 2, 4]>
!Y = !attn.tensor<f32, [batch, tokens, 8]>
!Z = !attn.tensor<f32, [batch, tokens, 6]>
!W = !attn.tensor<f32, [6, 8]>
// CHECK-LABEL: func.func @followed
// CHECK: variant schedule<tile query 16, tile key 24, {{.*}}query_tile {at attention.query.tile
// CHECK-SAME: attention {tile query.tile 16 pad, order feature query query.tile head batch, lanes feature 8 guard}> {
// CHECK: attn.stage "attention"
// CHECK: attn.stage "values_attention" [%batch: batch, %query: tokens, %column: 8]
// CHECK: attn.stage "product"
// CHECK: attn.stage "out"
// SCHEDULED-LABEL: func.func @followed
// SCHEDULED: variant when [tokens] at_most 4 schedule<tile query 1, tile key 64, {{.*}}attention {at out.parallel, lanes feature 8 guard}, out {
// SCHEDULED: variant schedule<tile query 16, tile key 24, {{.*}}attention {at out.parallel, tile query.tile 16 pad,
// SCHEDULED-SAME: out {tile row.block 16 guard, {{.*}}parallel batch row.block}, product {at out.parallel, registers
// SCHEDULED-SAME: values_attention {at out.parallel, lanes column 8}> {
func.func @followed(%x: !X {attn.name = "x"}, %w: !W {attn.name = "w"}) -> (!Z {attn.name = "y"}) attributes {attn.model} {
  %y = attn.kernel "out" (%0 = %x : !X, %1 = %w : !W) -> !Z {
    %o = attn.attention "attention" %0, %0, %0 : (!X, !X, !X) -> !X
      score (%b, %h, %i, %j) {
        %s = attn.reduce sum [%e: 4] {
          %a = attn.load %0[%b, %i, %h, %e] : !X
          %c = attn.load %0[%b, %j, %h, %e] : !X
          %m = arith.mulf %a, %c : f32
          attn.yield %m : f32
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
    %m = attn.stage "values" [%batch: batch, %query: tokens, %column: 8] {
      %four = arith.constant 4 : index
      %h = arith.floordivsi %column, %four : index
      %f = arith.remui %column, %four : index
      %a = attn.load %o[%batch, %query, %h, %f] : !X
      attn.yield %a : f32
    } : f32
    %p = attn.stage "product" [%batch: batch, %row: tokens, %n: 6] sum [%k: 8] {
      %a = attn.load %m[%batch, %row, %k] : !Y
      %b = attn.load %1[%n, %k] : !W
      %c = arith.mulf %a, %b : f32
      attn.yield %c : f32
    } : f32
    %t = attn.stage "out" [%batch: batch, %row: tokens, %n: 6] {
      %a = attn.load %p[%batch, %row, %n] : !Z
      %b = math.tanh %a : f32
      attn.yield %b : f32
    } : f32
    attn.yield %t : !Z
  } {attn.variants = [#attn.variant<tile query 16, tile key 24, at loc("a.sched":2:3)>,
                      #attn.variant<tile query 1, tile key 64, when [tokens] at_most 4, at loc("a.sched":3:3)>]}
  return %y : !Z
}
