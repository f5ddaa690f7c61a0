#include "tools/measurement/Statistics.h"
#include <gtest/gtest.h>

using namespace attune;

TEST(Statistics, QuartilesOfAnyOrder) {
  Statistics five = statisticsOf({5, 1, 4, 2, 3});
  EXPECT_EQ(five.count, 5u);
  EXPECT_EQ(five.least, 1);
  EXPECT_EQ(five.lowerQuartile, 2);
  EXPECT_EQ(five.median, 3);
  EXPECT_EQ(five.upperQuartile, 4);
  EXPECT_DOUBLE_EQ(five.spread(), 1.0 / 3);
}

TEST(Statistics, BetweenSamples) {
  Statistics two = statisticsOf({2, 1});
  EXPECT_DOUBLE_EQ(two.lowerQuartile, 1.25);
  EXPECT_DOUBLE_EQ(two.median, 1.5);
  EXPECT_DOUBLE_EQ(two.upperQuartile, 1.75);
}

TEST(Statistics, OneSampleHasNoSpread) {
  Statistics one = statisticsOf({7});
  EXPECT_EQ(one.median, 7);
  EXPECT_EQ(one.spread(), 0);
}

TEST(Statistics, AFewSlowRunsDoNotMatter) {
  EXPECT_EQ(statisticsOf({10, 10, 10, 10, 10, 10, 10, 90, 100}).spread(), 0);
}

TEST(Statistics, TimesOfZero) { EXPECT_EQ(statisticsOf({0, 0, 0}).spread(), 0); }
