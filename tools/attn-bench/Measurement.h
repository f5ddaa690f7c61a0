// Running the cases of a table in rounds.
#pragma once

#include "codegen/link/Installation.h"
#include "tools/attn-bench/Result.h"
#include "tools/attnc/ProgressLine.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace attune::bench {

struct MeasurementOptions {
  int runs = 0; // of a case in a round; 0: by time
  int rounds = 1;
  int threads = 0; // 0: one for each processor
  std::string target;
  std::vector<std::string> passOptions; // for the compiler
};

/// Hears at once of a case that fails, while the others go on, and of what the
/// compiler says about one.
using CaseListener = llvm::function_ref<void(const Case &, llvm::StringRef message, bool isProblem)>;

/// The error is one of this process.
llvm::Expected<Result> measureCases(const std::vector<Case> &cases, const MeasurementOptions &options,
                                    const Installation &installation, ProgressLine &progress,
                                    CaseListener listener);

} // namespace attune::bench
