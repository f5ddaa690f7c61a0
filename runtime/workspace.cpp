#include "workspace.h"
#include "arena.h"
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
  std::vector<ArenaBlock> blocks;
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
  for (const Temporary &temporary : entry.temporaries) {
    if (Error error = measure(temporary.tensor, symbols, sizes, bytes))
      return error;
    blocks.push_back({bytes, temporary.first, temporary.last});
  }
  if (!packArena(blocks, used))
    return failure(ATTN_ERROR_MEMORY, "the tensors of a run need more than 2^64 bytes");
  if (used > memory.size()) {
    memory = AlignedMemory(); // the old one goes before the new one comes
    if (Error error = AlignedMemory::allocate(used, "the tensors of a run", memory))
      return error;
  }
  places.clear();
  for (const ArenaBlock &block : blocks)
    places.push_back(memory.data() + block.offset);
  return Error();
}

} // namespace attune::runtime
