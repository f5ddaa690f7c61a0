#include "passes/Passes.h"
#include "passes/Targets.h"
#include "schedule/PrintSchedules.h"
#include "schedule/ScheduleFile.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace attune {
#define GEN_PASS_DEF_EMITSCHEDULE
#include "passes/Passes.h.inc"

namespace {

struct EmitSchedule : impl::EmitScheduleBase<EmitSchedule> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<TargetInfo> info = targetOf(getOperation(), target);
    if (failed(info))
      return signalPassFailure();
    // What was kept apart cannot be seen in the program any more.
    SmallVector<attn::FusionAttr> apart;
    if (!schedule.empty()) {
      FailureOr<ScheduleFile> given = readScheduleFile(schedule, &getContext());
      if (failed(given))
        return signalPassFailure();
      llvm::copy_if(given->fusions, std::back_inserter(apart), [](attn::FusionAttr choice) {
        return choice.getKind() == attn::FusionKind::Separate || choice.getKind() == attn::FusionKind::Split;
      });
    }
    std::error_code problem;
    llvm::raw_fd_ostream os(file, problem);
    if (!problem) {
      os << "# How kernels are scheduled. Edit it and give it back with --schedule; what you delete keeps its default.\n";
      printSchedules(getOperation(), apart, info->name, os);
      os.flush();
      problem = os.error();
      os.clear_error();
    }
    if (!problem)
      return;
    emitError(UnknownLoc::get(&getContext())) << "cannot write the schedule file " << file << ": " << problem.message();
    signalPassFailure();
  }
};

} // namespace
} // namespace attune
