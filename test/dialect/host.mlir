// RUN: attn-opt %s | attn-opt | FileCheck %s

attn.weight @w : !attn.tensor<f32, [384, 8]>
func.func private @dense(%x: !attn.tensor<f32, [rows, 8]>, %w: !attn.tensor<f32, [384, 8]>) -> !attn.tensor<f32, [rows, 384]> attributes {attn.kernel, attn.symbols = ["rows"]}

// CHECK-LABEL: func.func @f(
func.func @f(%ids: memref<?x?xi32>, %x: memref<?x8xf32>, %worst: memref<i32>) {
  // CHECK: attn.check_indices %{{.*}} below[30522] "ids" : memref<?x?xi32>
  attn.check_indices %ids below [30522] "ids" : memref<?x?xi32>
  // CHECK: attn.check_indices %{{.*}} below[8] if_any "rows" : memref<i32>
  attn.check_indices %worst below [8] if_any "rows" : memref<i32>
  // CHECK: %[[W:.*]] = attn.buffer @w : memref<384x8xf32>
  %w = attn.buffer @w : memref<384x8xf32>
  // CHECK: attn.begin_call 0 "dense"
  attn.begin_call 0 "dense"
  // CHECK: %[[T:.*]] = attn.temporary [batch, tokens, 384] alive 0 to 3 : memref<?x?x384xf32>
  %t = attn.temporary [batch, tokens, 384] alive 0 to 3 : memref<?x?x384xf32>
  // CHECK: %[[V:.*]] = attn.view %[[T]] as [batch * tokens, 384] : memref<?x?x384xf32> to memref<?x384xf32>
  %v = attn.view %t as [batch * tokens, 384] : memref<?x?x384xf32> to memref<?x384xf32>
  // CHECK: attn.launch @dense(%{{.*}}, %[[W]]) into %[[V]] sizes (rows = batch * tokens) : (memref<?x8xf32>, memref<384x8xf32>) into memref<?x384xf32>
  attn.launch @dense(%x, %w) into %v sizes (rows = batch * tokens) : (memref<?x8xf32>, memref<384x8xf32>) into memref<?x384xf32>
  // CHECK: attn.end_call 0
  attn.end_call 0
  return
}
