// What passes that have a target say of it.
#pragma once

#include "codegen/target/Target.h"
#include "mlir/IR/Operation.h"
#include "schedule/ScheduleFile.h"

namespace attune {

/// The target that a pass is given; after an error at `op` where there is none of the name.
mlir::FailureOr<TargetInfo> targetOf(mlir::Operation *op, llvm::StringRef name);

/// What a schedule file has for a target, under its own name or another that `--target` takes for
/// it ("cuda" is a generation of cards); null where it has nothing.
const TargetBlock *sectionOf(const ScheduleFile &schedules, const TargetInfo &target);

} // namespace attune
