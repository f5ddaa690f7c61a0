// RUN: attn-opt %s -verify-diagnostics -split-input-file

func.func @f(%q: !attn.tensor<f32, [b, n, 64]>) {
  // expected-error @+1 {{'attn.attention' op query must have rank 4, but is '!attn.tensor<f32, [b, n, 64]>'}}
  %0 = attn.attention "a" %q, %q, %q : (!attn.tensor<f32, [b, n, 64]>, !attn.tensor<f32, [b, n, 64]>, !attn.tensor<f32, [b, n, 64]>) -> !attn.tensor<f32, [b, n, 64]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) { attn.yield %s : f32 }
  return
}

// -----

func.func @f(%q: !attn.tensor<f32, [b, n, 4, 8]>, %k: !attn.tensor<f32, [c, n, 4, 8]>) {
  // expected-error @+1 {{'attn.attention' op has batch b in query but c in key}}
  %0 = attn.attention "a" %q, %k, %k : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [c, n, 4, 8]>, !attn.tensor<f32, [c, n, 4, 8]>) -> !attn.tensor<f32, [b, n, 4, 8]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) { attn.yield %s : f32 }
  return
}

// -----

func.func @f(%q: !attn.tensor<f32, [b, n, 4, 8]>, %k: !attn.tensor<f32, [b, m, 4, 8]>) {
  // expected-error @+1 {{'attn.attention' op has keys m in key but n in value}}
  %0 = attn.attention "a" %q, %k, %q : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, m, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>) -> !attn.tensor<f32, [b, n, 4, 8]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) { attn.yield %s : f32 }
  return
}

// -----

func.func @f(%q: !attn.tensor<f32, [b, n, 4, 8]>, %k: !attn.tensor<f32, [b, m, 3, 8]>) {
  // expected-error @+1 {{'attn.attention' op has 4 heads, which 3 kv_heads do not divide}}
  %0 = attn.attention "a" %q, %k, %k : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, m, 3, 8]>, !attn.tensor<f32, [b, m, 3, 8]>) -> !attn.tensor<f32, [b, n, 4, 8]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) { attn.yield %s : f32 }
  return
}

// -----

func.func @f(%q: !attn.tensor<f32, [b, n, h, 8]>) {
  // expected-error @+1 {{'attn.attention' op needs constant numbers of heads, but has h and h}}
  %0 = attn.attention "a" %q, %q, %q : (!attn.tensor<f32, [b, n, h, 8]>, !attn.tensor<f32, [b, n, h, 8]>, !attn.tensor<f32, [b, n, h, 8]>) -> !attn.tensor<f32, [b, n, h, 8]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) { attn.yield %s : f32 }
  return
}

// -----

func.func @f(%q: !attn.tensor<f32, [b, n, 4, 8]>, %k: !attn.tensor<f32, [b, n, 4, 6]>) {
  // expected-error @+1 {{'attn.attention' op has depth 8 in query but 6 in key}}
  %0 = attn.attention "a" %q, %k, %k : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 6]>, !attn.tensor<f32, [b, n, 4, 6]>) -> !attn.tensor<f32, [b, n, 4, 6]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) { attn.yield %s : f32 }
  return
}

// -----

func.func @f(%q: !attn.tensor<f32, [b, n, 4, 8]>) {
  // expected-error @+1 {{'attn.attention' op gives '!attn.tensor<f32, [b, n, 4, 9]>', but must give sizes of '!attn.tensor<f32, [b, n, 4, 8]>'}}
  %0 = attn.attention "a" %q, %q, %q : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>) -> !attn.tensor<f32, [b, n, 4, 9]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) { attn.yield %s : f32 }
  return
}

// -----

func.func @f(%q: !attn.tensor<f32, [b, n, 4, 8]>) {
  // expected-error @+1 {{'attn.attention' op score must have 4 arguments, but has 3}}
  %0 = attn.attention "a" %q, %q, %q : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>) -> !attn.tensor<f32, [b, n, 4, 8]>
    score (%b, %h, %i) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) { attn.yield %s : f32 }
  return
}

// -----

func.func @f(%q: !attn.tensor<f32, [b, n, 4, 8]>) {
  // expected-error @+1 {{'attn.attention' op keep must yield one 'i1'}}
  %0 = attn.attention "a" %q, %q, %q : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>) -> !attn.tensor<f32, [b, n, 4, 8]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant 1.0 : f32  attn.yield %c : f32 }
    weight (%b, %h, %i, %j, %s) { attn.yield %s : f32 }
  return
}

// -----

func.func @f(%q: !attn.tensor<f32, [b, n, 4, 8]>) {
  // expected-error @+1 {{'attn.attention' op weight has more than one normalizer}}
  %0 = attn.attention "a" %q, %q, %q : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>) -> !attn.tensor<f32, [b, n, 4, 8]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) {
      %0 = attn.normalize softmax %s : f32
      %1 = attn.normalize abs_sum %0 : f32
      attn.yield %1 : f32
    }
  return
}

// -----

func.func @f(%s: f32) {
  // expected-error @+1 {{'attn.normalize' op must be in the weight of an attention}}
  %0 = attn.normalize softmax %s : f32
  return
}

// -----

func.func @f(%q: !attn.tensor<f32, [b, n, 4, 8]>) {
  %0 = attn.attention "a" %q, %q, %q : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>) -> !attn.tensor<f32, [b, n, 4, 8]>
    score (%b, %h, %i, %j) {
      %s = arith.constant 1.0 : f32
      // expected-error @+1 {{'attn.normalize' op must be in the weight of an attention}}
      %0 = attn.normalize softmax %s : f32
      attn.yield %0 : f32
    }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) { attn.yield %s : f32 }
  return
}

// -----

func.func @f(%q: !attn.tensor<f32, [b, n, 4, 8]>) {
  %0 = attn.attention "a" %q, %q, %q : (!attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>, !attn.tensor<f32, [b, n, 4, 8]>) -> !attn.tensor<f32, [b, n, 4, 8]>
    score (%b, %h, %i, %j) { %s = arith.constant 1.0 : f32  attn.yield %s : f32 }
    keep (%b, %h, %i, %j) { %c = arith.constant true  attn.yield %c : i1 }
    weight (%b, %h, %i, %j, %s) {
      // expected-error @+1 {{'attn.normalize' op takes a sink beside softmax alone}}
      %0 = attn.normalize abs_sum %s sink %s : f32
      attn.yield %0 : f32
    }
  return
}
