// The scalar ops of bodies, on values whose results are known.
// RUN: attn-interpret %s --entry floats --input "a=[7, -7, 2.5, 0]" --input "b=[2, 2, -0.5, 0]" | FileCheck %s --check-prefix=FLOATS
// RUN: attn-interpret %s --entry functions --input "a=[0.25, 1, 4]" | FileCheck %s --check-prefix=FUNCTIONS
// RUN: attn-interpret %s --entry rounding --input "a=[-2.5, -1.5, 0.5, 1.5, 2.7]" | FileCheck %s --check-prefix=ROUNDING
// RUN: attn-interpret %s --entry integers --input "a=[7, -7, 7, -7, 5, -2147483648]" --input "b=[2, 2, -2, -2, 0, -1]" | FileCheck %s --check-prefix=INTEGERS
// RUN: attn-interpret %s --entry unsigned --input "a=[7, -7, 5]" --input "b=[2, 2, 0]" | FileCheck %s --check-prefix=UNSIGNED
// RUN: attn-interpret %s --entry comparisons --input "a=[1, 2, nan]" --input "b=[2, 2, 2]" | FileCheck %s --check-prefix=COMPARISONS
// RUN: attn-interpret %s --entry conversions --input "a=[-1.9, 300.7, nan, -inf, 1e20]" | FileCheck %s --check-prefix=CONVERSIONS
// RUN: attn-interpret %s --entry bits --input "a=[0, -0.0, 1, -2.5, inf]" | FileCheck %s --check-prefix=BITS
// RUN: attn-interpret %s --entry bools --input "a=[0, 0, 1, 1]" --input "b=[0, 1, 0, 1]" | FileCheck %s --check-prefix=BOOLS

// FLOATS: result : 9x4xf32
// FLOATS-NEXT: 9 -5 2 0
// FLOATS-NEXT: 5 -9 3 0
// FLOATS-NEXT: 14 -14 -1.25 0
// FLOATS-NEXT: 3.5 -3.5 -5 nan
// FLOATS-NEXT: 1 -1 0 nan
// FLOATS-NEXT: 7 2 2.5 0
// FLOATS-NEXT: 2 -7 -0.5 0
// FLOATS-NEXT: -7 7 -2.5 0
// FLOATS-NEXT: 16 -12 -1.75 0
func.func @floats(%a: !attn.tensor<f32, [n]> {attn.name = "a"}, %b: !attn.tensor<f32, [n]> {attn.name = "b"}) -> !attn.tensor<f32, [9, n]> {
  %r = attn.stage "table" [%o: 9, %i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<f32, [n]>
    %r0 = arith.addf %x, %y : f32
    %r1 = arith.subf %x, %y : f32
    %r2 = arith.mulf %x, %y : f32
    %r3 = arith.divf %x, %y : f32
    %r4 = arith.remf %x, %y : f32
    %r5 = arith.maximumf %x, %y : f32
    %r6 = arith.minimumf %x, %y : f32
    %r7 = arith.negf %x : f32
    %r8 = math.fma %x, %y, %y : f32
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %c5 = arith.constant 5 : index
    %c6 = arith.constant 6 : index
    %c7 = arith.constant 7 : index
    %c8 = arith.constant 8 : index
    %i1 = arith.cmpi eq, %o, %c1 : index
    %i2 = arith.cmpi eq, %o, %c2 : index
    %i3 = arith.cmpi eq, %o, %c3 : index
    %i4 = arith.cmpi eq, %o, %c4 : index
    %i5 = arith.cmpi eq, %o, %c5 : index
    %i6 = arith.cmpi eq, %o, %c6 : index
    %i7 = arith.cmpi eq, %o, %c7 : index
    %i8 = arith.cmpi eq, %o, %c8 : index
    %s1 = arith.select %i1, %r1, %r0 : f32
    %s2 = arith.select %i2, %r2, %s1 : f32
    %s3 = arith.select %i3, %r3, %s2 : f32
    %s4 = arith.select %i4, %r4, %s3 : f32
    %s5 = arith.select %i5, %r5, %s4 : f32
    %s6 = arith.select %i6, %r6, %s5 : f32
    %s7 = arith.select %i7, %r7, %s6 : f32
    %s8 = arith.select %i8, %r8, %s7 : f32
    attn.yield %s8 : f32
  } : f32
  return %r : !attn.tensor<f32, [9, n]>
}

// FUNCTIONS: result : 11x3xf32
// FUNCTIONS-NEXT: 1.28403 2.71828 54.5982
// FUNCTIONS-NEXT: 1.18921 2 16
// FUNCTIONS-NEXT: -1.38629 0 1.38629
// FUNCTIONS-NEXT: -2 0 2
// FUNCTIONS-NEXT: 0.5 1 2
// FUNCTIONS-NEXT: 2 1 0.5
// FUNCTIONS-NEXT: 0.276326 0.842701 1
// FUNCTIONS-NEXT: 0.244919 0.761594 0.999329
// FUNCTIONS-NEXT: 0.247404 0.841471 -0.756802
// FUNCTIONS-NEXT: 0.968912 0.540302 -0.653644
// FUNCTIONS-NEXT: 0.707107 1 256
func.func @functions(%a: !attn.tensor<f32, [n]> {attn.name = "a"}) -> !attn.tensor<f32, [11, n]> {
  %r = attn.stage "table" [%o: 11, %i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %r0 = math.exp %x : f32
    %r1 = math.exp2 %x : f32
    %r2 = math.log %x : f32
    %r3 = math.log2 %x : f32
    %r4 = math.sqrt %x : f32
    %r5 = math.rsqrt %x : f32
    %r6 = math.erf %x : f32
    %r7 = math.tanh %x : f32
    %r8 = math.sin %x : f32
    %r9 = math.cos %x : f32
    %r10 = math.powf %x, %x : f32
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %c5 = arith.constant 5 : index
    %c6 = arith.constant 6 : index
    %c7 = arith.constant 7 : index
    %c8 = arith.constant 8 : index
    %c9 = arith.constant 9 : index
    %c10 = arith.constant 10 : index
    %i1 = arith.cmpi eq, %o, %c1 : index
    %i2 = arith.cmpi eq, %o, %c2 : index
    %i3 = arith.cmpi eq, %o, %c3 : index
    %i4 = arith.cmpi eq, %o, %c4 : index
    %i5 = arith.cmpi eq, %o, %c5 : index
    %i6 = arith.cmpi eq, %o, %c6 : index
    %i7 = arith.cmpi eq, %o, %c7 : index
    %i8 = arith.cmpi eq, %o, %c8 : index
    %i9 = arith.cmpi eq, %o, %c9 : index
    %i10 = arith.cmpi eq, %o, %c10 : index
    %s1 = arith.select %i1, %r1, %r0 : f32
    %s2 = arith.select %i2, %r2, %s1 : f32
    %s3 = arith.select %i3, %r3, %s2 : f32
    %s4 = arith.select %i4, %r4, %s3 : f32
    %s5 = arith.select %i5, %r5, %s4 : f32
    %s6 = arith.select %i6, %r6, %s5 : f32
    %s7 = arith.select %i7, %r7, %s6 : f32
    %s8 = arith.select %i8, %r8, %s7 : f32
    %s9 = arith.select %i9, %r9, %s8 : f32
    %s10 = arith.select %i10, %r10, %s9 : f32
    attn.yield %s10 : f32
  } : f32
  return %r : !attn.tensor<f32, [11, n]>
}

// ROUNDING: floor : 5xf32
// ROUNDING-NEXT: -3 -2 0 1 2
// ROUNDING: ceil : 5xf32
// ROUNDING-NEXT: -2 -1 1 2 3
// ROUNDING: even : 5xf32
// ROUNDING-NEXT: -2 -2 0 2 3
// ROUNDING: abs : 5xf32
// ROUNDING-NEXT: 2.5 1.5 0.5 1.5 2.7
func.func @rounding(%a: !attn.tensor<f32, [n]> {attn.name = "a"}) -> (!attn.tensor<f32, [n]> {attn.name = "floor"}, !attn.tensor<f32, [n]> {attn.name = "ceil"}, !attn.tensor<f32, [n]> {attn.name = "even"}, !attn.tensor<f32, [n]> {attn.name = "abs"}) {
  %0 = attn.stage "floor" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %y = math.floor %x : f32
    attn.yield %y : f32
  } : f32
  %1 = attn.stage "ceil" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %y = math.ceil %x : f32
    attn.yield %y : f32
  } : f32
  %2 = attn.stage "even" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %y = math.roundeven %x : f32
    attn.yield %y : f32
  } : f32
  %3 = attn.stage "abs" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %h = arith.truncf %x : f32 to f16
    %e = arith.extf %h : f16 to f32
    %y = math.absf %e : f32
    attn.yield %y : f32
  } : f32
  return %0, %1, %2, %3 : !attn.tensor<f32, [n]>, !attn.tensor<f32, [n]>, !attn.tensor<f32, [n]>, !attn.tensor<f32, [n]>
}

// Division by zero gives 0; sums and products wrap.
// INTEGERS: sum : 6xi32
// INTEGERS-NEXT: 9 -5 5 -9 5 2147483647
// INTEGERS: div : 6xi32
// INTEGERS-NEXT: 3 -3 -3 3 0 -2147483648
// INTEGERS: floordiv : 6xi32
// INTEGERS-NEXT: 3 -4 -4 3 0 -2147483648
// INTEGERS: ceildiv : 6xi32
// INTEGERS-NEXT: 4 -3 -3 4 0 -2147483648
// INTEGERS: rem : 6xi32
// INTEGERS-NEXT: 1 -1 1 -1 0 0
// INTEGERS: power : 6xi32
// INTEGERS-NEXT: 49 49 0 0 1 0
// INTEGERS: abs : 6xi32
// INTEGERS-NEXT: 7 7 7 7 5 -2147483648
func.func @integers(%a: !attn.tensor<i32, [n]> {attn.name = "a"}, %b: !attn.tensor<i32, [n]> {attn.name = "b"}) -> (!attn.tensor<i32, [n]> {attn.name = "sum"}, !attn.tensor<i32, [n]> {attn.name = "div"}, !attn.tensor<i32, [n]> {attn.name = "floordiv"}, !attn.tensor<i32, [n]> {attn.name = "ceildiv"}, !attn.tensor<i32, [n]> {attn.name = "rem"}, !attn.tensor<i32, [n]> {attn.name = "power"}, !attn.tensor<i32, [n]> {attn.name = "abs"}) {
  %0 = attn.stage "sum" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<i32, [n]>
    %z = arith.addi %x, %y : i32
    attn.yield %z : i32
  } : i32
  %1 = attn.stage "div" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<i32, [n]>
    %z = arith.divsi %x, %y : i32
    attn.yield %z : i32
  } : i32
  %2 = attn.stage "floordiv" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<i32, [n]>
    %z = arith.floordivsi %x, %y : i32
    attn.yield %z : i32
  } : i32
  %3 = attn.stage "ceildiv" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<i32, [n]>
    %z = arith.ceildivsi %x, %y : i32
    attn.yield %z : i32
  } : i32
  %4 = attn.stage "rem" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<i32, [n]>
    %z = arith.remsi %x, %y : i32
    attn.yield %z : i32
  } : i32
  %5 = attn.stage "power" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<i32, [n]>
    %z = math.ipowi %x, %y : i32
    attn.yield %z : i32
  } : i32
  %6 = attn.stage "abs" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i32, [n]>
    %z = math.absi %x : i32
    attn.yield %z : i32
  } : i32
  return %0, %1, %2, %3, %4, %5, %6 : !attn.tensor<i32, [n]>, !attn.tensor<i32, [n]>, !attn.tensor<i32, [n]>, !attn.tensor<i32, [n]>, !attn.tensor<i32, [n]>, !attn.tensor<i32, [n]>, !attn.tensor<i32, [n]>
}

// UNSIGNED: div : 3xi32
// UNSIGNED-NEXT: 3 2147483644 0
// UNSIGNED: less : 3xi1
// UNSIGNED-NEXT: 0 0 0
// UNSIGNED: float : 3xf32
// UNSIGNED-NEXT: 7 4.29497e+09 5
func.func @unsigned(%a: !attn.tensor<i32, [n]> {attn.name = "a"}, %b: !attn.tensor<i32, [n]> {attn.name = "b"}) -> (!attn.tensor<i32, [n]> {attn.name = "div"}, !attn.tensor<i1, [n]> {attn.name = "less"}, !attn.tensor<f32, [n]> {attn.name = "float"}) {
  %0 = attn.stage "div" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<i32, [n]>
    %z = arith.divui %x, %y : i32
    attn.yield %z : i32
  } : i32
  %1 = attn.stage "less" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<i32, [n]>
    %z = arith.cmpi ult, %x, %y : i32
    attn.yield %z : i1
  } : i1
  %2 = attn.stage "float" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i32, [n]>
    %z = arith.uitofp %x : i32 to f32
    attn.yield %z : f32
  } : f32
  return %0, %1, %2 : !attn.tensor<i32, [n]>, !attn.tensor<i1, [n]>, !attn.tensor<f32, [n]>
}

// COMPARISONS: olt : 3xi1
// COMPARISONS-NEXT: 1 0 0
// COMPARISONS: uge : 3xi1
// COMPARISONS-NEXT: 0 1 1
// COMPARISONS: one : 3xi1
// COMPARISONS-NEXT: 1 0 0
// COMPARISONS: uno : 3xi1
// COMPARISONS-NEXT: 0 0 1
func.func @comparisons(%a: !attn.tensor<f32, [n]> {attn.name = "a"}, %b: !attn.tensor<f32, [n]> {attn.name = "b"}) -> (!attn.tensor<i1, [n]> {attn.name = "olt"}, !attn.tensor<i1, [n]> {attn.name = "uge"}, !attn.tensor<i1, [n]> {attn.name = "one"}, !attn.tensor<i1, [n]> {attn.name = "uno"}) {
  %0 = attn.stage "olt" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<f32, [n]>
    %z = arith.cmpf olt, %x, %y : f32
    attn.yield %z : i1
  } : i1
  %1 = attn.stage "uge" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<f32, [n]>
    %z = arith.cmpf uge, %x, %y : f32
    attn.yield %z : i1
  } : i1
  %2 = attn.stage "one" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<f32, [n]>
    %z = arith.cmpf one, %x, %y : f32
    attn.yield %z : i1
  } : i1
  %3 = attn.stage "uno" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %y = attn.load %b[%i] : !attn.tensor<f32, [n]>
    %z = arith.cmpf uno, %x, %y : f32
    attn.yield %z : i1
  } : i1
  return %0, %1, %2, %3 : !attn.tensor<i1, [n]>, !attn.tensor<i1, [n]>, !attn.tensor<i1, [n]>, !attn.tensor<i1, [n]>
}

// Toward zero, clamped; narrower integers wrap when truncated.
// CONVERSIONS: i32 : 5xi32
// CONVERSIONS-NEXT: -1 300 0 -2147483648 2147483647
// CONVERSIONS: i8 : 5xi8
// CONVERSIONS-NEXT: -1 127 0 -128 127
// CONVERSIONS: wrapped : 5xi8
// CONVERSIONS-NEXT: -1 44 0 0 -1
func.func @conversions(%a: !attn.tensor<f32, [n]> {attn.name = "a"}) -> (!attn.tensor<i32, [n]> {attn.name = "i32"}, !attn.tensor<i8, [n]> {attn.name = "i8"}, !attn.tensor<i8, [n]> {attn.name = "wrapped"}) {
  %0 = attn.stage "i32" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %y = arith.fptosi %x : f32 to i32
    attn.yield %y : i32
  } : i32
  %1 = attn.stage "i8" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %y = arith.fptosi %x : f32 to i8
    attn.yield %y : i8
  } : i8
  %2 = attn.stage "wrapped" [%i: n] {
    %x = attn.load %0[%i] : !attn.tensor<i32, [n]>
    %y = arith.trunci %x : i32 to i8
    attn.yield %y : i8
  } : i8
  return %0, %1, %2 : !attn.tensor<i32, [n]>, !attn.tensor<i8, [n]>, !attn.tensor<i8, [n]>
}

// Magnitudes in the order of their bits.
// BITS: bits : 5xi32
// BITS-NEXT: 0 0 1065353216 1075838976 2139095040
// BITS: back : 5xf32
// BITS-NEXT: 0 0 1 2.5 inf
func.func @bits(%a: !attn.tensor<f32, [n]> {attn.name = "a"}) -> (!attn.tensor<i32, [n]> {attn.name = "bits"}, !attn.tensor<f32, [n]> {attn.name = "back"}) {
  %0 = attn.stage "bits" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<f32, [n]>
    %y = math.absf %x : f32
    %z = arith.bitcast %y : f32 to i32
    attn.yield %z : i32
  } : i32
  %1 = attn.stage "back" [%i: n] {
    %x = attn.load %0[%i] : !attn.tensor<i32, [n]>
    %y = arith.bitcast %x : i32 to f32
    attn.yield %y : f32
  } : f32
  return %0, %1 : !attn.tensor<i32, [n]>, !attn.tensor<f32, [n]>
}

// BOOLS: and : 4xi1
// BOOLS-NEXT: 0 0 0 1
// BOOLS: number : 4xf32
// BOOLS-NEXT: 0 1 1 2
// BOOLS: any : i1
// BOOLS-NEXT: 1
// BOOLS: all : i1
// BOOLS-NEXT: 0
func.func @bools(%a: !attn.tensor<i1, [n]> {attn.name = "a"}, %b: !attn.tensor<i1, [n]> {attn.name = "b"}) -> (!attn.tensor<i1, [n]> {attn.name = "and"}, !attn.tensor<f32, [n]> {attn.name = "number"}, !attn.tensor<i1, []> {attn.name = "any"}, !attn.tensor<i1, []> {attn.name = "all"}) {
  %0 = attn.stage "and" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i1, [n]>
    %y = attn.load %b[%i] : !attn.tensor<i1, [n]>
    %z = arith.andi %x, %y : i1
    attn.yield %z : i1
  } : i1
  %1 = attn.stage "number" [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i1, [n]>
    %y = attn.load %b[%i] : !attn.tensor<i1, [n]>
    %f = arith.uitofp %x : i1 to f32
    // A signed i1 is 0 or -1.
    %g = arith.sitofp %y : i1 to f32
    %z = arith.subf %f, %g : f32
    attn.yield %z : f32
  } : f32
  %2 = attn.stage "any" [] max [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i1, [n]>
    attn.yield %x : i1
  } : i1
  %3 = attn.stage "all" [] min [%i: n] {
    %x = attn.load %a[%i] : !attn.tensor<i1, [n]>
    attn.yield %x : i1
  } : i1
  return %0, %1, %2, %3 : !attn.tensor<i1, [n]>, !attn.tensor<f32, [n]>, !attn.tensor<i1, []>, !attn.tensor<i1, []>
}
