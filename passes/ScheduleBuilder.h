// Schedules from text, one directive at a time.
#pragma once

#include "dialect/Attn.h"

namespace attune {

/// "tile row.block 32 guard", "lanes column 16", …
using Directives = llvm::SmallVector<std::string>;

inline std::string number(int64_t value) { return std::to_string(value); }

/// The name of an axis, counted from the last one, which is 0.
std::string axis(attn::StageOp stage, int64_t fromEnd);

/// The names of all axes but the last `drop`, each with a blank after it.
std::string leadingAxes(attn::StageOp stage, int64_t drop);

class ScheduleBuilder {
public:
  explicit ScheduleBuilder(mlir::MLIRContext *context) : context(context) {}

  void add(llvm::StringRef stage, llvm::ArrayRef<std::string> directives);

  attn::ScheduleAttr build() const {
    return attn::ScheduleAttr::get(context, {}, stages);
  }

private:
  mlir::MLIRContext *context;
  llvm::SmallVector<attn::StageScheduleAttr> stages;
};

} // namespace attune
