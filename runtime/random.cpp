#include "random.h"
#include "half.h"

#include <cmath>

namespace attune::runtime {

/// SplitMix64's output function (Steele, Lea, Flood, 2014) of a counter.
static uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

RandomRange inputRange(attn_type type) {
  if (type == ATTN_I32)
    return {0, 1000};
  if (type == ATTN_I8)
    return {0, 100};
  return {-1, 1};
}

RandomRange weightRange(attn_type type) {
  if (type == ATTN_I32 || type == ATTN_I8)
    return {0, 1};
  return {-0.05, 0.05};
}

uint64_t seedOf(uint64_t seed, std::string_view name) {
  uint64_t hash = mix(seed);
  for (char c : name)
    hash = mix(hash ^ static_cast<unsigned char>(c));
  return hash;
}

void fillRandom(attn_type type, RandomRange range, uint64_t seed, void *data,
                int64_t count) {
  uint64_t start = mix(seed);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t bits = mix(start + static_cast<uint64_t>(i));
    double unit = static_cast<double>(bits >> 11) * 0x1p-53; // [0, 1)
    double value = range.low + unit * (range.high - range.low);
    switch (type) {
    case ATTN_F32:
      static_cast<float *>(data)[i] = static_cast<float>(value);
      break;
    case ATTN_F16:
      static_cast<uint16_t *>(data)[i] = floatToHalf(static_cast<float>(value));
      break;
    case ATTN_BF16:
      static_cast<uint16_t *>(data)[i] = floatToBfloat(static_cast<float>(value));
      break;
    case ATTN_I32:
      static_cast<int32_t *>(data)[i] = static_cast<int32_t>(std::floor(value));
      break;
    case ATTN_I8:
      static_cast<int8_t *>(data)[i] = static_cast<int8_t>(std::floor(value));
      break;
    default:
      static_cast<uint8_t *>(data)[i] = static_cast<uint8_t>(bits >> 63);
    }
  }
}

} // namespace attune::runtime
