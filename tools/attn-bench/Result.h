// What was measured, in memory and as a file.
#pragma once

#include "runtime/machine_peak.h"
#include "tools/measurement/Statistics.h"
#include "tools/attn-bench/Table.h"
#include "llvm/Support/raw_ostream.h"

namespace attune::bench {

struct CaseResult {
  Case measured;       // of one that was read: name, constants and inputs
  std::string problem; // why there is no time; else empty
  Statistics time;
  /// Of one run: by the table's count or the compiler's; 0 where neither knows.
  double flops = 0, bytes = 0;

  /// By the least time, as a peak is what was reached at best.
  double gflops() const { return rate(flops); }
  double gbytesPerSecond() const { return rate(bytes); }

private:
  double rate(double work) const { return time.least > 0 ? work / (time.least * 1e6) : 0; }
};

struct Result {
  std::string target, processor;
  int threads = 0, rounds = 0;
  std::vector<runtime::MachinePeak> peaks; // by each case once, then after each round
  std::vector<CaseResult> cases;

  /// The best of all measurements.
  runtime::MachinePeak peak() const;
  bool anyFailed() const;
};

void writeResult(llvm::raw_ostream &os, const Result &result);
/// Reads what a comparison needs. Errors name the file, the case and the field.
llvm::Expected<Result> readResult(const std::string &path);

} // namespace attune::bench
