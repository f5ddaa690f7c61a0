#include "model.h"
#include "arena.h"
#include "device_choice.h"
#include "halide_hooks.h"
#include "processor.h"
#include "run.h"
#include "workspace.h"

#include <optional>

namespace attune::runtime {

/// Weights on their way to a device, and those that the preparation alone reads.
class DeviceWeights {
public:
  explicit DeviceWeights(attn_model &model)
      : model(model), device(*model.device), memory(&device) {}

  /// Places all weights, `kept` those that stay, and sends what entries read.
  Error send(const std::vector<void *> &kept) {
    const std::vector<WeightTensor> &weights = model.description.weights;
    std::vector<ArenaBlock> blocks;
    for (const WeightTensor &weight : weights)
      if (weight.preparesOnly)
        blocks.push_back({static_cast<uint64_t>(weight.bytes), weight.preparesOnly->first,
                          weight.preparesOnly->last});
    if (Error error = memory.place(blocks, "weights on their way to the device"))
      return error;
    size_t next = 0, nextKept = 0;
    for (const WeightTensor &weight : weights)
      model.constants.push_back(weight.preparesOnly ? memory.places()[next++] : kept[nextKept++]);
    for (size_t i = 0; i < weights.size(); ++i)
      if (!weights[i].preparesOnly)
        if (Error error = upload(i))
          return error;
    return Error();
  }

  /// Sends what is first read by a call. The host's copy goes when the call has ended.
  Error sendFor(int64_t call) {
    const std::vector<WeightTensor> &weights = model.description.weights;
    bool any = false;
    for (size_t i = 0; i < weights.size(); ++i) {
      if (!weights[i].preparesOnly || weights[i].preparesOnly->first != call)
        continue;
      any = true;
      if (Error error = upload(i))
        return error;
    }
    return any ? device.finish() : Error();
  }

private:
  Error upload(size_t i) {
    return device.upload(model.constants[i], model.weights.data[i],
                         static_cast<uint64_t>(model.description.weights[i].bytes));
  }

  attn_model &model;
  Device &device;
  TensorMemory memory;
};

/// Places the prepared tensors and has the program compute them.
static Error prepare(attn_model &model) {
  const Description &description = model.description;
  std::vector<ArenaBlock> blocks;
  for (const FixedTensor &tensor : description.prepared)
    blocks.push_back({static_cast<uint64_t>(tensor.bytes), 0, 0});
  if (model.device)
    for (const WeightTensor &weight : description.weights)
      if (!weight.preparesOnly)
        blocks.push_back({static_cast<uint64_t>(weight.bytes), 0, 0});
  model.memory = TensorMemory(model.device.get());
  if (Error error = model.memory.place(
          blocks, model.device ? "weights on the device" : "prepared weights"))
    return error;
  std::vector<void *> places = model.memory.places();
  std::optional<DeviceWeights> onDevice;
  if (model.device) {
    onDevice.emplace(model);
    if (Error error = onDevice->send({places.begin() + description.prepared.size(), places.end()}))
      return error;
  } else {
    for (const void *weight : model.weights.data)
      model.constants.push_back(const_cast<void *>(weight));
  }
  model.constants.insert(model.constants.end(), places.begin(),
                         places.begin() + description.prepared.size());
  if (!description.hasPrepare)
    return model.device ? model.device->finish() : Error();

  Workspace workspace(description.prepare, model.device.get());
  if (Error error = workspace.plan({}))
    return error;
  std::vector<void *> buffers = model.constants;
  for (const Workspace::Place &temporary : workspace.temporaries())
    buffers.push_back(temporary.tensor);
  Run run(description.prepare, model.device.get());
  // What is repacked is not kept twice.
  run.beforeCall = [&](int64_t call) {
    model.weights.beforeCall(call);
    return onDevice ? onDevice->sendFor(call) : Error();
  };
  run.afterCall = [&](int64_t call) { model.weights.afterCall(call); };
  return run.execute(model.program->entries[0], nullptr, buffers.data(), {});
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
  if (program->open_device) {
    std::string choice = chosenDevice();
    void *opened = nullptr;
    if ((error = Error(program->open_device(choice.c_str(), &opened))))
      return error;
    result->device.reset(static_cast<Device *>(opened));
  }
  if ((error = prepare(*result)))
    return error;
  if (result->device)
    result->weights.forgetData();
  model = std::move(result);
  return Error();
}

} // namespace attune::runtime
