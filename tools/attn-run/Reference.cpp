#include "tools/attn-run/Reference.h"
#include "dialect/Attn.h"
#include "reference/Dropout.h"
#include "runtime/half.h"
#include "runtime/weights.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace attune {
namespace {

llvm::Error convert(const runtime::Error &error) {
  return error ? llvm::createStringError(error.message()) : llvm::Error::success();
}

attn_type typeOf(Type type) {
  if (type.isF32()) return ATTN_F32;
  if (type.isF16()) return ATTN_F16;
  if (type.isBF16()) return ATTN_BF16;
  if (type.isInteger(32)) return ATTN_I32;
  if (type.isInteger(8)) return ATTN_I8;
  return ATTN_BOOL;
}

Type typeOf(MLIRContext *context, attn_type type) {
  Builder builder(context);
  switch (type) {
  case ATTN_F32: return builder.getF32Type();
  case ATTN_F16: return builder.getF16Type();
  case ATTN_BF16: return builder.getBF16Type();
  case ATTN_I32: return builder.getI32Type();
  case ATTN_I8: return builder.getI8Type();
  case ATTN_BOOL: return builder.getI1Type();
  default: return {};
  }
}

reference::Array toArray(MLIRContext *context, const attn_tensor &tensor) {
  reference::Array array;
  array.elementType = typeOf(context, tensor.type);
  int64_t count = 1;
  for (int32_t axis = 0; axis < tensor.rank; ++axis) {
    array.shape.push_back(tensor.sizes[axis]);
    count *= tensor.sizes[axis];
  }
  array.data.resize(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i)
    array.data[static_cast<size_t>(i)] = runtime::elementAt(tensor, i);
  return array;
}

/// "random" or "random:SEED", as --weights takes it.
bool randomWeights(const runtime::CommandLine &line, uint64_t &seed) {
  seed = line.seed.value_or(0);
  if (line.weights.size() != 1)
    return false;
  StringRef word = line.weights[0];
  if (word == "random")
    return true;
  return word.consume_front("random:") && !word.getAsInteger(10, seed);
}

class WeightSource {
public:
  llvm::Error load(ModuleOp module, const runtime::CommandLine &line) {
    context = module.getContext();
    for (auto weight : module.getOps<attn::WeightOp>()) {
      auto type = cast<attn::TensorType>(weight.getType());
      runtime::WeightTensor tensor;
      tensor.name = weight.getSymName().str();
      tensor.type = typeOf(type.getElementType());
      for (attn::SizeAttr size : type.getSizes())
        tensor.sizes.push_back(*size.getConstant());
      std::optional<int64_t> count = type.getElementCount().getConstant();
      int64_t bytes = 0;
      if (!count || llvm::MulOverflow(*count, int64_t((type.getElementType().getIntOrFloatBitWidth() + 7) / 8), bytes))
        return llvm::createStringError("weight '" + tensor.name + "' is too large");
      tensor.elements = *count;
      tensor.bytes = bytes;
      index[tensor.name] = wanted.size();
      wanted.push_back(std::move(tensor));
    }
    uint64_t seed;
    return convert(randomWeights(line, seed)
                       ? runtime::drawWeights(wanted, seed, weights)
                       : runtime::loadWeights(wanted, line.weights, nullptr, 0, weights));
  }

  llvm::Expected<reference::Array> operator()(StringRef name) const {
    auto found = index.find(name);
    if (found == index.end())
      return llvm::createStringError("there is no weight '" + name + "'");
    const runtime::WeightTensor &tensor = wanted[found->second];
    return toArray(context, {tensor.type, static_cast<int32_t>(tensor.sizes.size()),
                             tensor.sizes.data(), weights.data[found->second]});
  }

private:
  MLIRContext *context = nullptr;
  std::vector<runtime::WeightTensor> wanted;
  llvm::StringMap<size_t> index;
  runtime::Weights weights;
};

llvm::Expected<std::vector<reference::Array>> bindInputs(func::FuncOp entry,
                                                         const runtime::CommandLine &line) {
  std::vector<runtime::Array> given;
  if (llvm::Error error = convert(runtime::makeInputs(line, given)))
    return error;
  std::vector<reference::Array> inputs;
  std::vector<bool> used(given.size());
  std::string names;
  for (unsigned i = 0; i < entry.getNumArguments(); ++i) {
    if (entry.getArgument(i) == attn::seedOf(entry)) {
      inputs.push_back(reference::seedInput(entry.getContext(), line.seed));
      continue;
    }
    std::string name = reference::Interpreter::inputName(entry, i);
    names += (names.empty() ? "" : ", ") + name;
    std::optional<size_t> last;
    for (size_t j = 0; j < given.size(); ++j)
      if (line.inputs[j].name == name) {
        used[j] = true;
        last = j;
      }
    if (!last)
      return llvm::createStringError("input " + name + " is missing: give --input " + name +
                                     "=@FILE.npy");
    reference::Array array = toArray(entry.getContext(), given[*last].tensor());
    if (!array.elementType)
      return llvm::createStringError("input " + name + " is of a type that models do not take");
    inputs.push_back(std::move(array));
  }
  for (size_t j = 0; j < given.size(); ++j)
    if (!used[j])
      return llvm::createStringError("there is no input '" + line.inputs[j].name + "'; the inputs are " +
                                     names);
  return inputs;
}

void storeElement(void *data, attn_type type, size_t i, double value) {
  switch (type) {
  case ATTN_F32: static_cast<float *>(data)[i] = static_cast<float>(value); break;
  case ATTN_F16: static_cast<uint16_t *>(data)[i] = runtime::floatToHalf(static_cast<float>(value)); break;
  case ATTN_BF16: static_cast<uint16_t *>(data)[i] = runtime::floatToBfloat(static_cast<float>(value)); break;
  case ATTN_I32: static_cast<int32_t *>(data)[i] = static_cast<int32_t>(value); break;
  default: static_cast<int8_t *>(data)[i] = static_cast<int8_t>(value); break;
  }
}

} // namespace

llvm::Expected<ReferenceProgram> ReferenceProgram::load(ModuleOp module,
                                                        const runtime::CommandLine &line) {
  auto entry = reference::Interpreter::findEntry(module, line.model.value_or(""));
  if (!entry)
    return entry.takeError();
  auto inputs = bindInputs(*entry, line);
  if (!inputs)
    return inputs.takeError();
  auto weights = std::make_shared<WeightSource>();
  if (llvm::Error error = weights->load(module, line))
    return error;
  ReferenceProgram program;
  program.module = module;
  program.entry = *entry;
  program.inputs = std::move(*inputs);
  program.weights = [weights](StringRef name) { return (*weights)(name); };
  return program;
}

llvm::Expected<std::vector<ReferenceResult>>
ReferenceProgram::run(reference::Arithmetic arithmetic) {
  reference::InterpreterOptions options;
  options.arithmetic = arithmetic;
  reference::Interpreter interpreter(module, weights, options);
  auto arrays = interpreter.run(entry.getName(), inputs);
  if (!arrays)
    return arrays.takeError();
  std::vector<ReferenceResult> results;
  for (size_t i = 0; i < arrays->size(); ++i) {
    reference::Array &array = (*arrays)[i];
    results.push_back({reference::Interpreter::resultName(entry, static_cast<unsigned>(i)),
                       array.elementType, std::move(array)});
  }
  return results;
}

llvm::Error toTensors(const std::vector<ReferenceResult> &results,
                      std::vector<runtime::Array> &memory,
                      std::vector<runtime::NamedTensor> &tensors) {
  memory.resize(results.size());
  for (auto [result, array] : llvm::zip(results, memory)) {
    attn_type type = typeOf(result.elementType);
    if (llvm::Error error = convert(runtime::Array::allocate(type, result.array.shape, array)))
      return error;
    for (size_t i = 0; i < result.array.data.size(); ++i)
      storeElement(array.memory.data(), type, i, result.array.data[i]);
    tensors.push_back({result.name, array.tensor()});
  }
  return llvm::Error::success();
}

} // namespace attune
