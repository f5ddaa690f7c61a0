// What many measurements of one case say.
#pragma once

#include <cstddef>
#include <vector>

namespace attune {

/// Milliseconds. Quartiles, unlike mean and deviation, stay where they are when
/// a few runs meet a slow spell of the machine.
struct Statistics {
  size_t count = 0;
  double least = 0, lowerQuartile = 0, median = 0, upperQuartile = 0;

  /// Half the way from one quartile to the other, as a part of the median.
  double spread() const;
};

/// At least one sample, in any order.
Statistics statisticsOf(std::vector<double> samples);

} // namespace attune
