#include "context.h"
#include "binding.h"
#include "element_type.h"
#include "message.h"

#include <algorithm>

using namespace attune::runtime;

attn_context::attn_context(const attn_model &model, size_t entryIndex)
    : model(model), entry(model.description.entries[entryIndex]),
      run(entry, model.device.get()),
      workspace(entry, model.device.get()), function(model.program->entries[1 + entryIndex]),
      shapes(entry.inputs.size()), data(entry.inputs.size()) {
  for (size_t i = 0; i < shapes.size(); ++i)
    shapes[i].resize(entry.inputs[i].sizes.size());
}

Error attn_context::bind(const char *name, const attn_tensor &tensor) {
  size_t index;
  if (Error error = findInput(entry, name, index))
    return error;
  if (Error error = checkInput(entry, index, tensor))
    return error;
  std::vector<int64_t> &shape = shapes[index];
  if (!data[index] || !std::equal(shape.begin(), shape.end(), tensor.sizes)) {
    planned = false;
    std::copy_n(tensor.sizes, shape.size(), shape.begin());
  }
  data[index] = tensor.data;
  return Error();
}

void attn_context::setSeed(std::optional<uint64_t> value) {
  // The seed's size is a size of the run.
  if (value.has_value() != seed.has_value())
    planned = false;
  seed = value;
  seedWords[0] = static_cast<uint32_t>(value.value_or(0));
  seedWords[1] = static_cast<uint32_t>(value.value_or(0) >> 32);
}

Error attn_context::checkBound() const {
  std::vector<std::string> missing;
  for (size_t i = 0; i < data.size(); ++i)
    if (!data[i])
      missing.push_back(quote(entry.inputs[i].name) + " (" +
                        signatureText(entry.inputs[i], entry.symbols) + ")");
  if (missing.empty())
    return Error();
  return failure(ATTN_ERROR_INPUT, missing.size() == 1 ? "input " : "inputs ",
                 listed(missing), missing.size() == 1 ? " is" : " are", " missing");
}

/// Kernels take a bool for 0 or 1, nothing else.
Error attn_context::checkTruthValues() const {
  for (size_t i = 0; i < data.size(); ++i) {
    if (entry.inputs[i].type != ATTN_BOOL)
      continue;
    const uint8_t *values = static_cast<const uint8_t *>(data[i]);
    int64_t count = 1;
    for (int64_t size : shapes[i])
      count *= size;
    uint8_t all = 0;
    for (int64_t j = 0; j < count; ++j)
      all |= values[j];
    if (all <= 1)
      continue;
    const uint8_t *wrong =
        std::find_if(values, values + count, [](uint8_t value) { return value > 1; });
    return failure(ATTN_ERROR_INPUT, "input ", quote(entry.inputs[i].name),
                   " is bool, but holds the byte ", int(*wrong), " at element ",
                   wrong - values, ": only 0 and 1 may be");
  }
  return Error();
}

Error attn_context::execute() {
  finished = false;
  if (!planned) {
    if (Error error = checkBound())
      return error;
    if (Error error = bindSizes(entry, shapes, seed ? 2 : 0, symbols))
      return error;
    run.trim();
    if (Error error = workspace.plan(symbols))
      return error;
    buffers.assign(data.size(), nullptr);
    if (entry.seedSymbol)
      buffers.push_back(seedWords);
    transfers = {};
    for (const Workspace::Place &input : workspace.inputs()) {
      buffers[transfers.in.size()] = input.tensor;
      transfers.in.push_back({input.tensor, seedWords, input.bytes});
    }
    for (const Workspace::Place &output : workspace.outputs()) {
      buffers.push_back(output.tensor);
      if (model.device)
        transfers.out.push_back({output.tensor, output.host, output.bytes});
    }
    buffers.insert(buffers.end(), model.constants.begin(), model.constants.end());
    for (const Workspace::Place &temporary : workspace.temporaries())
      buffers.push_back(temporary.tensor);
    planned = true;
  }
  for (size_t i = 0; i < data.size(); ++i)
    (model.device ? transfers.in[i].data : buffers[i]) = const_cast<void *>(data[i]);
  if (Error error = checkTruthValues())
    return error;
  if (Error error =
          run.execute(function, symbols.data(), buffers.data(), {&shapes, &data, &transfers}))
    return error;
  finished = true;
  return Error();
}

Error attn_context::output(const char *name, attn_tensor &tensor) const {
  size_t index = 0;
  if (name) {
    std::vector<std::string> names;
    while (index < entry.outputs.size() && entry.outputs[index].name != name)
      names.push_back(quote(entry.outputs[index++].name));
    if (index == entry.outputs.size())
      return failure(ATTN_ERROR_ARGUMENT, quote(entry.name), " has no output ",
                     quote(name), "; it has ", listed(names));
  } else if (entry.outputs.empty()) {
    return failure(ATTN_ERROR_ARGUMENT, quote(entry.name), " has no outputs");
  }
  if (!finished)
    return failure(ATTN_ERROR_ARGUMENT, "there is no output before a run succeeds");
  const std::vector<int64_t> &sizes = workspace.outputSizes(index);
  tensor = {entry.outputs[index].type, static_cast<int32_t>(sizes.size()),
            sizes.data(), workspace.outputs()[index].host};
  return Error();
}
