#include "run.h"
#include "memory.h"
#include "message.h"

extern "C" int halide_default_do_par_for(void *userContext,
                                         attune::runtime::RunInterface::LoopBody body,
                                         int min, int extent, uint8_t *closure);

namespace attune::runtime {

Error Run::execute(attn_entry_function function, const int64_t *symbols,
                   void *const *buffers,
                   const std::vector<std::vector<int64_t>> *shapes) {
  failed = false;
  currentCall = -1;
  inputShapes = shapes;
  Clock::time_point start = Clock::now();
  int32_t code = function(static_cast<RunInterface *>(this), symbols, buffers);
  if (profiling() && code == 0) {
    total += Clock::now() - start;
    ++runs;
    countWork(symbols);
  }
  if (failed)
    return Error(errorKind, errorMessage);
  if (code != 0)
    return failure(ATTN_ERROR_PROGRAM, "the program failed with code ", code);
  return Error();
}

void Run::report(attn_error_kind kind, const std::string &message) noexcept {
  std::lock_guard<std::mutex> lock(errorMutex);
  if (failed)
    return;
  failed = true;
  errorKind = kind;
  try {
    errorMessage = message;
  } catch (...) {
    errorMessage.clear();
  }
}

void Run::reportKernelError(const char *message) {
  try {
    std::string place;
    if (currentCall >= 0 && static_cast<size_t>(currentCall) < entry.calls.size()) {
      const KernelCall &call = entry.calls[static_cast<size_t>(currentCall)];
      place = " for " + quote(call.name) + " (kernel " + call.kernel + ")";
    }
    std::string_view trimmed = message;
    while (!trimmed.empty() && (trimmed.back() == '\n' || trimmed.back() == ' '))
      trimmed.remove_suffix(1);
    report(ATTN_ERROR_PROGRAM, text("the kernel", place, " failed: ", trimmed));
  } catch (...) {
    report(ATTN_ERROR_MEMORY, "");
  }
}

void *Run::allocate(size_t bytes) {
  if (void *block = pool.allocate(bytes))
    return block;
  try {
    report(ATTN_ERROR_MEMORY,
           text("cannot allocate ", bytesText(bytes), " (", counted(bytes, "byte"),
                ") for a kernel's scratch memory"));
  } catch (...) {
    report(ATTN_ERROR_MEMORY, "");
  }
  return nullptr;
}

int Run::parallelFor(LoopBody body, int min, int extent, uint8_t *closure) {
  return halide_default_do_par_for(static_cast<RunInterface *>(this), body, min,
                                   extent, closure);
}

int32_t Run::checkIndices(const int32_t *values, int64_t count, int64_t upper,
                          int32_t check) {
  // As unsigned numbers the negative ones are the largest. A pass that compilers
  // vectorise; the place is looked for only when there is one.
  uint32_t largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t value = static_cast<uint32_t>(values[i]);
    largest = value > largest ? value : largest;
  }
  if (count <= 0 || (upper > 0 && largest < static_cast<uint64_t>(upper)))
    return 0;
  int64_t place = 0;
  while (values[place] >= 0 && values[place] < upper)
    ++place;
  try {
    std::string what = "an index", why;
    if (check >= 0 && static_cast<size_t>(check) < entry.indexChecks.size()) {
      const IndexCheck &info = entry.indexChecks[static_cast<size_t>(check)];
      what = "an index of " + quote(info.message);
      if (info.input >= 0 && inputShapes) {
        size_t input = static_cast<size_t>(info.input);
        const std::vector<int64_t> &shape = (*inputShapes)[input];
        std::vector<int64_t> position(shape.size());
        int64_t rest = place;
        for (size_t i = shape.size(); i-- > 0; rest /= shape[i])
          position[i] = rest % shape[i];
        what = text("input ", quote(entry.inputs[input].name), " at ",
                    shapeText(position));
        if (info.message != entry.inputs[input].name)
          why = " (" + info.message + ")";
      }
    }
    report(ATTN_ERROR_INPUT, text(what, " is ", values[place],
                                  ", but must be at least 0 and below ", upper, why));
  } catch (...) {
    report(ATTN_ERROR_MEMORY, "");
  }
  return 1;
}

void Run::setProfile(bool on) {
  times.clear();
  // At least one element, since an empty list means that nothing is measured.
  if (on)
    times.resize(entry.calls.empty() ? 1 : entry.calls.size());
  total = std::chrono::nanoseconds(0);
  runs = 0;
}

void Run::beginCall(int32_t call) {
  currentCall = call;
  callEnd.reset();
  if (beforeCall)
    beforeCall(call);
  if (profiling())
    callStart = Clock::now();
}

bool Run::profilingCall() {
  if (profiling())
    callEnd = Clock::now();
  return profiling();
}

void Run::countTiles(const int32_t *counts) {
  if (currentCall < 0 || static_cast<size_t>(currentCall) >= times.size())
    return;
  CallTime &time = times[static_cast<size_t>(currentCall)];
  time.emptyTiles += counts[0];
  time.cutTiles += counts[1];
  time.fullTiles += counts[2];
}

void Run::endCall(int32_t call) {
  if (afterCall)
    afterCall(call);
  if (call < 0 || static_cast<size_t>(call) >= times.size())
    return;
  CallTime &time = times[static_cast<size_t>(call)];
  Clock::time_point now = Clock::now(), end = callEnd.value_or(now);
  time.time += end - callStart;
  total -= now - end;
  ++time.count;
}

void Run::countWork(const int64_t *symbols) {
  for (size_t i = 0; i < entry.calls.size(); ++i) {
    int64_t flops = 0, bytes = 0;
    if (entry.calls[i].flops.evaluate(symbols, flops))
      times[i].flops += static_cast<double>(flops);
    if (entry.calls[i].bytes.evaluate(symbols, bytes))
      times[i].bytes += static_cast<double>(bytes);
  }
}

} // namespace attune::runtime

using attune::runtime::RunInterface;

extern "C" int32_t attn_run_check_indices(void *run, const int32_t *values,
                                          int64_t count, int64_t upper,
                                          int32_t check) {
  return static_cast<RunInterface *>(run)->checkIndices(values, count, upper, check);
}

extern "C" int32_t attn_run_profiling(void *run) {
  return static_cast<RunInterface *>(run)->profilingCall();
}

extern "C" void attn_run_count_tiles(void *run, const int32_t *counts) {
  static_cast<RunInterface *>(run)->countTiles(counts);
}

extern "C" void attn_run_begin_call(void *run, int32_t call) {
  static_cast<RunInterface *>(run)->beginCall(call);
}

extern "C" void attn_run_end_call(void *run, int32_t call) {
  static_cast<RunInterface *>(run)->endCall(call);
}
