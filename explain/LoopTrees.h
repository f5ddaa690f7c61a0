// The loops of a planned kernel as a tree.
#pragma once

#include "explain/Explanation.h"

namespace attune {

std::vector<LoopTree> loopTrees(const KernelPlan &plan);

} // namespace attune
