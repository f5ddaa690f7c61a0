#include "passes/ScheduleTable.h"

namespace attune {

ProductTable ProductTable::of(const TargetInfo &target) {
  if (target.vectorBits >= 512)
    return {16, 8, 48, 2, 32, 16, 64};
  return {8, 4, 24, 2, 32, 16, 64};
}

AttentionTable AttentionTable::of(const TargetInfo &target) {
  if (target.vectorBits >= 512)
    return {16, 32, 2, 8, 4, 4, 512, 96, 128, 4, 256};
  return {8, 32, 2, 4, 2, 4, 512, 128, 4, 256};
}

} // namespace attune
