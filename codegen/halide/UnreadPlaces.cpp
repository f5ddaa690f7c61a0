#include "codegen/halide/UnreadPlaces.h"
#include "llvm/ADT/STLExtras.h"
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

/// The places of a load or a store: `count` beside each other from `start` on.
struct Places {
  ModulusRemainder start;
  int64_t count = 1;
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

/// How far a place that is read lies behind where a store starts, at the least.
int64_t distanceOf(const ModulusRemainder &read, const ModulusRemainder &start) {
  int64_t modulus = std::gcd(read.modulus, start.modulus), distance = (read.remainder - start.remainder) % modulus;
  return distance < 0 ? distance + modulus : distance;
}

/// Whether a store has one of the places that are read, or none, and it is known which: `distanceOf` is exact.
bool isKnown(const ModulusRemainder &read, const Places &stored) {
  return stored.start.modulus % read.modulus == 0 && stored.count <= read.modulus;
}

bool isUnread(const ModulusRemainder &read, const Places &stored) { return distanceOf(read, stored.start) >= stored.count; }

/// Loads and stores of an allocation.
class Uses : public IRVisitor {
public:
  Uses(const std::string &allocation, Lets &lets) : allocation(allocation), lets(lets) {}
  std::optional<ModulusRemainder> read;
  std::vector<Places> stored;
  bool isStoredPartly = false; ///< under a predicate, or in another order

protected:
  using IRVisitor::visit;
  void visit(const Let *let) override { visitLet(let); }
  void visit(const LetStmt *let) override { visitLet(let); }
  void visit(const Load *load) override {
    if (load->name == allocation) {
      auto [start, count] = placesOf(load->index, lets);
      addRead(count == 1 ? start : ModulusRemainder());
    }
    IRVisitor::visit(load);
  }
  void visit(const Store *store) override {
    if (store->name == allocation) {
      stored.push_back(placesOf(store->index, lets));
      isStoredPartly |= !is_const_one(store->predicate) || (stored.back().count == 1 && store->index.type().is_vector());
    }
    IRVisitor::visit(store);
  }
  // Who has its address, or its buffer, may read anything.
  void visit(const Variable *variable) override {
    if (variable->name == allocation || variable->name == allocation + ".buffer")
      addRead(ModulusRemainder());
  }

private:
  void addRead(const ModulusRemainder &more) { read = read ? ModulusRemainder::unify(*read, more) : more; }
  template <typename L> void visitLet(const L *let) {
    let->value.accept(this);
    ScopedBinding<ModulusRemainder> bind(lets, let->name, modulusOf(let->value, lets));
    let->body.accept(this);
  }

  const std::string &allocation;
  Lets &lets;
};

Expr placeAmongRead(const Expr &index, const ModulusRemainder &read) {
  Halide::Type type = index.type();
  return simplify((index - make_const(type, read.remainder)) / make_const(type, read.modulus));
}

} // namespace

const UnreadPlaces::Read *UnreadPlaces::readOf(const std::string &allocation) const {
  auto found = reads.find(allocation);
  return found == reads.end() ? nullptr : &found->second;
}

Stmt UnreadPlaces::visit(const LetStmt *let) {
  ScopedBinding<ModulusRemainder> bind(lets, let->name, modulusOf(let->value, lets));
  return IRMutator::visit(let);
}

Stmt UnreadPlaces::visit(const Allocate *allocation) {
  Uses uses(allocation->name, lets);
  allocation->body.accept(&uses);
  if (!uses.read || uses.read->modulus <= 1)
    return IRMutator::visit(allocation);
  ModulusRemainder places = *uses.read;
  Expr modulus = static_cast<int>(places.modulus);
  auto isMultiple = [&](const Expr &size) {
    ModulusRemainder known = modulusOf(size, lets); // a modulus of 0 is one number
    return known.modulus % places.modulus == 0 && known.remainder % places.modulus == 0;
  };
  auto isSingle = [&](const Places &stored) { return isUnread(places, stored) || isKnown(places, stored); };
  bool isCompact = !uses.isStoredPartly && !allocation->extents.empty() && !allocation->new_expr.defined() &&
                   isMultiple(allocation->extents[0]) && llvm::all_of(uses.stored, isSingle);
  auto outer = reads;
  reads[allocation->name] = {places, isCompact};
  Stmt body = mutate(allocation->body);
  reads = std::move(outer);
  std::vector<Expr> extents = allocation->extents;
  if (isCompact)
    extents[0] = simplify(extents[0] / modulus);
  return Allocate::make(allocation->name, allocation->type, allocation->memory_type, extents, allocation->condition, body,
                        allocation->new_expr, allocation->free_function, allocation->padding);
}

Stmt UnreadPlaces::visit(const Store *store) {
  const Read *read = readOf(store->name);
  if (!read)
    return IRMutator::visit(store);
  Places stored = placesOf(store->index, lets);
  if (isUnread(read->places, stored))
    return Evaluate::make(0);
  if (!read->isCompact)
    return IRMutator::visit(store);
  const Ramp *ramp = store->index.as<Ramp>();
  Expr value = mutate(store->value), index = mutate(ramp ? ramp->base : store->index);
  if (ramp) {
    int64_t distance = distanceOf(read->places, stored.start);
    const Broadcast *same = value.as<Broadcast>();
    value = same && same->value.type().is_scalar() ? same->value : Shuffle::make_extract_element(value, static_cast<int>(distance));
    index = index + make_const(index.type(), distance);
  }
  return Store::make(store->name, value, placeAmongRead(index, read->places), store->param, const_true(), ModulusRemainder());
}

Stmt UnreadPlaces::visit(const Block *block) {
  Stmt first = mutate(block->first), rest = mutate(block->rest);
  if (is_no_op(first))
    return rest;
  return is_no_op(rest) ? first : Block::make(first, rest);
}

Expr UnreadPlaces::visit(const Load *load) {
  const Read *read = readOf(load->name);
  if (!read || !read->isCompact)
    return IRMutator::visit(load);
  Expr predicate = mutate(load->predicate), index = mutate(load->index);
  auto among = [&](const Expr &place) { return placeAmongRead(place, read->places); };
  if (const Ramp *ramp = index.as<Ramp>())
    index = Ramp::make(among(ramp->base), simplify(ramp->stride / make_const(ramp->stride.type(), read->places.modulus)), ramp->lanes);
  else if (const Broadcast *same = index.as<Broadcast>())
    index = Broadcast::make(among(same->value), same->lanes);
  else
    index = among(index);
  return Load::make(load->type, load->name, index, load->image, load->param, predicate, ModulusRemainder());
}

} // namespace attune::kernels
