// What a test finds interesting stays, all else goes.
// RUN: attn-reduce %s --reduction-tree='traversal-mode=0 test=%S/Inputs/reduce/has-exp.sh' | FileCheck %s
// RUN: attn-reduce %s --reduction-tree='traversal-mode=0 test=%S/Inputs/reduce/has-exp.sh' | attn-opt -o /dev/null

// CHECK-NOT: attn.weight
// CHECK-NOT: @boring
// CHECK: func.func @interesting
// CHECK: math.exp
// CHECK-NOT: @boring
attn.weight @unread : !attn.tensor<f32, [4]>

func.func @boring(%x: !attn.tensor<f32, [4]>) -> !attn.tensor<f32, [4]> {
  %y = attn.stage "double" [%i: 4] {
    %e = attn.load %x[%i] : <f32, [4]>
    %d = arith.addf %e, %e : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [4]>
}

func.func @interesting(%x: !attn.tensor<f32, [4]>) -> !attn.tensor<f32, [4]> {
  %y = attn.stage "exp" [%i: 4] {
    %e = attn.load %x[%i] : <f32, [4]>
    %d = math.exp %e : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [4]>
}

func.func @boring_too(%x: !attn.tensor<f32, [4]>) -> !attn.tensor<f32, [4]> {
  return %x : !attn.tensor<f32, [4]>
}
