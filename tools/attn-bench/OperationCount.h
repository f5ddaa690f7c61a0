// The agreed number of operations of a case, as a table writes it.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <map>
#include <string>
#include <vector>

namespace attune::bench {

/// What an expression may name.
struct CountNames {
  std::map<std::string, double> constants;           // of the case's "set"
  std::map<std::string, std::vector<int64_t>> inputs; // their sizes
};

/// Evaluates `4 * q[1] * k[1] * (heads + 1)`: numbers, constants, sizes of
/// inputs by axis, + - * / and parentheses. The result is positive and finite.
llvm::Expected<double> evaluateCount(llvm::StringRef expression, const CountNames &names);

} // namespace attune::bench
