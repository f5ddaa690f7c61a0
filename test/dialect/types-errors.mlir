// RUN: attn-opt %s -verify-diagnostics -split-input-file

// expected-error @+1 {{element type 'f64' is none of f32, f16, bf16, i32, i8, i1}}
func.func private @f(!attn.tensor<f64, [2]>)

// -----

// expected-error @+1 {{size -1 is negative}}
func.func private @f(!attn.tensor<f32, [n - n - 1]>)

// -----

// expected-error @+1 {{division of a size by 0}}
func.func private @f(!attn.tensor<f32, [n floordiv 0]>)

// -----

// expected-error @+1 {{division of a size by -2}}
func.func private @f(!attn.tensor<f32, [n mod (1 - 3)]>)

// -----

// expected-error @+1 {{size is nested more than 64 levels deep}}
func.func private @f(!attn.tensor<f32, [((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((n))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))]>)

// -----

// expected-error @+1 {{expected 'at_most'}}
func.func private @f() attributes {a = #attn.condition<[n] below 4>}

// -----

// expected-error @+1 {{expected valid keyword}}
func.func private @f() attributes {a = #attn.directive<32>}

// -----

// expected-error @+1 {{expected join, separate, fuse or split, not 'melt'}}
func.func private @f() attributes {a = #attn.fusion<melt "a" at loc("a.sched":2:3)>}

// -----

// expected-error @+1 {{expected 'into'}}
func.func private @f() attributes {a = #attn.fusion<fuse "a" from "b" at loc("a.sched":2:3)>}
