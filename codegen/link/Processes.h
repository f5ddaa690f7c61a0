// Child processes: several at a time, each with a time limit.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace attune {

struct ProcessJob {
  std::vector<std::string> command; // the program first
  std::string output;               // file for its standard output and error
  std::string program = {};         // its path, where command[0] is not it
  /// In place of a command: runs in a copy of this process, which must have no other
  /// threads then, and gives the exit status.
  std::function<int()> body = {};
  /// Gets each line of the standard output, which then is not in the file.
  std::function<void(llvm::StringRef)> line = {};
};

struct ProcessResult {
  /// "" after exit status 0, else "ended with exit status 1",
  /// "crashed (Segmentation fault)" or "did not finish within 300 s".
  std::string problem;
  /// What it printed.
  std::string text;
};

/// Whether jobs are started after one has had a problem.
enum class AfterProblem { Stop, GoOn };

/// Runs the jobs, at most `parallel` at a time. `finished` is called after each.
/// Jobs that never ran have the problem "was not started".
std::vector<ProcessResult> runProcesses(const std::vector<ProcessJob> &jobs, unsigned parallel,
                                        std::chrono::seconds limit, AfterProblem afterProblem = AfterProblem::Stop,
                                        llvm::function_ref<void(size_t job, const ProcessResult &)> finished = {});

/// Runs one job.
ProcessResult runProcess(const ProcessJob &job, std::chrono::seconds limit);

} // namespace attune
