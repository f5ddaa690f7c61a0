// What a misspelt name was most likely meant to be.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>

namespace attune {

/// The candidate that `name` most likely meant, or an empty string.
class Suggestion {
public:
  explicit Suggestion(llvm::StringRef name);
  void consider(llvm::StringRef candidate);
  /// "; did you mean 'x'?" or nothing.
  std::string text() const;

private:
  llvm::StringRef name;
  std::string best;
  unsigned distance;
};

} // namespace attune
