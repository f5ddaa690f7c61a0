// How far a program's result may be from the reference.
#pragma once

#include "runtime/array.h"
#include "tools/attn-run/Reference.h"
#include "llvm/Support/JSON.h"

namespace attune {

struct Comparison {
  std::string name;
  std::string type;
  /// The largest differences from float64: of the program, and of the plain
  /// computation in the result's type.
  double error = 0, plainError = 0;
  /// What is allowed: twice the plain error, plus a floor.
  double bound = 0;
  /// Elements that the plain computation loses to infinity or NaN. They say
  /// nothing about the program.
  int64_t lost = 0;

  bool isWithin() const { return error <= bound; }
  std::string text() const;
  llvm::json::Object json() const;
};

/// NaN and infinities of `exact` must be the same in `got`: otherwise the error
/// is infinite. They take no part in the largest differences.
Comparison compareResult(const ReferenceResult &exact, const ReferenceResult &plain,
                         const runtime::Array &got);

} // namespace attune
