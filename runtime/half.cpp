#include "half.h"

#include <cstring>

namespace attune::runtime {

static float fromBits(uint32_t bits) {
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

static uint32_t toBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

float halfToFloat(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000) << 16;
  uint32_t magnitude = half & 0x7fff;
  if (magnitude < 0x0400) {
    // Zero and subnormal numbers are multiples of 2^-24.
    float value = static_cast<float>(magnitude) * fromBits(0x33800000);
    return fromBits(toBits(value) | sign);
  }
  // Infinity and NaN keep the largest exponent, others are biased by 127 - 15.
  uint32_t bias = magnitude >= 0x7c00 ? 255 - 31 : 127 - 15;
  return fromBits(sign | ((magnitude << 13) + (bias << 23)));
}

float bfloatToFloat(uint16_t bfloat) { return fromBits(uint32_t(bfloat) << 16); }

uint16_t floatToHalf(float value) {
  uint32_t bits = toBits(value);
  uint16_t sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)
    return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000)
    return sign | 0x7c00; // rounds to 65536 or more
  if (magnitude < 0x38800000) {
    // Below 2^-14 the result is a multiple of 2^-24: adding 0.5 makes the unit in the
    // last place just that, so that the addition rounds.
    float shifted = fromBits(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (toBits(shifted) - 0x3f000000));
  }
  uint32_t odd = magnitude >> 13 & 1;
  return static_cast<uint16_t>(
      sign | ((magnitude - (uint32_t(127 - 15) << 23) + 0xfff + odd) >> 13));
}

uint16_t floatToBfloat(float value) {
  uint32_t bits = toBits(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return static_cast<uint16_t>(bits >> 16 | 0x40); // NaN stays NaN
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void widenHalf(const void *source, float *target, size_t count) {
  const uint8_t *bytes = static_cast<const uint8_t *>(source);
  for (size_t i = 0; i < count; ++i) {
    uint16_t half;
    std::memcpy(&half, bytes + 2 * i, 2);
    target[i] = halfToFloat(half);
  }
}

void widenBfloat(const void *source, float *target, size_t count) {
  const uint8_t *bytes = static_cast<const uint8_t *>(source);
  for (size_t i = 0; i < count; ++i) {
    uint16_t bfloat;
    std::memcpy(&bfloat, bytes + 2 * i, 2);
    target[i] = bfloatToFloat(bfloat);
  }
}

} // namespace attune::runtime
