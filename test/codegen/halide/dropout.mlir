// Dropout alone: dropout_test.cpp checks each element. Lanes along the last
// axis, which counts by itself, and along one that counts in the row.
// RUN: attn-kernelc %s --kernel=columns --target=x86-64-v4 -o %t.o
// RUN: not attn-kernelc %s --kernel=computed_seed -o %t.o 2>&1 | FileCheck %s
// CHECK: error: kernel 'computed_seed': stage 'dropped': a dropout's seed must be an argument of the kernel

!X = !attn.tensor<f32, [a, b, 70]>
!S = !attn.tensor<i32, [seeds]>

func.func private @columns(%x: !X, %rate: !attn.tensor<f32, []>, %seed: !S) -> !X
    attributes {attn.kernel, attn.symbols = ["a", "b", "seeds"], attn.schedule = #attn.schedule<dropped {lanes n 16 guard, parallel i j}>} {
  %y = attn.stage "dropped" [%i: a, %j: b, %n: 70] {
    %v = attn.load %x[%i, %j, %n] : !X
    %r = attn.load %rate[] : !attn.tensor<f32, []>
    %d = attn.dropout %v rate %r site 6 at [%i, %j, %n] of [a, b, 70] seed %seed : !S
    attn.yield %d : f32
  } : f32
  return %y : !X
}

func.func private @rows(%x: !X, %rate: !attn.tensor<f32, []>, %seed: !S) -> !X
    attributes {attn.kernel, attn.symbols = ["a", "b", "seeds"], attn.schedule = #attn.schedule<result {parallel i j, lanes n 2 guard}, dropped {at root, order j n i, lanes j 8}>} {
  %y = attn.stage "dropped" [%i: a, %j: b, %n: 70] {
    %v = attn.load %x[%i, %j, %n] : !X
    %r = attn.load %rate[] : !attn.tensor<f32, []>
    %d = attn.dropout %v rate %r site 6 at [%i, %j, %n] of [a, b, 70] seed %seed : !S
    attn.yield %d : f32
  } : f32
  %z = attn.stage "result" [%i: a, %j: b, %n: 70] {
    %v = attn.load %y[%i, %j, %n] : !X
    attn.yield %v : f32
  } : f32
  return %z : !X
}

func.func private @computed_seed(%x: !X, %seed: !S) -> !X attributes {attn.kernel, attn.symbols = ["a", "b", "seeds"]} {
  %s = attn.stage "other" [%i: seeds] {
    %v = attn.load %seed[%i] : !S
    attn.yield %v : i32
  } : i32
  %y = attn.stage "dropped" [%i: a, %j: b, %n: 70] {
    %v = attn.load %x[%i, %j, %n] : !X
    %d = attn.dropout %v rate %v site 6 at [%i, %j, %n] of [a, b, 70] seed %s : !S
    attn.yield %d : f32
  } : f32
  return %y : !X
}
