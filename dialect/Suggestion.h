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

/// "; did you mean 'x'? there are a, b, c"
template <typename Names> std::string suggestionAmong(llvm::StringRef wanted, const Names &names) {
  Suggestion suggestion(wanted);
  std::string list;
  for (const auto &name : names) {
    suggestion.consider(name);
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  std::string close = suggestion.text();
  return (close.empty() ? ";" : close) + " there are " + (list.empty() ? "none" : list);
}

} // namespace attune
