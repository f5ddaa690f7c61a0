// RUN: attn-opt %s -verify-diagnostics -split-input-file

func.func @f() {
  // expected-error @+1 {{'attn.stage' op is of 'f32', but its body yields 'i32'}}
  %0 = attn.stage "s" [%i: 4] {
    %c = arith.constant 1 : i32
    attn.yield %c : i32
  } : f32
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op needs a body that yields one value}}
  %0 = attn.stage "s" [%i: 4] {
    %c = arith.constant 1.0 : f32
    attn.yield %c, %c : f32, f32
  } : f32
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op has two axes called 'i'}}
  %0 = attn.stage "s" [%i: 4, %j as i: 4] {
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  } : f32
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op needs a reducer (sum, max, min, scaled_sum) exactly when it has reduced axes}}
  %0 = attn.stage "s" [%i: 4] sum [] {
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  } : f32
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op has 2 axes, but its body has 1 indices}}
  %0 = "attn.stage"() <{name = "s", axes = ["i", "j"], reductionSizes = []}> ({
  ^bb0(%i: index):
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  }) : () -> !attn.tensor<f32, [4, 4]>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op names 1 axes, but has 2}}
  %0 = "attn.stage"() <{name = "s", axes = ["i"], reductionSizes = []}> ({
  ^bb0(%i: index, %j: index):
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  }) : () -> !attn.tensor<f32, [4, 4]>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op has a body whose indices are not of type index}}
  %0 = "attn.stage"() <{name = "s", axes = ["i"], reductionSizes = []}> ({
  ^bb0(%i: i32):
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  }) : () -> !attn.tensor<f32, [4]>
  return
}

// -----

func.func @f() {
  %0 = attn.stage "s" [%i: 4] {
    %c = arith.constant 1.0 : f64
    attn.yield %c : f64
  // expected-error @+1 {{element type 'f64' is none of f32, f16, bf16, i32, i8, i1}}
  } : f64
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [4, n]>) {
  %0 = attn.stage "s" [%i: 4] {
    // expected-error @+1 {{'attn.load' op has 1 indices, but '!attn.tensor<f32, [4, n]>' has rank 2}}
    %c = attn.load %x[%i] : !attn.tensor<f32, [4, n]>
    attn.yield %c : f32
  } : f32
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [4]>) {
  %0 = attn.stage "s" [%i: 4] {
    // expected-error @+1 {{'attn.load' op gives 'i32', but elements are 'f32'}}
    %c = "attn.load"(%x, %i) : (!attn.tensor<f32, [4]>, index) -> i32
    attn.yield %c : i32
  } : i32
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [4]>) {
  %0 = attn.stage "s" [%i: 4] {
    // expected-error @+1 {{expected sum, max or min}}
    %c = attn.reduce product [%e: 4] {
      %v = attn.load %x[%e] : !attn.tensor<f32, [4]>
      attn.yield %v : f32
    } : f32
    attn.yield %c : f32
  } : f32
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [4]>) {
  %0 = attn.stage "s" [%i: 4] {
    // expected-error @+1 {{'attn.reduce' op needs a name and a size for each of its axes, and at least one}}
    %c = attn.reduce sum [] {
      %v = attn.load %x[%i] : !attn.tensor<f32, [4]>
      attn.yield %v : f32
    } : f32
    attn.yield %c : f32
  } : f32
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [4]>) {
  %0 = attn.stage "s" [%i: 4] {
    // expected-error @+1 {{'attn.reduce' op is of 'i32', but its body yields 'f32'}}
    %c = attn.reduce sum [%e: 4] {
      %v = attn.load %x[%e] : !attn.tensor<f32, [4]>
      attn.yield %v : f32
    } : i32
    attn.yield %c : i32
  } : i32
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [4]>) {
  %0 = attn.stage "s" [%i: 4] {
    // expected-error @+1 {{'attn.reduce' op has two axes called 'e'}}
    %c = attn.reduce sum [%e: 4, %f as e: 4] {
      %v = attn.load %x[%e] : !attn.tensor<f32, [4]>
      attn.yield %v : f32
    } : f32
    attn.yield %c : f32
  } : f32
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [4, n]>) {
  // expected-error @+1 {{'attn.reshape' op has}}
  %0 = attn.reshape %x : !attn.tensor<f32, [4, n]> -> !attn.tensor<f32, [5, n]>
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [4, n]>) {
  // expected-error @+1 {{'attn.reshape' op cannot turn 'f32' into 'i32'}}
  %0 = attn.reshape %x : !attn.tensor<f32, [4, n]> -> !attn.tensor<i32, [n, 4]>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op is of 'f32', but its body yields 'i32'}}
  %0:2 = attn.stage "s" [%i: 4] {
    %c = arith.constant 1.0 : f32
    %n = arith.constant 1 : i32
    attn.yield %c, %n : f32, i32
  } : f32, f32
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op needs a body that yields 2 values}}
  %0:2 = attn.stage "s" [%i: 4] {
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  } : f32, f32
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op has results of unequal sizes}}
  %0:2 = "attn.stage"() <{name = "s", axes = ["i"], reductionSizes = []}> ({
  ^bb0(%i: index):
    %c = arith.constant 1.0 : f32
    attn.yield %c, %c : f32, f32
  }) : () -> (!attn.tensor<f32, [4]>, !attn.tensor<f32, [5]>)
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op adds scaled numbers, and needs results of f32: those, and the exponent they share}}
  %0 = attn.stage "s" [%i: 4] scaled_sum [%j: 4] {
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  } : f32
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op adds scaled numbers, and needs results of f32: those, and the exponent they share}}
  %0:2 = attn.stage "s" [%i: 4] scaled_sum [%j: 4] {
    %c = arith.constant 1 : i32
    attn.yield %c, %c : i32, i32
  } : i32, i32
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [4]>) {
  %0 = attn.stage "s" [%i: 4] {
    // expected-error @+1 {{expected sum, max or min}}
    %r = attn.reduce scaled_sum [%j: 4] {
      %a = attn.load %x[%j] : !attn.tensor<f32, [4]>
      attn.yield %a : f32
    } : f32
    attn.yield %r : f32
  } : f32
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op reduces, and can have one result only}}
  %0:2 = attn.stage "s" [%i: 4] sum [%j: 3] {
    %c = arith.constant 1.0 : f32
    attn.yield %c, %c : f32, f32
  } : f32, f32
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.stage' op needs at least one result}}
  "attn.stage"() <{name = "s", axes = ["i"], reductionSizes = []}> ({
  ^bb0(%i: index):
    "attn.yield"() : () -> ()
  }) : () -> ()
  return
}

// -----

func.func @f() {
  %0 = attn.stage "s" [%i: 4] {
    // expected-note @+1 {{prior use here}}
    %c = arith.constant 1 : i32
    // expected-error @+1 {{expects different type than prior uses}}
    %j = attn.within %c [rows] : index
    attn.yield %c : i32
  } : i32
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{has 'attn.tile_kinds', but not two conditions for results}}
  %0 = attn.stage "s" [%i: 4] {
    %c = arith.constant true
    attn.yield %c : i1
  } : i1 {attn.tile_kinds = {}}
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.tile_kinds' is not a dictionary of axes with their sizes}}
  %0:2 = attn.stage "s" [%i: 4] {
    %c = arith.constant true
    attn.yield %c, %c : i1, i1
  } : i1, i1 {attn.tile_kinds}
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.tile_kinds' gives axis 'head' no size}}
  %0:2 = attn.stage "s" [%i: 4] {
    %c = arith.constant true
    attn.yield %c, %c : i1, i1
  } : i1, i1 {attn.tile_kinds = {head = 3 : i32}}
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{'attn.tile_kinds' repeats axis 'i', which the stage has}}
  %0:2 = attn.stage "s" [%i: 4] {
    %c = arith.constant true
    attn.yield %c, %c : i1, i1
  } : i1, i1 {attn.tile_kinds = {i = #attn.size<3>}}
  return
}
