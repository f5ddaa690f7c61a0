// What stages mean: each value of the result is the body at its indices, and
// reductions start from their identity.
// RUN: attn-interpret %s --entry pure --input x=2x3xf32=ramp | FileCheck %s --check-prefix=PURE
// RUN: attn-interpret %s --entry row_sums --input x=2x3xf32=ramp:1 | FileCheck %s --check-prefix=SUMS
// RUN: attn-interpret %s --entry extremes --input "x=2x3xf32=[3, -1, 2, -5, -7, -6]" | FileCheck %s --check-prefix=EXTREMES
// RUN: attn-interpret %s --entry extremes --input x=2x0xf32=0 | FileCheck %s --check-prefix=EMPTY
// RUN: attn-interpret %s --entry extremes --input "x=2x3xf32=[3, nan, 2, -5, -7, -6]" | FileCheck %s --check-prefix=NAN
// RUN: attn-interpret %s --entry scaled --input "x=2x3xf32=[2, 4, 6, 1, 1, 1]" --input "m=2x3xf32=[0, 0, -inf, -1000, 0, -1000]" | FileCheck %s --check-prefix=SCALED
// RUN: attn-interpret %s --entry scaled --input "x=2x3xf32=[1, 1, 1, 1, 1, 1]" --input "m=2x3xf32=[-inf, -inf, -inf, nan, 0, 0]" | FileCheck %s --check-prefix=SCALED_ENDS
// RUN: attn-interpret %s --entry scaled --input x=2x0xf32=0 --input m=2x0xf32=0 | FileCheck %s --check-prefix=SCALED_NOTHING
// RUN: attn-interpret %s --entry integers --input "x=4xi32=[7, -3, 2147483647, 1]" | FileCheck %s --check-prefix=INTEGERS
// RUN: attn-interpret %s --entry scalar --input x=2x3xf32=ramp:1 | FileCheck %s --check-prefix=SCALAR
// RUN: attn-interpret %s --entry nested --input x=2x3xf32=ramp:1 | FileCheck %s --check-prefix=NESTED
// RUN: attn-interpret %s --entry shapes --input x=2x6xf32=ramp | FileCheck %s --check-prefix=SHAPES
// RUN: attn-interpret %s --entry both --input "x=3xf32=[4, -5, 6]" | FileCheck %s --check-prefix=BOTH
// RUN: attn-interpret %s --entry within --input "x=4xf32=[4, 5, 6, 7]" | FileCheck %s --check-prefix=WITHIN
// RUN: attn-interpret %s --entry clamp --input "x=4xf32=[4, 5, 6, 7]" | FileCheck %s --check-prefix=CLAMP

// PURE: result : 3x2xf32
// PURE-NEXT: 0 3
// PURE-NEXT: 1 4
// PURE-NEXT: 2 5
func.func @pure(%x: !attn.tensor<f32, [m, n]> {attn.name = "x"}) -> !attn.tensor<f32, [n, m]> {
  %t = attn.stage "transposed" [%i: n, %j: m] {
    %v = attn.load %x[%j, %i] : !attn.tensor<f32, [m, n]>
    attn.yield %v : f32
  } : f32
  return %t : !attn.tensor<f32, [n, m]>
}

// SUMS: result : 2xf32
// SUMS-NEXT: 6 15
func.func @row_sums(%x: !attn.tensor<f32, [m, n]> {attn.name = "x"}) -> !attn.tensor<f32, [m]> {
  %s = attn.stage "sums" [%i: m] sum [%j: n] {
    %v = attn.load %x[%i, %j] : !attn.tensor<f32, [m, n]>
    attn.yield %v : f32
  } : f32
  return %s : !attn.tensor<f32, [m]>
}

// EXTREMES: high : 2xf32
// EXTREMES-NEXT: 3 -5
// EXTREMES: low : 2xf32
// EXTREMES-NEXT: -1 -7
// EMPTY: high : 2xf32
// EMPTY-NEXT: -inf -inf
// EMPTY: low : 2xf32
// EMPTY-NEXT: inf inf
// NAN: high : 2xf32
// NAN-NEXT: nan -5
// NAN: low : 2xf32
// NAN-NEXT: nan -7
func.func @extremes(%x: !attn.tensor<f32, [m, n]> {attn.name = "x"}) -> (!attn.tensor<f32, [m]> {attn.name = "high"}, !attn.tensor<f32, [m]> {attn.name = "low"}) {
  %h = attn.stage "high" [%i: m] max [%j: n] {
    %v = attn.load %x[%i, %j] : !attn.tensor<f32, [m, n]>
    attn.yield %v : f32
  } : f32
  %l = attn.stage "low" [%i: m] min [%j: n] {
    %v = attn.load %x[%i, %j] : !attn.tensor<f32, [m, n]>
    attn.yield %v : f32
  } : f32
  return %h, %l : !attn.tensor<f32, [m]>, !attn.tensor<f32, [m]>
}

// Numbers x * exp(m): their sum is given with the greatest m, and starts from 0 * exp(-inf).
// SCALED: sum : 2xf32
// SCALED-NEXT: 6 1
// SCALED: exponent : 2xf32
// SCALED-NEXT: 0 0
// SCALED_ENDS: sum : 2xf32
// SCALED_ENDS-NEXT: 3 nan
// SCALED_ENDS: exponent : 2xf32
// SCALED_ENDS-NEXT: -inf nan
// SCALED_NOTHING: sum : 2xf32
// SCALED_NOTHING-NEXT: 0 0
// SCALED_NOTHING: exponent : 2xf32
// SCALED_NOTHING-NEXT: -inf -inf
func.func @scaled(%x: !attn.tensor<f32, [m, n]> {attn.name = "x"}, %e: !attn.tensor<f32, [m, n]> {attn.name = "m"}) -> (!attn.tensor<f32, [m]> {attn.name = "sum"}, !attn.tensor<f32, [m]> {attn.name = "exponent"}) {
  %s:2 = attn.stage "sums" [%i: m] scaled_sum [%j: n] {
    %v = attn.load %x[%i, %j] : !attn.tensor<f32, [m, n]>
    %g = attn.load %e[%i, %j] : !attn.tensor<f32, [m, n]>
    attn.yield %v, %g : f32, f32
  } : f32, f32
  return %s#0, %s#1 : !attn.tensor<f32, [m]>, !attn.tensor<f32, [m]>
}

// The sum of integers wraps; empty extremes are the ends of the type.
// INTEGERS: sum : i32
// INTEGERS-NEXT: -2147483644
// INTEGERS: high : i32
// INTEGERS-NEXT: 2147483647
// INTEGERS: none : i32
// INTEGERS-NEXT: -2147483648
func.func @integers(%x: !attn.tensor<i32, [n]> {attn.name = "x"}) -> (!attn.tensor<i32, []> {attn.name = "sum"}, !attn.tensor<i32, []> {attn.name = "high"}, !attn.tensor<i32, []> {attn.name = "none"}) {
  %s = attn.stage "sum" [] sum [%j: n] {
    %v = attn.load %x[%j] : !attn.tensor<i32, [n]>
    attn.yield %v : i32
  } : i32
  %h = attn.stage "high" [] max [%j: n] {
    %v = attn.load %x[%j] : !attn.tensor<i32, [n]>
    attn.yield %v : i32
  } : i32
  %e = attn.stage "none" [] max [%j: 0] {
    %v = attn.load %x[%j] : !attn.tensor<i32, [n]>
    attn.yield %v : i32
  } : i32
  return %s, %h, %e : !attn.tensor<i32, []>, !attn.tensor<i32, []>, !attn.tensor<i32, []>
}

// A stage without axes; scalars of the function are usable in bodies.
// SCALAR: result : f32
// SCALAR-NEXT: {{^ +42$}}
func.func @scalar(%x: !attn.tensor<f32, [m, n]> {attn.name = "x"}) -> !attn.tensor<f32, []> {
  %two = arith.constant 2.0 : f32
  %four = arith.mulf %two, %two : f32
  %s = attn.stage "sum" [] sum [%i: m, %j: n] {
    %v = attn.load %x[%i, %j] : !attn.tensor<f32, [m, n]>
    %w = arith.mulf %v, %two : f32
    attn.yield %w : f32
  } : f32
  %r = attn.stage "same" [] {
    %v = attn.load %s[] : !attn.tensor<f32, []>
    %n = attn.size [m * n - 6] : index
    %i = arith.index_cast %n : index to i32
    %f = arith.sitofp %i : i32 to f32
    %w = arith.addf %v, %f : f32
    %y = arith.addf %w, %four : f32
    %z = arith.subf %y, %four : f32
    attn.yield %z : f32
  } : f32
  return %r : !attn.tensor<f32, []>
}

// Reductions inside of bodies, one in another.
// NESTED: result : 2xf32
// NESTED-NEXT: 36 90
func.func @nested(%x: !attn.tensor<f32, [m, n]> {attn.name = "x"}) -> !attn.tensor<f32, [m]> {
  %s = attn.stage "nested" [%i: m] {
    %all = attn.reduce sum [%e: 2, %f: n] {
      %high = attn.reduce max [%g: n] {
        %v = attn.load %x[%i, %g] : !attn.tensor<f32, [m, n]>
        attn.yield %v : f32
      } : f32
      %v = attn.load %x[%i, %f] : !attn.tensor<f32, [m, n]>
      %p = arith.mulf %v, %high : f32
      attn.yield %p : f32
    } : f32
    %k = arith.constant 1.0 : f32
    %r = arith.mulf %all, %k : f32
    attn.yield %r : f32
  } : f32
  %t = attn.stage "halves" [%i: m] {
    %v = attn.load %s[%i] : !attn.tensor<f32, [m]>
    %h = arith.constant 2.0 : f32
    %n0 = arith.index_cast %i : index to i32
    %n1 = arith.sitofp %n0 : i32 to f32
    %one = arith.constant 1.0 : f32
    %d = arith.addf %n1, %one : f32
    %q = arith.divf %v, %d : f32
    attn.yield %q : f32
  } : f32
  return %t : !attn.tensor<f32, [m]>
}

// A reshape keeps the row-major order; heads are split off by floor division.
// SHAPES: reshaped : 2x3x2xf32
// SHAPES-NEXT: 0 1
// SHAPES-NEXT: 2 3
// SHAPES: heads : 3x2x2xf32
// SHAPES-NEXT: 0 1
// SHAPES-NEXT: 6 7
// SHAPES-NEXT: 2 3
// SHAPES-NEXT: 8 9
// SHAPES: merged : 2x6xf32
// SHAPES-NEXT: 0 1 2 3 4 5
// SHAPES-NEXT: 6 7 8 9 10 11
func.func @shapes(%x: !attn.tensor<f32, [m, 6]> {attn.name = "x"}) -> (!attn.tensor<f32, [m, 3, 2]> {attn.name = "reshaped"}, !attn.tensor<f32, [3, m, 2]> {attn.name = "heads"}, !attn.tensor<f32, [m, 6]> {attn.name = "merged"}) {
  %r = attn.reshape %x : !attn.tensor<f32, [m, 6]> -> !attn.tensor<f32, [m, 3, 2]>
  %h = attn.stage "heads" [%h: 3, %i: m, %e: 2] {
    %v = attn.load %r[%i, %h, %e] : !attn.tensor<f32, [m, 3, 2]>
    attn.yield %v : f32
  } : f32
  %g = attn.stage "merged" [%i: m, %c: 6] {
    %two = arith.constant 2 : index
    %head = arith.floordivsi %c, %two : index
    %whole = arith.muli %head, %two : index
    %e = arith.subi %c, %whole : index
    %v = attn.load %h[%head, %i, %e] : !attn.tensor<f32, [3, m, 2]>
    attn.yield %v : f32
  } : f32
  return %r, %h, %g : !attn.tensor<f32, [m, 3, 2]>, !attn.tensor<f32, [3, m, 2]>, !attn.tensor<f32, [m, 6]>
}

// Several values of one body, each of its own type, for whoever loads them.
// BOTH: doubled : 3xf32
// BOTH-NEXT: 8 -10 12
// BOTH: positive : 3xi1
// BOTH-NEXT: 1 0 1
// BOTH: masked : 3xf32
// BOTH-NEXT: 8 0 12
func.func @both(%x: !attn.tensor<f32, [n]> {attn.name = "x"}) -> (!attn.tensor<f32, [n]> {attn.name = "doubled"}, !attn.tensor<i1, [n]> {attn.name = "positive"}, !attn.tensor<f32, [n]> {attn.name = "masked"}) {
  %zero = arith.constant 0.0 : f32
  %both:2 = attn.stage "both" [%i: n] {
    %v = attn.load %x[%i] : !attn.tensor<f32, [n]>
    %d = arith.addf %v, %v : f32
    %p = arith.cmpf ogt, %v, %zero : f32
    attn.yield %d, %p : f32, i1
  } : f32, i1
  %m = attn.stage "masked" [%i: n] {
    %d = attn.load %both#0[%i] : !attn.tensor<f32, [n]>
    %p = attn.load %both#1[%i] : !attn.tensor<i1, [n]>
    %s = arith.select %p, %d, %zero : f32
    attn.yield %s : f32
  } : f32
  return %both#0, %both#1, %m : !attn.tensor<f32, [n]>, !attn.tensor<i1, [n]>, !attn.tensor<f32, [n]>
}

// `within` and `clamp`: what lies outside reads the first or the last element.
// WITHIN: result : 4xf32
// WITHIN-NEXT: 4 4 6 7
func.func @within(%x: !attn.tensor<f32, [n]> {attn.name = "x"}) -> !attn.tensor<f32, [n]> {
  %r = attn.stage "spread" [%i: n] {
    %two = arith.constant 2 : index
    %twice = arith.muli %i, %two : index
    %far = arith.subi %twice, %two : index
    %j = attn.within %far [n] : index
    %v = attn.load %x[%j] : !attn.tensor<f32, [n]>
    attn.yield %v : f32
  } : f32
  return %r : !attn.tensor<f32, [n]>
}

// CLAMP: result : 4xf32
// CLAMP-NEXT: 4 4 6 7
func.func @clamp(%x: !attn.tensor<f32, [n]> {attn.name = "x"}) -> !attn.tensor<f32, [n]> {
  %r = attn.stage "spread" [%i: n] {
    %two = arith.constant 2 : index
    %twice = arith.muli %i, %two : index
    %far = arith.subi %twice, %two : index
    %j = attn.clamp %far [n] : index
    %v = attn.load %x[%j] : !attn.tensor<f32, [n]>
    attn.yield %v : f32
  } : f32
  return %r : !attn.tensor<f32, [n]>
}
