#include "tools/attn-bench/OperationCount.h"
#include <gtest/gtest.h>

using namespace attune::bench;

namespace {

const CountNames names{{{"outputs", 1536}, {"rate", 0.5}},
                       {{"q", {1, 512, 8, 64}}, {"k_cache", {1, 8192, 8, 64}}, {"cap", {}}}};

double valueOf(llvm::StringRef text) {
  auto value = evaluateCount(text, names);
  if (!value) {
    ADD_FAILURE() << text.str() << " " << llvm::toString(value.takeError());
    return 0;
  }
  return *value;
}

void expectProblem(llvm::StringRef text, const std::string &part) {
  auto value = evaluateCount(text, names);
  ASSERT_FALSE(static_cast<bool>(value)) << text.str();
  std::string problem = llvm::toString(value.takeError());
  EXPECT_NE(problem.find(part), std::string::npos) << text.str() << " " << problem;
}

} // namespace

TEST(OperationCount, Arithmetic) {
  EXPECT_EQ(valueOf("1 + 2 * 3"), 7);
  EXPECT_EQ(valueOf("(1 + 2) * 3"), 9);
  EXPECT_EQ(valueOf("10 - 2 - 3"), 5);
  EXPECT_EQ(valueOf("16 / 4 / 2"), 2);
  EXPECT_EQ(valueOf("--2"), 2);
  EXPECT_EQ(valueOf("1.5e3"), 1500);
  EXPECT_EQ(valueOf("2E-1*10"), 2);
}

TEST(OperationCount, Names) {
  EXPECT_EQ(valueOf("2*outputs"), 3072);
  EXPECT_EQ(valueOf("4 * q[1] * k_cache[ 1 ]"), 4.0 * 512 * 8192);
  EXPECT_EQ(valueOf("8 * rate"), 4);
}

TEST(OperationCount, Problems) {
  expectProblem("", "ends too early");
  expectProblem("2 *", "ends too early");
  expectProblem("(2", "ends too early");
  expectProblem("2 ^ 3", "has '^' at character 3");
  expectProblem("2)", "has ')' at character 2");
  expectProblem("1.2.3", "'1.2.3', which is no number");
  expectProblem("1e", "'1e', which is no number");
  expectProblem("output", "no such constant in \"set\"; did you mean 'outputs'?");
  expectProblem("k[1]", "no such input");
  expectProblem("q[4]", "the input has axes 0 to 3");
  expectProblem("cap[0]", "the input has no axes");
  expectProblem("q[x]", "needs the number of an axis");
  expectProblem("q[99999999999]", "needs the number of an axis");
  expectProblem("q[1", "ends too early");
  expectProblem("1 - 1", "no positive number");
  expectProblem("1 / 0", "no positive number");
  expectProblem("-3", "no positive number");
  expectProblem(std::string(100000, '('), "nests too deeply");
  expectProblem(std::string(100000, '-'), "nests too deeply");
}
