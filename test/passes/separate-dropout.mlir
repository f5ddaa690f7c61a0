// RUN: attn-opt --attn-separate-dropout %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --entry rows --print none --size n=3 | FileCheck %s --check-prefix=SAME
// RUN: attn-interpret %s --same-as %t --entry rows --print none --size n=3 --seed 1 | FileCheck %s --check-prefix=SAME
// RUN: attn-interpret %s --same-as %t --entry rows --print none --size n=70 --seed 1 | FileCheck %s --check-prefix=SAME
// RUN: attn-interpret %s --same-as %t --entry rows --print none --size n=70 | FileCheck %s --check-prefix=SAME
// RUN: attn-interpret %s --same-as %t --entry copies --print none --seed 1 | FileCheck %s --check-prefix=SAME
// RUN: attn-interpret %s --same-as %t --entry copies --print none | FileCheck %s --check-prefix=SAME
// RUN: attn-interpret %s --same-as %t --entry both --print none | FileCheck %s --check-prefix=SAME
// Without a seed every variant is right.
// RUN: attn-interpret %s --same-as %t --entry rows --print none --each-variant | FileCheck %s --check-prefix=ALL
// A seed matters: the check above would see a mask that is lost.
// RUN: attn-interpret %s --entry rows --print summary --size n=3 --seed 1 > %t.with
// RUN: attn-opt %s --attn-separate-dropout | attn-interpret - --entry rows --variant 0 --print summary --size n=3 --seed 1 > %t.without
// RUN: not diff %t.with %t.without
// What is separated stays as it is.
// RUN: attn-opt --attn-separate-dropout %t | diff %t -
// SAME: same
// ALL: same, 4 variants

!X = !attn.tensor<f32, [n, 8]>
!S = !attn.tensor<i32, [seeds]>

// Both conditions are one bound. The rate goes with the dropout.
// CHECK-LABEL: func.func @rows(
// CHECK: variant when [n + seeds * 2147483648] at_most 64 schedule<dropout {parallel i}> {
// CHECK-NOT: arith.constant
// CHECK-NOT: attn.dropout
// CHECK: variant when [n] at_most 64 schedule<dropout {parallel i}> {
// CHECK: attn.dropout
// CHECK: variant when [seeds] at_most 0 schedule<dropout {lanes j 8}> {
// CHECK-NOT: attn.dropout
// CHECK: variant schedule<dropout {lanes j 8}> {
// CHECK: attn.dropout
func.func @rows(%x: !X, %seed: !S {attn.seed}) -> !X attributes {attn.model} {
  %k = attn.kernel "dropout" (%0 = %x : !X, %1 = %seed : !S) -> !X
    variant when [n] at_most 64 schedule<dropout {parallel i}> {
      %y = attn.stage "dropout" [%i: n, %j: 8] {
        %a = attn.load %0[%i, %j] : !X
        %r = arith.constant 0.5 : f32
        %d = attn.dropout %a rate %r site 0 at [%i, %j] of [n, 8] seed %1 : !S
        %e = math.exp %d : f32
        attn.yield %e : f32
      } : f32
      attn.yield %y : !X
    }
    variant schedule<dropout {lanes j 8}> {
      %y = attn.stage "dropout" [%i: n, %j: 8] {
        %a = attn.load %0[%i, %j] : !X
        %r = arith.constant 0.5 : f32
        %d = attn.dropout %a rate %r site 0 at [%i, %j] of [n, 8] seed %1 : !S
        %e = math.exp %d : f32
        attn.yield %e : f32
      } : f32
      attn.yield %y : !X
    }
  return %k : !X
}

// A stage that was dropout alone goes, with its schedule: its reader reads what
// it read. One that another stage is computed at stays, and so does the result.
// CHECK-LABEL: func.func @copies(
// CHECK: variant when [seeds] at_most 0 schedule<result {parallel i}, place {at result.i}, square {at place.i}> {
// CHECK-NEXT: %[[SQUARE:.*]] = attn.stage "square"
// CHECK-NOT: "dropped"
// CHECK: attn.stage "place"
// CHECK-NEXT: attn.load %[[SQUARE]][%i, %j]
// CHECK-NEXT: attn.yield
// CHECK: attn.stage "result"
// CHECK: variant schedule<result {parallel i}, place {at result.i}, dropped {at result.i}, square {at place.i}> {
func.func @copies(%x: !X, %seed: !S {attn.seed}) -> !X attributes {attn.model} {
  %k = attn.kernel "copies" (%0 = %x : !X, %1 = %seed : !S) -> !X
    variant schedule<result {parallel i}, place {at result.i}, dropped {at result.i}, square {at place.i}> {
      %s = attn.stage "square" [%i: n, %j: 8] {
        %a = attn.load %0[%i, %j] : !X
        %m = arith.mulf %a, %a : f32
        attn.yield %m : f32
      } : f32
      %d = attn.stage "dropped" [%i: n, %j: 8] {
        %a = attn.load %s[%i, %j] : !X
        %r = arith.constant 0.5 : f32
        %m = attn.dropout %a rate %r site 0 at [%i, %j] of [n, 8] seed %1 : !S
        attn.yield %m : f32
      } : f32
      %p = attn.stage "place" [%i: n, %j: 8] {
        %a = attn.load %d[%i, %j] : !X
        %r = arith.constant 0.5 : f32
        %m = attn.dropout %a rate %r site 1 at [%i, %j] of [n, 8] seed %1 : !S
        attn.yield %m : f32
      } : f32
      %o = attn.stage "result" [%i: n, %j: 8] {
        %a = attn.load %p[%i, %j] : !X
        %r = arith.constant 0.5 : f32
        %m = attn.dropout %a rate %r site 2 at [%i, %j] of [n, 8] seed %1 : !S
        attn.yield %m : f32
      } : f32
      attn.yield %o : !X
    }
  return %k : !X
}

// A stage of two tensors stays, though one of them is a copy.
// CHECK-LABEL: func.func @both(
// CHECK: variant when [seeds] at_most 0 schedule<result {parallel i}> {
// CHECK-NEXT: attn.stage "both"
// CHECK: attn.stage "result"
// CHECK: variant schedule
func.func @both(%x: !X, %seed: !S {attn.seed}) -> !X attributes {attn.model} {
  %k = attn.kernel "both" (%0 = %x : !X, %1 = %seed : !S) -> !X
    variant schedule<result {parallel i}> {
      %d:2 = attn.stage "both" [%i: n, %j: 8] {
        %a = attn.load %0[%i, %j] : !X
        %r = arith.constant 0.5 : f32
        %m = attn.dropout %a rate %r site 0 at [%i, %j] of [n, 8] seed %1 : !S
        %e = math.exp %m : f32
        attn.yield %m, %e : f32, f32
      } : f32, f32
      %o = attn.stage "result" [%i: n, %j: 8] {
        %a = attn.load %d#0[%i, %j] : !X
        %b = attn.load %d#1[%i, %j] : !X
        %m = arith.addf %a, %b : f32
        attn.yield %m : f32
      } : f32
      attn.yield %o : !X
    }
  return %k : !X
}

// Nothing to separate: no schedule yet, or a seed that is always there.
// CHECK-LABEL: func.func @left(
// CHECK-NOT: variant when
// CHECK: return
func.func @left(%x: !X, %seed: !S, %always: !attn.tensor<i32, [2]>) -> !X attributes {attn.model} {
  %k = attn.kernel "first" (%0 = %x : !X, %1 = %seed : !S) -> !X {
    %y = attn.stage "dropout" [%i: n, %j: 8] {
      %a = attn.load %0[%i, %j] : !X
      %d = attn.dropout %a rate %a site 0 at [%i, %j] of [n, 8] seed %1 : !S
      attn.yield %d : f32
    } : f32
    attn.yield %y : !X
  }
  %l = attn.kernel "second" (%0 = %k : !X, %1 = %always : !attn.tensor<i32, [2]>) -> !X
    variant schedule<> {
      %y = attn.stage "dropout" [%i: n, %j: 8] {
        %a = attn.load %0[%i, %j] : !X
        %d = attn.dropout %a rate %a site 0 at [%i, %j] of [n, 8] seed %1 : !attn.tensor<i32, [2]>
        attn.yield %d : f32
      } : f32
      attn.yield %y : !X
    }
  return %l : !X
}
