// What stands for infinities in kernels.
//
// Halide compiles on the assumption that floats are finite, so the identities
// of max and min are large numbers. They are nearer to 0 than the score of a
// masked pair (-infinity in the model, maskedScore here): with a row maximum of
// -1e29 over nothing but masked scores, exp2(-1e30 + 1e29) is exactly 0.
#pragma once

namespace attune::kernels {

inline constexpr float lowestIdentity = -1e29f;
inline constexpr float highestIdentity = 1e29f;
/// Infinite constants in bodies become these.
inline constexpr float maskedScore = -1e30f;
inline constexpr float largestConstant = 1e30f;

} // namespace attune::kernels
