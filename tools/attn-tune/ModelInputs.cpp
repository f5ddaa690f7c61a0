#include "tools/attn-tune/ModelInputs.h"
#include "runtime/message.h"
#include "runtime/npy.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace attune::attn;

namespace attune::tune {
namespace {

StringRef nameOf(func::FuncOp model, unsigned i) {
  auto name = model.getArgAttrOfType<StringAttr>(i, nameAttrName);
  return name ? name.getValue() : "";
}

/// Sizes of an input that is given, from its file where it has one.
llvm::Expected<std::vector<int64_t>> sizesOf(const runtime::InputText &input) {
  if (input.path.empty())
    return input.sizes;
  runtime::Array array;
  if (runtime::Error error = runtime::makeInput(input, 0, array))
    return llvm::createStringError(error.message());
  return array.sizes;
}

/// One past the largest integer that the model takes there.
int64_t boundOf(BlockArgument input, const Sizes &sizes) {
  int64_t bound = 1000; // what random integers are by default
  for (Operation *user : input.getUsers())
    if (auto check = dyn_cast<CheckIndexOp>(user))
      bound = std::min(bound, valueOf(check.getSize(), sizes).value_or(bound));
  return std::max<int64_t>(bound, 1);
}

std::string valueText(BlockArgument input, unsigned seed, const Sizes &sizes) {
  Type type = cast<TensorType>(input.getType()).getElementType();
  if (type.isInteger(1))
    return "1";
  std::string random = "random:" + std::to_string(seed);
  if (!isa<IntegerType>(type))
    return random;
  int64_t bound = boundOf(input, sizes);
  return bound == 1 ? "0" : random + ":0.." + std::to_string(bound - 1);
}

} // namespace

std::vector<std::string> ModelInputs::options() const {
  std::vector<std::string> result;
  for (const std::string &text : texts)
    result.push_back("--input=" + text);
  return result;
}

const runtime::InputText *ModelInputs::find(StringRef name) const {
  auto found = llvm::find_if(parsed, [&](const runtime::InputText &one) { return one.name == name; });
  return found == parsed.end() ? nullptr : &*found;
}

std::optional<std::string> typeText(TensorType type, const Sizes &sizes) {
  std::string text;
  for (SizeAttr size : type.getSizes()) {
    auto value = valueOf(size, sizes);
    if (!value)
      return std::nullopt;
    text += std::to_string(*value) + "x";
  }
  std::string element;
  llvm::raw_string_ostream(element) << type.getElementType();
  return text + (element == "i1" ? "bool" : element);
}

llvm::Expected<ModelInputs> chooseInputs(func::FuncOp model, const Sizes &sizes, const std::vector<std::string> &given) {
  ModelInputs result;
  BlockArgument seed = seedOf(model);
  std::map<std::string, std::string> texts; // of what is given, by name
  for (const std::string &text : given) {
    runtime::InputText parsed;
    if (std::string problem = runtime::parseInputText(text, parsed); !problem.empty())
      return llvm::createStringError(problem);
    texts[parsed.name] = text;
    result.parsed.push_back(std::move(parsed));
  }
  // Sizes come from --size and from inputs that are given.
  std::vector<std::string> symbols;
  std::vector<std::string_view> names;
  for (BlockArgument input : model.getArguments())
    if (input != seed) {
      names.push_back(nameOf(model, input.getArgNumber()));
      for (SizeAttr size : cast<TensorType>(input.getType()).getSizes())
        for (StringAttr symbol : size.getSymbols())
          if (!llvm::is_contained(symbols, symbol.getValue()))
            symbols.push_back(symbol.str());
    }
  result.sizes = sizes;
  for (const auto &[name, value] : sizes)
    if (!llvm::is_contained(symbols, name))
      return llvm::createStringError("model " + model.getName() + " has no size '" + name + "'; it has " +
                                     (symbols.empty() ? "none" : llvm::join(symbols, ", ")));
  for (const runtime::InputText &input : result.parsed) {
    auto place = llvm::find(names, input.name);
    if (place == names.end()) {
      std::string close = runtime::closestName(input.name, names);
      return llvm::createStringError("model " + model.getName() + " has no input " + runtime::quote(input.name) +
                                     (close.empty() ? "" : "; did you mean '" + close + "'?"));
    }
    auto actual = sizesOf(input);
    if (!actual)
      return actual.takeError();
    auto type = cast<TensorType>(model.getArgument(place - names.begin()).getType());
    for (auto [size, value] : llvm::zip(type.getSizes(), *actual))
      if (auto symbol = dyn_cast<AffineSymbolExpr>(size.getExpr()))
        result.sizes.try_emplace(size.getSymbols()[symbol.getPosition()].str(), value);
  }
  std::vector<std::string> missing;
  for (const std::string &symbol : symbols)
    if (!result.sizes.count(symbol))
      missing.push_back("--size=" + symbol + "=N");
  if (!missing.empty())
    return llvm::createStringError("model " + model.getName() + " is tuned for sizes: say " + llvm::join(missing, " "));
  for (BlockArgument input : model.getArguments()) {
    if (input == seed)
      continue;
    std::string name = nameOf(model, input.getArgNumber()).str();
    if (auto text = texts.find(name); text != texts.end()) {
      result.texts.push_back(text->second);
      continue;
    }
    auto type = typeText(cast<TensorType>(input.getType()), result.sizes);
    if (!type)
      return llvm::createStringError("the sizes of input " + runtime::quote(name) + " do not follow from those given");
    result.texts.push_back(name + "=" + *type + "=" + valueText(input, input.getArgNumber() + 1, result.sizes));
    runtime::InputText parsed;
    if (std::string problem = runtime::parseInputText(result.texts.back(), parsed); !problem.empty())
      return llvm::createStringError(problem);
    result.parsed.push_back(std::move(parsed));
  }
  return result;
}

} // namespace attune::tune
