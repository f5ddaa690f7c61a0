#include "explain/Explanation.h"
#include "llvm/Support/JSON.h"

namespace json = llvm::json;

namespace attune {
namespace {

json::Value amountJson(const Amount &amount) {
  json::Object object{{"expression", json::fixUTF8(amount.size.str())}};
  object["value"] = amount.value ? json::Value(*amount.value) : json::Value(nullptr);
  return object;
}

json::Value numberOrNull(const std::optional<double> &number) { return number ? json::Value(*number) : json::Value(nullptr); }

json::Array strings(const std::vector<std::string> &texts) {
  json::Array array;
  for (const std::string &text : texts)
    array.push_back(json::fixUTF8(text));
  return array;
}

json::Array treesJson(const std::vector<LoopTree> &trees) {
  json::Array array;
  for (const LoopTree &tree : trees)
    array.push_back(json::Object{{tree.kind == LoopTree::Stage ? "stage" : "loop", json::fixUTF8(tree.name)},
                                 {"details", json::fixUTF8(tree.details)},
                                 {"inside", treesJson(tree.inside)}});
  return array;
}

json::Array stagesJson(const std::vector<StageBytes> &stages, llvm::StringRef bytes) {
  json::Array array;
  for (const StageBytes &stage : stages)
    array.push_back(json::Object{{"stage", json::fixUTF8(stage.name)}, {bytes.str(), amountJson(stage.bytes)}});
  return array;
}

json::Value numberOrNull(const std::optional<int64_t> &number) { return number ? json::Value(*number) : json::Value(nullptr); }

json::Value blockJson(const std::optional<DeviceBlock> &block) {
  if (!block)
    return nullptr;
  return json::Object{{"threads", block->threads},
                      {"shared_bytes", block->sharedBytes},
                      {"registers", numberOrNull(block->registers)},
                      {"spilled_bytes", numberOrNull(block->spilledBytes)},
                      {"cycles", numberOrNull(block->cycles)}};
}

json::Value variantJson(const KernelVariant &variant) {
  return json::Object{{"condition", variant.condition.empty() ? json::Value(nullptr) : json::Value(variant.condition)},
                      {"runs", variant.runs},
                      {"tiles", variant.tiles.empty() ? json::Value(nullptr) : json::Value(variant.tiles)},
                      {"schedule", variant.isFromFile ? "file" : "default"},
                      {"task_bytes", numberOrNull(variant.taskBytes)},
                      {"block", blockJson(variant.block)},
                      {"inlined", strings(variant.inlined)},
                      {"stored", stagesJson(variant.stored, "bytes")},
                      {"loops", treesJson(variant.loops)}};
}

json::Value kernelJson(const KernelExplanation &kernel) {
  json::Array variants;
  for (const KernelVariant &variant : kernel.variants)
    variants.push_back(variantJson(variant));
  return json::Object{{"function", json::fixUTF8(kernel.function)},
                      {"name", json::fixUTF8(kernel.name)},
                      {"kernels", strings(kernel.names)},
                      {"sources", strings(kernel.sources)},
                      {"fused", stagesJson(kernel.fused, "saved_bytes")},
                      {"ends_as", json::fixUTF8(kernel.ending)},
                      {"flops", amountJson(kernel.flops)},
                      {"bytes", amountJson(kernel.bytes)},
                      {"arithmetic_ms", numberOrNull(kernel.arithmeticMs)},
                      {"memory_ms", numberOrNull(kernel.memoryMs)},
                      {"predicted_ms", numberOrNull(kernel.predictedMs())},
                      {"measured_ms", numberOrNull(kernel.measuredMs)},
                      {"variants", std::move(variants)}};
}

} // namespace

void printJson(const Explanation &explanation, llvm::raw_ostream &os) {
  json::Object sizes;
  for (const auto &[name, value] : explanation.sizes)
    sizes[json::fixUTF8(name)] = value;
  json::Array kernels;
  for (const KernelExplanation &kernel : explanation.kernels)
    kernels.push_back(kernelJson(kernel));
  auto peak = [](double value) { return value > 0 ? json::Value(value) : json::Value(nullptr); };
  json::Value whole = json::Object{{"target", explanation.target},
                                   {"sizes", std::move(sizes)},
                                   {"peak", json::Object{{"gflops", peak(explanation.gflops)},
                                                         {"gbytes_per_s", peak(explanation.gbytesPerSecond)}}},
                                   {"kernels", std::move(kernels)}};
  os << llvm::formatv("{0:2}", whole) << "\n";
}

} // namespace attune
