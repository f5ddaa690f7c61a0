#include "tools/attn-tune/PairedComparison.h"
#include <algorithm>
#include <iterator>

namespace attune::tune {
namespace {

/// The chance that a fair coin shows heads at least `heads` times of `count`.
double chanceOf(size_t heads, size_t count) {
  double chance = 0, ways = 1, all = 1;
  for (size_t i = 0; i < count; ++i)
    all *= 2;
  for (size_t k = 0; k <= count; ++k) {
    if (k >= heads)
      chance += ways / all;
    ways = ways * static_cast<double>(count - k) / static_cast<double>(k + 1);
  }
  return chance;
}

} // namespace

void PairedComparison::add(double baseline, double candidate) {
  ratios.push_back(baseline > 0 ? candidate / baseline : 1);
}

double PairedComparison::ratio() const {
  if (ratios.empty())
    return 1;
  std::vector<double> sorted = ratios;
  std::sort(sorted.begin(), sorted.end());
  size_t middle = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/// Most schedules are no faster, and a few pairs show it: the median needs to be
/// below a bar that sinks with their number.
bool PairedComparison::looksSlower() const {
  constexpr double bars[] = {1.5, 1.15, 1.05, 1.02, 1.0};
  return patience == Hasty && count() && ratio() >= (count() <= std::size(bars) ? bars[count() - 1] : 1 - leastGain);
}

Verdict PairedComparison::verdict() const {
  size_t wins = std::count_if(ratios.begin(), ratios.end(), [](double ratio) { return ratio < 1; });
  if (chanceOf(wins, count()) < doubt && ratio() < 1 - leastGain)
    return Verdict::Faster;
  size_t left = count() < mostPairs ? mostPairs - count() : 0;
  bool canWin = left && chanceOf(wins + left, count() + left) < doubt;
  return canWin && !looksSlower() ? Verdict::Undecided : Verdict::NotFaster;
}

} // namespace attune::tune
