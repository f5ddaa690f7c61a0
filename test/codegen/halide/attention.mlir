// Attention over padded batches, heads joined: batch and lengths at run time.
// Scores stand as [key, query] with queries along the lanes, so that the row
// maximum and sum need no reduction across a vector. The axis `tile` counts
// blocks of 32 queries; a stage's last axis is the query within its block.
// RUN: attn-kernelc %s --target=x86-64-v4 --emit=stmt -o %t && FileCheck %s < %t
// CHECK: produce values

!joined = !attn.tensor<f32, [batch, tokens, 1152]>
!query = !attn.tensor<f32, [batch, 12, tokens ceildiv 32, 32, 32]>
!scores = !attn.tensor<f32, [batch, 12, tokens ceildiv 32, tokens, 32]>
!rows = !attn.tensor<f32, [batch, 12, tokens ceildiv 32, 32]>
!values = !attn.tensor<f32, [batch, 12, tokens ceildiv 32, 32, 32]>
func.func private @attention(%qkv: !joined, %valid: !attn.tensor<i1, [batch, tokens]>) -> !attn.tensor<f32, [batch, tokens, 384]>
    attributes {attn.kernel, attn.symbols = ["batch", "tokens"], attn.schedule = #attn.schedule<
      output {tile query.block 32, tile feature.head 32, lanes feature 16, unroll feature, order feature query feature.head query.block batch, parallel batch feature.head query.block},
      values {at output.parallel, registers, lanes feature 16, unroll feature 2, unroll query 8, unroll key 2},
      inverse {at output.parallel, lanes query 16},
      sum {at output.parallel, lanes query 16, unroll query, unroll key 4},
      weights {at output.parallel, lanes query 16, unroll query},
      max {at output.parallel, lanes query 16, unroll query, unroll key 4},
      masked {at output.parallel, tile key.rows 8, order query key key.rows, lanes query 16, unroll query key},
      scores {at masked.key.rows, lanes query 16, unroll query key, unroll depth 4},
      scaled {at output.parallel, lanes query 16}>} {
  %scaled = attn.stage "scaled" [%batch: batch, %head: 12, %tile: tokens ceildiv 32, %depth: 32, %query: 32] {
    %c32 = arith.constant 32 : index
    // log2(e) / sqrt(32): the weights are powers of two.
    %scale = arith.constant 0.25503486 : f32
    %first = arith.muli %tile, %c32 : index
    %row = arith.addi %first, %query : index
    %column = arith.muli %head, %c32 : index
    %feature = arith.addi %column, %depth : index
    %x = attn.load %qkv[%batch, %row, %feature] : !joined
    %y = arith.mulf %x, %scale : f32
    attn.yield %y : f32
  } : f32
  %scores = attn.stage "scores" [%batch: batch, %head: 12, %tile: tokens ceildiv 32, %key: tokens, %query: 32] sum [%depth: 32] {
    %c32 = arith.constant 32 : index
    %c384 = arith.constant 384 : index
    %column = arith.muli %head, %c32 : index
    %offset = arith.addi %column, %c384 : index
    %feature = arith.addi %offset, %depth : index
    %q = attn.load %scaled[%batch, %head, %tile, %depth, %query] : !query
    %k = attn.load %qkv[%batch, %key, %feature] : !joined
    %m = arith.mulf %q, %k : f32
    attn.yield %m : f32
  } : f32
  %masked = attn.stage "masked" [%batch: batch, %head: 12, %tile: tokens ceildiv 32, %key: tokens, %query: 32] {
    %dropped = arith.constant -1.0e30 : f32
    %v = attn.load %valid[%batch, %key] : !attn.tensor<i1, [batch, tokens]>
    %s = attn.load %scores[%batch, %head, %tile, %key, %query] : !scores
    %m = arith.select %v, %s, %dropped : f32
    attn.yield %m : f32
  } : f32
  %max = attn.stage "max" [%batch: batch, %head: 12, %tile: tokens ceildiv 32, %query: 32] max [%key: tokens] {
    %s = attn.load %masked[%batch, %head, %tile, %key, %query] : !scores
    %least = arith.constant -1.0e+29 : f32
    %bounded = arith.maxnumf %s, %least : f32
    attn.yield %bounded : f32
  } : f32
  %weights = attn.stage "weights" [%batch: batch, %head: 12, %tile: tokens ceildiv 32, %key: tokens, %query: 32] {
    %s = attn.load %masked[%batch, %head, %tile, %key, %query] : !scores
    %m = attn.load %max[%batch, %head, %tile, %query] : !rows
    %d = arith.subf %s, %m : f32
    %w = math.exp2 %d : f32
    attn.yield %w : f32
  } : f32
  %sum = attn.stage "sum" [%batch: batch, %head: 12, %tile: tokens ceildiv 32, %query: 32] sum [%key: tokens] {
    %w = attn.load %weights[%batch, %head, %tile, %key, %query] : !scores
    attn.yield %w : f32
  } : f32
  %inverse = attn.stage "inverse" [%batch: batch, %head: 12, %tile: tokens ceildiv 32, %query: 32] {
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %s = attn.load %sum[%batch, %head, %tile, %query] : !rows
    %p = arith.cmpf ogt, %s, %zero : f32
    %i = arith.divf %one, %s : f32
    %r = arith.select %p, %i, %zero : f32
    attn.yield %r : f32
  } : f32
  %values = attn.stage "values" [%batch: batch, %head: 12, %tile: tokens ceildiv 32, %query: 32, %feature: 32] sum [%key: tokens] {
    %c32 = arith.constant 32 : index
    %c768 = arith.constant 768 : index
    %column = arith.muli %head, %c32 : index
    %offset = arith.addi %column, %c768 : index
    %at = arith.addi %offset, %feature : index
    %w = attn.load %weights[%batch, %head, %tile, %key, %query] : !scores
    %v = attn.load %qkv[%batch, %key, %at] : !joined
    %m = arith.mulf %w, %v : f32
    attn.yield %m : f32
  } : f32
  %output = attn.stage "output" [%batch: batch, %query: tokens, %feature: 384] {
    %c32 = arith.constant 32 : index
    %tile = arith.floordivsi %query, %c32 : index
    %first = arith.muli %tile, %c32 : index
    %inner = arith.subi %query, %first : index
    %head = arith.floordivsi %feature, %c32 : index
    %column = arith.muli %head, %c32 : index
    %element = arith.subi %feature, %column : index
    %v = attn.load %values[%batch, %head, %tile, %inner, %element] : !values
    %i = attn.load %inverse[%batch, %head, %tile, %inner] : !rows
    %r = arith.mulf %v, %i : f32
    attn.yield %r : f32
  } : f32
  return %output : !attn.tensor<f32, [batch, tokens, 384]>
}
