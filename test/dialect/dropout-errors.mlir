// RUN: attn-opt %s -verify-diagnostics -split-input-file

!X = !attn.tensor<f32, [n]>
func.func @f(%x: !X, %seed: !attn.tensor<i32, [seeds]>) -> !X {
  %y = attn.stage "s" [%i: n] {
    %v = attn.load %x[%i] : !X
    // expected-error @+1 {{'attn.dropout' op has 1 indices of 2 sizes}}
    %d = attn.dropout %v rate %v site 0 at [%i] of [n, n] seed %seed : !attn.tensor<i32, [seeds]>
    attn.yield %d : f32
  } : f32
  return %y : !X
}

// -----

!X = !attn.tensor<f32, [n]>
func.func @f(%x: !X) -> !X {
  %y = attn.stage "s" [%i: n] {
    %v = attn.load %x[%i] : !X
    // expected-error @+1 {{'attn.dropout' op has a seed that must be of i32 and rank 1, but is '!attn.tensor<f32, [n]>'}}
    %d = attn.dropout %v rate %v site 0 at [%i] of [n] seed %x : !X
    attn.yield %d : f32
  } : f32
  return %y : !X
}

// -----

!X = !attn.tensor<f32, [n]>
func.func @f(%x: !X, %seed: !attn.tensor<i32, [3]>) -> !X {
  %y = attn.stage "s" [%i: n] {
    %v = attn.load %x[%i] : !X
    // expected-error @+1 {{'attn.dropout' op has a seed that must have 0 or 2 words, but is '!attn.tensor<i32, [3]>'}}
    %d = attn.dropout %v rate %v site 0 at [%i] of [n] seed %seed : !attn.tensor<i32, [3]>
    attn.yield %d : f32
  } : f32
  return %y : !X
}

// -----

!X = !attn.tensor<f32, [n]>
func.func @f(%x: !X, %seed: !attn.tensor<i32, [seeds]>) -> !X {
  %y = attn.stage "s" [%i: n] {
    %v = attn.load %x[%i] : !X
    // expected-error @+1 {{attribute 'site' failed to satisfy constraint}}
    %d = attn.dropout %v rate %v site 4294967296 at [%i] of [n] seed %seed : !attn.tensor<i32, [seeds]>
    attn.yield %d : f32
  } : f32
  return %y : !X
}

// -----

func.func @f(%x: f32, %seed: !attn.tensor<i32, [seeds]>) {
  // expected-error @+1 {{'attn.dropout' op must be in the body of a stage or in the weight of an attention}}
  %d = attn.dropout %x rate %x site 0 at [] of [] seed %seed : !attn.tensor<i32, [seeds]>
  return
}

// -----

!X = !attn.tensor<f32, [n, n, 2, 4]>
func.func @f(%q: !X, %seed: !attn.tensor<i32, [seeds]>) -> !X {
  %o = attn.attention "drop" %q, %q, %q : (!X, !X, !X) -> !X
    score (%b, %h, %i, %j) {
      %c = arith.constant 0.5 : f32
      // expected-error @+1 {{'attn.dropout' op in an attention must be in its weight}}
      %d = attn.dropout %c rate %c site 0 at [%b, %h, %i, %j] of [n, 2, n, n] seed %seed : !attn.tensor<i32, [seeds]>
      attn.yield %d : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.constant true
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      attn.yield %s : f32
    }
  return %o : !X
}

// -----

// expected-error @+1 {{argument 0 is the seed, which must be the last one}}
func.func @f(%seed: !attn.tensor<i32, [seeds]> {attn.seed}, %x: !attn.tensor<f32, [n]>) attributes {attn.model} {
  return
}

// -----

// expected-error @+1 {{argument 0 is the seed, which must have a size of its own, but is '!attn.tensor<i32, [2]>'}}
func.func @f(%seed: !attn.tensor<i32, [2]> {attn.seed}) attributes {attn.model} {
  return
}

// -----

// expected-error @+1 {{argument 0 is the seed, which must be a tensor, but is 'f32'}}
func.func @f(%seed: f32 {attn.seed}) attributes {attn.model} {
  return
}
