#include "codegen/halide/BalancedUpdates.h"
#include "codegen/halide/Floats.h"
#include "codegen/halide/Statements.h"
#include "llvm/ADT/STLExtras.h"

namespace attune::kernels {

using namespace Halide::Internal;
using Halide::Expr;

namespace {

enum class Joined { Sum, Greatest, Least };

/// x[i] = x[i] + term, or the greater or lesser of both.
struct Update {
  const Store *store;
  Joined how;
  Expr old, term;
};

std::optional<Joined> joinedBy(const Expr &value, Expr &a, Expr &b) {
  auto take = [&](const auto *op) {
    if (op) {
      a = op->a;
      b = op->b;
    }
    return op != nullptr;
  };
  if (take(value.as<Add>()))
    return Joined::Sum;
  if (take(value.as<Max>()))
    return Joined::Greatest;
  if (take(value.as<Min>()))
    return Joined::Least;
  return std::nullopt;
}

std::optional<Update> updateIn(const Stmt &statement) {
  const Store *store = statement.as<Store>();
  if (!store || !is_const_one(store->predicate) || store->value.type().element_of() != Halide::Float(32))
    return std::nullopt;
  Expr a, b;
  std::optional<Joined> how = joinedBy(store->value, a, b);
  if (!how)
    return std::nullopt;
  auto isOld = [&](const Expr &value) {
    const Load *load = value.as<Load>();
    return load && load->name == store->name && is_const_one(load->predicate) && equal(load->index, store->index);
  };
  if (!isOld(a))
    std::swap(a, b);
  // A product is added in one instruction with its multiplication, and so are pairs of them.
  bool isProduct = b.as<Mul>() || b.as<VectorReduce>();
  if (!isOld(a) || isProduct || expr_uses_var(b, store->name))
    return std::nullopt;
  return Update{store, *how, a, b};
}

/// The terms that a greatest or least one is taken of, each once.
void leavesOf(Joined how, const Expr &term, std::vector<Expr> &leaves) {
  Expr a, b;
  if (how != Joined::Sum && joinedBy(term, a, b) == how) {
    leavesOf(how, a, leaves);
    leavesOf(how, b, leaves);
  } else if (how == Joined::Sum || llvm::none_of(leaves, [&](const Expr &leaf) { return equal(leaf, term); })) {
    leaves.push_back(term);
  }
}

/// Strict sums, or LLVM would put them in a row again.
Expr join(Joined how, const Expr &a, const Expr &b) {
  return how == Joined::Sum ? strictAdd(a, b) : how == Joined::Greatest ? Max::make(a, b) : Min::make(a, b);
}

Stmt joined(const std::vector<Update> &updates) {
  const Store *store = updates.front().store;
  Joined how = updates.front().how;
  std::vector<Expr> terms;
  for (const Update &update : updates)
    leavesOf(how, update.term, terms);
  while (terms.size() > 1) {
    std::vector<Expr> pairs;
    for (size_t i = 0; i + 1 < terms.size(); i += 2)
      pairs.push_back(join(how, terms[i], terms[i + 1]));
    if (terms.size() % 2)
      pairs.push_back(terms.back());
    terms = pairs;
  }
  return Store::make(store->name, join(how, updates.front().old, terms.front()), store->index, store->param, store->predicate, store->alignment);
}

} // namespace

Stmt BalancedUpdates::visit(const Block *block) {
  std::vector<Stmt> result;
  std::vector<std::vector<Update>> places; // of one buffer, which one operation after another updates
  auto finish = [&] {
    for (const std::vector<Update> &updates : places)
      result.push_back(updates.size() > 1 ? joined(updates) : Stmt(updates.front().store));
    places.clear();
  };
  for (const Stmt &statement : statementsOf(block)) {
    std::optional<Update> update = updateIn(statement);
    if (!places.empty()) {
      const Update &first = places.front().front();
      if (!update || update->store->name != first.store->name || update->how != first.how)
        finish();
    }
    if (!update) {
      result.push_back(mutate(statement));
      continue;
    }
    auto place = llvm::find_if(places, [&](const std::vector<Update> &updates) { return equal(updates.front().store->index, update->store->index); });
    if (place == places.end())
      places.push_back({*update});
    else
      place->push_back(*update);
  }
  finish();
  return Block::make(result);
}

} // namespace attune::kernels
