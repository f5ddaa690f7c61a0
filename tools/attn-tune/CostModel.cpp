#include "tools/attn-tune/CostModel.h"
#include <algorithm>
#include <cmath>
#include <unistd.h>

namespace attune::tune {
namespace {

// Throughputs and latencies are those of Zen 2 to 4 and of Skylake to Golden
// Cove, as in Agner Fog's instruction tables (agner.org/optimize) and AMD's and
// Intel's optimisation manuals; where they differ, the smaller.
constexpr double multiplyAddPorts = 2;  // vector multiply-adds in a cycle
constexpr double multiplyAddLatency = 4;
constexpr double loadPorts = 2, storePorts = 1;
constexpr double secondCacheBytes = 32; // in a cycle, from the second cache
constexpr double thirdCacheBytes = 8;   // and from what is behind it

// Of the code that Attune makes: counted in its kernels' assembly.
constexpr double functionOperations = 20; // an exponential in f32
constexpr double tripCycles = 1.5;        // counting and branching of a loop
constexpr double tileCycles = 10;         // entering and leaving a register tile
constexpr double roundCycles = 30;        // bounds and the call of a round
/// A task of Halide's pool: 20,000 rows of 16 sums took 0.31 ms more on two threads
/// of a Zen 2 with a task each than in tasks of 1000.
constexpr double taskCycles = 100;

// What stands in where the system does not say.
constexpr double usualFirstCache = 32 << 10, usualSecondCache = 512 << 10;

// What is never worth compiling.
constexpr double mostSpilled = 4;   // vectors; past a few, each step stores
constexpr double mostCopies = 192;  // the loop's body leaves the cache of decoded instructions
constexpr double mostSlowdown = 1.6; // predicted; the model errs by less

double cacheSize(int name, double usual) {
  long size = sysconf(name);
  return size > 0 ? static_cast<double>(size) : usual;
}

} // namespace

Machine Machine::of(const TargetInfo &target, int threads) {
  Machine machine;
  machine.threads = threads;
  machine.vectorRegisters = target.vectorBits >= 512 ? 32 : 16;
  machine.lanes = target.lanes();
  machine.firstCache = cacheSize(_SC_LEVEL1_DCACHE_SIZE, usualFirstCache);
  machine.secondCache = cacheSize(_SC_LEVEL2_CACHE_SIZE, usualSecondCache);
  return machine;
}

StageCost costOf(const StageWork &work, const Machine &machine) {
  double vectors = std::ceil(work.lanes / machine.lanes); // instructions of one vector
  // Of all operands but one the tile holds every copy; that one streams by.
  double held = 0, most = 0, loads = 0, bytes = 0, refetched = 0;
  for (const TileLoad &load : work.loads) {
    double wide = load.kind == TileLoad::Broadcast ? 1 : vectors;
    held += load.copies * wide;
    most = std::max(most, load.copies * wide);
    loads += load.copies * (load.kind == TileLoad::Strided ? work.lanes : wide);
    bytes += load.bytes;
    refetched += load.bytes * load.reuse;
  }
  bool reduces = work.reduced > 1;
  double accumulators = work.copies * vectors;
  double registers = reduces ? accumulators + held - most + 1 : std::min(accumulators, 1.0) + 1;
  double spilled = std::max(0.0, registers - machine.vectorRegisters);

  double operations = accumulators * (work.operations + functionOperations * work.functions);
  double step = std::max({operations / multiplyAddPorts, loads / loadPorts, reduces ? multiplyAddLatency : 0.0});
  step += spilled / storePorts; // a sum waits for what it stored the step before
  step += tripCycles / std::max(work.reducedCopies, 1.0);
  double tiles = work.steps / std::max(work.reduced, 1.0);
  double computing = work.steps * step + tiles * (tileCycles + accumulators / storePorts);

  // What a round reads stays in the first cache, or comes again for each tile.
  double fetching = 0;
  if (bytes > machine.secondCache)
    fetching = refetched / thirdCacheBytes;
  else if (bytes > machine.firstCache)
    fetching = refetched / secondCacheBytes;
  else
    fetching = bytes / secondCacheBytes;
  double cycles = std::max(computing, fetching * work.rounds) + work.rounds * roundCycles;

  double tasks = std::max(work.tasks, 1.0);
  double turns = std::ceil(tasks / machine.threads); // of the thread that has most
  return {(cycles / tasks + (tasks > 1 ? taskCycles : 0)) * turns, spilled};
}

KernelCost kernelCostOf(const std::vector<StageWork> &stages, const Machine &machine) {
  KernelCost total;
  for (const StageWork &stage : stages) {
    StageCost cost = costOf(stage, machine);
    total.cycles += cost.cycles;
    total.spilled = std::max(total.spilled, cost.spilled);
    total.mostCopies = std::max(total.mostCopies, stage.copies * stage.reducedCopies);
  }
  return total;
}

bool isWorthTrying(const KernelCost &cost, const KernelCost &best) {
  return cost.spilled <= std::max(best.spilled, mostSpilled) && cost.mostCopies <= std::max(best.mostCopies, mostCopies) &&
         cost.cycles <= best.cycles * mostSlowdown;
}

} // namespace attune::tune
