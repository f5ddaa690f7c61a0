#include "reference/Sizes.h"
#include "llvm/Support/FormatVariadic.h"

namespace attune::reference {
using attn::SizeAttr;
using attn::TensorType;

void Sizes::bind(llvm::StringRef symbol, int64_t value, std::string origin) {
  bindings.try_emplace(symbol, Binding{value, std::move(origin)});
}

std::optional<int64_t> Sizes::lookup(llvm::StringRef symbol) const {
  auto found = bindings.find(symbol);
  if (found == bindings.end())
    return std::nullopt;
  return found->second.value;
}

/// Binds the one unknown symbol of a size that is linear in it; false where
/// there is nothing to do.
bool Sizes::solve(SizeAttr size, int64_t value, const std::string &origin) {
  mlir::StringAttr unknown;
  for (mlir::StringAttr symbol : size.getSymbols()) {
    if (lookup(symbol.getValue()))
      continue;
    if (unknown)
      return false;
    unknown = symbol;
  }
  if (!unknown)
    return false;
  auto at = [&](int64_t candidate) {
    return attn::evaluate(size, [&](llvm::StringRef name) {
      return name == unknown.getValue() ? std::optional(candidate)
                                        : lookup(name);
    });
  };
  std::optional<int64_t> zero = at(0), one = at(1);
  int64_t slope, rest;
  if (!zero || !one || llvm::SubOverflow(*one, *zero, slope) || slope == 0 ||
      llvm::SubOverflow(value, *zero, rest) || (slope == -1 && rest == INT64_MIN))
    return false;
  int64_t candidate = rest / slope;
  if (candidate < 0 || at(candidate) != value)
    return false;
  bind(unknown.getValue(), candidate, origin);
  return true;
}

llvm::Error Sizes::bindInputs(llvm::ArrayRef<TensorType> types,
                              llvm::ArrayRef<llvm::ArrayRef<int64_t>> shapes,
                              llvm::ArrayRef<std::string> names) {
  auto forEachSize =
      [&](llvm::function_ref<llvm::Error(SizeAttr, int64_t, std::string)> visit)
      -> llvm::Error {
    for (auto [type, shape, name] : llvm::zip(types, shapes, names))
      for (auto [axis, size] : llvm::enumerate(type.getSizes()))
        if (llvm::Error error =
                visit(size, shape[axis],
                      llvm::formatv("axis {0} of input \"{1}\"", axis, name)))
          return error;
    return llvm::Error::success();
  };
  for (auto [type, shape, name] : llvm::zip(types, shapes, names))
    if (static_cast<int64_t>(shape.size()) != type.getRank())
      return llvm::createStringError(
          llvm::formatv("input \"{0}\" has rank {1}, but must have rank {2}",
                        name, shape.size(), type.getRank()));
  // Bare symbols come first: they give the clearest origin.
  llvm::cantFail(forEachSize([&](SizeAttr size, int64_t value, std::string origin) {
    if (llvm::isa<mlir::AffineSymbolExpr>(size.getExpr()))
      bind(size.getSymbols()[0].getValue(), value, origin);
    return llvm::Error::success();
  }));
  for (bool again = true; again;) {
    again = false;
    llvm::cantFail(forEachSize([&](SizeAttr size, int64_t value, std::string origin) {
      again |= solve(size, value, origin);
      return llvm::Error::success();
    }));
  }
  return forEachSize([&](SizeAttr size, int64_t value, std::string origin) -> llvm::Error {
    llvm::Expected<int64_t> expected = evaluate(size);
    if (!expected)
      return expected.takeError();
    if (*expected == value)
      return llvm::Error::success();
    std::string why;
    if (!size.getConstant()) {
      why = llvm::formatv(", because {0}", size.str()).str();
      const char *separator = ": ";
      for (mlir::StringAttr symbol : size.getSymbols()) {
        const Binding &binding = bindings.find(symbol.getValue())->second;
        why += llvm::formatv("{0}{1} is {2} from {3}", separator,
                             symbol.getValue(), binding.value, binding.origin);
        separator = ", ";
      }
    }
    return llvm::createStringError(llvm::formatv(
        "{0} has size {1}, but must have {2}{3}", origin, value, *expected, why));
  });
}

llvm::Expected<int64_t> Sizes::evaluate(SizeAttr size) const {
  for (mlir::StringAttr symbol : size.getSymbols())
    if (!lookup(symbol.getValue()))
      return llvm::createStringError(
          "no input's shape says what the size '" + symbol.getValue() +
          "' is, which " + size.str() + " needs");
  std::optional<int64_t> value =
      attn::evaluate(size, [&](llvm::StringRef name) { return lookup(name); });
  if (!value)
    return llvm::createStringError(
        "the size " + size.str() +
        " divides by zero or leaves 64 bits for these inputs");
  return *value;
}

llvm::Expected<llvm::SmallVector<int64_t>>
Sizes::evaluateShape(llvm::ArrayRef<SizeAttr> sizes) const {
  llvm::SmallVector<int64_t> shape;
  for (SizeAttr size : sizes) {
    llvm::Expected<int64_t> value = evaluate(size);
    if (!value)
      return value.takeError();
    if (*value < 0)
      return llvm::createStringError(llvm::formatv(
          "the size {0} is {1} for these inputs, but no size may be negative",
          size.str(), *value));
    shape.push_back(*value);
  }
  return shape;
}

} // namespace attune::reference
