// Reproducible random tensors: the value at an index depends on the seed and the index
// alone, on every machine.
#ifndef ATTUNE_RUNTIME_RANDOM_H
#define ATTUNE_RUNTIME_RANDOM_H

#include "attune.h"

#include <cstdint>
#include <string_view>

namespace attune::runtime {

/// Values are at least `low` and below `high`; for bool the range does not count.
struct RandomRange {
  double low, high;
};

/// Floats from [-1, 1), integers from [0, 1000) (i8: [0, 100)).
RandomRange inputRange(attn_type type);
/// Floats from [-0.05, 0.05), integers 0.
RandomRange weightRange(attn_type type);

/// A seed for the tensor called `name`.
uint64_t seedOf(uint64_t seed, std::string_view name);

/// Fills `data` with `count` values of a type that models take.
void fillRandom(attn_type type, RandomRange range, uint64_t seed, void *data,
                int64_t count);

} // namespace attune::runtime

#endif
