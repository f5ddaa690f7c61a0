// RUN: attn-opt %s | attn-opt | FileCheck %s

// CHECK-LABEL: func.func @sink(
func.func @sink(%q: !attn.tensor<f32, [b, n, 4, 8]>, %sink: !attn.tensor<f32, [4]>) -> !attn.tensor<f32, [b, n, 4, 8]> {
  // CHECK: attn.attention "sink" %[[Q:.*]], %[[Q]], %[[Q]] : (
  // CHECK-NEXT: score (%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {
  // CHECK: keep (%{{.*}}, %{{.*}}, %[[I:.*]], %[[J:.*]]) {
  // CHECK-NEXT: arith.cmpi sle, %[[J]], %[[I]] : index
  // CHECK: weight (%{{.*}}, %[[H:.*]], %{{.*}}, %{{.*}}, %[[S:.*]]) {
  // CHECK-NEXT: %[[X:.*]] = attn.load %{{.*}}[%[[H]]] : <f32, [4]>
  // CHECK-NEXT: %[[P:.*]] = attn.normalize softmax %[[S]] sink %[[X]] : f32
  // CHECK-NEXT: attn.yield %[[P]] : f32
  %0 = attn.attention "sink" %q, %q, %q : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>) -> !attn.tensor<f32, [b, n, 4, 8]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.cmpi sle, %j, %i : index  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) {
      %x = attn.load %sink[%h] : !attn.tensor<f32, [4]>
      %p = attn.normalize softmax %s sink %x : f32
      attn.yield %p : f32
    }
  return %0 : !attn.tensor<f32, [b, n, 4, 8]>
}

// CHECK-LABEL: func.func @abs_sum(
func.func @abs_sum(%q: !attn.tensor<f32, [b, n, 4, 8]>) -> !attn.tensor<f32, [b, n, 4, 8]> {
  %0 = attn.attention "abs_sum" %q, %q, %q : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>) -> !attn.tensor<f32, [b, n, 4, 8]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) {
      // CHECK: attn.normalize abs_sum %{{.*}} : f32
      %p = attn.normalize abs_sum %s : f32
      attn.yield %p : f32
    }
  return %0 : !attn.tensor<f32, [b, n, 4, 8]>
}
