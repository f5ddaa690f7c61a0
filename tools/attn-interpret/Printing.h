// Results as text, and what two results differ by.
#pragma once

#include "CommandLine.h"
#include "reference/Array.h"
#include "llvm/Support/raw_ostream.h"

namespace attune::interpret {

void printArray(llvm::raw_ostream &os, llvm::StringRef name,
                const reference::Array &array, const CommandLine &line);

struct Difference {
  double scaled = 0; // against the largest number, or 1
  int64_t element = 0;
  bool kind = false; // one is NaN or infinite and the other is not the same
};

/// Both have the same shape.
Difference compareArrays(const reference::Array &a, const reference::Array &b);

} // namespace attune::interpret
