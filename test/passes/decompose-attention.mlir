// Every definition in each of its forms, against the interpreter's meaning of it.
// Masks and weights of many kinds: decompose-attention-*.attn.
// RUN: attn-opt --attn-fuse-stages --attn-decompose-attention=target=x86-64-v4 %s -o %t && FileCheck %s < %t
// RUN: attn-opt --attn-fuse-stages --attn-decompose-attention=target=x86-64-v3 %s -o %t.v3
// RUN: attn-opt --attn-fuse-stages --attn-decompose-attention=target=opencl --attn-stage-operands=target=opencl --attn-split-reductions=target=opencl %s -o %t.device
// RUN: attn-interpret %s --same-as %t.device --each-variant --entry padded --print none --size batch=2 --size queries=33 --size keys=130
// RUN: attn-interpret %s --same-as %t.device --each-variant --entry sink --print none --size batch=2 --size queries=5 --size keys=9
// RUN: attn-interpret %s --same-as %t.device --each-variant --entry abs_sum --print none --size batch=2 --size queries=5 --size keys=9
// RUN: attn-interpret %s --same-as %t.device --each-variant --entry additive --print none --size batch=1 --size queries=34 --size keys=200 --input q=42.9
// RUN: attn-interpret %s --same-as %t.device --each-variant --entry infinite --print none --size batch=1 --size queries=5 --size keys=4 --input bias=[0,-inf,1,-inf]
// RUN: attn-interpret %s --same-as %t --each-variant --entry padded --print none --size batch=3 --size queries=33 --size keys=600
// RUN: attn-interpret %s --same-as %t --each-variant --entry padded --print none --size batch=1 --size queries=1 --size keys=1
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --entry padded --print none --size batch=2 --size queries=5 --size keys=7 --input valid=0
// RUN: attn-interpret %s --same-as %t --each-variant --entry padded --print none --size batch=2 --size queries=64 --size keys=2 --input valid=[0,0,1,0]
// RUN: attn-interpret %s --same-as %t --each-variant --entry dot --print none --size batch=1 --size queries=33 --size keys=3
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --entry dot --print none --size batch=1 --size queries=2 --size keys=3 --input k=1e15 --input q=-1e15
// RUN: attn-interpret %s --same-as %t --each-variant --entry grouped --print none --size batch=2 --size queries=33 --size keys=33
// RUN: attn-interpret %s --same-as %t --each-variant --entry grouped --print none --size batch=1 --size queries=4 --size keys=1
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --entry sink --print none --size batch=2 --size queries=5 --size keys=9
// RUN: attn-interpret %s --same-as %t --each-variant --entry sink --print none --size batch=2 --size queries=5 --size keys=9 --input valid=0
// RUN: attn-interpret %s --same-as %t --each-variant --entry abs_sum --print none --size batch=2 --size queries=5 --size keys=9
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --entry sigmoid --print none --size batch=2 --size queries=5 --size keys=9
// RUN: attn-interpret %s --same-as %t --each-variant --entry around --print none --size batch=2 --size queries=35 --size keys=9
// RUN: attn-interpret %s --same-as %t --each-variant --entry around --print none --size batch=2 --size queries=3 --size keys=9 --input valid=0
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --entry document --print none --size batch=2 --size queries=3 --size keys=4 --input of_query=[0,1,2,0,0,7] --input of_key=[0,0,1,1,0,1,0,1]
// RUN: attn-interpret %s --same-as %t --each-variant --entry relative --print none --size batch=1 --size queries=34 --size keys=300
// RUN: attn-interpret %s --same-as %t --each-variant --entry additive --print none --size batch=1 --size queries=34 --size keys=9
// RUN: attn-interpret %s --same-as %t --each-variant --entry additive --print none --size batch=1 --size queries=34 --size keys=200 --input q=42.9
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --entry additive --print none --size batch=1 --size queries=34 --size keys=200 --input q=100 --input k=-100
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --entry general --print none --size batch=1 --size queries=3 --size keys=300
// RUN: attn-interpret %s --same-as %t --each-variant --entry distance --print none --size batch=1 --size queries=34 --size keys=9
// RUN: attn-interpret %s --same-as %t --each-variant --entry counted --print none --size batch=1 --size queries=3 --size keys=4 --input ids=2
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --entry centered --print none --size batch=1 --size queries=34 --size keys=4
// RUN: attn-interpret %s --same-as %t --each-variant --entry narrow --print none --size batch=1 --size queries=34 --size keys=150
// RUN: attn-interpret %s --same-as %t --each-variant --entry weights --print none --size batch=1 --size queries=34 --size keys=4
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --entry infinite --print none --size batch=1 --size queries=5 --size keys=4 --input bias=[0,-inf,1,-inf]
// RUN: attn-interpret %s --same-as %t --each-variant --entry infinite --print none --size batch=1 --size queries=5 --size keys=4 --input bias=-inf
// RUN: attn-interpret %s --same-as %t --each-variant --entry infinite --print none --size batch=1 --size queries=5 --size keys=4 --input bias=[-1e31,-1e31,-1e32,0]
// RUN: attn-interpret %s --same-as %t.v3 --each-variant --entry infinite --print none --size batch=1 --size queries=5 --size keys=4 --input bias=[0,1,nan,0]
// RUN: attn-interpret %s --same-as %t --each-variant --entry infinite_dense --print none --size batch=1 --size queries=2 --size keys=2 --input bias=[0,-inf,-inf,-inf]
// RUN: attn-interpret %s --same-as %t --each-variant --entry infinite_dense --print none --size batch=1 --size queries=2 --size keys=2 --input bias=[0,nan,-inf,0]

// A few queries one by one; rows of a tile of queries with all their keys; and
// chunks of keys, whose maxima, sums and values are combined. The score matrix is
// never stored whole: with several queries every stage belongs to a task of the
// result, but what is looked up about tiles.
// CHECK-LABEL: func.func @padded
// CHECK: attn.kernel "padded"
// CHECK: variant when [queries] at_most {{[0-9]+}} schedule<
// CHECK-SAME: partials {at root, {{.*}}parallel batch tile chunk
// CHECK: attn.stage "products.full" [%batch: batch, %head: 5, %tile: queries, %chunk: keys ceildiv {{[0-9]+}}, %key: {{[0-9]+}}, %query: 1] sum [%depth: 24]
// CHECK: variant when [keys] at_most {{[0-9]+}} schedule<{{.*}}query_tile {at padded.parallel
// CHECK: attn.stage "query_tile" [%batch: batch, %head: 5, %tile: queries ceildiv [[TILE:[0-9]+]], %depth: 24, %query: [[TILE]]]
// CHECK: attn.stage "products" [%batch: batch, %head: 5, %tile: {{.*}}, %key: keys, %query: [[TILE]]] sum [%depth: 24]
// CHECK: attn.stage "scores"
// CHECK: attn.stage "row_max" {{.*}} max [%key: keys]
// CHECK: attn.stage "exponentials"
// CHECK: attn.stage "row_sum" {{.*}} sum [%key: keys]
// CHECK: attn.stage "values" {{.*}} sum [%key: keys]
// CHECK: attn.stage "inverse"
// CHECK: attn.stage "padded" [%batch: batch, %query: queries, %head: 5, %feature: 24]
// CHECK: variant when [keys] at_most {{[0-9]+}} schedule<{{.*}}query_tile {at padded.parallel
// CHECK-SAME: partials {at padded.parallel, pieces chunk full cut, sparse
// CHECK-SAME: padded {tile query.tile [[TILE]] guard, {{.*}}parallel batch head query.tile}> {
// CHECK: %[[PARTIALS:[a-z_0-9]+]]:3 = attn.stage "partials" [%batch: batch, %head: 5, %tile: {{.*}}, %chunk: {{.*}}, %query: [[TILE]], %feature: 24]
// CHECK: attn.stage "row_max" {{.*}} max [%chunk: keys ceildiv {{[0-9]+}}]
// CHECK: attn.load %[[PARTIALS]]#1[
// CHECK: attn.stage "factors"
// CHECK: attn.stage "row_sum" {{.*}} sum [%chunk:
// CHECK: attn.load %[[PARTIALS]]#2[
// CHECK: attn.stage "values" {{.*}} sum [%chunk:
// CHECK: attn.load %[[PARTIALS]]#0[
// CHECK: attn.stage "padded" [%batch: batch, %query: queries, %head: 5, %feature: 24]
// CHECK-NOT: attn.attention
func.func @padded(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}, %valid: !attn.tensor<i1, [batch, keys]> {attn.name = "valid"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "padded" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = attn.load %valid[%b, %j] : !attn.tensor<i1, [batch, keys]>
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// Nothing to drop: no select, but where the last chunk goes past the keys.
// CHECK-LABEL: func.func @dot
// CHECK: variant when [keys]
// CHECK: attn.stage "scores"
// CHECK-NOT: arith.select
// CHECK: attn.stage "values"
// CHECK: variant when [keys] at_most {{[0-9]+}} schedule<{{.*}}partials
// CHECK: attn.stage "scores.full"
// CHECK-NOT: arith.select
// CHECK: attn.stage "scores.cut"
// CHECK: arith.select
func.func @dot(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "dot" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.constant true
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// Two query heads share a key head; features differ from depth.
// CHECK-LABEL: func.func @grouped
// CHECK: arith.floordivsi %head
// CHECK: "values" [%batch: batch, %head: 6, %tile: {{.*}}, %query: {{[0-9]+}}, %feature: 7] sum [%key: keys]
func.func @grouped(%q: !attn.tensor<f32, [batch, queries, 6, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 3, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 3, 7]> {attn.name = "v"}) -> !attn.tensor<f32, [batch, queries, 6, 7]> attributes {attn.model} {
  %o = attn.attention "grouped" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 6, 24]>, !attn.tensor<f32, [batch, keys, 3, 24]>, !attn.tensor<f32, [batch, keys, 3, 7]>) -> !attn.tensor<f32, [batch, queries, 6, 7]>
    score (%b, %h, %i, %j) {
      %group = arith.constant 2 : index
      %g = arith.floordivsi %h, %group : index
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 6, 24]>
        %y = attn.load %k[%b, %j, %g, %e] : !attn.tensor<f32, [batch, keys, 3, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 6, 7]>
}

// A sink takes its share and belongs to no key.
// CHECK-LABEL: func.func @sink
// CHECK: "row_max.sink"
func.func @sink(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}, %valid: !attn.tensor<i1, [batch, keys]> {attn.name = "valid"}, %sinks: !attn.tensor<f32, [5]>) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "sink" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = attn.load %valid[%b, %j] : !attn.tensor<i1, [batch, keys]>
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %x = attn.load %sinks[%h] : !attn.tensor<f32, [5]>
      %p = attn.normalize softmax %s sink %x : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// abs_sum divides by magnitudes.
// CHECK-LABEL: func.func @abs_sum
// CHECK: "magnitudes"
// CHECK-NOT: math.exp
func.func @abs_sum(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "abs_sum" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize abs_sum %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// No normaliser: the weight is a function of the score alone.
// CHECK-LABEL: func.func @sigmoid
// CHECK-NOT: "row_max"
// CHECK-NOT: "inverse"
// CHECK: "weights"
func.func @sigmoid(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "sigmoid" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %n = arith.negf %s : f32
      %x = math.exp %n : f32
      %one = arith.constant 1.0 : f32
      %d = arith.addf %x, %one : f32
      %p = arith.divf %one, %d : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// Arithmetic around the normaliser, and on its operand: dropped pairs stay out.
// CHECK-LABEL: func.func @around
// CHECK: "logits"
// CHECK: "weights"
func.func @around(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}, %valid: !attn.tensor<i1, [batch, keys]> {attn.name = "valid"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "around" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = attn.load %valid[%b, %j] : !attn.tensor<i1, [batch, keys]>
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %two = arith.constant 2.0 : f32
      %one = arith.constant 1.0 : f32
      %u = arith.mulf %s, %two : f32
      %p = attn.normalize softmax %u : f32
      %r = arith.addf %p, %one : f32
      %w = arith.mulf %r, %s : f32
      attn.yield %w : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// `keep` may read tables at i and j.
// CHECK-LABEL: func.func @document
// CHECK: arith.cmpi eq
func.func @document(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}, %of_query: !attn.tensor<i32, [batch, queries]> {attn.name = "of_query"}, %of_key: !attn.tensor<i32, [batch, keys]> {attn.name = "of_key"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "document" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %x = attn.load %of_query[%b, %i] : !attn.tensor<i32, [batch, queries]>
      %y = attn.load %of_key[%b, %j] : !attn.tensor<i32, [batch, keys]>
      %c = arith.cmpi eq, %x, %y : i32
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// Two sums, the second over a table of relative positions.
// CHECK-LABEL: func.func @relative
// CHECK: variant when [keys]
// CHECK: "products"
// CHECK: "products.1"
func.func @relative(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}, %r: !attn.tensor<f32, [queries + keys, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "relative" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      %keys = attn.size [keys] : index
      %d0 = arith.subi %i, %j : index
      %at = arith.addi %d0, %keys : index
      %rel = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %r[%at, %e] : !attn.tensor<f32, [queries + keys, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %sum = arith.addf %t, %rel : f32
      attn.yield %sum : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// Bahdanau: no product at all in the sum.
// CHECK-LABEL: func.func @additive
// CHECK: math.tanh
func.func @additive(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}, %w: !attn.tensor<f32, [24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "additive" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %t = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %z = attn.load %w[%e] : !attn.tensor<f32, [24]>
        %a = arith.addf %x, %y : f32
        %c = math.tanh %a : f32
        %m = arith.mulf %c, %z : f32
        attn.yield %m : f32
      } : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.constant true
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// Luong: a sum in the sum, which no query takes part in, is a stage for all.
// CHECK-LABEL: func.func @general
// CHECK: products.inner {at root, {{.*}}parallel batch head}
// CHECK: attn.stage "products.inner" [%batch: batch, %head: 5, %key: keys, %depth: 24] sum [%inner: 24]
// CHECK: attn.stage "products.full" {{.*}} sum [%depth: 24]
// CHECK: attn.load %products_inner[%batch, %head, %key, %depth]
func.func @general(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}, %w: !attn.tensor<f32, [5, 24, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "general" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %t = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %in = attn.reduce sum [%f: 24] {
          %y = attn.load %k[%b, %j, %h, %f] : !attn.tensor<f32, [batch, keys, 5, 24]>
          %z = attn.load %w[%h, %e, %f] : !attn.tensor<f32, [5, 24, 24]>
          %m = arith.mulf %y, %z : f32
          attn.yield %m : f32
        } : f32
        %m = arith.mulf %x, %in : f32
        attn.yield %m : f32
      } : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// A score without a sum.
// CHECK-LABEL: func.func @distance
// CHECK-NOT: "products"
// CHECK: "scores"
func.func @distance(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "distance" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %d = arith.subi %j, %i : index
      %d32 = arith.index_cast %d : index to i32
      %t = arith.sitofp %d32 : i32 to f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// A count in the score is a sum of integers: it stays in the scores' body.
// CHECK-LABEL: func.func @counted
// CHECK: attn.reduce sum {{.*}}
func.func @counted(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}, %ids: !attn.tensor<i32, [batch, queries]> {attn.name = "ids"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "counted" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %n = attn.reduce sum [%e: 24] {
        %z = attn.load %ids[%b, %i] : !attn.tensor<i32, [batch, queries]>
        attn.yield %z : i32
      } : i32
      %f = arith.sitofp %n : i32 to f32
      %t = arith.subf %dot, %f : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.constant true
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// One sum read by another. It is of queries alone, and is computed once for each.
// CHECK-LABEL: func.func @centered
// CHECK: variant when [keys] at_most {{[0-9]+}} schedule<{{.*}}query_tile
// CHECK: %[[SUMS:.*]] = attn.stage "sums" [%batch: batch, %head: 5, %tile: {{.*}}, %query: 32] sum
// CHECK: attn.stage "products"
// CHECK: attn.load %[[SUMS]]
func.func @centered(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "centered" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %mean = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        attn.yield %x : f32
      } : f32
      %t = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %z = arith.subf %x, %mean : f32
        %m = arith.mulf %z, %y : f32
        attn.yield %m : f32
      } : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// bf16 operands: copies keep their type, arithmetic and result are f32 until the end.
// CHECK-LABEL: func.func @narrow
// CHECK: attn.stage "query_tile" {{.*}} {
// CHECK: } : bf16
// CHECK: arith.truncf
func.func @narrow(%q: !attn.tensor<bf16, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<bf16, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<bf16, [batch, keys, 5, 24]> {attn.name = "v"}) -> !attn.tensor<bf16, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "narrow" %q, %k, %v : (!attn.tensor<bf16, [batch, queries, 5, 24]>, !attn.tensor<bf16, [batch, keys, 5, 24]>, !attn.tensor<bf16, [batch, keys, 5, 24]>) -> !attn.tensor<bf16, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<bf16, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<bf16, [batch, keys, 5, 24]>
        %x1 = arith.extf %x : bf16 to f32
        %y1 = arith.extf %y : bf16 to f32
        %m = arith.mulf %x1, %y1 : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.constant true
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<bf16, [batch, queries, 5, 24]>
}

// The attention may be called what a stage of it is called.
// CHECK-LABEL: func.func @weights
// CHECK: attn.stage "weights_attention"
func.func @weights(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "weights" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      attn.yield %t : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %one = arith.constant 1.0 : f32
      %p = attn.normalize softmax %s : f32
      %r = arith.addf %p, %one : f32
      attn.yield %r : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// Masks made of the lowest finite number, and -inf, beside `keep`.
// CHECK-LABEL: func.func @infinite
func.func @infinite(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}, %bias: !attn.tensor<f32, [keys]> {attn.name = "bias"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "infinite" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %z = arith.constant 0xFF800000 : f32
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      %first = attn.load %bias[%j] : !attn.tensor<f32, [keys]>
      %two = arith.addf %t, %first : f32
      attn.yield %two : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

// Rows of -inf where nothing is dropped.
// CHECK-LABEL: func.func @infinite_dense
func.func @infinite_dense(%q: !attn.tensor<f32, [batch, queries, 5, 24]> {attn.name = "q"}, %k: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "k"}, %v: !attn.tensor<f32, [batch, keys, 5, 24]> {attn.name = "v"}, %bias: !attn.tensor<f32, [queries, keys]> {attn.name = "bias"}) -> !attn.tensor<f32, [batch, queries, 5, 24]> attributes {attn.model} {
  %o = attn.attention "infinite_dense" %q, %k, %v : (!attn.tensor<f32, [batch, queries, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>, !attn.tensor<f32, [batch, keys, 5, 24]>) -> !attn.tensor<f32, [batch, queries, 5, 24]>
    score (%b, %h, %i, %j) {
      %dot = attn.reduce sum [%e: 24] {
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [batch, queries, 5, 24]>
        %y = attn.load %k[%b, %j, %h, %e] : !attn.tensor<f32, [batch, keys, 5, 24]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      %scale = arith.constant 0.204 : f32
      %t = arith.mulf %dot, %scale : f32
      %first = attn.load %bias[%i, %j] : !attn.tensor<f32, [queries, keys]>
      %two = arith.addf %t, %first : f32
      attn.yield %two : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.constant true
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [batch, queries, 5, 24]>
}

