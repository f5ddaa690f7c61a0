// Measuring the time of runs.
#ifndef ATTUNE_RUNTIME_BENCHMARK_H
#define ATTUNE_RUNTIME_BENCHMARK_H

#include "error.h"

#include <functional>
#include <string>
#include <vector>

namespace attune::runtime {

/// Milliseconds of each run, sorted.
struct Timing {
  std::vector<double> milliseconds;

  double least() const { return milliseconds.front(); }
  double most() const { return milliseconds.back(); }
  double mean() const;
  /// `part` is from 0 to 1: 0.5 is the median.
  double quantile(double part) const;
};

/// Runs a few times to warm up, calls `start`, then measures `runs` runs, or as many as
/// a short time allows if that is 0.
Error measure(const std::function<Error()> &run, int runs, Timing &timing,
              const std::function<void()> &start = [] {});

/// {"runs", "min_ms", "median_ms", "mean_ms", "p90_ms", "max_ms", "samples_ms": [sorted]}
std::string timingJson(const Timing &timing);
std::string timingText(const Timing &timing);

} // namespace attune::runtime

#endif
