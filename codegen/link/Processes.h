// Child processes: several at a time, each with a time limit.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include <chrono>
#include <string>
#include <vector>

namespace attune {

struct ProcessJob {
  std::vector<std::string> command; // the program first
  std::string output;               // file for its standard output and error
  std::string program = {};         // its path, where command[0] is not it
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

/// Runs the jobs, at most `parallel` at a time. `finished` is called after each
/// with how many have finished. Jobs that never ran have the problem "was not
/// started".
std::vector<ProcessResult> runProcesses(const std::vector<ProcessJob> &jobs, unsigned parallel,
                                        std::chrono::seconds limit,
                                        llvm::function_ref<void(size_t)> finished,
                                        AfterProblem afterProblem = AfterProblem::Stop);

/// Runs `body` in a copy of this process, which must have no other threads, so
/// that it may crash. What it gives is the exit status, what it prints goes to
/// the file `output`.
ProcessResult runForked(llvm::function_ref<int()> body, const std::string &output);

} // namespace attune
