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
  EXPECT_EQ(kernel.condition->size, "x  *  y");
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

/// Cut and changed anywhere, a file gives a result or one error.
TEST(ScheduleFileTest, SurvivesAnyText) {
  const std::string text = "target t {\n kernel \"a.{b,c}\" when x <= 9 {\n s { at r.x, lanes y 8 } } prepare { } }\n";
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
