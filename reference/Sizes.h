// The values of size symbols while a program runs.
#pragma once

#include "dialect/Attn.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <string>

namespace attune::reference {

class Sizes {
public:
  void bind(llvm::StringRef symbol, int64_t value, std::string origin);

  /// Binds every symbol of `types` so that they have `shapes`.
  llvm::Error bindInputs(llvm::ArrayRef<attn::TensorType> types,
                         llvm::ArrayRef<llvm::ArrayRef<int64_t>> shapes,
                         llvm::ArrayRef<std::string> names);

  llvm::Expected<int64_t> evaluate(attn::SizeAttr size) const;

  /// The sizes of `type`, none of them negative.
  llvm::Expected<llvm::SmallVector<int64_t>>
  evaluateShape(llvm::ArrayRef<attn::SizeAttr> sizes) const;

private:
  struct Binding {
    int64_t value;
    std::string origin; // who said so, for messages
  };
  std::optional<int64_t> lookup(llvm::StringRef symbol) const;
  bool solve(attn::SizeAttr size, int64_t value, const std::string &origin);

  llvm::StringMap<Binding> bindings;
};

} // namespace attune::reference
