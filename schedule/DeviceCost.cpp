#include "schedule/DeviceCost.h"
#include <algorithm>
#include <cmath>

namespace attune {
namespace {

constexpr double warp = 32, schedulers = 4; // of a multiprocessor, each of which starts an instruction in a cycle
constexpr double stepInstructions = 4;      // that count and branch
/// Instructions of a function, by those of an exponential in the code of sm_90.
constexpr double functionInstructions = 28;
/// Until a load is there from the second cache, from shared memory, and all threads at a barrier (pointer chasing of
/// others on Turing to Hopper: 200 to 270, 23 to 33; a barrier waits for the slowest warp).
constexpr double memoryLatency = 260, sharedLatency = 30, barrierLatency = 40;
/// Of several loads on their way, what each makes a thread wait. Measured on an H100: a step took 276, 594 and 708
/// cycles for 6, 8 and 12 of them, and 2300 for 40.
constexpr double loadInterval = 57;
/// Of the second cache that a multiprocessor gets in a cycle, where all ask.
constexpr double secondCacheBytes = 32;
/// How much of what is done at the same time comes on top nevertheless: of three tiles on an H100 0.1 to 0.3.
constexpr double notHidden = 0.2;
/// Of memory, a multiprocessor's share in a cycle: 5 to 13 of the cards that the targets stand for.
constexpr double memoryBytes = 8;
constexpr double launchCycles = 3000; // from the end of one grid to the beginning of the next
constexpr double startCycles = 300;   // of a block, until its threads know where they are

/// Of one block: what it takes of a multiprocessor's parts, and how long its threads take by themselves.
struct BlockCost {
  double arithmetic = 0, issue = 0, ports = 0, secondCache = 0;
  double alone = 0;

  double together() const {
    double most = std::max({arithmetic, issue, ports, secondCache});
    return most + notHidden * (arithmetic + issue + ports + secondCache - most);
  }
};

BlockCost costOf(const GridWork &grid, const Multiprocessor &room) {
  BlockCost cost;
  cost.alone = startCycles;
  double multiplyAdds = static_cast<double>(room.multiplyAdds), portBytes = static_cast<double>(room.loadedBytes);
  double interval = schedulers * warp / multiplyAdds; // of a warp's instructions
  for (const ThreadWork &stage : grid.stages) {
    double warps = std::ceil(stage.threads / warp), all = stage.rounds * stage.steps * warps;
    double operations = stage.operations + stage.functions * functionInstructions, accesses = 0;
    bool readsShared = false;
    for (const MemoryAccess &access : stage.accesses) {
      accesses += access.instructions;
      readsShared |= access.isShared;
      // Of what is shared half the threads of a warp read what the others do.
      double cycles = access.bytes * warp / portBytes / (access.isShared ? 2 : 1);
      cost.ports += all * access.instructions * std::max(1.0, cycles);
    }
    cost.arithmetic += all * operations * warp / multiplyAdds;
    cost.issue += all * (operations + accesses + stepInstructions) / schedulers;
    cost.secondCache += stage.memoryBytes / secondCacheBytes;
    double latency = stage.memoryLoads > 0 ? std::max(memoryLatency, loadInterval * stage.memoryLoads) : readsShared ? sharedLatency : 0;
    cost.alone += stage.rounds * (stage.steps * (latency + operations * interval + accesses + stepInstructions) +
                                  (stage.isForOthers ? barrierLatency : 0));
  }
  return cost;
}

} // namespace

double cyclesOf(const GridWork &grid, const Multiprocessor &room) {
  BlockCost cost = costOf(grid, room);
  double blocks = std::ceil(grid.blocks / static_cast<double>(room.onDevice)); // of the multiprocessor that has most
  auto together = [&](double count) { return count > 0 ? std::max(count * cost.together(), cost.alone) : 0; };
  double rounds = std::floor(blocks / grid.resident);
  double working = rounds * together(grid.resident) + together(blocks - rounds * grid.resident);
  double moving = grid.tensorBytes / memoryBytes / static_cast<double>(room.onDevice);
  return launchCycles + std::max(working, moving) + notHidden * std::min(working, moving);
}

double cyclesOf(llvm::ArrayRef<GridWork> grids, const Multiprocessor &room) {
  double cycles = 0;
  for (const GridWork &grid : grids)
    cycles += cyclesOf(grid, room);
  return cycles;
}

} // namespace attune
