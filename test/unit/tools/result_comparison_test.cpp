#include "tools/attn-bench/ResultComparison.h"
#include <gtest/gtest.h>

using namespace attune::bench;

namespace {

/// A case whose quartiles are `spread` from its median, bound by arithmetic.
CaseResult timed(const std::string &name, double least, double median, double spread) {
  CaseResult result;
  result.measured.name = name;
  result.time = {100, least, median * (1 - spread), median, median * (1 + spread)};
  result.flops = 1e9;
  result.bytes = 1e6;
  return result;
}

Result resultOf(std::vector<CaseResult> cases, double gflops = 200, double gbytes = 40) {
  Result result;
  result.target = "x86-64-v4";
  result.processor = "Some processor";
  result.threads = 2;
  result.rounds = 5;
  result.peaks = {{gflops / 2, gbytes / 2}, {gflops, gbytes}};
  result.cases = std::move(cases);
  return result;
}

CaseComparison compared(const Result &older, const Result &newer) {
  auto cases = compareResults(older, newer);
  EXPECT_EQ(cases.size(), 1u);
  return cases[0];
}

Verdict verdict(CaseResult older, CaseResult newer) {
  return compared(resultOf({std::move(older)}), resultOf({std::move(newer)})).verdict;
}

} // namespace

TEST(ResultComparison, BeyondNoise) {
  EXPECT_EQ(verdict(timed("a", 9.9, 10, 0.01), timed("a", 9.9, 10, 0.01)), Verdict::Same);
  EXPECT_EQ(verdict(timed("a", 9.9, 10, 0.01), timed("a", 10.8, 11, 0.01)), Verdict::Slower);
  EXPECT_EQ(verdict(timed("a", 10.8, 11, 0.01), timed("a", 9.9, 10, 0.01)), Verdict::Faster);
}

TEST(ResultComparison, NoiseIsThreeSpreadsOfBoth) {
  CaseComparison one = compared(resultOf({timed("a", 9, 10, 0.03)}), resultOf({timed("a", 9, 10, 0.04)}));
  EXPECT_NEAR(one.noise, 0.15, 1e-12);
  // 10 % is noise to these, and to quiet ones it is not.
  EXPECT_EQ(verdict(timed("a", 9, 10, 0.03), timed("a", 10, 11, 0.04)), Verdict::Same);
  EXPECT_EQ(verdict(timed("a", 9, 10, 0.01), timed("a", 10, 11, 0.02)), Verdict::Slower);
}

TEST(ResultComparison, NoSpreadIsNoCertainty) {
  CaseComparison one = compared(resultOf({timed("a", 10, 10, 0)}), resultOf({timed("a", 10.1, 10.1, 0)}));
  EXPECT_NEAR(one.noise, 0.02, 1e-12);
  EXPECT_EQ(one.verdict, Verdict::Same);
}

TEST(ResultComparison, ASlowSpellMovesTheMedianAlone) {
  EXPECT_EQ(verdict(timed("a", 9.9, 10, 0.01), timed("a", 9.9, 12, 0.01)), Verdict::Same);
  EXPECT_EQ(verdict(timed("a", 9.9, 12, 0.01), timed("a", 9.9, 10, 0.01)), Verdict::Same);
}

TEST(ResultComparison, TheMachineItselfChanged) {
  // A tenth slower on a machine that is a tenth slower.
  CaseComparison one = compared(resultOf({timed("a", 9.9, 10, 0.01)}, 200),
                                resultOf({timed("a", 10.9, 11, 0.01)}, 180));
  EXPECT_GT(one.noise, 0.1);
  EXPECT_EQ(one.verdict, Verdict::Same);
  // Its memory does not matter to a case bound by arithmetic.
  EXPECT_EQ(compared(resultOf({timed("a", 9.9, 10, 0.01)}, 200, 40),
                     resultOf({timed("a", 10.9, 11, 0.01)}, 200, 20)).verdict,
            Verdict::Slower);
  CaseResult reading = timed("a", 9.9, 10, 0.01), slower = timed("a", 10.9, 11, 0.01);
  reading.bytes = slower.bytes = 3e8;
  EXPECT_EQ(compared(resultOf({reading}, 200, 40), resultOf({slower}, 200, 36)).verdict, Verdict::Same);
}

TEST(ResultComparison, WhatCannotBeCompared) {
  CaseResult failed = timed("a", 1, 1, 0);
  failed.problem = "it crashed";
  EXPECT_EQ(verdict(timed("a", 1, 1, 0), failed), Verdict::Failed);
  EXPECT_EQ(verdict(failed, timed("a", 1, 1, 0)), Verdict::Failed);
  CaseResult other = timed("a", 1, 1, 0);
  other.measured.inputs = {{"x", "2xf32=random"}};
  EXPECT_EQ(verdict(timed("a", 1, 1, 0), other), Verdict::OtherWork);
  other.measured.inputs.clear();
  other.measured.constants = {{"n", "4"}};
  EXPECT_EQ(verdict(timed("a", 1, 1, 0), other), Verdict::OtherWork);
  EXPECT_EQ(verdict(timed("a", 0, 0, 0), timed("a", 1, 1, 0)), Verdict::Same);
}

TEST(ResultComparison, CasesThatComeAndGo) {
  auto cases = compareResults(resultOf({timed("gone", 1, 1, 0), timed("kept", 1, 1, 0)}),
                              resultOf({timed("kept", 1, 1, 0), timed("added", 1, 1, 0)}));
  ASSERT_EQ(cases.size(), 3u);
  EXPECT_EQ(cases[0].name, "kept");
  EXPECT_EQ(cases[0].verdict, Verdict::Same);
  EXPECT_EQ(cases[1].name, "added");
  EXPECT_EQ(cases[1].verdict, Verdict::Added);
  EXPECT_EQ(cases[2].name, "gone");
  EXPECT_EQ(cases[2].verdict, Verdict::Gone);
}

TEST(ResultComparison, RemarksOnTheMachine) {
  Result one = resultOf({}), two = resultOf({}, 150);
  EXPECT_EQ(machineRemarks(one, one), "");
  two.threads = 4;
  std::string text = machineRemarks(one, two);
  EXPECT_NE(text.find("threads: 2 before, 4 now"), std::string::npos) << text;
  EXPECT_NE(text.find("GFLOP/s: 200.0 before, 150.0 now"), std::string::npos) << text;
}
