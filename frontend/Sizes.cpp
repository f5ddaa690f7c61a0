#include "frontend/Sizes.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace llvm;
using namespace mlir;
using attune::attn::SizeAttr;

namespace attune::frontend {

namespace {

/// Constants inside an expression stay below this, so that combining two
/// expressions cannot leave 64 bits before the check that follows.
constexpr int64_t largestFactor = int64_t(1) << 40;
/// Terms of one expression; products of sums grow fast.
constexpr unsigned largestExpression = 64;

/// Counts nodes and finds the largest constant. Atoms repeat little, so the
/// tree walk is as cheap as it looks.
bool isTame(AffineExpr expr, unsigned &nodes, int64_t limit) {
  if (++nodes > largestExpression)
    return false;
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue() <= limit && constant.getValue() >= -limit;
  if (auto binary = dyn_cast<AffineBinaryOpExpr>(expr))
    return isTame(binary.getLHS(), nodes, limit) &&
           isTame(binary.getRHS(), nodes, limit);
  return true;
}

bool isTame(SizeAttr size, int64_t limit = largestFactor) {
  unsigned nodes = 0;
  return isTame(size.getExpr(), nodes, limit);
}

/// Magnitude that a product of two expressions may reach per factor.
constexpr int64_t largestProductFactor = int64_t(1) << 30;

SizeResult tooLarge() {
  return {nullptr, "this integer arithmetic overflows"};
}

SizeResult checked(SizeAttr size) {
  if (!isTame(size))
    return {nullptr, "this size expression is too large"};
  return {size, {}};
}

template <typename Constants, typename General>
SizeResult combine(SizeAttr a, SizeAttr b, int64_t limit, Constants constants,
                   General general) {
  std::optional<int64_t> x = a.getConstant(), y = b.getConstant();
  if (x && y) {
    int64_t result;
    if (constants(*x, *y, result))
      return tooLarge();
    return {SizeAttr::constant(a.getContext(), result), {}};
  }
  if (!isTame(a, limit) || !isTame(b, limit))
    return tooLarge();
  return checked(general());
}

} // namespace

SizeResult addSizes(SizeAttr a, SizeAttr b) {
  return combine(a, b, largestFactor, AddOverflow<int64_t>,
                 [&] { return a + b; });
}

SizeResult subtractSizes(SizeAttr a, SizeAttr b) {
  return combine(a, b, largestFactor, SubOverflow<int64_t>,
                 [&] { return a - b; });
}

SizeResult multiplySizes(SizeAttr a, SizeAttr b) {
  return combine(a, b, largestProductFactor, MulOverflow<int64_t>,
                 [&] { return a * b; });
}

//===-- Polynomials --------------------------------------------------------===//

bool Polynomial::addTerm(Monomial monomial, int64_t factor) {
  if (factor == 0)
    return true;
  int64_t &slot = terms[monomial];
  if (AddOverflow(slot, factor, slot))
    return false;
  if (slot == 0)
    terms.erase(monomial);
  return true;
}

bool Polynomial::add(const Polynomial &other, int64_t factor) {
  for (const auto &[name, size] : other.opaque)
    opaque.insert({name, size});
  for (const auto &[monomial, value] : other.terms) {
    int64_t scaled;
    if (MulOverflow(value, factor, scaled) || !addTerm(monomial, scaled))
      return false;
  }
  return true;
}

std::optional<Polynomial> Polynomial::of(SizeAttr size) {
  AffineExpr expr = size.getExpr();
  MLIRContext *context = size.getContext();
  Polynomial result;
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    result.addTerm({}, constant.getValue());
    return result;
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    result.addTerm({size.getSymbols()[symbol.getPosition()].str()}, 1);
    return result;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  auto part = [&](AffineExpr e) {
    return of(SizeAttr::get(context, size.getSymbols(), e));
  };
  if (expr.getKind() == AffineExprKind::Add) {
    std::optional<Polynomial> l = part(binary.getLHS()),
                              r = part(binary.getRHS());
    if (!l || !r || !l->add(*r, 1))
      return std::nullopt;
    return l;
  }
  if (expr.getKind() == AffineExprKind::Mul) {
    std::optional<Polynomial> l = part(binary.getLHS()),
                              r = part(binary.getRHS());
    // Products of sums grow fast; nobody writes such sizes.
    if (!l || !r || l->terms.size() * r->terms.size() > largestExpression)
      return std::nullopt;
    for (Polynomial *side : {&*l, &*r})
      for (const auto &[name, atom] : side->opaque)
        result.opaque.insert({name, atom});
    for (const auto &[m, a] : l->terms)
      for (const auto &[n, b] : r->terms) {
        Monomial both(m);
        both.insert(both.end(), n.begin(), n.end());
        llvm::sort(both);
        int64_t factor;
        if (MulOverflow(a, b, factor) || !result.addTerm(both, factor))
          return std::nullopt;
      }
    return result;
  }
  std::string name = "(" + size.str() + ")";
  result.opaque.insert({name, size});
  result.addTerm({name}, 1);
  return result;
}

SizeAttr Polynomial::toSize(MLIRContext *context) const {
  SizeAttr sum = SizeAttr::constant(context, 0);
  for (const auto &[monomial, factor] : terms) {
    SizeAttr term = SizeAttr::constant(context, factor);
    for (const std::string &atom : monomial) {
      auto it = opaque.find(atom);
      term = term * (it != opaque.end() ? it->second
                                        : SizeAttr::symbol(context, atom));
    }
    sum = sum + term;
  }
  return sum;
}

std::optional<Polynomial> Polynomial::dividedBy(const Polynomial &divisor) const {
  if (divisor.terms.empty())
    return std::nullopt;
  // Long division by the divisor's leading term (the last in map order).
  const auto &[lead, leadFactor] = *divisor.terms.rbegin();
  Polynomial rest(*this), quotient;
  quotient.opaque = opaque;
  for (unsigned step = 0; !rest.terms.empty(); ++step) {
    if (step > largestExpression)
      return std::nullopt;
    // Any term that the leading one divides will do.
    bool found = false;
    for (const auto &[monomial, factor] : rest.terms) {
      if (factor % leadFactor ||
          !std::includes(monomial.begin(), monomial.end(), lead.begin(),
                         lead.end()))
        continue;
      Monomial left;
      std::set_difference(monomial.begin(), monomial.end(), lead.begin(),
                          lead.end(), std::back_inserter(left));
      int64_t by = factor / leadFactor;
      if (!quotient.addTerm(left, by))
        return std::nullopt;
      Polynomial product;
      for (const auto &[n, b] : divisor.terms) {
        Monomial both(left);
        both.insert(both.end(), n.begin(), n.end());
        llvm::sort(both);
        int64_t value;
        if (MulOverflow(by, b, value) || !product.addTerm(both, value))
          return std::nullopt;
      }
      if (!rest.add(product, -1))
        return std::nullopt;
      found = true;
      break;
    }
    if (!found)
      return std::nullopt;
  }
  return quotient;
}

SizeAttr divideExactly(SizeAttr a, SizeAttr b) {
  std::optional<int64_t> x = a.getConstant(), y = b.getConstant();
  if (x && y) {
    if (*y == 0 || (*x == INT64_MIN && *y == -1) || *x % *y)
      return nullptr;
    return SizeAttr::constant(a.getContext(), *x / *y);
  }
  std::optional<Polynomial> p = Polynomial::of(a), q = Polynomial::of(b);
  if (!p || !q)
    return nullptr;
  std::optional<Polynomial> quotient = p->dividedBy(*q);
  return quotient ? quotient->toSize(a.getContext()) : nullptr;
}

//===-- Proofs -------------------------------------------------------------===//

/// Replaces index symbols in the direction that makes `p` smallest, then
/// checks that no way is left to fall below zero when every size is 1 or more.
static bool isNonNegative(Polynomial p, const Facts &facts) {
  for (const auto &entry : facts.indexEnd) {
    std::string index = entry.getKey().str();
    std::map<Polynomial::Monomial, int64_t> terms = p.terms;
    for (const auto &[monomial, factor] : terms) {
      if (!llvm::is_contained(monomial, index))
        continue;
      if (factor > 0) {
        // Not negative times not negative; smallest at index 0.
        if (!p.addTerm(monomial, -factor))
          return false;
        continue;
      }
      if (monomial.size() != 1)
        return false;
      std::optional<Polynomial> end = Polynomial::of(entry.getValue());
      if (!end || !p.addTerm(monomial, -factor) || !p.add(*end, factor))
        return false;
    }
  }
  // With s = 1 + s', s' >= 0, an expression whose factors are all positive
  // cannot be negative.
  Polynomial shifted;
  for (const auto &[monomial, factor] : p.terms) {
    if (monomial.size() > 6)
      return false;
    for (unsigned subset = 0; subset < (1u << monomial.size()); ++subset) {
      Polynomial::Monomial kept;
      bool skip = false;
      for (auto [position, atom] : llvm::enumerate(monomial)) {
        bool isSymbol = atom[0] != '(';
        if (subset & (1u << position))
          kept.push_back(atom + "'");
        else if (!isSymbol) // a division may be 0: no shift
          skip = true;
      }
      if (!skip && !shifted.addTerm(kept, factor))
        return false;
    }
  }
  return llvm::all_of(shifted.terms,
                      [](const auto &term) { return term.second >= 0; });
}

/// Divisions inside an expression count as not negative only when that is so.
static bool atomsAreNonNegative(SizeAttr size) {
  bool fine = true;
  size.getExpr().walk([&](AffineExpr e) {
    // Remainders are never negative. Quotients of sizes are not either, unless
    // something is subtracted below them.
    if (e.getKind() != AffineExprKind::FloorDiv &&
        e.getKind() != AffineExprKind::CeilDiv)
      return;
    cast<AffineBinaryOpExpr>(e).getLHS().walk([&](AffineExpr inner) {
      if (auto c = dyn_cast<AffineConstantExpr>(inner))
        fine &= c.getValue() >= 0;
    });
  });
  return fine;
}

bool isNonNegative(SizeAttr size, const Facts &facts) {
  if (std::optional<int64_t> constant = size.getConstant())
    return *constant >= 0;
  if (!atomsAreNonNegative(size))
    return false;
  std::optional<Polynomial> p = Polynomial::of(size);
  if (!p)
    return false;
  if (isNonNegative(*p, facts))
    return true;
  for (SizeAttr fact : facts.nonNegative) {
    std::optional<Polynomial> q = Polynomial::of(fact);
    if (!q || !atomsAreNonNegative(fact))
      continue;
    Polynomial difference(*p);
    if (difference.add(*q, -1) && isNonNegative(difference, facts))
      return true;
  }
  return false;
}

bool isPositive(SizeAttr size, const Facts &facts) {
  SizeResult less =
      subtractSizes(size, SizeAttr::constant(size.getContext(), 1));
  return less && isNonNegative(less.size, facts);
}

//===-- Division -----------------------------------------------------------===//

SizeResult floorDivideSizes(SizeAttr a, SizeAttr b, const Facts &facts) {
  MLIRContext *context = a.getContext();
  std::optional<int64_t> x = a.getConstant(), y = b.getConstant();
  if (y && *y == 0)
    return {nullptr, "division by zero"};
  if (x && y) {
    if (*x == INT64_MIN && *y == -1)
      return tooLarge();
    int64_t quotient = *x / *y;
    if (*x % *y && (*x < 0) != (*y < 0))
      --quotient;
    return {SizeAttr::constant(context, quotient), {}};
  }
  if (SizeAttr exact = divideExactly(a, b))
    return checked(exact);
  if (y && *y < 0) {
    SizeResult negated = subtractSizes(SizeAttr::constant(context, 0), a);
    if (!negated || *y == INT64_MIN)
      return tooLarge();
    return floorDivideSizes(negated.size, SizeAttr::constant(context, -*y),
                            facts);
  }
  if (!isPositive(b, facts))
    return {};
  if (!isTame(a) || !isTame(b))
    return tooLarge();
  return checked(attn::floorDiv(a, b));
}

SizeResult remainderOfSizes(SizeAttr a, SizeAttr b, const Facts &facts) {
  SizeResult quotient = floorDivideSizes(a, b, facts);
  if (!quotient)
    return quotient;
  std::optional<int64_t> y = b.getConstant();
  if (!a.getConstant() && (!y || *y > 0) && !divideExactly(a, b))
    return checked(attn::mod(a, b));
  SizeResult product = multiplySizes(quotient.size, b);
  return product ? subtractSizes(a, product.size) : product;
}

//===-- Text ---------------------------------------------------------------===//

bool isSize(SizeAttr size) {
  return llvm::none_of(size.getSymbols(), [](StringAttr symbol) {
    return symbol.getValue().starts_with("%");
  });
}

std::string describe(SizeAttr size) { return size.str(); }

std::string describeSizes(ArrayRef<SizeAttr> sizes) {
  std::string text = "[";
  for (auto [i, size] : llvm::enumerate(sizes)) {
    if (i)
      text += ", ";
    text += describe(size);
  }
  return text + "]";
}

} // namespace attune::frontend
