#include "machine_peak.h"
#include "processor.h"
#include "processor_count.h"
#include "test_files.h"

using namespace attune::runtime;

namespace {

TEST(Processor, KnowsWhatEveryOneHas) {
  EXPECT_TRUE(processorHas("sse2"));
  EXPECT_FALSE(processorHas("no-such-feature"));
  EXPECT_NE(processorName(), "");
}

TEST(Processor, AgreesWithTheCompilersLibrary) {
  __builtin_cpu_init();
  EXPECT_EQ(processorHas("avx"), bool(__builtin_cpu_supports("avx")));
  EXPECT_EQ(processorHas("avx2"), bool(__builtin_cpu_supports("avx2")));
  EXPECT_EQ(processorHas("fma"), bool(__builtin_cpu_supports("fma")));
  EXPECT_EQ(processorHas("bmi2"), bool(__builtin_cpu_supports("bmi2")));
  EXPECT_EQ(processorHas("avx512f"), bool(__builtin_cpu_supports("avx512f")));
  EXPECT_EQ(processorHas("avx512vl"), bool(__builtin_cpu_supports("avx512vl")));
  EXPECT_EQ(processorHas("avx512bw"), bool(__builtin_cpu_supports("avx512bw")));
  EXPECT_EQ(processorHas("avx512dq"), bool(__builtin_cpu_supports("avx512dq")));
  EXPECT_EQ(processorHas("avx512vnni"), bool(__builtin_cpu_supports("avx512vnni")));
  EXPECT_EQ(processorHas("gfni"), bool(__builtin_cpu_supports("gfni")));
}

TEST(Processor, LackingFeaturesAreNamed) {
  EXPECT_FALSE(checkProcessor("m", "x86-64", {"sse2", "cx8"}));
  Error error = checkProcessor("m", "x86-64-v9", {"sse2", "warp-drive"});
  ASSERT_TRUE(error);
  EXPECT_EQ(error.kind(), ATTN_ERROR_PROCESSOR);
  EXPECT_SAYS(error.message(), "'m' was compiled for x86-64-v9: this processor (");
  EXPECT_SAYS(error.message(), ") lacks warp-drive, which it needs");
}

TEST(Processor, FeaturesCanBeHidden) {
  setenv("ATTN_WITHOUT_FEATURES", "sse3,sse2", 1);
  EXPECT_FALSE(processorHas("sse2"));
  EXPECT_TRUE(processorHas("sse"));
  unsetenv("ATTN_WITHOUT_FEATURES");
  EXPECT_TRUE(processorHas("sse2"));
}

TEST(MachinePeak, IsMeasured) {
  MachinePeak peak = measureMachinePeak(2);
  EXPECT_GT(peak.gflops, 0);
  EXPECT_GT(peak.gbytesPerSecond, 0);
}

TEST(Processor, Count) {
  EXPECT_GE(usableProcessors(), 1);
  EXPECT_LE(usableProcessors(), maxThreads);
}

} // namespace
