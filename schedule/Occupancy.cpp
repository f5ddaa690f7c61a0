#include "schedule/Occupancy.h"
#include "schedule/ThreadRegisters.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace attune {
namespace {

constexpr int64_t registersOfAll = 1 << 16, warp = 32;

/// Blocks, `most` or as many fewer as leave a thread the registers that it needs.
int64_t blocksWithRegisters(int64_t most, int64_t threads, int64_t registers) {
  while (most > 1 && registersWhere(most, threads) < registers)
    --most;
  return most;
}

} // namespace

const Multiprocessor roomiestMultiprocessor{32, 2048, 228 << 10, 128, 128, 132};

int64_t registersWhere(int64_t blocks, int64_t threads) {
  constexpr int64_t step = 8, most = 255, schedulers = 4;
  // Each scheduler has a quarter, for the warps that are its own.
  int64_t all = residentThreads(std::max<int64_t>(blocks, 1), std::clamp<int64_t>(threads, 1, registersOfAll));
  int64_t own = llvm::divideCeil(all / warp, schedulers) * warp;
  return std::min(most, registersOfAll / schedulers / own / step * step);
}

int64_t residentThreads(int64_t blocks, int64_t threads) { return blocks * static_cast<int64_t>(llvm::alignTo(threads, warp)); }

int64_t occupancyOf(const KernelPlan &plan, const Footprint &footprint, const Grid &grid, const Multiprocessor &room) {
  int64_t threads = threadsOf(plan, grid), shared = 0;
  for (size_t stage : sharedIn(plan, grid))
    shared += footprint.bytes(stage).value_or(0);
  int64_t most = std::min(room.blocks, room.threads / residentThreads(1, threads));
  if (shared > 0)
    most = std::min(most, room.sharedBytes / shared);
  most = std::max<int64_t>(most, 1);
  int64_t fitting = blocksWithRegisters(most, threads, registersOf(plan, footprint, grid));
  // For more of them threads do with fewer registers.
  const std::optional<StageDirectives::Resident> &resident = plan.stages[grid.stage].directives.resident;
  return resident ? std::max(fitting, std::min(most, resident->blocks)) : fitting;
}

int64_t residentBlocksOf(const KernelPlan &plan, const Footprint &footprint, size_t stage, const Multiprocessor &room) {
  if (const std::optional<StageDirectives::Resident> &resident = plan.stages[stage].directives.resident)
    return resident->blocks;
  constexpr int64_t wanted = 512; // threads
  int64_t blocks = room.blocks;
  for (const Grid &grid : gridsOf(plan, stage)) {
    int64_t threads = threadsOf(plan, grid);
    blocks = std::clamp<int64_t>(wanted / threads, 1, blocks);
    blocks = blocksWithRegisters(blocks, threads, registersOf(plan, footprint, grid));
  }
  return blocks;
}

} // namespace attune
