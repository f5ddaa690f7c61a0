// A stage that is also read at a constant place is not read past its axes for
// that: its loads stay dense vectors, without clamps of their indices.
// RUN: attn-kernelc %s --emit=stmt -o %t && FileCheck %s < %t
// CHECK-NOT: min(ramp
// CHECK: produce pair
// CHECK-NOT: min(ramp

func.func private @beside_first(%x: !attn.tensor<f32, [rows, 64]>) -> !attn.tensor<f32, [rows, 2, 32]>
    attributes {attn.kernel, attn.symbols = ["rows"], attn.schedule = #attn.schedule<
      pair {at y.half, lanes column 16, unroll column},
      y {lanes column 16}>} {
  %pair = attn.stage "pair" [%row: rows, %half: 2, %column: 32] {
    %width = arith.constant 32 : index
    %begin = arith.muli %half, %width : index
    %place = arith.addi %begin, %column : index
    %e = attn.load %x[%row, %place] : !attn.tensor<f32, [rows, 64]>
    attn.yield %e : f32
  } : f32
  %y = attn.stage "y" [%row: rows, %half: 2, %column: 32] {
    %zero = arith.constant 0 : index
    %e = attn.load %pair[%row, %half, %column] : !attn.tensor<f32, [rows, 2, 32]>
    %first = attn.load %pair[%row, %half, %zero] : !attn.tensor<f32, [rows, 2, 32]>
    %d = arith.subf %e, %first : f32
    attn.yield %d : f32
  } : f32
  return %y : !attn.tensor<f32, [rows, 2, 32]>
}
