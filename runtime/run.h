// One run of an entry: what generated code and Halide's runtime call back to.
#ifndef ATTUNE_RUNTIME_RUN_H
#define ATTUNE_RUNTIME_RUN_H

#include "block_pool.h"
#include "description.h"
#include "program.h"

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace attune::runtime {

/// What `void *run` (Halide's user context) points to. Virtual, so that a model in a
/// shared library, which has a copy of this runtime for itself, reports to the copy that
/// runs it. Changing it changes ATTN_PROGRAM_ABI.
class RunInterface {
public:
  using LoopBody = int (*)(void *run, int index, uint8_t *closure);

  virtual int32_t checkIndices(const int32_t *values, int64_t count, int64_t upper,
                               int32_t check) = 0;
  virtual void beginCall(int32_t call) = 0;
  virtual void endCall(int32_t call) = 0;
  virtual bool profilingCall() = 0;
  virtual void countTiles(const int32_t *counts) = 0;
  /// Scratch memory of kernels, from any thread; null when there is none.
  virtual void *allocate(size_t bytes) = 0;
  virtual void release(void *block) = 0;
  virtual void reportKernelError(const char *message) = 0;
  virtual int parallelFor(LoopBody body, int min, int extent, uint8_t *closure) = 0;

protected:
  ~RunInterface() = default;
};

class Run final : public RunInterface {
public:
  explicit Run(const Entry &entry) : entry(entry) {}

  /// Called before and after each call of a kernel, where they are set.
  std::function<void(int64_t call)> beforeCall, afterCall;

  /// Calls the function. `shapes` are the sizes of the inputs, for messages.
  Error execute(attn_entry_function function, const int64_t *symbols,
                void *const *buffers, const std::vector<std::vector<int64_t>> *shapes);

  /// Forgets scratch memory that the last sizes needed.
  void trim() { pool.clear(); }

  int32_t checkIndices(const int32_t *values, int64_t count, int64_t upper,
                       int32_t check) override;
  void beginCall(int32_t call) override;
  void endCall(int32_t call) override;
  bool profilingCall() override;
  void countTiles(const int32_t *counts) override;
  void *allocate(size_t bytes) override;
  void release(void *block) override { pool.release(block); }
  void reportKernelError(const char *message) override;
  int parallelFor(LoopBody body, int min, int extent, uint8_t *closure) override;

  struct CallTime {
    std::chrono::nanoseconds time{0};
    int64_t count = 0;
    double flops = 0, bytes = 0; // of all calls counted
    double emptyTiles = 0, cutTiles = 0, fullTiles = 0;
  };

  /// Counters at zero, one for each call, or none.
  void setProfile(bool on);
  bool profiling() const { return !times.empty(); }
  const std::vector<CallTime> &callTimes() const { return times; }
  std::chrono::nanoseconds totalTime() const { return total; }
  int64_t runCount() const { return runs; }

private:
  using Clock = std::chrono::steady_clock;

  /// Keeps the first error of the run; from any thread.
  void report(attn_error_kind kind, const std::string &message) noexcept;
  void countWork(const int64_t *symbols);

  const Entry &entry;
  BlockPool pool;
  const std::vector<std::vector<int64_t>> *inputShapes = nullptr;
  int32_t currentCall = -1;

  std::mutex errorMutex;
  bool failed = false;
  attn_error_kind errorKind = ATTN_ERROR_PROGRAM;
  std::string errorMessage;

  std::vector<CallTime> times;
  Clock::time_point callStart;
  std::optional<Clock::time_point> callEnd; // where the call went on for the profile
  std::chrono::nanoseconds total{0};
  int64_t runs = 0;
};

} // namespace attune::runtime

#endif
