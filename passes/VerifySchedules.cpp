#include "passes/Passes.h"
#include "passes/Targets.h"
#include "schedule/Legality.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_VERIFYSCHEDULES
#include "passes/Passes.h.inc"

namespace {

struct VerifySchedules : impl::VerifySchedulesBase<VerifySchedules> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<TargetInfo> info = targetOf(getOperation(), target);
    if (failed(info))
      return signalPassFailure();
    for (auto kernel : getOperation().getOps<KernelOp>())
      for (unsigned i = 0; i < kernel.getVariants().size(); ++i) {
        llvm::Expected<ScheduledKernel> planned =
            planSchedule(kernel.getVariants()[i].front(), kernel.getSchedule(i), &*info);
        if (planned)
          continue;
        kernel.emitError("kernel '") << kernel.getName() << "' has a schedule that is not legal: "
                                     << llvm::toString(planned.takeError());
        signalPassFailure();
      }
  }
};

} // namespace
} // namespace attune
