#include "tools/measurement/Statistics.h"
#include "runtime/benchmark.h"
#include <algorithm>

namespace attune {

double Statistics::spread() const {
  return median > 0 ? (upperQuartile - lowerQuartile) / 2 / median : 0;
}

Statistics statisticsOf(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  runtime::Timing timing{std::move(samples)};
  return {timing.milliseconds.size(), timing.least(), timing.quantile(0.25), timing.quantile(0.5),
          timing.quantile(0.75)};
}

} // namespace attune
