#include "passes/Passes.h"
#include "schedule/ScheduleFile.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_FUSIONSFROMFILE
#include "passes/Passes.h.inc"

namespace {

struct FusionsFromFile : impl::FusionsFromFileBase<FusionsFromFile> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<ScheduleFile> schedules = readScheduleFile(file, &getContext());
    if (failed(schedules))
      return signalPassFailure();
    if (schedules->fusions.empty())
      return;
    SmallVector<Attribute> choices(schedules->fusions.begin(), schedules->fusions.end());
    getOperation()->setAttr(fusionAttrName, ArrayAttr::get(&getContext(), choices));
  }
};

} // namespace
} // namespace attune
