#include "describe.h"
#include "element_type.h"
#include "message.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace attune::runtime {

using Json = nlohmann::ordered_json;

static Json sizeJson(const SizeExpression &size,
                     const std::vector<std::string> &symbols) {
  return size.isConstant() ? Json(size.value()) : Json(size.toText(symbols));
}

static Json tensorsJson(const std::vector<SizedTensor> &tensors,
                        const std::vector<std::string> &symbols) {
  Json list = Json::array();
  for (const SizedTensor &tensor : tensors) {
    Json sizes = Json::array();
    for (const SizeExpression &size : tensor.sizes)
      sizes.push_back(sizeJson(size, symbols));
    list.push_back({{"name", tensor.name},
                    {"type", typeName(tensor.type)},
                    {"sizes", sizes}});
  }
  return list;
}

/// The size symbols that inputs give.
static std::vector<std::string> givenSizes(const Entry &entry) {
  std::vector<std::string> sizes;
  for (size_t i = 0; i < entry.symbols.size(); ++i)
    if (entry.seedSymbol != i)
      sizes.push_back(entry.symbols[i]);
  return sizes;
}

static size_t kernelCount(const Entry &entry) {
  std::set<std::string_view> kernels;
  for (const KernelCall &call : entry.calls)
    kernels.insert(call.kernel);
  return kernels.size();
}

template <typename Tensor>
static uint64_t totalBytes(const std::vector<Tensor> &tensors) {
  uint64_t bytes = 0;
  for (const Tensor &tensor : tensors)
    bytes += static_cast<uint64_t>(tensor.bytes);
  return bytes;
}

std::string describeJson(const Description &description, bool embeddedWeights) {
  Json entries = Json::array();
  for (const Entry &entry : description.entries) {
    Json limits = Json::array();
    for (const SizeCheck &check : entry.sizeChecks)
      limits.push_back({{"size", sizeJson(check.size, entry.symbols)},
                        {"at_most", sizeJson(check.atMost, entry.symbols)},
                        {"message", check.message}});
    entries.push_back({{"name", entry.name},
                       {"sizes", givenSizes(entry)},
                       {"seed", entry.seedSymbol.has_value()},
                       {"inputs", tensorsJson(entry.inputs, entry.symbols)},
                       {"outputs", tensorsJson(entry.outputs, entry.symbols)},
                       {"limits", limits},
                       {"kernels", kernelCount(entry)},
                       {"calls", entry.calls.size()}});
  }
  Json result = {{"name", description.name},
                 {"target", description.target},
                 {"cpu_features", description.cpuFeatures},
                 {"weights",
                  {{"count", description.weights.size()},
                   {"bytes", totalBytes(description.weights)},
                   {"embedded", embeddedWeights}}},
                 {"entries", entries}};
  return result.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string describeText(const Description &description, bool embeddedWeights) {
  std::string result = description.name + ", compiled for " + description.target;
  if (!description.cpuFeatures.empty())
    result += " (needs " + listed(description.cpuFeatures, 24) + ")";
  result += "\nweights: ";
  if (description.weights.empty())
    result += "none";
  else
    result += counted(description.weights.size(), "tensor") + ", " +
              bytesText(totalBytes(description.weights)) +
              (embeddedWeights ? ", embedded" : "");
  result += '\n';
  for (size_t i = 0; i < description.entries.size(); ++i) {
    const Entry &entry = description.entries[i];
    result += "\nmodel " + entry.name;
    if (i == 0 && description.entries.size() > 1)
      result += " (the default)";
    result += ": " + counted(entry.calls.size(), "call") + " of " +
              counted(kernelCount(entry), "kernel") + "\n";
    for (const SizedTensor &input : entry.inputs)
      result += "  input   " + input.name + ": " +
                signatureText(input, entry.symbols) + "\n";
    if (entry.seedSymbol)
      result += "  seed    drops elements at random in runs that have one\n";
    for (const SizedTensor &output : entry.outputs)
      result += "  output  " + output.name + ": " +
                signatureText(output, entry.symbols) + "\n";
    for (const SizeCheck &check : entry.sizeChecks)
      result += "  limit   " + check.size.toText(entry.symbols) + " is at most " +
                check.atMost.toText(entry.symbols) + ": " + check.message + "\n";
  }
  return result;
}

} // namespace attune::runtime
