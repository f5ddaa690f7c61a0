// RUN: attn-opt %s -verify-diagnostics -split-input-file

func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.kernel' op must yield one '!attn.tensor<f32, [2]>'}}
  %0 = attn.kernel "k" (%a = %x : !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [2]> {
    attn.yield %a : !attn.tensor<f32, [n]>
  }
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.kernel' op needs a condition on every variant but the last}}
  %0 = attn.kernel "k" (%a = %x : !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
    variant schedule<> {
      attn.yield %a : !attn.tensor<f32, [n]>
    }
    variant schedule<> {
      attn.yield %a : !attn.tensor<f32, [n]>
    }
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.kernel' op needs a condition on every variant but the last}}
  %0 = attn.kernel "k" (%a = %x : !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
    variant when [n] at_most 4 schedule<> {
      attn.yield %a : !attn.tensor<f32, [n]>
    }
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.kernel' op has two stages called "s"}}
  %0 = attn.kernel "k" (%a = %x : !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]> {
    %s = attn.stage "s" [%i: n] {
      %v = attn.load %a[%i] : !attn.tensor<f32, [n]>
      attn.yield %v : f32
    } : f32
    %t = attn.stage "s" [%i: n] {
      %v = attn.load %s[%i] : !attn.tensor<f32, [n]>
      attn.yield %v : f32
    } : f32
    attn.yield %t : !attn.tensor<f32, [n]>
  }
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.kernel' op has inputs and body arguments of different types}}
  %0 = "attn.kernel"(%x) <{name = "k", schedules = [unit], conditions = [unit]}> ({
  ^bb0(%a: !attn.tensor<f32, [m]>):
    attn.yield %x : !attn.tensor<f32, [n]>
  }) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.kernel' op needs at least one variant, with a schedule and a condition for each}}
  %0 = "attn.kernel"(%x) <{name = "k", schedules = [], conditions = []}> : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.call' op calls @f, which is not a kernel}}
  %0 = attn.call "c" [@f] (%x) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.kernel, attn.symbols = ["rows"]}
func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.call' op gives '!attn.tensor<f32, [n]>' where @k takes '!attn.tensor<f32, [rows]>'}}
  %0 = attn.call "c" [@k] (%x) sizes (rows = n * 2) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.kernel, attn.symbols = ["rows"]}
func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.call' op size -2 is negative}}
  %0 = attn.call "c" [@k] (%x) sizes (rows = -2) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.kernel, attn.symbols = ["rows"]}
func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.call' op gets '!attn.tensor<f32, [4]>', but @k gives '!attn.tensor<f32, [rows]>'}}
  %0 = attn.call "c" [@k] (%x) sizes (rows = n) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [4]>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.kernel, attn.symbols = ["rows"]}
func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.call' op gives 2 tensors to @k, which takes 1}}
  %0 = attn.call "c" [@k] (%x, %x) sizes (rows = n) : (!attn.tensor<f32, [n]>, !attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.kernel, attn.symbols = ["rows"]}
func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.call' op needs a condition on every kernel but the last}}
  %0 = attn.call "c" [@k, @k] (%x) sizes (rows = n) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.call' op needs a kernel, and a condition for each}}
  %0 = attn.call "c" [] (%x) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.kernel, attn.symbols = ["rows"]}
func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.call' op must give sizes, but "rows" is 4 : i64}}
  %0 = "attn.call"(%x) <{name = "c", kernels = [@k], conditions = [unit], sizes = {rows = 4}}> : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.kernel, attn.symbols = ["rows"]}
func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.call' op must call symbols of kernels}}
  %0 = "attn.call"(%x) <{name = "c", kernels = [3], conditions = [unit], sizes = {rows = #attn.size<n>}}> : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.kernel, attn.symbols = ["rows"]}
func.func @f(%x: !attn.tensor<f32, [rows]>) {
  // expected-error @+1 {{'attn.call' op does not say what size "rows" of @k is}}
  %0 = attn.call "c" [@k] (%x) : (!attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]>
  return
}

// -----

func.func private @k(%x: !attn.tensor<f32, [rows]>) -> !attn.tensor<f32, [rows]> attributes {attn.kernel, attn.symbols = ["rows"]}
func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{size 'rows' is given twice}}
  %0 = attn.call "c" [@k] (%x) sizes (rows = n, rows = n) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func private @k(%x: f32) -> f32 attributes {attn.kernel}
func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.call' op calls @k, which is not on tensors}}
  %0 = attn.call "c" [@k] (%x) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}

// -----

func.func @f(%x: !attn.tensor<f32, [n]>) {
  // expected-error @+1 {{'attn.kernel' op has a schedule that is none: [3]}}
  %0 = "attn.kernel"(%x) <{name = "k", schedules = [3], conditions = [unit]}> ({
  ^bb0(%a: !attn.tensor<f32, [n]>):
    attn.yield %a : !attn.tensor<f32, [n]>
  }) : (!attn.tensor<f32, [n]>) -> !attn.tensor<f32, [n]>
  return
}
