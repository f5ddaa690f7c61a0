// Kernels become functions; equal ones, whatever their sizes are called, are one.
// RUN: attn-opt --attn-outline-kernels %s -o %t && FileCheck %s < %t
// RUN: attn-interpret %s --same-as %t --each-variant --entry shared --print none --size batch=3 --size tokens=5 --size keys=7
// RUN: attn-interpret %s --same-as %t --each-variant --entry mixed --print none --size batch=3 --size tokens=5
// RUN: attn-interpret %s --same-as %t --each-variant --entry changed --print none --size rows=3
// RUN: attn-interpret %s --same-as %t --each-variant --entry variants --print none --size rows=3 --size batch=2

!X = !attn.tensor<f32, [batch * tokens, 4]>
!I = !attn.tensor<i32, [batch, tokens]>
!K = !attn.tensor<f32, [keys, 4]>
!R = !attn.tensor<f32, [rows, 4]>
!B = !attn.tensor<f32, [batch, 4]>

// `batch * tokens` is one size of the kernel, called rows; `keys` is it for the
// other call.
// CHECK-LABEL: func.func @shared
// CHECK: attn.call "layer.0.double" [@double] (%arg0) sizes (rows = batch * tokens)
// CHECK: attn.call "layer.1.double" [@double] (%arg1) sizes (rows = keys)
func.func @shared(%x: !X, %y: !K, %ids: !I) -> (!X, !K) attributes {attn.model} {
  %0 = attn.kernel "layer.0.double" (%a = %x : !X) -> !X
    variant schedule<double {lanes n 4}> {
      %s = attn.stage "double" [%r: batch * tokens, %n: 4] {
        %e = attn.load %a[%r, %n] : !X
        %m = arith.addf %e, %e : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : !X
    }
  %1 = attn.kernel "layer.1.double" (%a = %y : !K) -> !K
    variant schedule<double {lanes n 4}> {
      %s = attn.stage "double" [%r: keys, %n: 4] {
        %e = attn.load %a[%r, %n] : !K
        %m = arith.addf %e, %e : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : !K
    }
  return %0, %1 : !X, !K
}

// Where a symbol also occurs by itself, all are sizes of their own. Another
// schedule is another kernel.
// CHECK-LABEL: func.func @mixed
// CHECK: attn.call "mixed" [@mixed_1] {{.*}} sizes (batch = batch, tokens = tokens)
// CHECK: attn.call "double" [@double_1] {{.*}} sizes (rows = batch * tokens)
func.func @mixed(%x: !X, %ids: !I, %p: !attn.tensor<f32, [tokens, 4]>) -> !X attributes {attn.model} {
  %0 = attn.kernel "mixed" (%a = %x : !X, %b = %p : !attn.tensor<f32, [tokens, 4]>) -> !X
    variant schedule<mixed {lanes n 4}> {
      %s = attn.stage "mixed" [%r: batch * tokens, %n: 4] {
        %tokens = attn.size [tokens] : index
        %t = arith.remsi %r, %tokens : index
        %e = attn.load %a[%r, %n] : !X
        %f = attn.load %b[%t, %n] : !attn.tensor<f32, [tokens, 4]>
        %m = arith.addf %e, %f : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : !X
    }
  %1 = attn.kernel "double" (%a = %0 : !X) -> !X
    variant schedule<double {lanes n 2}> {
      %s = attn.stage "double" [%r: batch * tokens, %n: 4] {
        %e = attn.load %a[%r, %n] : !X
        %m = arith.addf %e, %e : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : !X
    }
  return %1 : !X
}

// Each variant is a function; conditions are the caller's.
// CHECK-LABEL: func.func @variants
// CHECK: attn.call "scale" [@[[A:scale]] when [rows] at_most 2, @[[B:scale_1]]] (%arg0) sizes (rows = rows)
// CHECK: attn.call "scale" [@[[A]] when [batch] at_most 9, @[[B]]] (%arg1) sizes (rows = batch)
func.func @variants(%x: !R, %y: !B) -> (!R, !B) attributes {attn.model} {
  %0 = attn.kernel "scale" (%a = %x : !R) -> !R
    variant when [rows] at_most 2 schedule<scale {lanes n 4}> {
      %s = attn.stage "scale" [%r: rows, %n: 4] {
        %e = attn.load %a[%r, %n] : !R
        %m = arith.mulf %e, %e : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : !R
    }
    variant schedule<scale {lanes n 4, parallel r}> {
      %s = attn.stage "scale" [%r: rows, %n: 4] {
        %e = attn.load %a[%r, %n] : !R
        %m = arith.mulf %e, %e : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : !R
    }
  %1 = attn.kernel "scale" (%a = %y : !B) -> !B
    variant when [batch] at_most 9 schedule<scale {lanes n 4}> {
      %s = attn.stage "scale" [%r: batch, %n: 4] {
        %e = attn.load %a[%r, %n] : !B
        %m = arith.mulf %e, %e : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : !B
    }
    variant schedule<scale {lanes n 4, parallel r}> {
      %s = attn.stage "scale" [%r: batch, %n: 4] {
        %e = attn.load %a[%r, %n] : !B
        %m = arith.mulf %e, %e : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : !B
    }
  return %0, %1 : !R, !B
}

// A condition on more than a kernel's sizes leaves their product one parameter.
// CHECK-LABEL: func.func @conditions
// CHECK: attn.call "scale" [@[[A]] when [batch * tokens + seeds * 9] at_most 2, @[[B]]] (%{{.*}}) sizes (rows = batch * tokens)
func.func @conditions(%x: !X, %s: !attn.tensor<i32, [seeds]>) -> !X attributes {attn.model} {
  %0 = attn.kernel "scale" (%a = %x : !X) -> !X
    variant when [batch * tokens + seeds * 9] at_most 2 schedule<scale {lanes n 4}> {
      %s0 = attn.stage "scale" [%r: batch * tokens, %n: 4] {
        %e = attn.load %a[%r, %n] : !X
        %m = arith.mulf %e, %e : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s0 : !X
    }
    variant schedule<scale {lanes n 4, parallel r}> {
      %s0 = attn.stage "scale" [%r: batch * tokens, %n: 4] {
        %e = attn.load %a[%r, %n] : !X
        %m = arith.mulf %e, %e : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s0 : !X
    }
  return %0 : !X
}

// A function is known to have been changed by a schedule file, and no other one.
// CHECK-LABEL: func.func @changed
// CHECK: attn.call "changed" [@changed_1 when [rows] at_most 2, @changed_2]
func.func @changed(%x: !R) -> !R attributes {attn.model} {
  %0 = attn.kernel "changed" (%a = %x : !R) -> !R
    variant when [rows] at_most 2 schedule<changed {lanes n 4}> {
      %s = attn.stage "changed" [%r: rows, %n: 4] {
        %e = attn.load %a[%r, %n] : !R
        %m = arith.negf %e : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : !R
    }
    variant schedule<changed {lanes n 4, parallel r}> {
      %s = attn.stage "changed" [%r: rows, %n: 4] {
        %e = attn.load %a[%r, %n] : !R
        %m = arith.negf %e : f32
        attn.yield %m : f32
      } : f32
      attn.yield %s : !R
    } {attn.changed_variants = array<i64: 1>}
  return %0 : !R
}

// CHECK: func.func private @double({{.*}}) -> {{.*}} attributes {attn.kernel, attn.schedule = {{.*}}, attn.symbols = ["rows"]}
// CHECK: func.func private @mixed_1
// CHECK: func.func private @double_1
// CHECK: func.func private @scale(
// CHECK: func.func private @scale_1
// CHECK: func.func private @changed_1({{.*}} attributes {attn.kernel
// CHECK: func.func private @changed_2({{.*}} attributes {attn.changed, attn.kernel
// CHECK-NOT: func.func
