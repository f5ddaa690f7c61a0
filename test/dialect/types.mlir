// RUN: attn-opt %s | attn-opt | FileCheck %s

// Where a choice of fusion, or a variant, is written.
// CHECK: #[[PLACE:loc[0-9]*]] = loc("a.sched":2:3)

// CHECK-LABEL: func.func @elements(
// CHECK-SAME: !attn.tensor<f32, [2]>, %{{.*}}: !attn.tensor<f16, [2]>, %{{.*}}: !attn.tensor<bf16, [2]>, %{{.*}}: !attn.tensor<i32, [2]>, %{{.*}}: !attn.tensor<i8, [2]>, %{{.*}}: !attn.tensor<i1, []>
func.func @elements(%0: !attn.tensor<f32, [2]>, %1: !attn.tensor<f16, [2]>, %2: !attn.tensor<bf16, [2]>, %3: !attn.tensor<i32, [2]>, %4: !attn.tensor<i8, [2]>, %5: !attn.tensor<i1, []>) {
  return
}

// Equal sizes are one attribute, however they were written.
// CHECK-LABEL: func.func @sizes(
func.func @sizes(%0: !attn.tensor<f32, [a * b, b - b + 384, 12 * 32]>) {
  // CHECK: attn.reshape %{{.*}} : <f32, [a * b, 384, 384]> -> <f32, [b, a, 384, 384]>
  %1 = attn.reshape %0 : !attn.tensor<f32, [b * a, 384, 384]> -> !attn.tensor<f32, [b, a, 384, 384]>
  return
}

// CHECK-LABEL: func.func @divisions(
// CHECK-SAME: [n floordiv 4, (n + 3) floordiv 4, n ceildiv 8, n mod 3]
func.func @divisions(%0: !attn.tensor<f32, [n floordiv 4, (n + 3) floordiv 4, n ceildiv 8, n mod 3]>) {
  return
}

// Names that are no bare words are quoted.
// CHECK-LABEL: func.func @names(
// CHECK-SAME: ["my size", _x, a.b]
func.func @names(%0: !attn.tensor<f32, ["my size", "_x", "a.b"]>) {
  return
}

// CHECK-LABEL: func.func @attributes()
// CHECK-SAME: a = #attn.size<n * 2 + 1>
// CHECK-SAME: b = #attn.condition<[batch * tokens] at_most 64>
// CHECK-SAME: c = #attn.directive<tile row.block 32 guard>
// CHECK-SAME: d = #attn.stage_schedule<gelu {lanes n 8, lanes "two words" -3}>
// CHECK-SAME: e = #attn.schedule<gelu {parallel n}, "a stage" {}>
// CHECK-SAME: f = #attn.schedule<tile query 32, tile key whole>
// CHECK-SAME: g = #attn.schedule<tile query 32, tile key 512, tile {at root}, scores {lanes query 8}>
// CHECK-SAME: h = #attn.schedule<tile {}, "tile query" {}>
// CHECK-SAME: i = #attn.schedule<>
func.func @attributes() attributes {
    a = #attn.size<1 + n * 2>,
    b = #attn.condition<[tokens * batch] at_most 64>,
    c = #attn.directive<tile row.block 32 guard>,
    d = #attn.stage_schedule<gelu {lanes n 8, lanes "two words" -3}>,
    e = #attn.schedule<gelu {parallel n}, "a stage" {}>,
    f = #attn.schedule<tile query 32, tile key whole>,
    g = #attn.schedule<tile query 32, tile key 512, tile {at root}, scores {lanes query 8}>,
    h = #attn.schedule<tile {}, "tile query" {}>,
    i = #attn.schedule<>} {
  return
}

// CHECK-LABEL: func.func @enums()
// CHECK-SAME: a = #attn<reducer sum>, b = #attn<reducer max>, c = #attn<reducer min>, d = #attn<normalizer softmax>, e = #attn<normalizer abs_sum>
func.func @enums() attributes {a = #attn<reducer sum>, b = #attn<reducer max>, c = #attn<reducer min>, d = #attn<normalizer softmax>, e = #attn<normalizer abs_sum>} {
  return
}

// CHECK-LABEL: func.func @fusions()
// CHECK-SAME: a = #attn.fusion<join "self.{q,k}" at #[[PLACE]]>
// CHECK-SAME: b = #attn.fusion<separate "self.*" at #[[PLACE]]>
// CHECK-SAME: c = #attn.fusion<fuse "gelu" into "dense" at #[[PLACE]]>
// CHECK-SAME: d = #attn.fusion<split "layer_norm" from "dense" at #[[PLACE]]>
func.func @fusions() attributes {a = #attn.fusion<join "self.{q,k}" at loc("a.sched":2:3)>,
                                 b = #attn.fusion<separate "self.*" at loc("a.sched":2:3)>,
                                 c = #attn.fusion<fuse "gelu" into "dense" at loc("a.sched":2:3)>,
                                 d = #attn.fusion<split "layer_norm" from "dense" at loc("a.sched":2:3)>} {
  return
}

// CHECK-LABEL: func.func @variants()
// CHECK-SAME: a = #attn.variant<tile query 16, when [batch * tokens] at_most 64, at #[[PLACE]]>
// CHECK-SAME: b = #attn.variant<tile query 64, tile key whole, at #[[PLACE]]>
// CHECK-SAME: c = #attn.variant<when [tokens] at_most 0, at #[[PLACE]]>
// CHECK-SAME: d = #attn.variant<at #[[PLACE]]>
func.func @variants() attributes {a = #attn.variant<when [batch * tokens] at_most 64, tile query 16, at loc("a.sched":2:3)>,
                                  b = #attn.variant<at loc("a.sched":2:3), tile query 64, tile key whole>,
                                  c = #attn.variant<when [tokens] at_most 0, at loc("a.sched":2:3)>,
                                  d = #attn.variant<at loc("a.sched":2:3)>} {
  return
}
