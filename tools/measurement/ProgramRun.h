// Runs of compiled models, in processes of their own.
#pragma once

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <chrono>
#include <string>
#include <vector>

namespace attune {

struct ProgramRun {
  std::string program;              // its path
  std::vector<std::string> command; // what messages begin with, then options
  std::string log;                  // a file for what it prints
  /// A program that takes longer hangs.
  std::chrono::seconds limit = std::chrono::hours(1);
};

/// What the program printed as JSON, with `more` options; the error is its message.
llvm::Expected<llvm::json::Object> runForJson(const ProgramRun &run, const std::vector<std::string> &more);

/// Milliseconds of each of so many runs of the model.
llvm::Expected<std::vector<double>> sampleTimes(const ProgramRun &run, int runs);

} // namespace attune
