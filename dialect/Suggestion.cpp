#include "dialect/Suggestion.h"

using llvm::StringRef;

namespace attune {

Suggestion::Suggestion(StringRef name)
    : name(name), distance(name.size() / 3 + 2) {}

void Suggestion::consider(StringRef candidate) {
  if (candidate == name)
    return;
  // A long name costs quadratic time and helps nobody.
  if (name.size() > 64 || candidate.size() > 64)
    return;
  unsigned d = name.edit_distance(candidate, true, distance);
  if (d < distance) {
    distance = d;
    best = candidate.str();
  }
}

std::string Suggestion::text() const {
  return best.empty() ? std::string() : "; did you mean '" + best + "'?";
}

} // namespace attune
