#include "codegen/link/Files.h"
#include "codegen/link/Processes.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace attune;

namespace {

constexpr std::chrono::seconds limit(30);

struct Processes : ::testing::Test {
  TemporaryFolder folder = llvm::cantFail(TemporaryFolder::create());
  ProcessJob job(std::vector<std::string> command) { return {std::move(command), folder.file("log")}; }
  ProcessJob job(std::function<int()> body) {
    ProcessJob job{{}, folder.file("log")};
    job.body = std::move(body);
    return job;
  }
};

} // namespace

TEST_F(Processes, GiveWhatWasPrinted) {
  int changed = 0;
  ProcessResult result = runProcess(job([&] {
    changed = 1;
    llvm::outs() << "out\n";
    llvm::errs() << "err\n";
    return 0;
  }), limit);
  EXPECT_EQ(result.problem, "");
  EXPECT_NE(result.text.find("out\n"), std::string::npos);
  EXPECT_NE(result.text.find("err\n"), std::string::npos);
  EXPECT_EQ(changed, 0) << "the body works in a copy";
  EXPECT_EQ(runProcess(job({"/bin/sh", "-c", "echo out; echo err >&2"}), limit).text, "out\nerr\n");
}

TEST_F(Processes, GiveLines) {
  for (ProcessJob one : {job({"/bin/sh", "-c", "printf 'one\\ntwo\\nnot ended'; echo err >&2"}), job([] {
                           llvm::outs() << "one\ntwo\nnot ended";
                           llvm::errs() << "err\n";
                           return 0;
                         })}) {
    std::vector<std::string> lines;
    one.line = [&](llvm::StringRef line) { lines.push_back(line.str()); };
    EXPECT_EQ(runProcess(one, limit).text, "err\n");
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
  }
}

TEST_F(Processes, Statuses) {
  EXPECT_EQ(runProcess(job([] { return 3; }), limit).problem, "ended with exit status 3");
  EXPECT_EQ(runProcess(job([] { return raise(SIGKILL); }), limit).problem, "crashed (Killed)");
  EXPECT_EQ(runProcess(job([] { return static_cast<int>(sleep(60)); }), std::chrono::seconds(0)).problem,
            "did not finish within 0 s");
  EXPECT_EQ(runProcess(job({"/nowhere/program"}), limit).problem, "could not be started: No such file or directory");
}

TEST_F(Processes, StopAfterAProblem) {
  std::vector<ProcessJob> jobs{job([] { return 0; }), job([] { return 1; }), job([] { return 0; })};
  std::vector<size_t> finished;
  auto note = [&](size_t job, const ProcessResult &) { finished.push_back(job); };
  EXPECT_EQ(runProcesses(jobs, 1, limit, AfterProblem::Stop, note).back().problem, "was not started");
  EXPECT_EQ(finished, (std::vector<size_t>{0, 1}));
  EXPECT_EQ(runProcesses(jobs, 1, limit, AfterProblem::GoOn, note).back().problem, "");
}

TEST_F(Processes, WithoutAPlaceForItsText) {
  ProcessJob nowhere{{}, "/nowhere/log"};
  nowhere.body = [] { return 0; };
  EXPECT_EQ(runProcess(nowhere, limit).problem, "ended with exit status 127");
}
