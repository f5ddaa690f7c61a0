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
};

/// `failed` hears at once of a case that fails; the others go on. The error is
/// one of this process.
llvm::Expected<Result> measureCases(const std::vector<Case> &cases, const MeasurementOptions &options,
                                    const Installation &installation, ProgressLine &progress,
                                    llvm::function_ref<void(const CaseResult &)> failed);

} // namespace attune::bench
