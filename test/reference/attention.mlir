// What attention means. Values are one-hot where possible, so that results are
// the weights themselves.
// RUN: attn-interpret %s --entry causal --input "score=3x3xf32=[0, 0, 0, 0, 1, 9, 2, 2, 2]" --input "v=[1, 0, 0, 0, 1, 0, 0, 0, 1]" | FileCheck %s --check-prefix=CAUSAL
// RUN: attn-interpret %s --entry causal --input "score=3x3xf32=[nan, 0, 0, 0, nan, 0, -inf, 0, 0]" --input "v=[1, 0, 0, 0, 1, 0, 0, 0, 1]" | FileCheck %s --check-prefix=NAN
// RUN: attn-interpret %s --entry causal --input "score=3x3xf32=[-inf, 0, 0, -inf, 5, 0, -inf, -inf, -inf]" --input "v=[1, 0, 0, 0, 1, 0, 0, 0, 1]" | FileCheck %s --check-prefix=MINUSINF
// RUN: attn-interpret %s --entry causal --input score=3x3xf32=0 --input "v=[1, 0, 0, 0, 1, 0, nan, inf, nan]" | FileCheck %s --check-prefix=VALUES
// RUN: attn-interpret %s --entry sink --input "score=[0, 1, 0, 1]" --input v=1 --input "sink=[0, 0.6931471805599453]" --input "valid=[1, 0]" | FileCheck %s --check-prefix=SINK
// RUN: attn-interpret %s --entry sink --input "score=[0, 1, 0, 1]" --input v=1 --input sink=inf --input valid=1 | FileCheck %s --check-prefix=FULLSINK
// RUN: attn-interpret %s --entry sink --input score=0 --input v=1 --input sink=0 --input valid=0 | FileCheck %s --check-prefix=EMPTY
// RUN: attn-interpret %s --entry abs_sum --input "score=[1, -3, 5, 0, -2, 0]" --input "v=[1, 0, 0, 0, 1, 0, 0, 0, 1]" | FileCheck %s --check-prefix=ABS
// RUN: attn-interpret %s --entry unnormalized --input "score=[1, -3, 5, 0, -2, 0]" --input "v=[1, 0, 0, 0, 1, 0, 0, 0, 1]" | FileCheck %s --check-prefix=NONE
// RUN: attn-interpret %s --entry gather --input "table=[10, 20]" | FileCheck %s --check-prefix=GATHER
// RUN: attn-interpret %s --entry grouped --input v=1x2x2x2xf32=ramp | FileCheck %s --check-prefix=GROUPED
// RUN: attn-interpret %s --entry causal --input score=0x3xf32=0 --input v=3x3xf32=0 | FileCheck %s --check-prefix=NOTHING

// Row 0 keeps key 0; row 1 weighs keys by e^0 and e^1; equal scores share.
// CAUSAL: result : 1x3x1x3xf32
// CAUSAL-NEXT: 1 0 0
// CAUSAL-NEXT: 0.268941 0.731059 0
// CAUSAL-NEXT: 0.333333 0.333333 0.333333

// NaN stays in its row.
// NAN: result
// NAN-NEXT: nan nan nan
// NAN-NEXT: nan nan nan
// NAN-NEXT: 0 0.5 0.5

// A kept score of -inf weighs 0, where all of them are -inf too.
// MINUSINF: result
// MINUSINF-NEXT: 0 0 0
// MINUSINF-NEXT: 0 1 0
// MINUSINF-NEXT: 0 0 0

// Values of dropped keys do not leak.
// VALUES: result
// VALUES-NEXT: 1 0 0
// VALUES-NEXT: 0.5 0.5 0
// VALUES-NEXT: nan inf nan
// NOTHING: result : 1x0x1x3xf32
func.func @causal(%score: !attn.tensor<f32, [n, 3]> {attn.name = "score"}, %v: !attn.tensor<f32, [3, 3]> {attn.name = "v"}) -> !attn.tensor<f32, [1, n, 1, 3]> {
  %q = attn.reshape %score : !attn.tensor<f32, [n, 3]> -> !attn.tensor<f32, [1, n, 1, 3]>
  %w = attn.reshape %v : !attn.tensor<f32, [3, 3]> -> !attn.tensor<f32, [1, 3, 1, 3]>
  %o = attn.attention "causal" %q, %w, %w : (!attn.tensor<f32, [1, n, 1, 3]>, !attn.tensor<f32, [1, 3, 1, 3]>, !attn.tensor<f32, [1, 3, 1, 3]>) -> !attn.tensor<f32, [1, n, 1, 3]>
    score (%b, %h, %i, %j) {
      %s = attn.load %score[%i, %j] : !attn.tensor<f32, [n, 3]>
      attn.yield %s : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi sle, %j, %i : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [1, n, 1, 3]>
}

// One kept key of score 0 beside a sink of each head: 1 / (1 + 1), 1 / (1 + 2).
// SINK: result : 1x2x2x1xf32
// SINK-NEXT: 0.5
// SINK-NEXT: 0.333333
// SINK-NEXT: 0.5
// SINK-NEXT: 0.333333
// FULLSINK: result
// FULLSINK-NEXT: 0
// FULLSINK-NEXT: 0
// FULLSINK-NEXT: 0
// FULLSINK-NEXT: 0
// EMPTY: result
// EMPTY-NEXT: 0
// EMPTY-NEXT: 0
// EMPTY-NEXT: 0
// EMPTY-NEXT: 0
func.func @sink(%score: !attn.tensor<f32, [2, 2]> {attn.name = "score"}, %v: !attn.tensor<f32, [1, 2, 2, 1]> {attn.name = "v"}, %sink: !attn.tensor<f32, [2]> {attn.name = "sink"}, %valid: !attn.tensor<i1, [2]> {attn.name = "valid"}) -> !attn.tensor<f32, [1, 2, 2, 1]> {
  %o = attn.attention "sink" %v, %v, %v : (!attn.tensor<f32, [1, 2, 2, 1]>, !attn.tensor<f32, [1, 2, 2, 1]>, !attn.tensor<f32, [1, 2, 2, 1]>) -> !attn.tensor<f32, [1, 2, 2, 1]>
    score (%b, %h, %i, %j) {
      %s = attn.load %score[%i, %j] : !attn.tensor<f32, [2, 2]>
      attn.yield %s : f32
    }
    keep (%b, %h, %i, %j) {
      %c = attn.load %valid[%j] : !attn.tensor<i1, [2]>
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %x = attn.load %sink[%h] : !attn.tensor<f32, [2]>
      %p = attn.normalize softmax %s sink %x : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [1, 2, 2, 1]>
}

// s / sum of |s|; a row of zeros gives zeros. Arithmetic around the normaliser
// does not bring dropped pairs back: they would weigh 1 here.
// ABS: result : 1x2x1x3xf32
// ABS-NEXT: 1.25 0.25 0
// ABS-NEXT: 1 0 0
func.func @abs_sum(%score: !attn.tensor<f32, [2, 3]> {attn.name = "score"}, %v: !attn.tensor<f32, [1, 3, 1, 3]> {attn.name = "v"}) -> !attn.tensor<f32, [1, 2, 1, 3]> {
  %q = attn.reshape %score : !attn.tensor<f32, [2, 3]> -> !attn.tensor<f32, [1, 2, 1, 3]>
  %o = attn.attention "abs_sum" %q, %v, %v : (!attn.tensor<f32, [1, 2, 1, 3]>, !attn.tensor<f32, [1, 3, 1, 3]>, !attn.tensor<f32, [1, 3, 1, 3]>) -> !attn.tensor<f32, [1, 2, 1, 3]>
    score (%b, %h, %i, %j) {
      %s = attn.load %score[%i, %j] : !attn.tensor<f32, [2, 3]>
      attn.yield %s : f32
    }
    keep (%b, %h, %i, %j) {
      %one = arith.constant 1 : index
      %e = arith.subi %one, %i : index
      %c = arith.cmpi sle, %j, %e : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize abs_sum %s : f32
      %one = arith.constant 1.0 : f32
      %r = arith.addf %p, %one : f32
      attn.yield %r : f32
    }
  return %o : !attn.tensor<f32, [1, 2, 1, 3]>
}

// NONE: result
// NONE-NEXT: 1 -3 5
// NONE-NEXT: 0 -2 0
func.func @unnormalized(%score: !attn.tensor<f32, [2, 3]> {attn.name = "score"}, %v: !attn.tensor<f32, [1, 3, 1, 3]> {attn.name = "v"}) -> !attn.tensor<f32, [1, 2, 1, 3]> {
  %q = attn.reshape %score : !attn.tensor<f32, [2, 3]> -> !attn.tensor<f32, [1, 2, 1, 3]>
  %o = attn.attention "none" %q, %v, %v : (!attn.tensor<f32, [1, 2, 1, 3]>, !attn.tensor<f32, [1, 3, 1, 3]>, !attn.tensor<f32, [1, 3, 1, 3]>) -> !attn.tensor<f32, [1, 2, 1, 3]>
    score (%b, %h, %i, %j) {
      %s = attn.load %score[%i, %j] : !attn.tensor<f32, [2, 3]>
      attn.yield %s : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.constant true
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      attn.yield %s : f32
    }
  return %o : !attn.tensor<f32, [1, 2, 1, 3]>
}

// The table has two rows; only the pairs that stay within it are kept, and the
// gathers of the others are never performed. The kept keys are no run.
// GATHER: result : 1x4x1x1xf32
// GATHER-NEXT: 10
// GATHER-NEXT: 30
// GATHER-NEXT: 10
// GATHER-NEXT: 10
func.func @gather(%table: !attn.tensor<f32, [2]> {attn.name = "table"}) -> !attn.tensor<f32, [1, 4, 1, 1]> {
  %v = attn.stage "ones" [%b: 1, %i: 4, %h: 1, %e: 1] {
    %one = arith.constant 1.0 : f32
    attn.yield %one : f32
  } : f32
  %o = attn.attention "relative" %v, %v, %v : (!attn.tensor<f32, [1, 4, 1, 1]>, !attn.tensor<f32, [1, 4, 1, 1]>, !attn.tensor<f32, [1, 4, 1, 1]>) -> !attn.tensor<f32, [1, 4, 1, 1]>
    score (%b, %h, %i, %j) {
      %d = arith.subi %j, %i : index
      %two = arith.constant 2 : index
      %half = arith.floordivsi %d, %two : index
      %s = attn.load %table[%half] : !attn.tensor<f32, [2]>
      attn.yield %s : f32
    }
    keep (%b, %h, %i, %j) {
      // j - i is 0 or 2, but row 0 keeps key 0 alone.
      %d = arith.subi %j, %i : index
      %zero = arith.constant 0 : index
      %two = arith.constant 2 : index
      %near = arith.cmpi eq, %d, %zero : index
      %far = arith.cmpi eq, %d, %two : index
      %later = arith.cmpi ne, %i, %zero : index
      %0 = arith.andi %far, %later : i1
      %1 = arith.ori %near, %0 : i1
      attn.yield %1 : i1
    }
    weight (%b, %h, %i, %j, %s) {
      attn.yield %s : f32
    }
  return %o : !attn.tensor<f32, [1, 4, 1, 1]>
}

// Four query heads on two key heads: heads 0 and 1 see key head 0.
// GROUPED: result : 1x1x4x2xf32
// GROUPED-NEXT: 2 3
// GROUPED-NEXT: 2 3
// GROUPED-NEXT: 4 5
// GROUPED-NEXT: 4 5
func.func @grouped(%v: !attn.tensor<f32, [1, 2, 2, 2]> {attn.name = "v"}) -> !attn.tensor<f32, [1, 1, 4, 2]> {
  %q = attn.stage "q" [%b: 1, %i: 1, %h: 4, %e: 2] {
    %one = arith.constant 0.0 : f32
    attn.yield %one : f32
  } : f32
  %o = attn.attention "grouped" %q, %v, %v : (!attn.tensor<f32, [1, 1, 4, 2]>, !attn.tensor<f32, [1, 2, 2, 2]>, !attn.tensor<f32, [1, 2, 2, 2]>) -> !attn.tensor<f32, [1, 1, 4, 2]>
    score (%b, %h, %i, %j) {
      %s = attn.reduce sum [%e: 2] {
        %two = arith.constant 2 : index
        %g = arith.floordivsi %h, %two : index
        %x = attn.load %q[%b, %i, %h, %e] : !attn.tensor<f32, [1, 1, 4, 2]>
        %y = attn.load %v[%b, %j, %g, %e] : !attn.tensor<f32, [1, 2, 2, 2]>
        %m = arith.mulf %x, %y : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.constant true
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      %p = attn.normalize softmax %s : f32
      attn.yield %p : f32
    }
  return %o : !attn.tensor<f32, [1, 1, 4, 2]>
}
