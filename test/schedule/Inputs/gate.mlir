// A kernel whose schedule tests fill in: a product, and half of its columns times the others.
func.func @model(%x: !attn.tensor<f32, [rows, 48]>, %w: !attn.tensor<f32, [64, 48]>) -> !attn.tensor<f32, [rows, 32]> attributes {attn.model} {
  %result = attn.kernel "gate" (%0 = %x : !attn.tensor<f32, [rows, 48]>, %1 = %w : !attn.tensor<f32, [64, 48]>) -> !attn.tensor<f32, [rows, 32]>
    variant schedule<SCHEDULE> {
      %product = attn.stage "product" [%row: rows, %column: 64] sum [%k: 48] {
        %a = attn.load %0[%row, %k] : !attn.tensor<f32, [rows, 48]>
        %b = attn.load %1[%column, %k] : !attn.tensor<f32, [64, 48]>
        %m = arith.mulf %a, %b : f32
        attn.yield %m : f32
      } : f32
      %y = attn.stage "result" [%row: rows, %column: 32] {
        %half = arith.constant 32 : index
        %other = arith.addi %column, %half : index
        %a = attn.load %product[%row, %column] : !attn.tensor<f32, [rows, 64]>
        %b = attn.load %product[%row, %other] : !attn.tensor<f32, [rows, 64]>
        %d = arith.mulf %a, %b : f32
        attn.yield %d : f32
      } : f32
      attn.yield %y : !attn.tensor<f32, [rows, 32]>
    }
  return %result : !attn.tensor<f32, [rows, 32]>
}
