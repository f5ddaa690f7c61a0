#include "schedule/ThreadShares.h"
#include "llvm/Support/MathExtras.h"

using llvm::ArrayRef;

namespace attune {
namespace {

struct Steps {
  uint64_t stride = 1;            ///< elements from one iteration to the next
  std::optional<int64_t> length; ///< iterations
};

/// By id, of all loops that there ever were.
std::vector<Steps> stepsOf(const LoopNest &nest, ArrayRef<std::optional<int64_t>> asked) {
  std::vector<Steps> steps(nest.getLoopCount());
  for (unsigned id = 0; id < nest.getAxisCount(); ++id)
    if (unsigned axis = nest.axesOf(id).front(); axis < asked.size())
      steps[id].length = asked[axis];
  for (const LoopStep &step : nest.getSteps()) {
    if (step.kind != LoopStep::Split)
      continue;
    const Steps whole = steps[step.loops[0]];
    Steps &outer = steps[step.loops[1]], &inner = steps[step.loops[2]];
    inner = {whole.stride, step.factor};
    outer.stride = llvm::SaturatingMultiply<uint64_t>(whole.stride, step.factor);
    if (whole.length)
      outer.length = llvm::divideCeil(*whole.length, step.factor);
  }
  return steps;
}

} // namespace

ArrayRef<Loop> loopsInside(const LoopNest &nest, std::optional<unsigned> loop) {
  return nest.getLoops().take_until([&](const Loop &other) { return other.id == loop; });
}

std::optional<ThreadShare> shareOf(const LoopNest &nest, ArrayRef<Loop> loops, llvm::StringRef loop, ArrayRef<std::optional<int64_t>> asked) {
  const Loop *threads = nest.lookup((loop + ".thread").str());
  if (!threads || threads->kind != Loop::Thread || threads->axes.size() != 1)
    return std::nullopt;
  std::vector<Steps> steps = stepsOf(nest, asked);
  for (const LoopStep &step : nest.getSteps()) {
    if (step.kind != LoopStep::Split || step.loops[2] != threads->id)
      continue;
    ThreadShare share{threads->axes.front(), steps[threads->id].stride, step.factor};
    // Where there are loops around the one that is shared, the first thread has its next iteration too.
    const Steps &whole = steps[step.loops[0]];
    auto isAround = [&](const Loop &other) {
      return llvm::is_contained(other.axes, share.axis) && other.kind != Loop::Block && other.id != threads->id && other.id != step.loops[1] &&
             steps[other.id].stride > whole.stride && steps[other.id].length != 1;
    };
    bool isEven = whole.length && *whole.length % step.factor == 0;
    if (llvm::any_of(loops, isAround) && !isEven)
      share.period = whole.length && *whole.length < step.factor ? whole.length : std::nullopt;
    return share;
  }
  return std::nullopt;
}

const Loop *turnsAlong(const LoopNest &nest, ArrayRef<Loop> loops, unsigned axis, ArrayRef<std::optional<int64_t>> asked) {
  std::vector<Steps> steps = stepsOf(nest, asked);
  for (const Loop &loop : loops)
    if (loop.kind == Loop::Serial && llvm::is_contained(loop.axes, axis) && steps[loop.id].length != 1)
      return &loop;
  return nullptr;
}

} // namespace attune
