// Default schedules for devices.
#pragma once

#include "dialect/Attn.h"

namespace attune {

/// The schedule of a variant of a kernel whose body is `body`. Of `given`, the schedule that an
/// attention's stages came with, it takes which stages are computed by themselves, and
/// `pieces`, `sparse` and `skip`.
attn::ScheduleAttr deviceSchedule(mlir::Block &body, attn::ScheduleAttr given);

/// Whether a schedule has blocks.
bool isForDevice(attn::ScheduleAttr schedule);

} // namespace attune
