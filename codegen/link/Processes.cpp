#include "codegen/link/Processes.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char **environ;

namespace attune {
namespace {

using Clock = std::chrono::steady_clock;

struct Running {
  pid_t process;
  size_t job;
  Clock::time_point deadline;
};

/// 0 where it could not be started.
pid_t start(const ProcessJob &job, std::string &problem) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, job.output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  std::vector<char *> arguments;
  for (const std::string &argument : job.command)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t process = 0;
  const std::string &program = job.program.empty() ? job.command[0] : job.program;
  int code = posix_spawn(&process, program.c_str(), &actions, &attributes,
                         arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (code == 0)
    return process;
  problem = std::string("could not be started: ") + std::strerror(code);
  return 0;
}

std::string describe(int status) {
  if (WIFSIGNALED(status))
    return std::string("crashed (") + strsignal(WTERMSIG(status)) + ")";
  if (WEXITSTATUS(status) != 0)
    return "ended with exit status " + std::to_string(WEXITSTATUS(status));
  return "";
}

} // namespace

std::vector<ProcessResult> runProcesses(const std::vector<ProcessJob> &jobs, unsigned parallel,
                                        std::chrono::seconds limit,
                                        llvm::function_ref<void(size_t)> finished,
                                        AfterProblem afterProblem) {
  std::vector<ProcessResult> results(jobs.size(), {"was not started", ""});
  std::vector<Running> running;
  size_t next = 0, done = 0;
  bool failed = false;
  auto finish = [&](size_t job, std::string problem) {
    failed |= !problem.empty() && afterProblem == AfterProblem::Stop;
    results[job].problem = std::move(problem);
    if (auto text = llvm::MemoryBuffer::getFile(jobs[job].output))
      results[job].text = (*text)->getBuffer().str();
    finished(++done);
  };
  std::chrono::microseconds pause(500);
  while (!running.empty() || (next < jobs.size() && !failed)) {
    while (running.size() < std::max(parallel, 1u) && next < jobs.size() && !failed) {
      std::string problem;
      size_t job = next++;
      if (pid_t process = start(jobs[job], problem))
        running.push_back({process, job, Clock::now() + limit});
      else
        finish(job, problem);
    }
    bool any = false;
    for (size_t i = 0; i < running.size();) {
      int status = 0;
      Running one = running[i];
      pid_t ended = waitpid(one.process, &status, WNOHANG);
      bool late = ended == 0 && Clock::now() > one.deadline;
      if (late) {
        kill(one.process, SIGKILL);
        waitpid(one.process, &status, 0);
      }
      if (ended == 0 && !late) {
        ++i;
        continue;
      }
      running.erase(running.begin() + i);
      any = true;
      finish(one.job, late ? "did not finish within " + std::to_string(limit.count()) + " s"
                      : ended < 0 ? "was lost" : describe(status));
    }
    if (any)
      pause = std::chrono::microseconds(500);
    else if (!running.empty()) {
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, std::chrono::microseconds(10000));
    }
  }
  return results;
}

ProcessResult runForked(llvm::function_ref<int()> body, const std::string &output) {
  llvm::outs().flush();
  std::fflush(nullptr);
  pid_t process = fork();
  if (process < 0)
    return {std::string("could not be started: ") + std::strerror(errno), ""};
  if (process == 0) {
    int file = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || dup2(file, 1) < 0 || dup2(file, 2) < 0)
      _exit(127);
    int status = body();
    llvm::outs().flush();
    std::fflush(nullptr);
    _exit(status);
  }
  int status = 0;
  pid_t ended;
  do
    ended = waitpid(process, &status, 0);
  while (ended < 0 && errno == EINTR);
  ProcessResult result{ended < 0 ? "was lost" : describe(status), ""};
  if (auto text = llvm::MemoryBuffer::getFile(output))
    result.text = (*text)->getBuffer().str();
  return result;
}

} // namespace attune
