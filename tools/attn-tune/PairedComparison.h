// Which of two programs is faster, measured in turns.
#pragma once

#include <cstddef>
#include <vector>

namespace attune::tune {

enum class Verdict { Undecided, Faster, NotFaster };

/// Pairs of times, taken one right after the other so that a slow spell of the
/// machine meets both. Ties are not faster.
class PairedComparison {
public:
  /// A hasty comparison ends where a few pairs look slower: of many schedules
  /// most are. A patient one ends where the test does.
  enum Patience { Hasty, Patient };
  explicit PairedComparison(Patience patience) : patience(patience) {}

  /// Milliseconds.
  void add(double baseline, double candidate);

  size_t count() const { return ratios.size(); }
  /// Median of candidate by baseline; 1 without pairs.
  double ratio() const;
  /// Faster where a sign test leaves less than `doubt` that it is not, and by
  /// more than `leastGain`. Decided at the latest after `mostPairs`.
  Verdict verdict() const;

  static constexpr size_t mostPairs = 20;
  static constexpr double doubt = 0.02;
  static constexpr double leastGain = 0.01;

private:
  bool looksSlower() const;

  Patience patience;
  std::vector<double> ratios;
};

} // namespace attune::tune
