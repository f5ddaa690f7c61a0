// A result as a table for people.
#pragma once

#include "tools/attn-bench/Result.h"

namespace attune::bench {

void printReport(llvm::raw_ostream &os, const Result &result);

} // namespace attune::bench
