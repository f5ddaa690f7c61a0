// attn-interpret's command line.
// RUN: attn-interpret --help | FileCheck %s --check-prefix=HELP
// RUN: attn-interpret %s --size n=3 --input=x=ramp:1:0.5 --digits=3 | FileCheck %s --check-prefix=RAMP
// RUN: attn-interpret %s --input x=4xf32=0.3333333333 --digits 2 | FileCheck %s --check-prefix=DIGITS
// RUN: attn-interpret %s --size n=3 --input "x=[1, nan, 3]" --print summary | FileCheck %s --check-prefix=SUMMARY
// RUN: attn-interpret %s --print none | count 0
// RUN: attn-interpret - --size n=1 --input x=5 < %s | FileCheck %s --check-prefix=STDIN
// RUN: attn-interpret %s --entry scalar --input x=2.5 | FileCheck %s --check-prefix=SCALAR
// RUN: attn-interpret %s --entry ids --seed 3 --size n=100 --print none

// Random inputs depend on the seed alone, weights on their names.
// RUN: attn-interpret %s --entry random --seed 5 > %t.a
// RUN: attn-interpret %s --entry random --seed 5 > %t.b
// RUN: attn-interpret %s --entry random --seed 6 > %t.c
// RUN: cmp %t.a %t.b
// RUN: not cmp %t.a %t.c
// RUN: attn-interpret %s --entry random --input x=random:5 --seed 5 > %t.d
// RUN: cmp %t.a %t.d
// RUN: attn-interpret %s --entry random --same-as %s --seed 9 | FileCheck %s --check-prefix=SAME
// RUN: not attn-interpret %s --entry ids --same-as %s --tolerance -1 2>&1 | FileCheck %s --check-prefix=TOLERANCE

// Usage errors end with 2, others with 1.
// RUN: sh -c 'attn-interpret; test $? -eq 2' 2>&1 | FileCheck %s --check-prefix=NOFILE
// RUN: sh -c 'attn-interpret a b; test $? -eq 2' 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: sh -c 'attn-interpret %s --seed; test $? -eq 2' 2>&1 | FileCheck %s --check-prefix=NOVALUE
// RUN: sh -c 'attn-interpret %s --seed x; test $? -eq 2' 2>&1 | FileCheck %s --check-prefix=SEED
// RUN: sh -c 'attn-interpret %s --size n=-1; test $? -eq 2' 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: sh -c 'attn-interpret %s --print all; test $? -eq 2' 2>&1 | FileCheck %s --check-prefix=PRINT
// RUN: sh -c 'attn-interpret %s --each-variant; test $? -eq 2' 2>&1 | FileCheck %s --check-prefix=EACH
// RUN: sh -c 'attn-interpret %s --input "x=[1, two]"; test $? -eq 1' 2>&1 | FileCheck %s --check-prefix=LIST
// RUN: sh -c 'attn-interpret %s --input x=many; test $? -eq 1' 2>&1 | FileCheck %s --check-prefix=VALUE
// RUN: sh -c 'attn-interpret %s --input "x=3xf32=[1, 2]"; test $? -eq 1' 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: sh -c 'attn-interpret %s --size n=9000000000; test $? -eq 1' 2>&1 | FileCheck %s --check-prefix=MANY

// HELP: usage: attn-interpret FILE.mlir
// NOFILE: attn-interpret: no file was given
// TWO: attn-interpret: got a second file, 'b': --same-as compares two
// NOVALUE: attn-interpret: --seed needs a value
// SEED: attn-interpret: --seed is 'x', but must be an integer of 0 or more
// SIZE: attn-interpret: --size is 'n=-1', but must be NAME=N with N of 0 or more
// PRINT: attn-interpret: --print is 'all', but must be values, summary or none
// EACH: attn-interpret: --each-variant needs --same-as
// LIST: attn-interpret: input "x" is '[1, two]': 'two' is no number
// VALUE: attn-interpret: input "x" is 'many': expected a number, [1, 2, ...], ramp or random:SEED
// COUNT: attn-interpret: input "x" is '[1, 2]': it lists 2 numbers for 3 elements
// MANY: attn-interpret: input "x" would have too many elements
// TOLERANCE: --tolerance is '-1', but must be a number of 0 or more

// RAMP: result : 3xf32
// RAMP-NEXT: 1 1.5 2
// DIGITS: result : 4xf32
// DIGITS-NEXT: 0.33 0.33 0.33 0.33
// SUMMARY: result : 3xf32 sum 4 largest 3 not finite 1
// STDIN: result : 1xf32
// STDIN-NEXT: 5
func.func @same(%x: !attn.tensor<f32, [n]> {attn.name = "x"}) -> !attn.tensor<f32, [n]> attributes {attn.model} {
  return %x : !attn.tensor<f32, [n]>
}

// SCALAR: result : f32
// SCALAR-NEXT: 2.5
func.func @scalar(%x: !attn.tensor<f32, []> {attn.name = "x"}) -> !attn.tensor<f32, []> {
  return %x : !attn.tensor<f32, []>
}

// Integers that are checked stay below the bound.
func.func @ids(%x: !attn.tensor<i32, [n]> {attn.name = "x"}) -> !attn.tensor<i32, [n]> {
  attn.check_index %x below [2] "ids" : !attn.tensor<i32, [n]>
  return %x : !attn.tensor<i32, [n]>
}

// SAME: same
attn.weight @w : !attn.tensor<f32, [2]>
func.func @random(%x: !attn.tensor<f32, [n]> {attn.name = "x"}) -> (!attn.tensor<f32, [n]>, !attn.tensor<f32, [2]>) {
  %w = attn.read @w : !attn.tensor<f32, [2]>
  return %x, %w : !attn.tensor<f32, [n]>, !attn.tensor<f32, [2]>
}
