// Two results, case by case: what changed beyond noise.
#pragma once

#include "tools/attn-bench/Result.h"

namespace attune::bench {

enum class Verdict {
  Same,
  Faster,
  Slower,
  OtherWork, // the inputs or constants are not those of before
  Failed,    // in one of them
  Gone,      // only in the older
  Added      // only in the newer
};

llvm::StringRef verdictName(Verdict verdict);

struct CaseComparison {
  std::string name;
  double oldMedian = 0, newMedian = 0; // milliseconds; 0 where there is none
  double ratio = 0;                    // new by old; 0 where they cannot be compared
  double noise = 0;                    // a ratio further than this from 1 is a change
  Verdict verdict = Verdict::Same;
};

/// In the order of the newer result, then those that are gone.
std::vector<CaseComparison> compareResults(const Result &older, const Result &newer);

/// What makes all times of the two differ: another machine, other peaks. One
/// remark a line, or nothing.
std::string machineRemarks(const Result &older, const Result &newer);

void printComparison(llvm::raw_ostream &os, llvm::ArrayRef<CaseComparison> cases);
void writeComparison(llvm::raw_ostream &os, llvm::ArrayRef<CaseComparison> cases);

} // namespace attune::bench
