// Attention with 5 heads of depth 24, which no vector divides.
// RUN: attn-kernelc %s --target=x86-64-v4 --emit=stmt -o %t && FileCheck %s < %t
// CHECK: produce values

!joined = !attn.tensor<f32, [batch, tokens, 360]>
!query = !attn.tensor<f32, [batch, 5, tokens ceildiv 32, 24, 32]>
!scores = !attn.tensor<f32, [batch, 5, tokens ceildiv 32, tokens, 32]>
!rows = !attn.tensor<f32, [batch, 5, tokens ceildiv 32, 32]>
!values = !attn.tensor<f32, [batch, 5, tokens ceildiv 32, 32, 24]>
func.func private @odd_attention(%qkv: !joined, %valid: !attn.tensor<i1, [batch, tokens]>) -> !attn.tensor<f32, [batch, tokens, 120]>
    attributes {attn.kernel, attn.symbols = ["batch", "tokens"], attn.schedule = #attn.schedule<
      output {tile query.block 32, tile feature.head 24, lanes feature 16, unroll feature, order feature query feature.head query.block batch, parallel batch feature.head query.block},
      values {at output.parallel, registers, lanes feature 16, unroll feature 2, unroll query 8, unroll key 2},
      inverse {at output.parallel, lanes query 16},
      sum {at output.parallel, lanes query 16, unroll query, unroll key 4},
      weights {at output.parallel, lanes query 16, unroll query},
      max {at output.parallel, lanes query 16, unroll query, unroll key 4},
      masked {at output.parallel, tile key.rows 8, order query key key.rows, lanes query 16, unroll query key},
      scores {at masked.key.rows, lanes query 16, unroll query key, unroll depth 4},
      scaled {at output.parallel, lanes query 16}>} {
  %scaled = attn.stage "scaled" [%batch: batch, %head: 5, %tile: tokens ceildiv 32, %depth: 24, %query: 32] {
    %c32 = arith.constant 32 : index
    %c24 = arith.constant 24 : index
    // log2(e) / sqrt(24): the weights are powers of two.
    %scale = arith.constant 0.29448887 : f32
    %first = arith.muli %tile, %c32 : index
    %row = arith.addi %first, %query : index
    %column = arith.muli %head, %c24 : index
    %feature = arith.addi %column, %depth : index
    %x = attn.load %qkv[%batch, %row, %feature] : !joined
    %y = arith.mulf %x, %scale : f32
    attn.yield %y : f32
  } : f32
  %scores = attn.stage "scores" [%batch: batch, %head: 5, %tile: tokens ceildiv 32, %key: tokens, %query: 32] sum [%depth: 24] {
    %c24 = arith.constant 24 : index
    %c120 = arith.constant 120 : index
    %column = arith.muli %head, %c24 : index
    %offset = arith.addi %column, %c120 : index
    %feature = arith.addi %offset, %depth : index
    %q = attn.load %scaled[%batch, %head, %tile, %depth, %query] : !query
    %k = attn.load %qkv[%batch, %key, %feature] : !joined
    %m = arith.mulf %q, %k : f32
    attn.yield %m : f32
  } : f32
  %masked = attn.stage "masked" [%batch: batch, %head: 5, %tile: tokens ceildiv 32, %key: tokens, %query: 32] {
    %dropped = arith.constant -1.0e30 : f32
    %v = attn.load %valid[%batch, %key] : !attn.tensor<i1, [batch, tokens]>
    %s = attn.load %scores[%batch, %head, %tile, %key, %query] : !scores
    %m = arith.select %v, %s, %dropped : f32
    attn.yield %m : f32
  } : f32
  %max = attn.stage "max" [%batch: batch, %head: 5, %tile: tokens ceildiv 32, %query: 32] max [%key: tokens] {
    %s = attn.load %masked[%batch, %head, %tile, %key, %query] : !scores
    %least = arith.constant -1.0e+29 : f32
    %bounded = arith.maxnumf %s, %least : f32
    attn.yield %bounded : f32
  } : f32
  %weights = attn.stage "weights" [%batch: batch, %head: 5, %tile: tokens ceildiv 32, %key: tokens, %query: 32] {
    %s = attn.load %masked[%batch, %head, %tile, %key, %query] : !scores
    %m = attn.load %max[%batch, %head, %tile, %query] : !rows
    %d = arith.subf %s, %m : f32
    %w = math.exp2 %d : f32
    attn.yield %w : f32
  } : f32
  %sum = attn.stage "sum" [%batch: batch, %head: 5, %tile: tokens ceildiv 32, %query: 32] sum [%key: tokens] {
    %w = attn.load %weights[%batch, %head, %tile, %key, %query] : !scores
    attn.yield %w : f32
  } : f32
  %inverse = attn.stage "inverse" [%batch: batch, %head: 5, %tile: tokens ceildiv 32, %query: 32] {
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %s = attn.load %sum[%batch, %head, %tile, %query] : !rows
    %p = arith.cmpf ogt, %s, %zero : f32
    %i = arith.divf %one, %s : f32
    %r = arith.select %p, %i, %zero : f32
    attn.yield %r : f32
  } : f32
  %values = attn.stage "values" [%batch: batch, %head: 5, %tile: tokens ceildiv 32, %query: 32, %feature: 24] sum [%key: tokens] {
    %c24 = arith.constant 24 : index
    %c240 = arith.constant 240 : index
    %column = arith.muli %head, %c24 : index
    %offset = arith.addi %column, %c240 : index
    %at = arith.addi %offset, %feature : index
    %w = attn.load %weights[%batch, %head, %tile, %key, %query] : !scores
    %v = attn.load %qkv[%batch, %key, %at] : !joined
    %m = arith.mulf %w, %v : f32
    attn.yield %m : f32
  } : f32
  %output = attn.stage "output" [%batch: batch, %query: tokens, %feature: 120] {
    %c32 = arith.constant 32 : index
    %c24 = arith.constant 24 : index
    %tile = arith.floordivsi %query, %c32 : index
    %first = arith.muli %tile, %c32 : index
    %inner = arith.subi %query, %first : index
    %head = arith.floordivsi %feature, %c24 : index
    %column = arith.muli %head, %c24 : index
    %element = arith.subi %feature, %column : index
    %v = attn.load %values[%batch, %head, %tile, %inner, %element] : !values
    %i = attn.load %inverse[%batch, %head, %tile, %inner] : !rows
    %r = arith.mulf %v, %i : f32
    attn.yield %r : f32
  } : f32
  return %output : !attn.tensor<f32, [batch, tokens, 120]>
}
