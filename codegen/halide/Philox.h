// Philox4x32-10 as an expression.
#pragma once

#include "Halide.h"

namespace attune::kernels {

/// The first of the four words that Philox4x32-10 makes of counter (c0, c1, c2,
/// 0) and key (k0, k1), all of 32 bits without sign. Salmon, Moraes, Dror, Shaw:
/// "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
Halide::Expr philoxWord(Halide::Expr c0, Halide::Expr c1, Halide::Expr c2, Halide::Expr k0, Halide::Expr k1);

/// The word as a number in [0, 1), a multiple of 2^-24.
Halide::Expr uniform(Halide::Expr word);

} // namespace attune::kernels
