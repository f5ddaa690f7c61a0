#include "workspace.h"
#include "element_type.h"
#include "message.h"

namespace attune::runtime {

Error Workspace::measure(const SizedTensor &tensor,
                         const std::vector<int64_t> &symbols,
                         std::vector<int64_t> &sizes, uint64_t &bytes) const {
  sizes.clear();
  bool fits = true;
  for (const SizeExpression &size : tensor.sizes) {
    int64_t value = 0;
    fits = fits && size.evaluate(symbols.data(), value) && value < sizeLimit;
    sizes.push_back(value);
  }
  int64_t elements = 0;
  if (!fits || !elementCount(sizes.data(), sizes.size(), elements) ||
      elements >= sizeLimit) {
    std::vector<std::string> values;
    for (size_t i = 0; i < symbols.size(); ++i)
      values.push_back(text(entry.symbols[i], " = ", symbols[i]));
    return failure(ATTN_ERROR_INPUT, "the sizes ", listed(values),
                   " are too large: a tensor ", signatureText(tensor, entry.symbols),
                   " would have 2^31 elements or more");
  }
  bytes = static_cast<uint64_t>(elements) *
          static_cast<uint64_t>(typeBytes(tensor.type));
  return Error();
}

Error Workspace::plan(const std::vector<int64_t> &symbols) {
  constexpr const char *purpose = "the tensors of a run";
  std::vector<ArenaBlock> blocks, outputBlocks;
  std::vector<int64_t> sizes;
  outputShapes.clear();
  uint64_t bytes;
  for (const SizedTensor &output : entry.outputs) {
    if (Error error = measure(output, symbols, sizes, bytes))
      return error;
    outputShapes.push_back(sizes);
    // Outputs stay after the run, and nothing says which call first writes them.
    blocks.push_back({bytes, INT64_MIN, INT64_MAX});
  }
  outputBlocks = blocks;
  for (const Temporary &temporary : entry.temporaries) {
    if (Error error = measure(temporary.tensor, symbols, sizes, bytes))
      return error;
    blocks.push_back({bytes, temporary.first, temporary.last});
  }
  if (device) {
    for (const SizedTensor &input : entry.inputs) {
      if (Error error = measure(input, symbols, sizes, bytes))
        return error;
      blocks.push_back({bytes, INT64_MIN, INT64_MAX});
    }
    if (entry.seedSymbol)
      blocks.push_back({2 * sizeof(uint32_t), INT64_MIN, INT64_MAX});
  }
  if (Error error = arena.place(blocks, purpose))
    return error;
  if (device)
    if (Error error = hostOutputs.place(outputBlocks, "the outputs of a run"))
      return error;
  inputPlaces.clear();
  outputPlaces.clear();
  temporaryPlaces.clear();
  for (size_t i = 0; i < blocks.size(); ++i) {
    void *tensor = arena.places()[i];
    if (i < outputBlocks.size())
      outputPlaces.push_back({tensor, device ? hostOutputs.places()[i] : tensor, blocks[i].bytes});
    else if (i < outputBlocks.size() + entry.temporaries.size())
      temporaryPlaces.push_back({tensor, nullptr, blocks[i].bytes});
    else
      inputPlaces.push_back({tensor, nullptr, blocks[i].bytes});
  }
  return Error();
}

} // namespace attune::runtime
