// Exponentials of shares, at most 1: exponentials_test.cpp checks each value. AVX-512 has instructions for two steps, which whole
// vectors take, of one register, less, and several, and single elements.
// RUN: attn-kernelc %s --kernel=registers --target=x86-64-v4 --emit=assembly -o - | FileCheck %s
// RUN: attn-kernelc %s --kernel=halves --target=x86-64-v4 --emit=assembly -o - | FileCheck %s --check-prefix=HALF
// RUN: attn-kernelc %s --kernel=several --target=x86-64-v4 --emit=assembly -o - | FileCheck %s --check-prefix=SEVERAL
// RUN: attn-kernelc %s --kernel=single --target=x86-64-v4 --emit=assembly -o - | FileCheck %s --check-prefix=SINGLE
// RUN: attn-kernelc %s --kernel=registers --target=x86-64-v3 --emit=assembly -o - | FileCheck %s --check-prefix=NONE
// CHECK-NOT: attune_power_of_two
// CHECK: vreduceps $1, %zmm[[X:[0-9]+]], %zmm[[F:[0-9]+]]
// CHECK-NOT: vextract
// CHECK: vscalefps %zmm[[X]], %zmm{{[0-9]+}}, %zmm{{[0-9]+}} {%k{{[0-9]}}} {z}
// HALF: vreduceps $1, %ymm
// HALF: vscalefps %ymm
// SEVERAL: vreduceps $1, %zmm
// SEVERAL: vreduceps $1, %ymm
// SINGLE: vreduceps $1, %xmm
// RUN: attn-kernelc %s --kernel=odd --target=znver4 --emit=assembly -o - | FileCheck %s --check-prefix=ODD
// ODD: vreduceps $1, %xmm
// ODD-NOT: attune_power_of_two
// NONE-NOT: vreduceps
// NONE-NOT: attune_power_of_two

!X = !attn.tensor<f32, [n]>

func.func private @registers(%x: !X) -> !X
    attributes {attn.kernel, attn.symbols = ["n"], attn.schedule = #attn.schedule<shares {lanes i 16 guard}>} {
  %y = attn.stage "shares" [%i: n] {
    %v = attn.load %x[%i] : !X
    %e = math.exp %v fastmath<ninf,afn> : f32
    attn.yield %e : f32
  } : f32
  return %y : !X
}

func.func private @halves(%x: !X) -> !X
    attributes {attn.kernel, attn.symbols = ["n"], attn.schedule = #attn.schedule<shares {lanes i 8 guard}>} {
  %y = attn.stage "shares" [%i: n] {
    %v = attn.load %x[%i] : !X
    %e = math.exp %v fastmath<ninf,afn> : f32
    attn.yield %e : f32
  } : f32
  return %y : !X
}

func.func private @several(%x: !X) -> !X
    attributes {attn.kernel, attn.symbols = ["n"], attn.schedule = #attn.schedule<shares {lanes i 24 guard}>} {
  %y = attn.stage "shares" [%i: n] {
    %v = attn.load %x[%i] : !X
    %e = math.exp %v fastmath<ninf,afn> : f32
    attn.yield %e : f32
  } : f32
  return %y : !X
}

func.func private @single(%x: !X) -> !X
    attributes {attn.kernel, attn.symbols = ["n"], attn.schedule = #attn.schedule<shares {parallel i}>} {
  %y = attn.stage "shares" [%i: n] {
    %v = attn.load %x[%i] : !X
    %e = math.exp %v fastmath<ninf,afn> : f32
    attn.yield %e : f32
  } : f32
  return %y : !X
}

func.func private @odd(%x: !X) -> !X
    attributes {attn.kernel, attn.symbols = ["n"], attn.schedule = #attn.schedule<shares {lanes i 5 guard}>} {
  %y = attn.stage "shares" [%i: n] {
    %v = attn.load %x[%i] : !X
    %e = math.exp %v fastmath<ninf,afn> : f32
    attn.yield %e : f32
  } : f32
  return %y : !X
}

// Lanes whose arguments are the same share a call. The factor makes Halide's argument a vector that was only put together.
// RUN: attn-kernelc %s --kernel=shared --target=x86-64-v4 --emit=assembly -o - | FileCheck %s --check-prefix=SHARED
// SHARED: vreduceps $1, %zmm
// SHARED-NOT: attune_power_of_two
func.func private @shared(%x: !X) -> !X
    attributes {attn.kernel, attn.symbols = ["n"], attn.schedule = #attn.schedule<shares {lanes i 16 guard}>} {
  %y = attn.stage "shares" [%i: n] {
    %c4 = arith.constant 4 : index
    %ln2 = arith.constant 0.693147182 : f32
    %quarter = arith.remui %i, %c4 : index
    %u = attn.load %x[%quarter] : !X
    %v = arith.mulf %u, %ln2 : f32
    %e = math.exp %v fastmath<ninf,afn> : f32
    attn.yield %e : f32
  } : f32
  return %y : !X
}
