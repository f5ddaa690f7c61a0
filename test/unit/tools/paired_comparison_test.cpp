#include "tools/attn-tune/PairedComparison.h"
#include <gtest/gtest.h>

using namespace attune::tune;

namespace {

/// Adds pairs until there is a verdict.
Verdict compare(PairedComparison::Patience patience, const std::vector<double> &ratios, size_t *count = nullptr) {
  PairedComparison pairs(patience);
  for (size_t i = 0; pairs.verdict() == Verdict::Undecided; ++i)
    pairs.add(10, 10 * ratios[i % ratios.size()]);
  if (count)
    *count = pairs.count();
  return pairs.verdict();
}

} // namespace

TEST(PairedComparison, NothingIsUndecided) {
  PairedComparison pairs(PairedComparison::Patient);
  EXPECT_EQ(pairs.verdict(), Verdict::Undecided);
  EXPECT_EQ(pairs.ratio(), 1);
}

TEST(PairedComparison, FasterInEveryPair) {
  EXPECT_EQ(compare(PairedComparison::Hasty, {0.9}), Verdict::Faster);
  EXPECT_EQ(compare(PairedComparison::Patient, {0.9}), Verdict::Faster);
}

TEST(PairedComparison, TiesAreNotFaster) {
  EXPECT_EQ(compare(PairedComparison::Patient, {1}), Verdict::NotFaster);
  EXPECT_EQ(compare(PairedComparison::Patient, {0.9, 1.1}), Verdict::NotFaster);
  EXPECT_EQ(compare(PairedComparison::Patient, {0.999}), Verdict::NotFaster) << "too little to tell";
}

TEST(PairedComparison, OneSlowSpellDoesNotDecide) {
  std::vector<double> ratios(PairedComparison::mostPairs, 0.9);
  ratios[1] = 5;
  EXPECT_EQ(compare(PairedComparison::Patient, ratios), Verdict::Faster);
  EXPECT_EQ(compare(PairedComparison::Hasty, ratios), Verdict::NotFaster) << "haste costs a good one now and then";
  ratios[1] = 0.9;
  ratios[4] = 5;
  EXPECT_EQ(compare(PairedComparison::Hasty, ratios), Verdict::Faster);
}

TEST(PairedComparison, HasteEndsEarly) {
  size_t hasty = 0, patient = 0;
  compare(PairedComparison::Hasty, {1.03, 1.04}, &hasty);
  compare(PairedComparison::Patient, {1.03, 1.04}, &patient);
  EXPECT_LT(hasty, patient);
  EXPECT_LE(patient, PairedComparison::mostPairs);
}

TEST(PairedComparison, RatioIsTheMedian) {
  PairedComparison pairs(PairedComparison::Patient);
  for (double ratio : {0.5, 3.0, 0.8})
    pairs.add(10, 10 * ratio);
  EXPECT_DOUBLE_EQ(pairs.ratio(), 0.8);
}
