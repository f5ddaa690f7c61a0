// Sizes that a kernel does not have are refused at their place in the file.
// RUN: split-file %s %t
// DEFINE: %{file} =
// DEFINE: %{refused} = not attn-opt %t/program.mlir --attn-variants-from-file="file=%t/%{file} target=x86-64-v3" 2>&1 >/dev/null | FileCheck %s

// REDEFINE: %{file} = symbol
// RUN: %{refused} --check-prefix=SYMBOL
// SYMBOL: symbol:2:3: error: kernel 'double.1' has no size 'row'; did you mean 'rows'? there are rows
// REDEFINE: %{file} = other
// RUN: %{refused} --check-prefix=OTHER
// OTHER: other:1:29: error: kernel 'double.2' has no size 'rows'; {{.*}}there are n
// REDEFINE: %{file} = formula
// RUN: %{refused} --check-prefix=FORMULA
// FORMULA: formula:1:20: error: 'rows +' is no size: write names and numbers with +, -, *, floordiv, ceildiv, mod
// REDEFINE: %{file} = two
// RUN: %{refused} --check-prefix=TWO
// TWO: two:1:20: error: 'rows> , #attn.size<rows' is no size
// REDEFINE: %{file} = constant
// RUN: %{refused} --check-prefix=CONSTANT
// CONSTANT: constant:1:20: error: 'rows - rows' is the same for all inputs, so no variant can depend on it
// REDEFINE: %{file} = syntax
// RUN: %{refused} --check-prefix=SYNTAX
// SYNTAX: syntax:1:39: error: a condition is 'SIZE <= NUMBER'
// REDEFINE: %{file} = nowhere
// RUN: %{refused} --check-prefix=NOWHERE
// NOWHERE: nowhere:1:1: error: cannot read the schedule file: 
// RUN: not attn-opt %t/program.mlir --attn-variants-from-file="file=%t/symbol target=pdp11" 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: error: unknown target 'pdp11'

// Kernels, models and targets that are not there are for attn-schedule-from-file to tell.
// RUN: attn-opt %t/program.mlir -o %t/same.mlir
// RUN: attn-opt %t/program.mlir --attn-variants-from-file="file=%t/missing target=x86-64-v3" | diff - %t/same.mlir
// RUN: attn-opt %t/program.mlir --attn-variants-from-file="file=%t/missing target=x86-64-v4" | diff - %t/same.mlir

//--- symbol
target x86-64-v3 {
  kernel double.1 when row <= 4 { }
}
//--- other
target x86-64-v3 {          kernel double when rows <= 4 { } }
//--- formula
target x86-64-v3 { kernel double.1 when rows + <= 4 { } }
//--- two
target x86-64-v3 { kernel double.1 when rows> , #attn.size<rows <= 4 { } }
//--- constant
target x86-64-v3 { kernel double.1 when rows - rows <= 4 { } }
//--- syntax
target x86-64-v3 { kernel double when rows { } }
//--- missing
target x86-64-v3 {
  kernel triple when rows <= 4 { tile query 8 }
  model other { kernel double when rows <= 4 { } }
  prepare { kernel double when rows <= 4 { } }
}
//--- program.mlir
!T = !attn.tensor<f32, [rows]>
!N = !attn.tensor<f32, [n]>
func.func @f(%x: !T, %y: !N) -> (!T, !N) attributes {attn.model} {
  %a = attn.kernel "double" (%0 = %x : !T) -> !T {
    %s = attn.stage "double" [%row: rows] {
      %v = attn.load %0[%row] : !T
      %m = arith.addf %v, %v : f32
      attn.yield %m : f32
    } : f32
    attn.yield %s : !T
  }
  %b = attn.kernel "double" (%0 = %y : !N) -> !N {
    %s = attn.stage "double" [%row: n] {
      %v = attn.load %0[%row] : !N
      %m = arith.addf %v, %v : f32
      attn.yield %m : f32
    } : f32
    attn.yield %s : !N
  }
  return %a, %b : !T, !N
}
