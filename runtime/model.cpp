#include "model.h"
#include "arena.h"
#include "halide_hooks.h"
#include "processor.h"
#include "run.h"
#include "workspace.h"

namespace attune::runtime {

/// Places the prepared tensors and has the program compute them.
static Error prepare(attn_model &model) {
  const Description &description = model.description;
  std::vector<ArenaBlock> blocks;
  for (const FixedTensor &tensor : description.prepared)
    blocks.push_back({static_cast<uint64_t>(tensor.bytes), 0, 0});
  uint64_t bytes;
  if (!packArena(blocks, bytes))
    return failure(ATTN_ERROR_MEMORY, "the prepared weights need more than 2^64 bytes");
  if (Error error = AlignedMemory::allocate(bytes, "prepared weights",
                                            model.preparedMemory))
    return error;
  for (const void *weight : model.weights.data)
    model.constants.push_back(const_cast<void *>(weight));
  for (const ArenaBlock &block : blocks)
    model.constants.push_back(model.preparedMemory.data() + block.offset);
  if (!description.hasPrepare)
    return Error();

  Workspace workspace(description.prepare);
  if (Error error = workspace.plan({}))
    return error;
  std::vector<void *> buffers = model.constants;
  buffers.insert(buffers.end(), workspace.pointers().begin(),
                 workspace.pointers().end());
  Run run(description.prepare);
  // What is repacked is not kept twice.
  run.beforeCall = [&](int64_t call) { model.weights.beforeCall(call); };
  run.afterCall = [&](int64_t call) { model.weights.afterCall(call); };
  return run.execute(model.program->entries[0], nullptr, buffers.data(), nullptr);
}

Error openModel(const attn_program *program, const std::vector<std::string> &files,
                const uint64_t *seed, std::unique_ptr<attn_model> &model) {
  linkHalideHooks();
  auto result = std::make_unique<attn_model>();
  result->program = program;
  if (Error error = readDescription(program, result->description))
    return error;
  const Description &description = result->description;
  // Before anything that was compiled for these features runs.
  if (Error error = checkProcessor(description.name, description.target,
                                   description.cpuFeatures))
    return error;
  Error error = seed ? drawWeights(description.weights, *seed, result->weights)
                     : loadWeights(description.weights, files, program->weights,
                                   program->weights_size, result->weights);
  if (error)
    return error;
  if ((error = prepare(*result)))
    return error;
  model = std::move(result);
  return Error();
}

} // namespace attune::runtime
