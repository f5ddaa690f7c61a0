// Why a schedule is refused.
#pragma once

#include "dialect/Attn.h"
#include "llvm/Support/Error.h"

namespace attune {

/// What is wrong, in terms of stages and loops, and which words of the schedule
/// say it.
class ScheduleError : public llvm::ErrorInfo<ScheduleError> {
public:
  static char ID;

  std::string text;
  std::string stage;             ///< empty: the kernel as a whole
  attn::DirectiveAttr directive; ///< null: the stage as a whole

  explicit ScheduleError(const llvm::Twine &text, llvm::StringRef stage = "", attn::DirectiveAttr directive = {})
      : text(text.str()), stage(stage), directive(directive) {}

  /// "stage 'sum': a reduction cannot be inlined"
  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }
};

} // namespace attune
