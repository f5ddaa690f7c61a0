#include "codegen/halide/UnreadStores.h"
#include <numeric>
#include <optional>

namespace attune::kernels {

using namespace Halide::Internal;
using Halide::Expr;

namespace {

using Lets = Scope<ModulusRemainder>;

/// As Halide's, which stops where an index is widened.
ModulusRemainder modulusOf(const Expr &index, const Lets &lets) {
  if (const Add *add = index.as<Add>())
    return modulusOf(add->a, lets) + modulusOf(add->b, lets);
  if (const Sub *sub = index.as<Sub>())
    return modulusOf(sub->a, lets) - modulusOf(sub->b, lets);
  if (const Mul *mul = index.as<Mul>())
    return modulusOf(mul->a, lets) * modulusOf(mul->b, lets);
  if (const Cast *cast = index.as<Cast>(); cast && cast->type == Halide::Int(64) && cast->value.type() == Halide::Int(32))
    return modulusOf(cast->value, lets);
  return index.type().is_scalar() && index.type().is_int() ? modulus_remainder(index, lets) : ModulusRemainder();
}

/// The places of a load or a store.
struct Places {
  ModulusRemainder start; ///< of each step
  int64_t count = 1;      ///< beside each other from there on
};

Places placesOf(const Expr &index, const Lets &lets) {
  if (index.type().is_scalar())
    return {modulusOf(index, lets)};
  if (const Broadcast *same = index.as<Broadcast>(); same && same->value.type().is_scalar())
    return {modulusOf(same->value, lets)};
  const Ramp *ramp = index.as<Ramp>();
  if (!ramp || !ramp->base.type().is_scalar())
    return {};
  if (is_const_one(ramp->stride))
    return {modulusOf(ramp->base, lets), ramp->lanes};
  return {modulusOf(ramp->base, lets) + modulusOf(ramp->stride, lets) * ModulusRemainder()};
}

/// Where an allocation is read; nothing where it is not.
class Reads : public IRVisitor {
public:
  Reads(const std::string &allocation, Lets &lets) : allocation(allocation), lets(lets) {}
  std::optional<ModulusRemainder> places;

protected:
  using IRVisitor::visit;
  void visit(const Let *let) override {
    let->value.accept(this);
    ScopedBinding<ModulusRemainder> bind(lets, let->name, modulusOf(let->value, lets));
    let->body.accept(this);
  }
  void visit(const LetStmt *let) override {
    let->value.accept(this);
    ScopedBinding<ModulusRemainder> bind(lets, let->name, modulusOf(let->value, lets));
    let->body.accept(this);
  }
  void visit(const Load *load) override {
    if (load->name == allocation) {
      auto [start, count] = placesOf(load->index, lets);
      add(count == 1 ? start : ModulusRemainder());
    }
    IRVisitor::visit(load);
  }
  // Who has its address, or its buffer, may read anything.
  void visit(const Variable *variable) override {
    if (variable->name == allocation || variable->name == allocation + ".buffer")
      add(ModulusRemainder());
  }

private:
  void add(const ModulusRemainder &more) { places = places ? ModulusRemainder::unify(*places, more) : more; }

  const std::string &allocation;
  Lets &lets;
};

} // namespace

Stmt UnreadStores::visit(const LetStmt *let) {
  ScopedBinding<ModulusRemainder> bind(lets, let->name, modulusOf(let->value, lets));
  return IRMutator::visit(let);
}

Stmt UnreadStores::visit(const Allocate *allocation) {
  Reads found(allocation->name, lets);
  allocation->body.accept(&found);
  auto outer = reads;
  if (found.places)
    reads[allocation->name] = *found.places;
  Stmt result = IRMutator::visit(allocation);
  reads = std::move(outer);
  return result;
}

Stmt UnreadStores::visit(const Store *store) {
  auto read = reads.find(store->name);
  if (read == reads.end())
    return IRMutator::visit(store);
  auto [start, count] = placesOf(store->index, lets);
  int64_t modulus = std::gcd(read->second.modulus, start.modulus), distance = read->second.remainder - start.remainder;
  if (modulus != 0) // else both are known
    distance = (distance % modulus + modulus) % modulus;
  return distance < 0 || distance >= count ? Evaluate::make(0) : IRMutator::visit(store);
}

Stmt UnreadStores::visit(const Block *block) {
  Stmt first = mutate(block->first), rest = mutate(block->rest);
  if (is_no_op(first))
    return rest;
  return is_no_op(rest) ? first : Block::make(first, rest);
}

} // namespace attune::kernels
