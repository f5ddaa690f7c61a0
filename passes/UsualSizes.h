// Numbers for sizes that are known only when running, for costs to be compared.
#pragma once

#include "dialect/Attn.h"
#include "llvm/ADT/StringSet.h"

namespace attune {

/// A symbol that is summed over or cut into tiles is a sequence, of 2048; others are batches of one.
class UsualSizes {
public:
  /// Of the sizes of a kernel whose body is `body`.
  explicit UsualSizes(mlir::Block &body);

  /// Where `known` is so many, or null: of it, and of what has its symbol if it is one.
  int64_t operator()(attn::SizeAttr size, attn::SizeAttr known, int64_t number) const;

private:
  llvm::StringSet<> sequences;
};

} // namespace attune
