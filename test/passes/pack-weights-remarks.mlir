// What cannot be packed is read as it is, with a remark that says why.
// RUN: attn-opt --attn-pack-weights --verify-diagnostics %s

!X = !attn.tensor<f32, [rows, 5]>
!Y = !attn.tensor<f32, [rows, 10]>
!W = !attn.tensor<f32, [10, 5]>
attn.weight @w : !W

func.func @activations(%x: !X, %w: !W) -> !Y attributes {attn.model} {
  // expected-remark @+1 {{not packed: 'product' reads no matrix of weights at 'n' and its reduced axis}}
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !W) -> !Y
    variant schedule<product {pack n 4}> {
      %p = attn.stage "product" [%row: rows, %n: 10] sum [%k: 5] {
        %a = attn.load %0[%row, %k] : !X
        %c = attn.load %1[%n, %k] : !W
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : !Y
    }
  return %y : !Y
}

func.func @idle(%x: !X) -> !Y attributes {attn.model} {
  %w = attn.read @w : !W
  // expected-remark @+1 {{nothing prefetched: 'product' reads no panels, which 'pack' makes of weights}}
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !W) -> !Y
    variant schedule<product {prefetch}> {
      %p = attn.stage "product" [%row: rows, %n: 10] sum [%k: 5] {
        %a = attn.load %0[%row, %k] : !X
        %c = attn.load %1[%n, %k] : !W
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : !Y
    }
  return %y : !Y
}

func.func @unknown(%x: !X) -> !Y attributes {attn.model} {
  %w = attn.read @w : !W
  // expected-remark @+1 {{not packed: there is no stage "product" with an axis "column"}}
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !W) -> !Y
    variant schedule<product {pack column 4}> {
      %p = attn.stage "product" [%row: rows, %n: 10] sum [%k: 5] {
        %a = attn.load %0[%row, %k] : !X
        %c = attn.load %1[%n, %k] : !W
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : !Y
    }
  return %y : !Y
}

func.func @odd(%x: !X) -> !Y attributes {attn.model} {
  %w = attn.read @w : !W
  // expected-remark @+1 {{not packed: 'product' has 5 steps of depth, which 2 does not divide}}
  %y = attn.kernel "dense" (%0 = %x : !X, %1 = %w : !W) -> !Y
    variant schedule<product {pack n 4 2}> {
      %p = attn.stage "product" [%row: rows, %n: 10] sum [%k: 5] {
        %a = attn.load %0[%row, %k] : !X
        %c = attn.load %1[%n, %k] : !W
        %m = arith.mulf %a, %c : f32
        attn.yield %m : f32
      } : f32
      attn.yield %p : !Y
    }
  return %y : !Y
}
