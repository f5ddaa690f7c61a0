#include "parallel_loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <thread>
#include <vector>

using namespace attune::runtime;

namespace {

std::vector<int> takeAll(ParallelLoop &loop, int part) {
  std::vector<int> taken;
  while (true) {
    auto [i, end] = loop.take(part);
    if (i == end)
      return taken;
    for (; i < end; ++i)
      taken.push_back(i);
  }
}

TEST(ParallelLoop, APartComesInOrderAndThenTheEndsOfOthers) {
  ParallelLoop loop(7, 3); // 0 1, 2 3, 4 5 6
  EXPECT_EQ(takeAll(loop, 1), (std::vector<int>{2, 3, 6, 5, 4, 1, 0}));
  EXPECT_EQ(takeAll(loop, 0), std::vector<int>());
}

TEST(ParallelLoop, ManyIterationsComeSeveralAtATimeAndTheLastOnesAlone) {
  ParallelLoop loop(2000, 2);
  auto first = loop.take(0);
  EXPECT_EQ(first.begin, 0);
  EXPECT_EQ(first.end, 8);
  std::vector<int> counts;
  for (auto some = first; some.begin != some.end && some.end <= 1000; some = loop.take(0))
    counts.push_back(some.end - some.begin);
  EXPECT_TRUE(std::is_sorted(counts.rbegin(), counts.rend()));
  EXPECT_EQ(std::count(counts.begin(), counts.end(), 1), 31); // of less than twice the 16 that a part is shared into
  auto others = loop.take(0);
  EXPECT_EQ(others.end - others.begin, 1);
}

TEST(ParallelLoop, EachIterationIsTakenOnce) {
  for (int count : {0, 1, 2, 31, 1000})
    for (int parts : {1, 2, 3, 8, maxThreads}) {
      ParallelLoop loop(count, parts);
      std::vector<int> taken;
      for (int part = 0; part < parts; part += 2)
        for (auto [i, end] = loop.take(part); i < end; ++i)
          taken.push_back(i);
      std::vector<int> rest = takeAll(loop, parts - 1);
      taken.insert(taken.end(), rest.begin(), rest.end());
      std::sort(taken.begin(), taken.end());
      std::vector<int> all(count);
      std::iota(all.begin(), all.end(), 0);
      EXPECT_EQ(taken, all) << count << " in " << parts << " parts";
    }
}

TEST(ParallelLoop, ManyThreads) {
  const int count = 200000, threads = 4;
  ParallelLoop loop(count, threads);
  std::vector<std::vector<int>> taken(threads);
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&, t] { taken[t] = takeAll(loop, t); });
  for (std::thread &worker : workers)
    worker.join();
  std::vector<int> times(count);
  for (const std::vector<int> &some : taken)
    for (int i : some)
      ++times[i];
  EXPECT_EQ(std::count(times.begin(), times.end(), 1), count);
}

TEST(ParallelLoop, ReachesTheLargestCount) {
  ParallelLoop loop(INT32_MAX, 2);
  EXPECT_EQ(loop.take(0).begin, 0);
  EXPECT_EQ(loop.take(1).begin, INT32_MAX / 2);
}

} // namespace
