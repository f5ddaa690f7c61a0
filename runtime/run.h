// One run of an entry: what generated code and Halide's runtime call back to.
#ifndef ATTUNE_RUNTIME_RUN_H
#define ATTUNE_RUNTIME_RUN_H

#include "block_pool.h"
#include "description.h"
#include "device.h"
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

  virtual int32_t checkIndices(const void *values, int64_t count, int64_t upper,
                               int32_t check, bool mayBeNone) = 0;
  virtual int32_t copyTensor(void *to, const void *from, int64_t bytes) = 0;
  /// Null for the processor.
  virtual Device *device() = 0;
  virtual int32_t beginCall(int32_t call) = 0;
  virtual void endCall(int32_t call) = 0;
  virtual bool profilingCall() = 0;
  virtual int32_t countTiles(const void *counts) = 0;
  /// Scratch memory of kernels, from any thread; null when there is none.
  virtual void *allocate(size_t bytes) = 0;
  virtual void release(void *block) = 0;
  virtual void reportKernelError(const char *message) = 0;
  virtual void reportOutOfMemory() noexcept = 0;
  virtual int parallelFor(LoopBody body, int min, int extent, uint8_t *closure) = 0;

protected:
  ~RunInterface() = default;
};

/// What a run on a device exchanges with the processor: whole tensors.
struct Transfers {
  struct Transfer {
    void *tensor;
    void *data;
    uint64_t bytes;
  };
  std::vector<Transfer> in, out;
};

/// The inputs of a run; null pointers where it has none.
struct RunInputs {
  const std::vector<std::vector<int64_t>> *shapes = nullptr;
  const std::vector<const void *> *data = nullptr;
  const Transfers *transfers = nullptr;
};

class Run final : public RunInterface {
public:
  /// `device` is null where kernels run on the processor.
  explicit Run(const Entry &entry, Device *device = nullptr)
      : entry(entry), runsOn(device) {}

  /// Called before and after each call of a kernel, where they are set.
  std::function<Error(int64_t call)> beforeCall;
  std::function<void(int64_t call)> afterCall;

  /// Calls the function, and waits for the device.
  Error execute(attn_entry_function function, const int64_t *symbols,
                void *const *buffers, const RunInputs &inputs);

  /// Forgets scratch memory that the last sizes needed.
  void trim() { pool.clear(); }

  int32_t checkIndices(const void *values, int64_t count, int64_t upper, int32_t check,
                       bool mayBeNone) override;
  int32_t copyTensor(void *to, const void *from, int64_t bytes) override;
  Device *device() override { return runsOn; }
  int32_t beginCall(int32_t call) override;
  void endCall(int32_t call) override;
  bool profilingCall() override;
  int32_t countTiles(const void *counts) override;
  void *allocate(size_t bytes) override;
  void release(void *block) override { pool.release(block); }
  void reportKernelError(const char *message) override;
  void reportOutOfMemory() noexcept override;
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
  void report(const Error &error) noexcept { report(error.kind(), error.message()); }
  void countWork(const int64_t *symbols);
  /// On a device: between the marks of the calls that were profiled.
  Error readMarks();
  /// Notes a mark, then remembers what it is for.
  int32_t note(const std::function<void()> &remember);
  /// The values on the processor: an input's own, or `copy`.
  Error fetchIndices(const void *values, int64_t count, int32_t check,
                     std::vector<int32_t> &copy, const int32_t *&found);
  Error transfer(const std::vector<Transfers::Transfer> &list, bool in);

  const Entry &entry;
  Device *runsOn;
  BlockPool pool;
  RunInputs inputs;
  int32_t currentCall = -1;

  std::mutex errorMutex;
  bool failed = false;
  attn_error_kind errorKind = ATTN_ERROR_PROGRAM;
  std::string errorMessage;

  std::vector<CallTime> times;
  Clock::time_point callStart;
  std::optional<Clock::time_point> callEnd; // where the call went on for the profile
  struct Marks {
    size_t call, start, end;
  };
  std::vector<Marks> marks; // of a device, in a profile
  size_t markCount = 0;
  std::chrono::nanoseconds total{0};
  int64_t runs = 0;
};

} // namespace attune::runtime

#endif
