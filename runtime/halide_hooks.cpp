// The functions of Halide's runtime that the project replaces. The user context of every
// kernel is its run; code without one (foreign Halide pipelines in the same program) gets
// a plain behaviour.
#include "halide_hooks.h"
#include "memory.h"
#include "processor_count.h"
#include "run.h"

#include <cstdio>
#include <cstdlib>

namespace attune::runtime {
void linkHalideHooks() {}

static RunInterface *runOf(void *userContext) {
  return static_cast<RunInterface *>(userContext);
}
} // namespace attune::runtime

using namespace attune::runtime;

extern "C" {

int halide_default_do_par_for(void *, RunInterface::LoopBody, int, int, uint8_t *);

void *halide_malloc(void *userContext, size_t bytes) {
  if (userContext)
    return runOf(userContext)->allocate(bytes);
  // As the default: bytes before and behind the block may be read.
  uint64_t rounded;
  void *memory = nullptr;
  if (!roundUp(bytes, rounded) || rounded > memoryLimit() ||
      posix_memalign(&memory, memoryAlignment, rounded + 2 * memoryAlignment) != 0)
    return nullptr;
  return static_cast<uint8_t *>(memory) + memoryAlignment;
}

void halide_free(void *userContext, void *block) {
  if (userContext)
    runOf(userContext)->release(block);
  else if (block)
    std::free(static_cast<uint8_t *>(block) - memoryAlignment);
}

void halide_error(void *userContext, const char *message) {
  if (userContext)
    runOf(userContext)->reportKernelError(message);
  else
    std::fprintf(stderr, "%s\n", message);
}

void halide_print(void *, const char *message) { std::fputs(message, stderr); }

int halide_do_par_for(void *userContext, RunInterface::LoopBody body, int min,
                      int extent, uint8_t *closure) {
  if (userContext)
    return runOf(userContext)->parallelFor(body, min, extent, closure);
  return halide_default_do_par_for(userContext, body, min, extent, closure);
}

int halide_host_cpu_count() { return usableProcessors(); }

} // extern "C"
