// What the blocks of a kernel's grids do, in numbers.
#pragma once

#include "schedule/Legality.h"

namespace attune {

/// What a thread reads or writes in one step of its tile.
struct MemoryAccess {
  bool isShared;       ///< by the threads of a block; else in the device's memory
  double instructions;
  double bytes;        ///< of each instruction
};

/// What the threads of a block do for one stage.
struct ThreadWork {
  double threads = 1;    ///< that share it
  double rounds = 1;     ///< how often a block computes it, each time for a part
  double steps = 1;      ///< of a thread, one after another, in one round
  double operations = 0; ///< arithmetic of a thread in one step
  double functions = 0;  ///< exponentials and the like
  std::vector<MemoryAccess> accesses;
  double memoryBytes = 0;  ///< of memory, that a block reads, each once, or writes
  double memoryLoads = 0;  ///< of a thread in one step, on their way at the same time
  bool isForOthers = false; ///< other threads read what it gives
};

struct GridWork {
  double blocks = 1;
  double tensorBytes = 0; ///< of all that the grid reads and writes in memory, once
  double resident = 1; ///< of them, that a multiprocessor has room for
  std::vector<ThreadWork> stages;
};

/// Of all grids of a kernel planned by `schedule`; `sizes` says how large is what is known only when running.
std::vector<GridWork> gridWorksOf(const ScheduledKernel &kernel, attn::ScheduleAttr schedule, const Multiprocessor &room,
                                  llvm::function_ref<int64_t(attn::SizeAttr)> sizes);

} // namespace attune
