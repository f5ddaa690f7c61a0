#include "passes/Targets.h"

using namespace mlir;

namespace attune {

FailureOr<TargetInfo> targetOf(Operation *op, StringRef name) {
  llvm::Expected<TargetInfo> target = parseTarget(name);
  if (target)
    return std::move(*target);
  return op->emitError() << llvm::toString(target.takeError());
}

const TargetBlock *sectionOf(const ScheduleFile &schedules, const TargetInfo &target) {
  if (const TargetBlock *section = schedules.find(target.name))
    return section;
  for (const TargetBlock &section : schedules.targets) {
    llvm::Expected<TargetInfo> meant = parseTarget(section.target);
    if (!meant)
      llvm::consumeError(meant.takeError());
    else if (meant->name == target.name)
      return &section;
  }
  return nullptr;
}

} // namespace attune
