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
  int lines = -1; ///< where its standard output is read
  std::string begun = {}; ///< a line that has not ended
};

int openLog(const ProcessJob &job) { return open(job.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); }

/// A copy of this process that runs the job's body.
pid_t startBody(const ProcessJob &job, int out) {
  llvm::outs().flush();
  std::fflush(nullptr);
  pid_t process = fork();
  if (process != 0)
    return process;
  int file = openLog(job);
  if (file < 0 || dup2(out < 0 ? file : out, 1) < 0 || dup2(file, 2) < 0)
    _exit(127);
  int status = job.body();
  llvm::outs().flush();
  std::fflush(nullptr);
  _exit(status);
}

pid_t startCommand(const ProcessJob &job, int out) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, job.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, out < 0 ? 2 : out, 1);
  std::vector<char *> arguments;
  for (const std::string &argument : job.command)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t process = -1;
  const std::string &program = job.program.empty() ? job.command[0] : job.program;
  errno = posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), environ);
  bool failed = errno != 0;
  posix_spawn_file_actions_destroy(&actions);
  return failed ? -1 : process;
}

/// False where it could not be started; errno says why.
bool start(const ProcessJob &job, Running &running) {
  int ends[2] = {-1, -1};
  if (job.line && pipe2(ends, O_CLOEXEC) != 0)
    return false;
  running.process = job.body ? startBody(job, ends[1]) : startCommand(job, ends[1]);
  int code = errno;
  if (job.line) {
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    running.lines = ends[0];
  }
  if (running.process < 0 && job.line)
    close(running.lines);
  errno = code;
  return running.process >= 0;
}

/// Hands on the lines that are there.
void readLines(const ProcessJob &job, Running &running) {
  char buffer[4096];
  for (ssize_t count; running.lines >= 0 && (count = read(running.lines, buffer, sizeof buffer)) > 0;) {
    running.begun.append(buffer, static_cast<size_t>(count));
    for (size_t end; (end = running.begun.find('\n')) != std::string::npos; running.begun.erase(0, end + 1))
      job.line(llvm::StringRef(running.begun).take_front(end));
  }
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
                                        std::chrono::seconds limit, AfterProblem afterProblem,
                                        llvm::function_ref<void(size_t, const ProcessResult &)> finished) {
  std::vector<ProcessResult> results(jobs.size(), {"was not started", ""});
  std::vector<Running> running;
  size_t next = 0;
  bool failed = false;
  auto finish = [&](size_t job, std::string problem) {
    failed |= !problem.empty() && afterProblem == AfterProblem::Stop;
    results[job].problem = std::move(problem);
    if (auto text = llvm::MemoryBuffer::getFile(jobs[job].output))
      results[job].text = (*text)->getBuffer().str();
    if (finished)
      finished(job, results[job]);
  };
  std::chrono::microseconds pause(500);
  while (!running.empty() || (next < jobs.size() && !failed)) {
    while (running.size() < std::max(parallel, 1u) && next < jobs.size() && !failed) {
      Running one{0, next, Clock::now() + limit};
      if (start(jobs[next], one))
        running.push_back(std::move(one));
      else
        finish(next, std::string("could not be started: ") + std::strerror(errno));
      ++next;
    }
    bool any = false;
    for (size_t i = 0; i < running.size();) {
      int status = 0;
      Running &one = running[i];
      readLines(jobs[one.job], one);
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
      readLines(jobs[one.job], one);
      if (one.lines >= 0)
        close(one.lines);
      any = true;
      size_t job = one.job;
      running.erase(running.begin() + i);
      finish(job, late ? "did not finish within " + std::to_string(limit.count()) + " s"
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

ProcessResult runProcess(const ProcessJob &job, std::chrono::seconds limit) {
  return std::move(runProcesses({job}, 1, limit).front());
}

} // namespace attune
