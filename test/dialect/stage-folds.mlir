// RUN: attn-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: func.func @reshapes(
// CHECK-NEXT: %[[R:.*]] = attn.reshape %{{.*}} : <f32, [a, b, 4]> -> <f32, [a * b * 4]>
// CHECK-NEXT: return %[[R]], %arg0
func.func @reshapes(%0: !attn.tensor<f32, [a, b, 4]>) -> (!attn.tensor<f32, [4 * a * b]>, !attn.tensor<f32, [a, b, 4]>) {
  %1 = attn.reshape %0 : !attn.tensor<f32, [a, b, 4]> -> !attn.tensor<f32, [a * b, 4]>
  %2 = attn.reshape %1 : !attn.tensor<f32, [a * b, 4]> -> !attn.tensor<f32, [a * b * 4]>
  %3 = attn.reshape %2 : !attn.tensor<f32, [a * b * 4]> -> !attn.tensor<f32, [a, b, 4]>
  return %2, %3 : !attn.tensor<f32, [a * b * 4]>, !attn.tensor<f32, [a, b, 4]>
}

// CHECK-LABEL: func.func @sizes(
func.func @sizes(%x: !attn.tensor<i32, [n]>) -> !attn.tensor<i32, [n]> {
  // CHECK-DAG: %[[C:.*]] = arith.constant 384 : index
  // CHECK-DAG: attn.size [n] : index
  %0 = attn.stage "s" [%i: n] {
    %a = attn.size [12 * 32] : index
    %b = attn.size [n] : index
    %c = arith.addi %a, %b : index
    %d = arith.index_cast %c : index to i32
    attn.yield %d : i32
  } : i32
  return %0 : !attn.tensor<i32, [n]>
}
