// RUN: not attn-opt --attn-schedule-kernels=target=x86-64-v4 %s 2>&1 | FileCheck %s
// RUN: not attn-opt --attn-schedule-kernels=target=pdp11 %s 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: error: unknown target 'pdp11'

// Attention alone has tiles as a whole.
// CHECK: a.sched:3:3: error: kernel 'double' has no tiles as a whole: 'tile row 8' goes into the block of a stage, with a label for the loop over the tiles
!T = !attn.tensor<f32, [rows]>
func.func @f(%x: !T) -> !T attributes {attn.model} {
  %y = attn.kernel "double" (%0 = %x : !T) -> !T {
    %s = attn.stage "double" [%row: rows] {
      %a = attn.load %0[%row] : !T
      %m = arith.addf %a, %a : f32
      attn.yield %m : f32
    } : f32
    attn.yield %s : !T
  } {attn.variants = [#attn.variant<when [rows] at_most 4, at loc("a.sched":2:3)>,
                      #attn.variant<tile row 8, at loc("a.sched":3:3)>]}
  return %y : !T
}
