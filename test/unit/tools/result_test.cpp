#include "tools/attn-bench/Result.h"
#include "codegen/link/Files.h"
#include <gtest/gtest.h>

using namespace attune;
using namespace attune::bench;

TEST(Result, RatesGoByTheLeastTime) {
  CaseResult one;
  one.time = {3, 2.0, 2.5, 3.0, 3.5};
  one.flops = 4e6;
  one.bytes = 1e6;
  EXPECT_DOUBLE_EQ(one.gflops(), 2);
  EXPECT_DOUBLE_EQ(one.gbytesPerSecond(), 0.5);
  EXPECT_EQ(CaseResult().gflops(), 0);
}

TEST(Result, ThePeakIsTheBestOfAll) {
  Result result;
  EXPECT_EQ(result.peak().gflops, 0);
  result.peaks = {{100, 50}, {120, 40}};
  EXPECT_EQ(result.peak().gflops, 120);
  EXPECT_EQ(result.peak().gbytesPerSecond, 50);
}

TEST(Result, IsReadAsItWasWritten) {
  Result result;
  result.target = "x86-64-v3";
  result.processor = "A \"quoted\" processor";
  result.threads = 2;
  result.rounds = 5;
  result.peaks = {{100.5, 50.25}, {120, 40}};
  result.cases.resize(2);
  CaseResult &good = result.cases[0], &failed = result.cases[1];
  good.measured.name = "good";
  good.measured.model = "a.attn";
  good.measured.constants = {{"n", "4"}};
  good.measured.inputs = {{"x", "4xf32=0"}};
  good.time = {15, 1.000001, 1.25, 1.5, 2};
  good.flops = 12345;
  failed.measured.name = "failed";
  failed.problem = "it crashed\nin two lines";

  std::string text;
  llvm::raw_string_ostream os(text);
  writeResult(os, result);
  TemporaryFolder folder = llvm::cantFail(TemporaryFolder::create());
  llvm::cantFail(writeFile(folder.file("result.json"), text));
  Result read = llvm::cantFail(readResult(folder.file("result.json")));

  EXPECT_EQ(read.target, result.target);
  EXPECT_EQ(read.processor, result.processor);
  EXPECT_EQ(read.threads, 2);
  EXPECT_EQ(read.rounds, 5);
  ASSERT_EQ(read.peaks.size(), 2u);
  EXPECT_EQ(read.peaks[0].gflops, 100.5);
  EXPECT_EQ(read.peaks[0].gbytesPerSecond, 50.25);
  ASSERT_EQ(read.cases.size(), 2u);
  EXPECT_EQ(read.cases[0].measured.name, "good");
  EXPECT_EQ(read.cases[0].measured.constants, good.measured.constants);
  EXPECT_EQ(read.cases[0].measured.inputs, good.measured.inputs);
  EXPECT_EQ(read.cases[0].time.count, 15u);
  EXPECT_EQ(read.cases[0].time.least, 1.000001);
  EXPECT_EQ(read.cases[0].time.upperQuartile, 2);
  EXPECT_EQ(read.cases[0].flops, 12345);
  EXPECT_EQ(read.cases[0].bytes, 0);
  EXPECT_EQ(read.cases[1].problem, failed.problem);
  EXPECT_TRUE(read.anyFailed());
}
