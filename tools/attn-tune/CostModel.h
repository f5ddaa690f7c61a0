// How long the stages of a kernel take, by arithmetic: enough to tell schedules
// that are worth compiling from those that are not. The machine decides.
#pragma once

#include "codegen/target/Target.h"
#include <vector>

namespace attune::tune {

/// What runs the kernels.
struct Machine {
  double threads;
  double vectorRegisters;
  double lanes;                  ///< of f32
  double firstCache, secondCache; ///< bytes, of one core

  static Machine of(const TargetInfo &target, int threads);
};

/// What a stage's body reads in one step of its register tile.
struct TileLoad {
  enum Kind { Vector, Broadcast, Strided } kind = Vector;
  double copies = 1; ///< different ones in the tile
  double bytes = 0;  ///< of all that one round of the stage reads
  double reuse = 1;  ///< how often a round comes back to each
};

/// One stage, in numbers.
struct StageWork {
  double lanes = 1;         ///< elements computed by one instruction
  double copies = 1;        ///< vectors of its register tile
  double reducedCopies = 1; ///< steps of the reduction in one trip of its loop
  double steps = 0;         ///< of the register tile, in all rounds; what padding wastes too
  double reduced = 1;       ///< steps that one tile takes; 1 without a reduction
  double operations = 1;    ///< arithmetic of one element
  double functions = 0;     ///< exponentials and the like of one element
  std::vector<TileLoad> loads;
  double rounds = 1; ///< how often the stage is computed, each time for a part
  double tasks = 1;  ///< that share the rounds
};

struct StageCost {
  double cycles;  ///< on the thread that has most to do
  double spilled; ///< vectors that the registers do not hold
};

StageCost costOf(const StageWork &work, const Machine &machine);

struct KernelCost {
  double cycles = 0;
  double spilled = 0;    ///< of the stage that spills most
  double mostCopies = 0; ///< instructions that unrolling makes of one
};

KernelCost kernelCostOf(const std::vector<StageWork> &stages, const Machine &machine);

/// Whether a schedule that costs `cost` may beat one that costs `best`.
bool isWorthTrying(const KernelCost &cost, const KernelCost &best);

} // namespace attune::tune
