#include "schedule/ScheduleFile.h"
#include "mlir/IR/Diagnostics.h"
#include <gtest/gtest.h>
#include <random>

using namespace attune;

namespace {

struct Reading {
  Reading() : handler(&context, [this](mlir::Diagnostic &diagnostic) { said.push_back(diagnostic.str()); }) {
    context.loadDialect<attn::AttnDialect>();
  }
  mlir::FailureOr<ScheduleFile> read(llvm::StringRef text) { return parseScheduleFile(text, "file", &context); }

  mlir::MLIRContext context;
  std::vector<std::string> said;
  mlir::ScopedDiagnosticHandler handler;
};

bool matches(llvm::StringRef pattern, llvm::StringRef kernel) {
  mlir::MLIRContext context;
  return KernelBlock{pattern.str(), {}, {}, {}, mlir::UnknownLoc::get(&context)}.matches(kernel);
}

TEST(KernelBlockTest, MatchesPartByPart) {
  EXPECT_TRUE(matches("layer.*.dense", "layer.0.dense"));
  EXPECT_FALSE(matches("layer.*.dense", "layer.0.output.dense"));
  EXPECT_FALSE(matches("*", "layer.0"));
  EXPECT_TRUE(matches("layer.1*.d?nse", "layer.10.dense"));
}

TEST(KernelBlockTest, TakesBracesBothWays) {
  EXPECT_TRUE(matches("layer.{0,2}.dense", "layer.2.dense"));
  EXPECT_FALSE(matches("layer.{0,2}.dense", "layer.1.dense"));
  EXPECT_TRUE(matches("layer.*.{query,key}", "layer.1.{query,key}"));
  EXPECT_TRUE(matches("layer.*.{query,key}", "layer.1.key"));
  EXPECT_TRUE(matches("{a.b,c}.d", "{a.b,c}.d"));
  EXPECT_FALSE(matches("[", "a")); // no pattern at all
}

TEST(ScheduleFileTest, ReadsBlocks) {
  Reading reading;
  auto file = reading.read("target a-b+c { # comment\n kernel k when x * y <= 4 { s.1 { at root, lanes row 8\n unroll x } }\n"
                           "model m { kernel \"odd name\" {} } prepare { } kernel k { } }");
  ASSERT_TRUE(mlir::succeeded(file));
  const TargetBlock *target = file->find("a-b+c");
  ASSERT_TRUE(target);
  EXPECT_FALSE(file->find("a-b"));
  ASSERT_EQ(target->functions.size(), 4u);
  const KernelBlock &kernel = target->functions[0].kernels.at(0);
  ASSERT_TRUE(kernel.condition);
  EXPECT_EQ(kernel.condition->size, "x * y");
  EXPECT_EQ(kernel.condition->bound, 4);
  ASSERT_EQ(kernel.stages.size(), 1u);
  auto directives = kernel.stages[0].schedule.getDirectives();
  ASSERT_EQ(directives.size(), 3u);
  EXPECT_EQ(directives[1].str(), "lanes row 8");
  EXPECT_EQ(target->functions[1].model, "m");
  EXPECT_EQ(target->functions[1].kernels.at(0).pattern, "odd name");
  EXPECT_EQ(target->functions[2].kind, FunctionBlock::Prepare);
  EXPECT_FALSE(target->functions[3].kernels.at(0).condition);
}

TEST(ScheduleFileTest, ReadsTiles) {
  Reading reading;
  auto file = reading.read("target t { kernel k when n <= 4 { tile query 32, key whole s { at root } }\n"
                           "kernel k {\n tile key 8\n tile { at root }\n tile query 1 }\n kernel k { \"tile\" { } } }");
  ASSERT_TRUE(mlir::succeeded(file));
  const std::vector<KernelBlock> &kernels = file->find("t")->functions.at(0).kernels;
  ASSERT_EQ(kernels.size(), 3u);
  ASSERT_EQ(kernels[0].tiles.size(), 2u);
  EXPECT_EQ(kernels[0].tiles[0].str(), "tile query 32");
  EXPECT_EQ(kernels[0].tiles[1].str(), "tile key whole");
  ASSERT_EQ(kernels[0].stages.size(), 1u);
  EXPECT_EQ(kernels[0].stages[0].schedule.getStage(), "s");
  ASSERT_EQ(kernels[1].tiles.size(), 2u);
  EXPECT_EQ(kernels[1].tiles[1].str(), "tile query 1");
  ASSERT_EQ(kernels[1].stages.size(), 1u);
  EXPECT_EQ(kernels[1].stages[0].schedule.getStage(), "tile");
  EXPECT_TRUE(kernels[2].tiles.empty());
  EXPECT_EQ(kernels[2].stages.size(), 1u);
}

TEST(ScheduleFileTest, RefusesTiles) {
  for (auto [text, error] : {std::pair("tile query 8, query 16", "the tile of 'query' has a size already"),
                             std::pair("tile query 8\n tile query 8", "the tile of 'query' has a size already"),
                             std::pair("tile query", "expected a number or 'whole', not '}'"),
                             std::pair("tile query 8,", "expected an axis, not '}'"),
                             std::pair("tile", "expected an axis, not '}'")}) {
    Reading reading;
    EXPECT_TRUE(mlir::failed(reading.read("target t { kernel k { " + std::string(text) + " } }"))) << text;
    EXPECT_EQ(reading.said, std::vector<std::string>{error}) << text;
  }
}

TEST(ConditionTest, IsOfTheSizesOfAProgram) {
  Reading reading;
  mlir::Location where = mlir::UnknownLoc::get(&reading.context);
  auto key = [&](llvm::StringRef size, int64_t bound) {
    auto condition = parseCondition({size.str(), bound}, where);
    return mlir::succeeded(condition) ? *condition : attn::ConditionAttr();
  };
  EXPECT_TRUE(key("batch * tokens", 4));
  EXPECT_EQ(key("batch * tokens", 4), key("tokens*batch", 4));
  EXPECT_EQ(key("2 * n + n", 4), key("n * 3", 4));
  EXPECT_EQ(key("\"odd name\"", 4).getSize().getSymbols()[0], "odd name");
  EXPECT_NE(key("n", 4), key("n", 5));
  EXPECT_TRUE(key("(n + 3) floordiv 4", 0));
  EXPECT_TRUE(reading.said.empty());
  for (llvm::StringRef wrong : {"n /", "n / 2", "n> , #attn.size<n", "n floordiv 0", ""}) {
    reading.said.clear();
    EXPECT_FALSE(key(wrong, 4)) << wrong.str();
    EXPECT_EQ(reading.said.size(), 1u) << wrong.str();
  }
}

TEST(ConditionTest, HasAPlaceInTheFile) {
  for (llvm::StringRef wrong : {"n < 4", "n <=", "<= 4", "n <= -1", "n <= 4 5", "n <= 99999999999999999999"}) {
    Reading reading;
    EXPECT_TRUE(mlir::failed(reading.read("target t { kernel k when " + wrong.str() + " { } }"))) << wrong.str();
    EXPECT_EQ(reading.said, std::vector<std::string>{"a condition is 'SIZE <= NUMBER', as in 'when batch * tokens <= 64'"});
  }
}

/// Cut and changed anywhere, a file gives a result or one error.
TEST(ScheduleFileTest, SurvivesAnyText) {
  const std::string text = "target t {\n kernel \"a.{b,c}\" when x <= 9 {\n tile q 8, k whole\n s { at r.x, lanes y 8 } } prepare { } }\n";
  constexpr unsigned seed = 5;
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string changed = text.substr(0, random() % (text.size() + 1));
    for (unsigned edits = random() % 4; edits && !changed.empty(); --edits)
      changed[random() % changed.size()] = static_cast<char>(random() % 256);
    Reading reading;
    auto file = reading.read(changed);
    EXPECT_EQ(mlir::failed(file), reading.said.size() == 1) << "seed " << seed << ", round " << round << ":\n" << changed;
  }
}

} // namespace
