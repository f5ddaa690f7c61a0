// Errors of runs name the place, the culprit and the bound.
// RUN: not attn-interpret %s --entry lookup --input "ids=[1, 5]" 2>&1 | FileCheck %s --check-prefix=LOOKUP
// RUN: not attn-interpret %s --entry lookup --input "ids=[1, -1]" 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not attn-interpret %s --entry shifted 2>&1 | FileCheck %s --check-prefix=SHIFTED
// RUN: not attn-interpret %s --entry dots --size n=3 2>&1 | FileCheck %s --check-prefix=DOTS
// RUN: not attn-interpret %s --entry product --size m=8 --size n=8 2>&1 | FileCheck %s --check-prefix=PRODUCT
// RUN: not attn-interpret %s --entry attention 2>&1 | FileCheck %s --check-prefix=ATTENTION
// RUN: not attn-interpret %s --entry checked --input ids=2x3xi32=4 2>&1 | FileCheck %s --check-prefix=CHECKED
// RUN: not attn-interpret %s --entry checked --size n=11 2>&1 | FileCheck %s --check-prefix=LONG
// RUN: attn-interpret %s --entry checked --size n=10 --seed 5 --print none
// RUN: attn-interpret %s --entry worst --input worst=-2147483648 --print none
// RUN: not attn-interpret %s --entry worst --input worst=-1 2>&1 | FileCheck %s --check-prefix=WORST
// RUN: not attn-interpret %s --entry lookup --memory 60 2>&1 | FileCheck %s --check-prefix=MEMORY
// RUN: not attn-interpret %s --entry huge --size n=1 2>&1 | FileCheck %s --check-prefix=HUGE
// RUN: not attn-interpret %s --entry endless --size n=1 2>&1 | FileCheck %s --check-prefix=ENDLESS
// RUN: not attn-interpret %s --entry negative --size n=1 2>&1 | FileCheck %s --check-prefix=NEGATIVESIZE
// RUN: not attn-interpret %s --entry unknown 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not attn-interpret %s --entry foreign 2>&1 | FileCheck %s --check-prefix=FOREIGN
// RUN: not attn-interpret %s --entry sizes --input a=2xf32=0 --input b=3xf32=0 2>&1 | FileCheck %s --check-prefix=SIZES
// RUN: not attn-interpret %s --entry sizes --input a=2xf32=0 --input c=6xf32=0 2>&1 | FileCheck %s --check-prefix=SUM
// RUN: not attn-interpret %s --entry unread 2>&1 | FileCheck %s --check-prefix=UNREAD
// RUN: not attn-interpret %s --entry recursive 2>&1 | FileCheck %s --check-prefix=RECURSIVE
// RUN: not attn-interpret %s --entry nothing 2>&1 | FileCheck %s --check-prefix=NOENTRY
// RUN: not attn-interpret %s --entry lookup --input "ids=[0.5]" 2>&1 | FileCheck %s --check-prefix=FRACTION
// RUN: not attn-interpret %s --entry lookup --input x=1 2>&1 | FileCheck %s --check-prefix=NOINPUT
// RUN: not attn-interpret %s --entry lookup --input ids=2xf32=1 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not attn-interpret %s --entry lookup --input ids=2x2xi32=1 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not attn-interpret %s --entry lookup --size rows=1 2>&1 | FileCheck %s --check-prefix=NOSIZE
// RUN: not attn-interpret --entry lookup 2>&1 | FileCheck %s --check-prefix=USAGE
// RUN: not attn-interpret %s --enrty lookup 2>&1 | FileCheck %s --check-prefix=OPTION
// RUN: not attn-interpret %s.none 2>&1 | FileCheck %s --check-prefix=NOFILE

// LOOKUP: errors.mlir:[[#]]:{{[0-9]+}}: stage "rows" reads "table" (4xf32) at index 5 of axis 0, which is outside [0, 4)
// NEGATIVE: stage "rows" reads "table" (4xf32) at index -1 of axis 0, which is outside [0, 4)
// MEMORY: would take {{[0-9]+}} bytes beside {{[0-9]+}} in use, past its limit of 60: run it with smaller sizes
// FRACTION: input "ids" holds 0.5{{0*}}, which is no i32
// NOINPUT: 'lookup' has no input called "x"
// TYPE: input "ids" is of i32, not f32
// RANK: input "ids" has rank 1, not 2
// NOSIZE: no input has a size 'rows'
// USAGE: no file was given
// USAGE: usage: attn-interpret
// OPTION: there is no option --enrty
// NOFILE: No such file or directory
func.func @lookup(%ids: !attn.tensor<i32, [n]> {attn.name = "ids"}) -> !attn.tensor<f32, [n]> {
  %t = attn.stage "table" [%i: 4] {
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  } : f32
  %r = attn.stage "rows" [%i: n] {
    %id = attn.load %ids[%i] : !attn.tensor<i32, [n]>
    %j = arith.index_cast %id : i32 to index
    %v = attn.load %t[%j] : !attn.tensor<f32, [4]>
    attn.yield %v : f32
  } : f32
  return %r : !attn.tensor<f32, [n]>
}

// SHIFTED: stage "shifted" reads "x" (2xf32) at index 2 of axis 0, which is outside [0, 2)
func.func @shifted(%x: !attn.tensor<f32, [n]> {attn.name = "x"}) -> !attn.tensor<f32, [n]> {
  %r = attn.stage "shifted" [%i: n] {
    %c = arith.constant 1 : index
    %j = arith.addi %i, %c : index
    %v = attn.load %x[%j] : !attn.tensor<f32, [n]>
    attn.yield %v : f32
  } : f32
  return %r : !attn.tensor<f32, [n]>
}

// DOTS: stage "dots" reads "x" (3x2xf32) at index 2 of axis 1, which is outside [0, 2)
func.func @dots(%x: !attn.tensor<f32, [n, 2]> {attn.name = "x"}) -> !attn.tensor<f32, [n]> {
  %r = attn.stage "dots" [%i: n] {
    %s = attn.reduce sum [%e: 3] {
      %v = attn.load %x[%i, %e] : !attn.tensor<f32, [n, 2]>
      %m = arith.mulf %v, %v : f32
      attn.yield %m : f32
    } : f32
    attn.yield %s : f32
  } : f32
  return %r : !attn.tensor<f32, [n]>
}

// PRODUCT: stage "product" reads "y" (8x2xf32) at index 2 of axis 1, which is outside [0, 2)
func.func @product(%x: !attn.tensor<f32, [m, 3]> {attn.name = "x"}, %y: !attn.tensor<f32, [n, 2]> {attn.name = "y"}) -> !attn.tensor<f32, [m, n]> {
  %r = attn.stage "product" [%i: m, %j: n] sum [%k: 3] {
    %u = attn.load %x[%i, %k] : !attn.tensor<f32, [m, 3]>
    %v = attn.load %y[%j, %k] : !attn.tensor<f32, [n, 2]>
    %m = arith.mulf %u, %v : f32
    attn.yield %m : f32
  } : f32
  return %r : !attn.tensor<f32, [m, n]>
}

// ATTENTION: attention "offset": score reads "x" (1x3x1x1xf32) at index 3 of axis 1, which is outside [0, 3)
func.func @attention(%x: !attn.tensor<f32, [1, 3, 1, 1]> {attn.name = "x"}) -> !attn.tensor<f32, [1, 3, 1, 1]> {
  %o = attn.attention "offset" %x, %x, %x : (!attn.tensor<f32, [1, 3, 1, 1]>, !attn.tensor<f32, [1, 3, 1, 1]>, !attn.tensor<f32, [1, 3, 1, 1]>) -> !attn.tensor<f32, [1, 3, 1, 1]>
    score (%b, %h, %i, %j) {
      %k = arith.addi %i, %j : index
      %s = attn.load %x[%b, %k, %h, %h] : !attn.tensor<f32, [1, 3, 1, 1]>
      attn.yield %s : f32
    }
    keep (%b, %h, %i, %j) {
      %c = arith.cmpi ne, %i, %j : index
      attn.yield %c : i1
    }
    weight (%b, %h, %i, %j, %s) {
      attn.yield %s : f32
    }
  return %o : !attn.tensor<f32, [1, 3, 1, 1]>
}

// CHECKED: errors.mlir:[[#]]:{{[0-9]+}}: ids: element [0, 0] is 4, but must be in [0, 4)
// LONG: errors.mlir:[[#]]:{{[0-9]+}}: the position table has 10 rows: n is 11, but may be 10 at most
func.func @checked(%ids: !attn.tensor<i32, [b, n]> {attn.name = "ids"}) -> !attn.tensor<i32, [b, n]> {
  attn.check_size [n] at_most [10] "the position table has 10 rows"
  attn.check_index %ids below [4] "ids" : !attn.tensor<i32, [b, n]>
  return %ids : !attn.tensor<i32, [b, n]>
}

// With if_any the least i32 is no index.
// WORST: rows: an index is -1, but must be in [0, 4)
func.func @worst(%worst: !attn.tensor<i32, []> {attn.name = "worst"}) -> !attn.tensor<i32, []> {
  attn.check_index %worst below [4] if_any "rows" : !attn.tensor<i32, []>
  return %worst : !attn.tensor<i32, []>
}

// HUGE: stage "huge": tensor "huge" of 1099511627776x1099511627776xf32 has too many elements
func.func @huge(%x: !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [1099511627776, 1099511627776 * n]> {
  %r = attn.stage "huge" [%i: 1099511627776, %j: 1099511627776 * n] {
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  } : f32
  return %r : !attn.tensor<f32, [1099511627776, 1099511627776 * n]>
}

// ENDLESS: stage "endless": its sizes ask for too many evaluations of its body
func.func @endless(%x: !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]> {
  %r = attn.stage "endless" [%i: n] sum [%k: 4611686018427387904] {
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  } : f32
  return %r : !attn.tensor<f32, [n]>
}

// NEGATIVESIZE: stage "negative": the size n - 2 is -1 for these inputs, but no size may be negative
func.func @negative(%x: !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n - 2]> {
  %r = attn.stage "negative" [%i: n - 2] {
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  } : f32
  return %r : !attn.tensor<f32, [n - 2]>
}

// UNKNOWN: stage "unknown": no input's shape says what the size 'm' is, which m * 2 needs
func.func @unknown(%x: !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [m * 2]> {
  %r = attn.stage "unknown" [%i: m * 2] {
    %c = arith.constant 1.0 : f32
    attn.yield %c : f32
  } : f32
  return %r : !attn.tensor<f32, [m * 2]>
}

// FOREIGN: stage "foreign": math.ctlz has no meaning in a body
func.func @foreign(%x: !attn.tensor<f32, [n]>) -> !attn.tensor<i32, [n]> {
  %r = attn.stage "foreign" [%i: n] {
    %v = attn.load %x[%i] : !attn.tensor<f32, [n]>
    %n = arith.fptosi %v : f32 to i32
    %b = math.ctlz %n : i32
    attn.yield %b : i32
  } : i32
  return %r : !attn.tensor<i32, [n]>
}

// SIZES: axis 0 of input "b" has size 3, but must have 2, because n: n is 2 from axis 0 of input "a"
// SUM: axis 0 of input "c" has size 6, but must have 4, because n * 2: n is 2 from axis 0 of input "a"
func.func @sizes(%a: !attn.tensor<f32, [n]> {attn.name = "a"}, %b: !attn.tensor<f32, [n]> {attn.name = "b"}, %c: !attn.tensor<f32, [n + n]> {attn.name = "c"}) -> !attn.tensor<f32, [n]> {
  return %a : !attn.tensor<f32, [n]>
}

// UNREAD: "table" is read before @prepare writes it
attn.prepared @table : !attn.tensor<f32, [2]>
func.func @unread() -> !attn.tensor<f32, [2]> {
  %t = attn.read @table : !attn.tensor<f32, [2]>
  return %t : !attn.tensor<f32, [2]>
}

// RECURSIVE: the kernel @again calls itself
func.func private @again(%x: !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]> attributes {attn.kernel, attn.symbols = ["n"]} {
  %y = attn.call "again" [@again] (%x) sizes (n = n) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return %y : !attn.tensor<f32, [n]>
}
func.func @recursive(%x: !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]> {
  %y = attn.call "first" [@again] (%x) sizes (n = n) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return %y : !attn.tensor<f32, [n]>
}

// NOENTRY: the module has no model called 'nothing'
