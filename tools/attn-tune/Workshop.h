// Schedules as programs: compiled, checked against the default's result, and
// measured.
#pragma once

#include "codegen/link/Files.h"
#include "codegen/link/Installation.h"
#include "tools/attn-tune/Interruption.h"
#include "tools/attn-tune/PairedComparison.h"
#include "llvm/Support/JSON.h"

namespace attune::tune {

/// A program, or why there is none.
struct Candidate {
  std::string program;
  std::string problem;
};

/// What attnc compiles: a file, with options.
struct Source {
  std::string file;
  std::vector<std::string> options;
};

class Workshop {
public:
  /// `options` are attnc's for everything, `jobs` how many compilers run at a
  /// time, `run` the options of every run.
  Workshop(const Installation &installation, std::vector<std::string> options, unsigned jobs,
           std::vector<std::string> run, llvm::StringRef folder);

  /// Compiles all, several at a time, none for longer than `limit` seconds.
  std::vector<Candidate> compile(const std::vector<Source> &sources, double limit);
  /// Removes a program that lost.
  void discard(const Candidate &candidate);
  /// A file of the workshop's.
  std::string file(const llvm::Twine &name) const { return (folder + "/" + name).str(); }

  /// Runs the program once with inputs of its own; "" or what went wrong. Its
  /// result goes to `result`.
  std::string run(const Candidate &candidate, const std::vector<std::string> &inputs, const std::string &result);
  /// JSON of a benchmark.
  llvm::Expected<llvm::json::Object> measure(const Candidate &candidate, const std::vector<std::string> &inputs,
                                             const std::vector<std::string> &more);
  /// Least milliseconds of some runs.
  llvm::Expected<double> time(const Candidate &candidate, const std::vector<std::string> &inputs, int runs);
  /// In turns until there is a verdict, the time is over, or one of them fails.
  llvm::Expected<PairedComparison> compare(const Candidate &baseline, const Candidate &candidate,
                                           const std::vector<std::string> &inputs, int runs, PairedComparison::Patience patience,
                                           const Deadline &deadline);

private:
  const Installation &installation;
  std::vector<std::string> options, runOptions;
  unsigned jobs;
  std::string folder;
  unsigned programs = 0;
};

/// How many runs one measurement of a program takes that needs so long for one.
int runsFor(double milliseconds);

/// "" or how two results differ: by more than `tolerance` times the largest.
std::string differenceOf(const std::string &expected, const std::string &actual, double tolerance);

} // namespace attune::tune
