// Schedules from text, one directive at a time.
#pragma once

#include "dialect/Attn.h"

namespace attune {

class ScheduleBuilder {
public:
  explicit ScheduleBuilder(mlir::MLIRContext *context) : context(context) {}

  /// `directives`: "tile row.block 32 guard", "lanes column 16", …
  void add(llvm::StringRef stage, llvm::ArrayRef<std::string> directives);

  attn::ScheduleAttr build() const {
    return attn::ScheduleAttr::get(context, {}, stages);
  }

private:
  mlir::MLIRContext *context;
  llvm::SmallVector<attn::StageScheduleAttr> stages;
};

} // namespace attune
