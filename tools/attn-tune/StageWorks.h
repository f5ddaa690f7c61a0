// The stages of a scheduled kernel in the numbers of the cost model.
#pragma once

#include "schedule/Legality.h"
#include "tools/attn-tune/CostModel.h"
#include "tools/attn-tune/KernelAxes.h"

namespace attune::tune {

/// Of the stages that `schedule` computes, for actual sizes; `kernel` is planned
/// by it. What is inlined counts as nothing.
std::vector<StageWork> worksOf(const ScheduledKernel &kernel, attn::ScheduleAttr schedule, const Sizes &sizes);

} // namespace attune::tune
