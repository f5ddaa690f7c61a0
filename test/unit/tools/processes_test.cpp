#include "codegen/link/Files.h"
#include "codegen/link/Processes.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <gtest/gtest.h>

using namespace attune;

namespace {

ProcessResult forked(llvm::function_ref<int()> body) {
  TemporaryFolder folder = llvm::cantFail(TemporaryFolder::create());
  return runForked(body, folder.file("log"));
}

} // namespace

TEST(RunForked, GivesWhatWasPrinted) {
  int changed = 0;
  ProcessResult result = forked([&] {
    changed = 1;
    llvm::outs() << "out\n";
    llvm::errs() << "err\n";
    return 0;
  });
  EXPECT_EQ(result.problem, "");
  EXPECT_NE(result.text.find("out\n"), std::string::npos);
  EXPECT_NE(result.text.find("err\n"), std::string::npos);
  EXPECT_EQ(changed, 0) << "the body works in a copy";
}

TEST(RunForked, Statuses) {
  EXPECT_EQ(forked([] { return 3; }).problem, "ended with exit status 3");
  EXPECT_EQ(forked([] { return raise(SIGKILL); }).problem, "crashed (Killed)");
}

TEST(RunForked, WithoutAPlaceForItsText) {
  EXPECT_EQ(runForked([] { return 0; }, "/nowhere/log").problem, "ended with exit status 127");
}
