#include "dialect/Attn.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <map>

using namespace mlir;

namespace attune::attn {
namespace {

/// Brings two sizes to one list of symbols and combines their expressions.
SizeAttr combine(SizeAttr a, SizeAttr b,
                 function_ref<AffineExpr(AffineExpr, AffineExpr)> op) {
  MLIRContext *context = a.getContext();
  SmallVector<StringAttr> symbols(a.getSymbols());
  symbols.append(b.getSymbols().begin(), b.getSymbols().end());
  AffineExpr shifted = b.getExpr().shiftSymbols(b.getSymbols().size(),
                                                a.getSymbols().size());
  return SizeAttr::get(context, symbols, op(a.getExpr(), shifted));
}

/// Sizes as sums of monomials. AffineExpr keeps products of symbols in the
/// order they were written; here `a * b` and `b * a` meet.
class Polynomial {
public:
  /// Nothing where a coefficient leaves 64 bits or the sum grows past reason.
  static std::optional<Polynomial> of(AffineExpr expr) {
    Polynomial result;
    if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
      result.add({}, constant.getValue());
      return result;
    }
    if (isa<AffineSymbolExpr>(expr)) {
      result.add({expr}, 1);
      return result;
    }
    auto binary = cast<AffineBinaryOpExpr>(expr);
    std::optional<Polynomial> l = of(binary.getLHS()), r = of(binary.getRHS());
    if (!l || !r)
      return std::nullopt;
    switch (expr.getKind()) {
    case AffineExprKind::Add:
      result = *l;
      for (auto &[atoms, coefficient] : r->terms)
        if (!result.add(atoms, coefficient))
          return std::nullopt;
      return result;
    case AffineExprKind::Mul:
      if (l->terms.size() * r->terms.size() > maxTerms)
        return std::nullopt;
      for (auto &[la, lc] : l->terms)
        for (auto &[ra, rc] : r->terms) {
          SmallVector<AffineExpr> atoms(la);
          atoms.append(ra.begin(), ra.end());
          llvm::sort(atoms, before);
          int64_t coefficient;
          if (llvm::MulOverflow(lc, rc, coefficient) ||
              !result.add(atoms, coefficient))
            return std::nullopt;
        }
      return result;
    default: {
      // Divisions are atoms over canonical operands.
      AffineExpr division = getAffineBinaryOpExpr(expr.getKind(), l->expr(expr.getContext()),
                                                  r->expr(expr.getContext()));
      // Simplifying takes memory for each symbol that there may be.
      unsigned symbols = 0;
      division.walk([&](AffineExpr part) {
        if (auto symbol = dyn_cast<AffineSymbolExpr>(part))
          symbols = std::max(symbols, symbol.getPosition() + 1);
      });
      AffineExpr whole = simplifyAffineExpr(division, 0, symbols);
      auto stillDivision = dyn_cast<AffineBinaryOpExpr>(whole);
      if (stillDivision && stillDivision.getKind() == expr.getKind()) {
        result.add({whole}, 1);
        return result;
      }
      return whole == expr ? std::nullopt : of(whole);
    }
    }
  }

  AffineExpr expr(MLIRContext *context) const {
    AffineExpr sum;
    for (auto &[atoms, coefficient] : terms) {
      if (coefficient == 0)
        continue;
      AffineExpr product;
      for (AffineExpr atom : atoms)
        product = product ? product * atom : atom;
      AffineExpr term = !product ? getAffineConstantExpr(coefficient, context)
                                 : product * coefficient;
      sum = sum ? sum + term : term;
    }
    return sum ? sum : getAffineConstantExpr(0, context);
  }

private:
  static constexpr size_t maxTerms = 256;

  /// Symbols by position, then divisions by structure.
  static bool before(AffineExpr a, AffineExpr b) { return compare(a, b) < 0; }
  static int compare(AffineExpr a, AffineExpr b) {
    auto rank = [](AffineExpr e) {
      return std::pair(isa<AffineSymbolExpr>(e)     ? 0
                       : isa<AffineConstantExpr>(e) ? 1
                                                    : 2,
                       static_cast<int>(e.getKind()));
    };
    if (rank(a) != rank(b))
      return rank(a) < rank(b) ? -1 : 1;
    auto three = [](int64_t x, int64_t y) { return x < y ? -1 : x > y; };
    if (auto s = dyn_cast<AffineSymbolExpr>(a))
      return three(s.getPosition(), cast<AffineSymbolExpr>(b).getPosition());
    if (auto c = dyn_cast<AffineConstantExpr>(a))
      return three(c.getValue(), cast<AffineConstantExpr>(b).getValue());
    auto x = cast<AffineBinaryOpExpr>(a), y = cast<AffineBinaryOpExpr>(b);
    if (int c = compare(x.getLHS(), y.getLHS()))
      return c;
    return compare(x.getRHS(), y.getRHS());
  }
  struct Before {
    /// Longer products first, the constant last, as people write them.
    bool operator()(const SmallVector<AffineExpr> &a,
                    const SmallVector<AffineExpr> &b) const {
      if (a.size() != b.size())
        return a.size() > b.size();
      return std::lexicographical_compare(a.begin(), a.end(), b.begin(),
                                          b.end(), before);
    }
  };

  bool add(const SmallVector<AffineExpr> &atoms, int64_t coefficient) {
    int64_t &sum = terms[atoms];
    return !llvm::AddOverflow(sum, coefficient, sum) && terms.size() <= maxTerms;
  }

  std::map<SmallVector<AffineExpr>, int64_t, Before> terms;
};

struct Evaluator {
  ArrayRef<int64_t> values;

  std::optional<int64_t> operator()(AffineExpr expr) const {
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      return constant.getValue();
    if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
      return values[symbol.getPosition()];
    auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
    if (!binary)
      return std::nullopt;
    std::optional<int64_t> l = (*this)(binary.getLHS()),
                           r = (*this)(binary.getRHS());
    if (!l || !r)
      return std::nullopt;
    int64_t result;
    switch (expr.getKind()) {
    case AffineExprKind::Add:
      if (llvm::AddOverflow(*l, *r, result))
        return std::nullopt;
      return result;
    case AffineExprKind::Mul:
      if (llvm::MulOverflow(*l, *r, result))
        return std::nullopt;
      return result;
    case AffineExprKind::FloorDiv:
      return *r > 0 ? std::optional(llvm::divideFloorSigned(*l, *r))
                    : std::nullopt;
    case AffineExprKind::CeilDiv:
      return *r > 0 ? std::optional(llvm::divideCeilSigned(*l, *r))
                    : std::nullopt;
    case AffineExprKind::Mod:
      return *r > 0 ? std::optional(llvm::mod(*l, *r)) : std::nullopt;
    default:
      return std::nullopt;
    }
  }
};

} // namespace

SizeAttr operator+(SizeAttr a, SizeAttr b) {
  return combine(a, b, [](AffineExpr x, AffineExpr y) { return x + y; });
}
SizeAttr operator-(SizeAttr a, SizeAttr b) {
  return combine(a, b, [](AffineExpr x, AffineExpr y) { return x - y; });
}
SizeAttr operator*(SizeAttr a, SizeAttr b) {
  return combine(a, b, [](AffineExpr x, AffineExpr y) { return x * y; });
}
SizeAttr floorDiv(SizeAttr a, SizeAttr b) {
  return combine(a, b, [](AffineExpr x, AffineExpr y) { return x.floorDiv(y); });
}
SizeAttr ceilDiv(SizeAttr a, SizeAttr b) {
  return combine(a, b, [](AffineExpr x, AffineExpr y) { return x.ceilDiv(y); });
}
SizeAttr mod(SizeAttr a, SizeAttr b) {
  return combine(a, b, [](AffineExpr x, AffineExpr y) { return x % y; });
}

SizeAttr product(MLIRContext *context, ArrayRef<SizeAttr> sizes) {
  SizeAttr result = SizeAttr::constant(context, 1);
  for (SizeAttr size : sizes)
    result = result * size;
  return result;
}

std::optional<int64_t>
evaluate(SizeAttr size, function_ref<std::optional<int64_t>(StringRef)> lookup) {
  SmallVector<int64_t> values;
  for (StringAttr symbol : size.getSymbols()) {
    std::optional<int64_t> value = lookup(symbol.getValue());
    if (!value)
      return std::nullopt;
    values.push_back(*value);
  }
  return Evaluator{values}(size.getExpr());
}

SizeAttr substitute(SizeAttr size, function_ref<SizeAttr(StringAttr)> replace) {
  MLIRContext *context = size.getContext();
  SmallVector<StringAttr> symbols;
  SmallVector<AffineExpr> replacements;
  for (StringAttr symbol : size.getSymbols()) {
    SizeAttr by = replace(symbol);
    if (!by)
      by = SizeAttr::symbol(context, symbol.getValue());
    replacements.push_back(
        by.getExpr().shiftSymbols(by.getSymbols().size(), symbols.size()));
    symbols.append(by.getSymbols().begin(), by.getSymbols().end());
  }
  return SizeAttr::get(context, symbols,
                       size.getExpr().replaceDimsAndSymbols({}, replacements));
}

std::pair<SmallVector<StringAttr>, AffineExpr>
SizeAttr::canonicalize(MLIRContext *context, ArrayRef<StringAttr> symbols,
                       AffineExpr expr) {
  // One position for each name, in the order of names.
  SmallVector<StringAttr> sorted(symbols);
  llvm::sort(sorted, [](StringAttr a, StringAttr b) {
    return a.getValue() < b.getValue();
  });
  sorted.erase(llvm::unique(sorted), sorted.end());
  auto renumber = [&](ArrayRef<StringAttr> from, ArrayRef<StringAttr> to,
                      AffineExpr e) {
    SmallVector<AffineExpr> map;
    for (StringAttr symbol : from) {
      auto *it = llvm::find(to, symbol);
      map.push_back(it == to.end()
                        ? getAffineConstantExpr(0, context)
                        : getAffineSymbolExpr(it - to.begin(), context));
    }
    e = e.replaceDimsAndSymbols({}, map);
    std::optional<Polynomial> polynomial = Polynomial::of(e);
    return polynomial ? polynomial->expr(context) : e;
  };
  expr = renumber(symbols, sorted, expr);
  SmallVector<StringAttr> used;
  for (auto [position, symbol] : llvm::enumerate(sorted))
    if (expr.isFunctionOfSymbol(position))
      used.push_back(symbol);
  if (used.size() != sorted.size())
    expr = renumber(sorted, used, expr);
  return {used, expr};
}

SizeAttr SizeAttr::constant(MLIRContext *context, int64_t value) {
  return get(context, {}, getAffineConstantExpr(value, context));
}

SizeAttr SizeAttr::symbol(MLIRContext *context, StringRef name) {
  return get(context, StringAttr::get(context, name),
             getAffineSymbolExpr(0, context));
}

std::optional<int64_t> SizeAttr::getConstant() const {
  if (auto constant = dyn_cast<AffineConstantExpr>(getExpr()))
    return constant.getValue();
  return std::nullopt;
}

} // namespace attune::attn
