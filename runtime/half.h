// 16-bit floats and f32.
#ifndef ATTUNE_RUNTIME_HALF_H
#define ATTUNE_RUNTIME_HALF_H

#include <cstddef>
#include <cstdint>

namespace attune::runtime {

float halfToFloat(uint16_t half);     // f16
float bfloatToFloat(uint16_t bfloat); // bf16
/// Rounded to the nearest, ties to even.
uint16_t floatToHalf(float value);
uint16_t floatToBfloat(float value);

/// `source` may have any alignment.
void widenHalf(const void *source, float *target, size_t count);
void widenBfloat(const void *source, float *target, size_t count);

} // namespace attune::runtime

#endif
