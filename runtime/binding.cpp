#include "binding.h"
#include "element_type.h"
#include "message.h"

namespace attune::runtime {

Error findInput(const Entry &entry, std::string_view name, size_t &index) {
  std::vector<std::string_view> candidates;
  std::vector<std::string> names;
  for (index = 0; index < entry.inputs.size(); ++index) {
    if (entry.inputs[index].name == name)
      return Error();
    candidates.push_back(entry.inputs[index].name);
    names.push_back(quote(entry.inputs[index].name));
  }
  std::string close = closestName(name, candidates);
  std::string hint = names.empty()   ? "; it has none"
                     : close.empty() ? "; it has " + listed(names)
                                     : "; did you mean " + quote(close) + "?";
  return failure(ATTN_ERROR_ARGUMENT, quote(entry.name), " has no input ",
                 quote(name), hint);
}

Error checkInput(const Entry &entry, size_t index, const attn_tensor &tensor) {
  const SizedTensor &wanted = entry.inputs[index];
  std::string who = "input " + quote(wanted.name);
  if (!typeBytes(tensor.type))
    return failure(ATTN_ERROR_ARGUMENT, who, " has the unknown type number ",
                   int(tensor.type));
  if (tensor.rank < 0 || (tensor.rank > 0 && !tensor.sizes))
    return failure(ATTN_ERROR_ARGUMENT, who, " has a negative rank or no sizes");
  size_t rank = static_cast<size_t>(tensor.rank);
  auto refuse = [&](const auto &...why) {
    return failure(ATTN_ERROR_INPUT, who, " is ", typeName(tensor.type), " ",
                   shapeText(tensor.sizes, rank), ", but ", quote(entry.name),
                   " takes ", signatureText(wanted, entry.symbols), why...);
  };
  if (tensor.type != wanted.type)
    return refuse(conversionHint(tensor.type, wanted.type));
  if (rank != wanted.sizes.size())
    return refuse(": its rank is ", rank, ", not ", wanted.sizes.size());
  for (size_t i = 0; i < rank; ++i) {
    if (wanted.sizes[i].isConstant() && tensor.sizes[i] != wanted.sizes[i].value())
      return refuse();
    if (tensor.sizes[i] < 0)
      return failure(ATTN_ERROR_INPUT, who, " of sizes ",
                     shapeText(tensor.sizes, rank), " has a negative size");
  }
  int64_t elements;
  if (!elementCount(tensor.sizes, rank, elements) || elements >= sizeLimit)
    return failure(ATTN_ERROR_INPUT, who, " of sizes ",
                   shapeText(tensor.sizes, rank),
                   " is too large: tensors have less than 2^31 elements");
  if (!tensor.data)
    return failure(ATTN_ERROR_ARGUMENT, who, " has no data");
  if (reinterpret_cast<uintptr_t>(tensor.data) %
          static_cast<uintptr_t>(typeBytes(tensor.type)) != 0)
    return failure(ATTN_ERROR_ARGUMENT, who,
                   " lies at an address that its type does not allow");
  return Error();
}

namespace {

/// Solves size = value for the only symbol of `size` that is not bound, if size grows
/// evenly with it; what comes out is checked by whoever asked.
bool solve(const SizeExpression &size, std::vector<int64_t> symbols, size_t unknown,
           int64_t value, int64_t &solution) {
  int64_t atZero, atOne, slope, rise;
  symbols[unknown] = 0;
  if (!size.evaluate(symbols.data(), atZero))
    return false;
  symbols[unknown] = 1;
  if (!size.evaluate(symbols.data(), atOne) ||
      __builtin_sub_overflow(atOne, atZero, &slope) || slope == 0 ||
      __builtin_sub_overflow(value, atZero, &rise) || rise == INT64_MIN ||
      rise % slope != 0)
    return false;
  solution = rise / slope;
  return solution >= 0;
}

class Binder {
public:
  Binder(const Entry &entry, const std::vector<std::vector<int64_t>> &shapes,
         std::vector<int64_t> &symbols)
      : entry(entry), shapes(shapes), symbols(symbols),
        boundBy(entry.symbols.size(), none) {
    symbols.assign(entry.symbols.size(), 0);
  }

  Error bind(int64_t seedWords) {
    if (entry.seedSymbol) {
      symbols[*entry.seedSymbol] = seedWords;
      boundBy[*entry.seedSymbol] = theSeed;
    }
    if (Error error = bindPlain())
      return error;
    solveExpressions();
    for (size_t s = 0; s < symbols.size(); ++s)
      if (boundBy[s] == none)
        return failure(ATTN_ERROR_INPUT, "no size ", quote(entry.symbols[s]),
                       " makes the inputs agree: ", allShapes());
    if (Error error = verifyExpressions())
      return error;
    return checkLimits();
  }

private:
  static constexpr size_t none = ~size_t(0), theSeed = none - 1;

  std::string inputName(size_t input) const {
    return input == theSeed ? "the seed" : entry.inputs[input].name;
  }

  /// Sizes that are a symbol alone, which most are.
  Error bindPlain() {
    for (size_t input = 0; input < entry.inputs.size(); ++input) {
      for (size_t axis = 0; axis < shapes[input].size(); ++axis) {
        const SizeExpression &size = entry.inputs[input].sizes[axis];
        if (!size.isSymbol())
          continue;
        size_t symbol = static_cast<size_t>(size.value());
        int64_t actual = shapes[input][axis];
        if (boundBy[symbol] == none) {
          boundBy[symbol] = input;
          symbols[symbol] = actual;
        } else if (symbols[symbol] != actual) {
          return failure(ATTN_ERROR_INPUT, quote(entry.symbols[symbol]), " is ",
                         symbols[symbol], " in ", inputName(boundBy[symbol]),
                         " but ", actual, " in ", inputName(input));
        }
      }
    }
    return Error();
  }

  /// Sizes like 2 * n where n is no input's size by itself.
  void solveExpressions() {
    bool progress = true;
    while (progress) {
      progress = false;
      for (size_t input = 0; input < entry.inputs.size(); ++input)
        for (size_t axis = 0; axis < shapes[input].size(); ++axis) {
          const SizeExpression &size = entry.inputs[input].sizes[axis];
          std::vector<bool> used(symbols.size(), false);
          size.collectSymbols(used);
          size_t unknown = none, unknowns = 0;
          for (size_t s = 0; s < used.size(); ++s)
            if (used[s] && boundBy[s] == none) {
              unknown = s;
              ++unknowns;
            }
          int64_t solution;
          if (unknowns == 1 &&
              solve(size, symbols, unknown, shapes[input][axis], solution)) {
            symbols[unknown] = solution;
            boundBy[unknown] = input;
            progress = true;
          }
        }
    }
  }

  Error verifyExpressions() {
    for (size_t input = 0; input < entry.inputs.size(); ++input)
      for (size_t axis = 0; axis < shapes[input].size(); ++axis) {
        const SizeExpression &size = entry.inputs[input].sizes[axis];
        int64_t expected;
        if (!size.evaluate(symbols.data(), expected))
          return tooLarge(size);
        if (expected != shapes[input][axis])
          return failure(ATTN_ERROR_INPUT, "axis ", axis, " of input ",
                         quote(inputName(input)), " is ", shapes[input][axis],
                         ", but ", size.toText(entry.symbols), " is ", expected,
                         " with ", allSymbols());
      }
    return Error();
  }

  Error checkLimits() {
    for (const SizeCheck &check : entry.sizeChecks) {
      int64_t size, most;
      if (!check.size.evaluate(symbols.data(), size))
        return tooLarge(check.size);
      if (!check.atMost.evaluate(symbols.data(), most))
        return tooLarge(check.atMost);
      if (size <= most)
        continue;
      std::string limit = check.atMost.isConstant()
                              ? std::to_string(most)
                              : check.atMost.toText(entry.symbols) + " = " +
                                    std::to_string(most);
      return failure(ATTN_ERROR_INPUT, quote(check.size.toText(entry.symbols)),
                     " is ", size, givenBy(check.size), ", more than ", limit, ": ",
                     check.message);
    }
    return Error();
  }

  /// " in ids" for a symbol that an input gave.
  std::string givenBy(const SizeExpression &size) const {
    if (!size.isSymbol())
      return "";
    return " in " + inputName(boundBy[static_cast<size_t>(size.value())]);
  }

  Error tooLarge(const SizeExpression &size) const {
    return failure(ATTN_ERROR_INPUT, "the size ", size.toText(entry.symbols),
                   " cannot be computed with ", allSymbols());
  }

  std::string allSymbols() const {
    std::vector<std::string> parts;
    for (size_t s = 0; s < symbols.size(); ++s)
      if (entry.seedSymbol != s)
        parts.push_back(text(entry.symbols[s], " = ", symbols[s]));
    return listed(parts);
  }

  std::string allShapes() const {
    std::vector<std::string> parts;
    for (size_t i = 0; i < shapes.size(); ++i)
      parts.push_back(quote(inputName(i)) + " is " + shapeText(shapes[i]) + " for " +
                      signatureText(entry.inputs[i], entry.symbols));
    return listed(parts);
  }

  const Entry &entry;
  const std::vector<std::vector<int64_t>> &shapes;
  std::vector<int64_t> &symbols;
  std::vector<size_t> boundBy; // the input that gave a symbol its value
};

} // namespace

Error bindSizes(const Entry &entry, const std::vector<std::vector<int64_t>> &shapes,
                int64_t seedWords, std::vector<int64_t> &symbols) {
  return Binder(entry, shapes, symbols).bind(seedWords);
}

} // namespace attune::runtime
