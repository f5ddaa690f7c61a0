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

// -----

// expected-error @+1 {{expected a stage and '{', or, before all stages, 'tile'}}
func.func private @f() attributes {a = #attn.schedule<block query 32>}

// -----

// expected-error @+1 {{expected a stage and '{', or, before all stages, 'tile'}}
func.func private @f() attributes {a = #attn.schedule<scores {}, tile query 32>}

// -----

// expected-error @+1 {{expected valid keyword}}
func.func private @f() attributes {a = #attn.schedule<tile query 32, tile {8}>}

// -----

// expected-error @+1 {{expected 'tile', one 'when' and one 'at', not 'in'}}
func.func private @f() attributes {a = #attn.variant<in loc("a.sched":2:3)>}

// -----

// expected-error @+1 {{expected 'tile', one 'when' and one 'at', not 'when'}}
func.func private @f() attributes {a = #attn.variant<when [n] at_most 4, when [n] at_most 5, at loc("a.sched":2:3)>}

// -----

// expected-error @+1 {{expected 'tile', one 'when' and one 'at', not 'at'}}
func.func private @f() attributes {a = #attn.variant<at loc("a.sched":2:3), at loc("a.sched":2:4)>}

// -----

// expected-error @+1 {{expected 'at_most'}}
func.func private @f() attributes {a = #attn.variant<when [n] below 4, at loc("a.sched":2:3)>}

// -----

// expected-error @+1 {{a variant needs its place: 'at loc(…)'}}
func.func private @f() attributes {a = #attn.variant<tile query 16>}

// -----

// expected-error @+1 {{invalid kind of attribute specified}}
func.func private @f() attributes {a = #attn.variant<at 3>}
