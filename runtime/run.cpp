#include "run.h"
#include "memory.h"
#include "message.h"
#include "parallel_loop.h"

#include <algorithm>
#include <cstring>

extern "C" int halide_default_do_par_for(void *userContext,
                                         attune::runtime::RunInterface::LoopBody body,
                                         int min, int extent, uint8_t *closure);
extern "C" int halide_get_num_threads();

namespace attune::runtime {

Error Run::transfer(const std::vector<Transfers::Transfer> &list, bool in) {
  for (const Transfers::Transfer &one : list)
    if (one.bytes)
      if (Error error = in ? runsOn->upload(one.tensor, one.data, one.bytes)
                           : runsOn->download(one.tensor, one.data, one.bytes))
        return error;
  return Error();
}

Error Run::execute(attn_entry_function function, const int64_t *symbols,
                   void *const *buffers, const RunInputs &given) {
  failed = false;
  currentCall = -1;
  inputs = given;
  marks.clear();
  markCount = 0;
  if (runsOn && profiling()) // the marks are the device's, whose other runs note none
    runsOn->forgetMarks();
  Clock::time_point start = Clock::now();
  Error problem;
  if (inputs.transfers)
    problem = transfer(inputs.transfers->in, true);
  int32_t code = problem ? 0 : function(static_cast<RunInterface *>(this), symbols, buffers);
  bool succeeded = !problem && !failed && code == 0;
  if (succeeded && inputs.transfers)
    problem = transfer(inputs.transfers->out, false);
  // In any case: the inputs are the caller's again.
  if (runsOn)
    if (Error unfinished = runsOn->finish(); unfinished && succeeded && !problem)
      problem = std::move(unfinished);
  if (problem)
    return problem;
  if (profiling() && succeeded) {
    total += Clock::now() - start;
    ++runs;
    countWork(symbols);
    if (Error error = readMarks())
      return error;
  }
  if (failed)
    return Error(errorKind, errorMessage);
  if (code != 0)
    return failure(ATTN_ERROR_PROGRAM, "the program failed with code ", code);
  return Error();
}

Error Run::readMarks() {
  for (const Marks &call : marks) {
    double inCall, after;
    if (Error error = runsOn->between(call.start, call.end, inCall))
      return error;
    if (Error error = runsOn->between(call.end, call.end + 1, after))
      return error;
    times[call.call].time += std::chrono::nanoseconds(static_cast<int64_t>(inCall));
    total -= std::chrono::nanoseconds(static_cast<int64_t>(after));
  }
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
    std::string meaning = runsOn ? runsOn->meaningOf(trimmed) : "";
    report(runsOn ? ATTN_ERROR_DEVICE : ATTN_ERROR_PROGRAM,
           text("the kernel", place, " failed: ", trimmed, meaning.empty() ? "" : "\n", meaning));
  } catch (...) {
    reportOutOfMemory();
  }
}

void Run::reportOutOfMemory() noexcept { report(ATTN_ERROR_MEMORY, ""); }

void *Run::allocate(size_t bytes) {
  if (void *block = pool.allocate(bytes))
    return block;
  try {
    report(ATTN_ERROR_MEMORY,
           text("cannot allocate ", exactBytesText(bytes), " for a kernel's scratch memory"));
  } catch (...) {
    report(ATTN_ERROR_MEMORY, "");
  }
  return nullptr;
}

namespace {
struct SharedLoop {
  ParallelLoop iterations;
  RunInterface::LoopBody body;
  int min;
  uint8_t *closure;
  std::atomic<bool> failed = false;
};

int runPart(void *run, int part, uint8_t *shared) {
  auto &loop = *reinterpret_cast<SharedLoop *>(shared);
  while (true) {
    auto [i, end] = loop.iterations.take(part);
    if (i == end)
      return 0;
    for (; i < end; ++i) {
      if (loop.failed.load(std::memory_order_relaxed))
        return 0;
      if (int code = loop.body(run, loop.min + i, loop.closure)) {
        loop.failed.store(true, std::memory_order_relaxed);
        return code;
      }
    }
  }
}
} // namespace

int Run::parallelFor(LoopBody body, int min, int extent, uint8_t *closure) {
  auto *run = static_cast<RunInterface *>(this);
  if (extent <= 1)
    return extent == 1 ? body(run, min, closure) : 0;
  int parts = std::clamp(halide_get_num_threads(), 1, std::min(extent, maxThreads));
  SharedLoop loop{ParallelLoop(extent, parts), body, min, closure};
  return halide_default_do_par_for(run, runPart, 0, parts, reinterpret_cast<uint8_t *>(&loop));
}

Error Run::fetchIndices(const void *values, int64_t count, int32_t check,
                        std::vector<int32_t> &copy, const int32_t *&found) {
  found = static_cast<const int32_t *>(values);
  if (!runsOn || count <= 0)
    return Error();
  int64_t input = check >= 0 && static_cast<size_t>(check) < entry.indexChecks.size()
                      ? entry.indexChecks[static_cast<size_t>(check)].input
                      : -1;
  if (input >= 0 && inputs.data) {
    found = static_cast<const int32_t *>((*inputs.data)[static_cast<size_t>(input)]);
    return Error();
  }
  copy.resize(static_cast<size_t>(count));
  found = copy.data();
  if (Error error = runsOn->download(values, copy.data(), copy.size() * sizeof(int32_t)))
    return error;
  return runsOn->finish();
}

int32_t Run::copyTensor(void *to, const void *from, int64_t bytes) {
  if (!runsOn || bytes <= 0)
    return 0;
  Error error = runsOn->copy(to, from, static_cast<uint64_t>(bytes));
  if (error)
    report(error);
  return error ? 1 : 0;
}

int32_t Run::checkIndices(const void *tensor, int64_t count, int64_t upper, int32_t check,
                          bool mayBeNone) {
  std::vector<int32_t> copy;
  const int32_t *values;
  if (Error error = fetchIndices(tensor, count, check, copy, values)) {
    report(error);
    return 1;
  }
  if (mayBeNone && count > 0 && values[0] == INT32_MIN)
    return 0;
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
      if (info.input >= 0 && inputs.shapes) {
        size_t input = static_cast<size_t>(info.input);
        const std::vector<int64_t> &shape = (*inputs.shapes)[input];
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

int32_t Run::beginCall(int32_t call) {
  currentCall = call;
  callEnd.reset();
  if (beforeCall)
    if (Error error = beforeCall(call)) {
      report(error);
      return 1;
    }
  if (!profiling() || call < 0 || static_cast<size_t>(call) >= times.size())
    return 0;
  callStart = Clock::now();
  return runsOn ? note([&] { marks.push_back({static_cast<size_t>(call), markCount, 0}); }) : 0;
}

int32_t Run::note(const std::function<void()> &remember) {
  Error error = runsOn->mark();
  if (error) {
    report(error);
    return 1;
  }
  remember();
  ++markCount;
  return 0;
}

bool Run::profilingCall() {
  if (profiling())
    callEnd = Clock::now();
  if (profiling() && runsOn && !marks.empty() && marks.back().end == 0)
    note([&] { marks.back().end = markCount; });
  return profiling();
}

int32_t Run::countTiles(const void *tensor) {
  if (currentCall < 0 || static_cast<size_t>(currentCall) >= times.size())
    return 0;
  int32_t counts[3];
  if (runsOn) {
    Error error = runsOn->download(tensor, counts, sizeof counts);
    if (!error)
      error = runsOn->finish();
    if (error) {
      report(error);
      return 1;
    }
  } else {
    std::memcpy(counts, tensor, sizeof counts);
  }
  CallTime &time = times[static_cast<size_t>(currentCall)];
  time.emptyTiles += counts[0];
  time.cutTiles += counts[1];
  time.fullTiles += counts[2];
  return 0;
}

void Run::endCall(int32_t call) {
  if (afterCall)
    afterCall(call);
  if (call < 0 || static_cast<size_t>(call) >= times.size())
    return;
  CallTime &time = times[static_cast<size_t>(call)];
  ++time.count;
  if (runsOn) {
    if (marks.back().end == 0)
      note([&] { marks.back().end = markCount; });
    note([] {});
    return;
  }
  Clock::time_point now = Clock::now(), end = callEnd.value_or(now);
  time.time += end - callStart;
  total -= now - end;
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

static RunInterface *runOf(void *run) { return static_cast<RunInterface *>(run); }

/// Generated code cannot pass exceptions on.
template <typename Body> static int32_t reported(void *run, Body &&body) noexcept {
  try {
    return body();
  } catch (...) {
    runOf(run)->reportOutOfMemory();
    return 1;
  }
}

extern "C" int32_t attn_run_check_indices(void *run, const void *values, int64_t count,
                                          int64_t upper, int32_t check,
                                          int32_t mayBeNone) {
  return reported(run, [&] {
    return runOf(run)->checkIndices(values, count, upper, check, mayBeNone != 0);
  });
}

extern "C" int32_t attn_run_copy(void *run, void *to, const void *from, int64_t bytes) {
  return reported(run, [&] { return runOf(run)->copyTensor(to, from, bytes); });
}

extern "C" int32_t attn_run_profiling(void *run) { return runOf(run)->profilingCall(); }

extern "C" int32_t attn_run_count_tiles(void *run, const void *counts) {
  return reported(run, [&] { return runOf(run)->countTiles(counts); });
}

extern "C" int32_t attn_run_begin_call(void *run, int32_t call) {
  return reported(run, [&] { return runOf(run)->beginCall(call); });
}

extern "C" void attn_run_end_call(void *run, int32_t call) {
  reported(run, [&] {
    runOf(run)->endCall(call);
    return 0;
  });
}
