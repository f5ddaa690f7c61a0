// What this machine can do at best, beside which a profile is read.
#ifndef ATTUNE_RUNTIME_MACHINE_PEAK_H
#define ATTUNE_RUNTIME_MACHINE_PEAK_H

namespace attune::runtime {

struct MachinePeak {
  double gflops;         // f32 multiply-adds, counted as two, from registers
  double gbytesPerSecond; // reading memory past the caches
};

/// Measures with so many threads; takes about a tenth of a second.
MachinePeak measureMachinePeak(int threads);

} // namespace attune::runtime

#endif
