// The schedule file that a tuning gives.
#pragma once

#include "dialect/Attn.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace attune::tune {

/// A kernel whose schedule is not the default.
struct TunedKernel {
  std::vector<std::string> names; ///< kernels or patterns of them
  attn::ConditionAttr condition;  ///< of the variant; may be null
  bool hasOtherTiles;             ///< than by default
  attn::ScheduleAttr before;      ///< the default for its tiles
  attn::ScheduleAttr after;
};

struct ResultFile {
  std::string target, model;
  std::vector<std::string> remarks; ///< lines at the beginning
  std::vector<TunedKernel> kernels;

  /// Only what is not as by default.
  std::string text() const;
};

} // namespace attune::tune
