#include "Inputs.h"
#include "reference/Dropout.h"
#include "reference/Sizes.h"
#include "reference/Tensor.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;

namespace attune::interpret {
using attn::SizeAttr;
using attn::TensorType;
using reference::Array;

namespace {

/// Sizes that the command line does not give: small, coprime, so that a mix-up
/// of two shows.
constexpr int64_t defaultSizes[] = {2, 5, 3, 7};
/// Inputs are test data: past this a size is a slip of the pen.
constexpr int64_t mostElements = int64_t(1) << 31;
/// Integers that no check bounds, such as the numbers of documents.
constexpr int64_t integersBelow = 4;

/// SplitMix64's output function (Steele, Lea, Flood, 2014).
uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

uint64_t seedOf(uint64_t seed, StringRef name) {
  uint64_t hash = mix(seed);
  for (char c : name)
    hash = mix(hash ^ static_cast<unsigned char>(c));
  return hash;
}

/// Floats in [-1, 1), integers in [0, below), bools true three times of four:
/// masks keep most of what they see.
void fillRandom(Array &array, uint64_t seed, int64_t below) {
  for (auto [i, value] : llvm::enumerate(array.data)) {
    uint64_t bits = mix(seed + mix(i));
    if (array.elementType.isInteger(1))
      value = bits >> 62 != 0;
    else if (array.elementType.isIntOrIndex())
      value = static_cast<double>((bits >> 11) % std::max<int64_t>(below, 1));
    else
      value = static_cast<double>(bits >> 11) * 0x1p-52 - 1;
  }
}

/// "2x3xf32" at the front of `text`, which then holds the rest after '='.
bool takeShape(StringRef &text, SmallVector<int64_t> &shape, StringRef &type) {
  auto [front, rest] = text.split('=');
  if (!text.contains('='))
    return false;
  shape.clear();
  while (true) {
    auto [part, more] = front.split('x');
    int64_t size;
    if (part.getAsInteger(10, size) || size < 0)
      break;
    shape.push_back(size);
    front = more;
  }
  type = front == "bool" ? "i1" : front;
  text = rest;
  return true;
}

llvm::Error fillFrom(Array &array, StringRef value, const std::string &what) {
  auto fail = [&](const Twine &why) {
    return llvm::createStringError(what + " is '" + value + "': " + why);
  };
  StringRef list = value;
  if (list.consume_front("[") && list.consume_back("]")) {
    SmallVector<StringRef> parts;
    list.split(parts, ',', -1, /*KeepEmpty=*/false);
    if (parts.size() != array.data.size())
      return fail(llvm::formatv("it lists {0} numbers for {1} elements",
                                parts.size(), array.data.size())
                      .str());
    for (auto [part, element] : llvm::zip(parts, array.data))
      if (!llvm::to_float(part.trim(), element))
        return fail("'" + part.trim() + "' is no number");
    return llvm::Error::success();
  }
  if (value == "ramp" || value.starts_with("ramp:")) {
    double start = 0, step = 1;
    SmallVector<StringRef> parts;
    value.split(parts, ':');
    if (parts.size() > 3 || (parts.size() > 1 && !llvm::to_float(parts[1], start)) ||
        (parts.size() > 2 && !llvm::to_float(parts[2], step)))
      return fail("a ramp is ramp, ramp:START or ramp:START:STEP");
    for (auto [i, element] : llvm::enumerate(array.data))
      element = start + i * step;
    return llvm::Error::success();
  }
  double number;
  if (!llvm::to_float(value, number))
    return fail("expected a number, [1, 2, ...], ramp or random:SEED");
  std::fill(array.data.begin(), array.data.end(), number);
  return llvm::Error::success();
}

/// The value of `size` where it is known.
std::optional<int64_t> evaluateWith(SizeAttr size,
                                    const llvm::StringMap<int64_t> &sizes) {
  return attn::evaluate(size, [&](StringRef name) -> std::optional<int64_t> {
    auto found = sizes.find(name);
    if (found == sizes.end())
      return std::nullopt;
    return found->second;
  });
}

} // namespace

llvm::Expected<std::vector<Array>> makeInputs(func::FuncOp entry,
                                              const CommandLine &line) {
  llvm::StringMap<int64_t> sizes;
  for (auto &size : line.sizes)
    sizes[size.getKey()] = size.getValue();
  llvm::StringMap<StringRef> given;
  llvm::StringMap<bool> known;
  for (const Input &input : line.inputs)
    given[input.name] = input.value;
  SmallVector<std::optional<SmallVector<int64_t>>> shapes;
  SmallVector<TensorType> types;
  SmallVector<std::string> names;
  for (auto [i, argument] : llvm::enumerate(entry.getArgumentTypes())) {
    std::string name = reference::Interpreter::inputName(entry, i);
    auto type = dyn_cast<TensorType>(argument);
    if (!type)
      return llvm::createStringError("input \"" + name + "\" is no tensor");
    if (entry.getArgument(i) == attn::seedOf(entry)) {
      sizes[type.getSize(0).getSymbols().front().getValue()] = line.seed ? 2 : 0;
      continue; // the last one, and no input of a name
    }
    std::optional<SmallVector<int64_t>> shape;
    if (auto value = given.find(name); value != given.end()) {
      SmallVector<int64_t> explicitShape;
      StringRef element;
      bool isExplicit = takeShape(value->second, explicitShape, element);
      if (isExplicit) {
        std::string expected;
        llvm::raw_string_ostream(expected) << type.getElementType();
        if (element != expected)
          return llvm::createStringError("input \"" + name + "\" is of " +
                                         expected + ", not " + element);
      } else if (type.getRank() == 1 && value->second.starts_with("[")) {
        // A list says how long a vector is.
        explicitShape = {static_cast<int64_t>(value->second.count(',')) + 1};
        isExplicit = true;
      }
      if (isExplicit) {
        if (static_cast<int64_t>(explicitShape.size()) != type.getRank())
          return llvm::createStringError(
              llvm::formatv("input \"{0}\" has rank {1}, not {2}", name,
                            type.getRank(), explicitShape.size()));
        for (auto [size, extent] : llvm::zip(type.getSizes(), explicitShape))
          if (isa<AffineSymbolExpr>(size.getExpr()))
            sizes.try_emplace(size.getSymbols()[0].getValue(), extent);
        shape = explicitShape;
      }
    }
    known[name] = true;
    shapes.push_back(shape);
    types.push_back(type);
    names.push_back(name);
  }
  for (const Input &input : line.inputs)
    if (!known.contains(input.name))
      return llvm::createStringError("'" + entry.getName() +
                                     "' has no input called \"" + input.name + "\"");
  unsigned defaults = 0;
  for (TensorType type : types)
    for (SizeAttr size : type.getSizes())
      for (StringAttr symbol : size.getSymbols())
        if (!sizes.contains(symbol.getValue()))
          sizes[symbol.getValue()] =
              defaultSizes[defaults++ % std::size(defaultSizes)];
  for (auto &size : line.sizes) {
    bool used = llvm::any_of(types, [&](TensorType type) {
      return llvm::any_of(type.getSizes(), [&](SizeAttr s) {
        return llvm::is_contained(
            s.getSymbols(), StringAttr::get(type.getContext(), size.getKey()));
      });
    });
    if (!used)
      return llvm::createStringError("no input has a size '" + size.getKey() + "'");
  }

  llvm::DenseMap<Value, int64_t> bounds;
  entry.walk([&](attn::CheckIndexOp check) {
    Value checked = check.getIndices();
    while (auto reshape = checked.getDefiningOp<attn::ReshapeOp>())
      checked = reshape.getSource();
    if (std::optional<int64_t> bound = evaluateWith(check.getSize(), sizes)) {
      auto [at, isNew] = bounds.try_emplace(checked, *bound);
      if (!isNew)
        at->second = std::min(at->second, *bound);
    }
  });

  std::vector<Array> arrays;
  for (auto [i, type] : llvm::enumerate(types)) {
    Array array{type.getElementType(), {}, {}};
    if (shapes[i]) {
      array.shape.assign(shapes[i]->begin(), shapes[i]->end());
    } else {
      for (SizeAttr size : type.getSizes()) {
        std::optional<int64_t> extent = evaluateWith(size, sizes);
        if (!extent || *extent < 0)
          return llvm::createStringError(
              "input \"" + names[i] + "\": its size " + size.str() +
              " is no size for these symbols; give others with --size");
        array.shape.push_back(*extent);
      }
    }
    std::optional<int64_t> count = reference::elementCount(array.shape);
    if (!count || *count > mostElements)
      return llvm::createStringError("input \"" + names[i] +
                                     "\" would have too many elements");
    array.data.resize(*count);
    std::string what = "input \"" + names[i] + "\"";
    uint64_t seed = line.seed.value_or(0);
    auto value = given.find(names[i]);
    if (value != given.end()) {
      StringRef text = value->second;
      if (!text.consume_front("random:")) {
        if (llvm::Error error = fillFrom(array, text, what))
          return error;
        arrays.push_back(std::move(array));
        continue;
      }
      if (text.getAsInteger(10, seed))
        return llvm::createStringError(what + ": the seed '" + text +
                                       "' must be an integer of 0 or more");
    }
    auto bound = bounds.find(entry.getArgument(i));
    fillRandom(array, seedOf(seed, "input " + names[i]),
               bound == bounds.end() ? integersBelow : bound->second);
    arrays.push_back(std::move(array));
  }
  if (attn::seedOf(entry))
    arrays.push_back(reference::seedInput(entry.getContext(), line.seed));
  return arrays;
}

reference::WeightLookup makeWeights(ModuleOp module, uint64_t seed) {
  return [module, seed](StringRef name) mutable -> llvm::Expected<Array> {
    auto weight = module.lookupSymbol<attn::WeightOp>(name);
    if (!weight)
      return llvm::createStringError("there is no weight \"" + name + "\"");
    auto type = cast<TensorType>(weight.getType());
    auto shape = reference::Sizes().evaluateShape(type.getSizes());
    if (!shape)
      return shape.takeError();
    Array array{type.getElementType(), {}, {}};
    array.shape.assign(shape->begin(), shape->end());
    std::optional<int64_t> count = reference::elementCount(array.shape);
    if (!count || *count > mostElements)
      return llvm::createStringError("weight \"" + name +
                                     "\" would have too many elements");
    array.data.resize(*count);
    fillRandom(array, seedOf(seed, name), integersBelow);
    return array;
  };
}

} // namespace attune::interpret
