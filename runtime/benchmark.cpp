#include "benchmark.h"
#include "message.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

namespace attune::runtime {

namespace {
// Without a number of runs: at least leastRuns, then until enoughMilliseconds or mostRuns
// are reached, whichever comes first.
constexpr int warmUpRuns = 3;
constexpr int leastRuns = 5;
constexpr int mostRuns = 1000;
constexpr double enoughMilliseconds = 2000;
} // namespace

double Timing::mean() const {
  return std::accumulate(milliseconds.begin(), milliseconds.end(), 0.0) /
         static_cast<double>(milliseconds.size());
}

double Timing::quantile(double part) const {
  double place = part * static_cast<double>(milliseconds.size() - 1);
  size_t below = static_cast<size_t>(place);
  size_t above = std::min(below + 1, milliseconds.size() - 1);
  double rest = place - std::floor(place);
  return milliseconds[below] * (1 - rest) + milliseconds[above] * rest;
}

Error measure(const std::function<Error()> &run, int runs, Timing &timing,
              const std::function<void()> &start) {
  using Clock = std::chrono::steady_clock;
  timing.milliseconds.clear();
  timing.milliseconds.reserve(static_cast<size_t>(runs > 0 ? runs : mostRuns));
  for (int i = 0; i < warmUpRuns; ++i)
    if (Error error = run())
      return error;
  start();
  double total = 0;
  auto enough = [&](int done) {
    if (runs > 0)
      return done >= runs;
    return done >= mostRuns || (done >= leastRuns && total >= enoughMilliseconds);
  };
  for (int i = 0; !enough(i); ++i) {
    Clock::time_point begin = Clock::now();
    if (Error error = run())
      return error;
    timing.milliseconds.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    total += timing.milliseconds.back();
  }
  std::sort(timing.milliseconds.begin(), timing.milliseconds.end());
  return Error();
}

std::string timingJson(const Timing &timing) {
  nlohmann::ordered_json json = {{"runs", timing.milliseconds.size()},
                                 {"min_ms", timing.least()},
                                 {"median_ms", timing.quantile(0.5)},
                                 {"mean_ms", timing.mean()},
                                 {"p90_ms", timing.quantile(0.9)},
                                 {"max_ms", timing.most()},
                                 {"samples_ms", timing.milliseconds}};
  return json.dump();
}

std::string timingText(const Timing &timing) {
  char line[256];
  std::snprintf(line, sizeof line,
                "%s: min %.3f ms, median %.3f ms, mean %.3f ms, 90%% below %.3f ms, "
                "max %.3f ms\n",
                counted(timing.milliseconds.size(), "run").c_str(), timing.least(),
                timing.quantile(0.5), timing.mean(), timing.quantile(0.9),
                timing.most());
  return line;
}

} // namespace attune::runtime
