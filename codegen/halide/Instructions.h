// Instructions that Halide has no names for.
//
// A call of this function stands for what instructions of AVX-512 (F, DQ and VL) do. Halide writes a vector of calls lane by lane;
// once it is done, the lanes of a register are joined again (RegisterCalls.h).
#pragma once

#include "llvm/ADT/StringRef.h"

namespace llvm {
class Module;
}

namespace attune::kernels {

/// float(float): 2^x for x <= 0 within 1.8e-7, exactly 0 below -126 and 1 for 0, NaN for NaN. VREDUCEPS takes what x is above
/// the next lower whole number, VSCALEFPS multiplies with the power (Intel SDM volume 2).
constexpr llvm::StringLiteral powerOfTwoCall = "attune_power_of_two";

void placeInstructions(llvm::Module &module);

} // namespace attune::kernels
