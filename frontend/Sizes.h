// Arithmetic on sizes that cannot overflow, and what can be proved about them.
//
// Integers that are known when compiling, dims, and the indices b, h, i, j of
// an attention definition are all `SizeAttr`s here; the indices are symbols
// whose names start with '%', which no dim can.
#ifndef ATTUNE_FRONTEND_SIZES_H
#define ATTUNE_FRONTEND_SIZES_H

#include "dialect/Size.h"
#include "dialect/Attn.h"

#include "llvm/ADT/StringMap.h"

#include <map>
#include <string>

namespace attune::frontend {

using attn::SizeAttr;

/// A sum of products of symbols with integer factors. Divisions and remainders
/// inside it are atoms like symbols.
class Polynomial {
public:
  using Monomial = std::vector<std::string>; // sorted atoms
  std::map<Monomial, int64_t> terms;         // no zero factors

  /// Nothing where the arithmetic leaves 64 bits.
  static std::optional<Polynomial> of(SizeAttr size);
  bool add(const Polynomial &other, int64_t factor);
  bool addTerm(Monomial monomial, int64_t factor);
  /// This divided by `divisor`, where the division leaves no rest.
  std::optional<Polynomial> dividedBy(const Polynomial &divisor) const;
  SizeAttr toSize(mlir::MLIRContext *context) const;

private:
  /// What the atoms that are no symbols stand for.
  std::map<std::string, SizeAttr> opaque;
};

/// The result of checked arithmetic: a size, or why there is none.
struct SizeResult {
  SizeAttr size;
  std::string error;

  explicit operator bool() const { return bool(size); }
};

SizeResult addSizes(SizeAttr a, SizeAttr b);
SizeResult subtractSizes(SizeAttr a, SizeAttr b);
SizeResult multiplySizes(SizeAttr a, SizeAttr b);
/// Division of `a` by `b` without rest; null where it cannot be shown.
SizeAttr divideExactly(SizeAttr a, SizeAttr b);

/// What is known about symbols when something is to be proved.
struct Facts {
  /// Largest value of an index symbol ("%i" -> queries - 1); indices start
  /// at 0. Every other symbol is a size, which is at least 1.
  llvm::StringMap<SizeAttr> indexEnd;
  /// Expressions that are not negative.
  llvm::SmallVector<SizeAttr> nonNegative;
};

/// True where `size >= 0` follows from the facts; false means "not shown".
bool isNonNegative(SizeAttr size, const Facts &facts);
bool isPositive(SizeAttr size, const Facts &facts);

/// Floor division and remainder; null (without error) where the divisor is not
/// known to be positive.
SizeResult floorDivideSizes(SizeAttr a, SizeAttr b, const Facts &facts);
SizeResult remainderOfSizes(SizeAttr a, SizeAttr b, const Facts &facts);

/// True for an expression over dims and constants alone, without b, h, i, j.
bool isSize(SizeAttr size);

/// `f32[batch, tokens, 384]`, as in the language.
std::string describeSizes(llvm::ArrayRef<SizeAttr> sizes);
std::string describe(SizeAttr size);

} // namespace attune::frontend

#endif
