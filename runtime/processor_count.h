#ifndef ATTUNE_RUNTIME_PROCESSOR_COUNT_H
#define ATTUNE_RUNTIME_PROCESSOR_COUNT_H

namespace attune::runtime {

/// The most threads that Halide's pool can have.
constexpr int maxThreads = 256;

/// How many processors this process may use at once, by its affinity and its control
/// group's quota; 1 to maxThreads.
int usableProcessors();

} // namespace attune::runtime

#endif
