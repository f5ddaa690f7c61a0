// RUN: attn-opt %s | attn-opt | FileCheck %s

// CHECK: attn.weight @encoder.dense.weight : !attn.tensor<f32, [4, 8]>
attn.weight @encoder.dense.weight : !attn.tensor<f32, [4, 8]>
// CHECK: attn.weight @"0.weight" : !attn.tensor<f32, []>
attn.weight @"0.weight" : !attn.tensor<f32, []>
// CHECK: attn.prepared @panels : !attn.tensor<f32, [8, 4]>
attn.prepared @panels : !attn.tensor<f32, [8, 4]>

// CHECK-LABEL: func.func @prepare()
func.func @prepare() attributes {attn.prepare} {
  // CHECK: %[[W:.*]] = attn.read @encoder.dense.weight : <f32, [4, 8]>
  %w = attn.read @encoder.dense.weight : !attn.tensor<f32, [4, 8]>
  %t = attn.stage "panels" [%i: 8, %j: 4] {
    %v = attn.load %w[%j, %i] : !attn.tensor<f32, [4, 8]>
    attn.yield %v : f32
  } : f32
  // CHECK: attn.write @panels, %{{.*}} : <f32, [8, 4]>
  attn.write @panels, %t : !attn.tensor<f32, [8, 4]>
  return
}

// CHECK-LABEL: func.func @checks(
func.func @checks(%ids: !attn.tensor<i32, [batch, tokens]>, %worst: !attn.tensor<i32, []>) {
  // CHECK: attn.check_size[tokens] at_most[512] "the position table has 512 rows"
  attn.check_size [tokens] at_most [512] "the position table has 512 rows"
  // CHECK: attn.check_index %{{.*}} below[batch * 2] "ids" : <i32, [batch, tokens]>
  attn.check_index %ids below [2 * batch] "ids" : !attn.tensor<i32, [batch, tokens]>
  // CHECK: attn.check_index %{{.*}} below[tokens] if_any "rows" : <i32, []>
  attn.check_index %worst below [tokens] if_any "rows" : !attn.tensor<i32, []>
  // CHECK: attn.read @"0.weight" : <f32, []>
  %0 = attn.read @"0.weight" : !attn.tensor<f32, []>
  // CHECK: attn.read @panels : <f32, [8, 4]>
  %1 = attn.read @panels : !attn.tensor<f32, [8, 4]>
  return
}
