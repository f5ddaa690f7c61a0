// What a schedule file says of variants and tiles is noted on the kernels that it
// names, in the order of the file; the values stay what they are.
// RUN: split-file %s %t
// RUN: attn-opt %t/program.mlir --attn-variants-from-file="file=%t/a.sched target=x86-64-v3" -o %t/out.mlir
// RUN: FileCheck %s < %t/out.mlir
// RUN: attn-interpret %t/program.mlir --same-as %t/out.mlir --entry second --print none --size rows=3

// The places of the blocks.
// CHECK-DAG: #[[A:loc[0-9]*]] = loc("{{.*}}a.sched":3:3)
// CHECK-DAG: #[[B:loc[0-9]*]] = loc("{{.*}}a.sched":4:3)
// CHECK-DAG: #[[C:loc[0-9]*]] = loc("{{.*}}a.sched":5:3)
// CHECK-DAG: #[[D:loc[0-9]*]] = loc("{{.*}}a.sched":9:5)

// Directives alone ask for no variant, and neither does what is for another target.
// CHECK-LABEL: func.func @first
// CHECK: attn.kernel "layers.0.double"
// CHECK: attn.variants = [#attn.variant<when [rows] at_most 8, at #[[A]]>, #attn.variant<tile query 8, tile key whole, when [rows] at_most 4, at #[[B]]>]
// CHECK: attn.kernel "layers.1.double"
// CHECK: attn.variants = [#attn.variant<when [rows] at_most 8, at #[[A]]>, #attn.variant<tile query 16, at #[[C]]>]
// CHECK-LABEL: func.func @second
// CHECK: attn.kernel "double"
// CHECK-NOT: attn.variants
// CHECK: attn.kernel "double"
// CHECK: attn.variants = [#attn.variant<when [rows * 2] at_most 64, at #[[D]]>]

//--- a.sched
target x86-64-v4 { kernel "layers.0.double" when rows <= 3 { } }
target x86-64-v3 {
  kernel "layers.*.double" when rows <= 8 { }
  kernel "layers.0.double" when rows <= 4 { tile query 8, key whole }
  kernel "layers.1.double" { tile query 16 }
  kernel "layers.2.double" { tile query 16 }
  kernel "layers.*.double" { double { lanes row 8 } }
  model second {
    kernel double.2 when 2 * rows <= 64 { }
  }
}
//--- program.mlir
!T = !attn.tensor<f32, [rows]>
func.func @first(%x: !T {attn.name = "x"}) -> (!T {attn.name = "y"}) attributes {attn.model} {
  %y = attn.kernel "layers.0.double" (%0 = %x : !T) -> !T {
    %s = attn.stage "double" [%row: rows] {
      %a = attn.load %0[%row] : !T
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    attn.yield %s : !T
  }
  %z = attn.kernel "layers.1.double" (%0 = %y : !T) -> !T {
    %s = attn.stage "double" [%row: rows] {
      %a = attn.load %0[%row] : !T
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    attn.yield %s : !T
  }
  return %z : !T
}
func.func @second(%x: !T {attn.name = "x"}) -> (!T {attn.name = "y"}) attributes {attn.model} {
  %y = attn.kernel "double" (%0 = %x : !T) -> !T {
    %s = attn.stage "double" [%row: rows] {
      %a = attn.load %0[%row] : !T
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    attn.yield %s : !T
  }
  %z = attn.kernel "double" (%0 = %y : !T) -> !T {
    %s = attn.stage "double" [%row: rows] {
      %a = attn.load %0[%row] : !T
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    attn.yield %s : !T
  }
  return %z : !T
}
