// A kernel whose schedule tests fill in: a product of scaled rows, and its largest
// value taken off.
func.func @model(%x: !attn.tensor<f32, [rows, 48]>, %w: !attn.tensor<f32, [64, 48]>) -> !attn.tensor<f32, [rows, 64]> attributes {attn.model} {
  %result = attn.kernel "rows" (%0 = %x : !attn.tensor<f32, [rows, 48]>, %1 = %w : !attn.tensor<f32, [64, 48]>) -> !attn.tensor<f32, [rows, 64]>
    variant schedule<SCHEDULE> {
      %scaled = attn.stage "scaled" [%row: rows, %k: 48] {
        %a = attn.load %0[%row, %k] : !attn.tensor<f32, [rows, 48]>
        %s = arith.addf %a, %a : f32
        attn.yield %s : f32
      } : f32
      %product = attn.stage "product" [%row: rows, %column: 64] sum [%k: 48] {
        %a = attn.load %scaled[%row, %k] : !attn.tensor<f32, [rows, 48]>
        %b = attn.load %1[%column, %k] : !attn.tensor<f32, [64, 48]>
        %m = arith.mulf %a, %b : f32
        attn.yield %m : f32
      } : f32
      %largest = attn.stage "largest" [%row: rows] max [%column: 64] {
        %a = attn.load %product[%row, %column] : !attn.tensor<f32, [rows, 64]>
        attn.yield %a : f32
      } : f32
      %y = attn.stage "result" [%row: rows, %column: 64] {
        %a = attn.load %product[%row, %column] : !attn.tensor<f32, [rows, 64]>
        %m = attn.load %largest[%row] : !attn.tensor<f32, [rows]>
        %d = arith.subf %a, %m : f32
        attn.yield %d : f32
      } : f32
      attn.yield %y : !attn.tensor<f32, [rows, 64]>
    }
  return %result : !attn.tensor<f32, [rows, 64]>
}
