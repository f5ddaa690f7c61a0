#include "codegen/halide/DevicePasses.h"
#include "codegen/halide/Kernel.h"
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace attune::kernels {

using namespace Halide::Internal;
using Halide::Expr;

// ---- what the processor reads ----

static bool endsWith(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Stmt ProcessorReads::visit(const LetStmt *let) {
  if (!endsWith(let->name, ".used") && !endsWith(let->name, ".loaded"))
    return IRMutator::visit(let);
  class Finder : public IRGraphVisitor {
  public:
    bool found = false;

  protected:
    using IRGraphVisitor::visit;
    void visit(const Load *) override { found = true; }
  } loads;
  let->value.accept(&loads);
  return LetStmt::make(let->name, loads.found ? const_true() : let->value, mutate(let->body));
}

Stmt ProcessorReads::visit(const For *loop) {
  bool isDevice = loop->for_type == ForType::GPUBlock || loop->for_type == ForType::GPUThread;
  return isDevice ? Stmt(loop) : IRMutator::visit(loop);
}

Expr ProcessorReads::visit(const Load *load) {
  throw KernelError("the processor would read '" + load->name + "' to start it, and that is on the device: loops over blocks and " +
                    "threads may not depend on the elements of tensors");
}

// ---- registers of threads ----

namespace {

/// Changes the indices of all accesses to `name`. `change` is given each without the names of its
/// parts, and whether it is written to.
class Accesses : public IRMutator {
public:
  using Change = std::function<Expr(const Expr &index, bool isStore)>;
  Accesses(std::string name, Change change) : name(std::move(name)), change(std::move(change)) {}

protected:
  using IRMutator::visit;

  Stmt visit(const LetStmt *let) override { return inScope(let, [&] { return IRMutator::visit(let); }); }
  Expr visit(const Let *let) override { return inScope(let, [&] { return IRMutator::visit(let); }); }

  Expr visit(const Load *load) override {
    if (load->name != name)
      return IRMutator::visit(load);
    return Load::make(load->type, name, change(substitute(values, load->index), false), load->image, load->param,
                      mutate(load->predicate), ModulusRemainder());
  }
  Stmt visit(const Store *store) override {
    if (store->name != name)
      return IRMutator::visit(store);
    return Store::make(name, mutate(store->value), change(substitute(values, store->index), true), store->param,
                       mutate(store->predicate), ModulusRemainder());
  }

private:
  template <typename LetOp, typename Visit> auto inScope(const LetOp *let, Visit visit) -> decltype(visit()) {
    if (!let->value.type().element_of().is_int())
      return visit();
    std::map<std::string, Expr> outer = values;
    values[let->name] = substitute(values, let->value);
    auto result = visit();
    values = std::move(outer);
    return result;
  }

  std::string name;
  Change change;
  std::map<std::string, Expr> values; ///< of names in scope, each without names
};

/// Places that threads access, as distances from the first one that was seen: a thread has a
/// part of its own where they are the same for all.
class Places {
public:
  explicit Places(const std::string &name) : name(name) {}

  void add(const Expr &index, bool isStore) {
    for (int64_t place : of(index)) {
      if (isStore)
        written.insert(place);
      else
        read.insert(place);
    }
  }

  void check() const {
    if (!std::includes(written.begin(), written.end(), read.begin(), read.end()))
      refuse();
  }

  int count() const { return static_cast<int>(written.size()); }

  /// The index in a thread's own part.
  Expr renumbered(const Expr &index) {
    std::vector<int64_t> places = of(index);
    int first = position(places[0]);
    for (size_t i = 1; i < places.size(); ++i)
      if (position(places[i]) != first + static_cast<int>(i))
        refuse();
    return places.size() == 1 ? Expr(first) : Ramp::make(first, 1, static_cast<int>(places.size()));
  }

private:
  [[noreturn]] void refuse() const {
    throw KernelError("the values of '" + name + "' are kept in registers of the threads that compute them, and others read them: " +
                      "compute and read it in the same tiles, with the same threads, and all copies of its body unrolled");
  }

  std::vector<int64_t> of(const Expr &index) {
    const Ramp *ramp = index.as<Ramp>();
    Expr base = ramp ? ramp->base : index;
    if (!first.defined())
      first = base;
    std::optional<int64_t> stride = ramp ? as_const_int(ramp->stride) : 1, place = as_const_int(simplify(base - first));
    if (!stride || !place || base.type().is_vector())
      refuse();
    std::vector<int64_t> places;
    for (int lane = 0; lane < index.type().lanes(); ++lane)
      places.push_back(*place + lane * *stride);
    return places;
  }

  int position(int64_t place) const {
    return static_cast<int>(std::distance(written.begin(), written.find(place)));
  }

  std::string name;
  Expr first;
  std::set<int64_t> written, read;
};

bool hasThreads(const Stmt &body) {
  class Finder : public IRVisitor {
  public:
    bool found = false;

  protected:
    using IRVisitor::visit;
    void visit(const For *loop) override {
      found |= loop->for_type == ForType::GPUThread;
      IRVisitor::visit(loop);
    }
  } finder;
  body.accept(&finder);
  return finder.found;
}

} // namespace

Stmt ThreadRegisters::visit(const Allocate *kept) {
  if (kept->memory_type != Halide::MemoryType::Register || !hasThreads(kept->body))
    return IRMutator::visit(kept);
  Places places(kept->name);
  Stmt body = mutate(kept->body);
  Accesses(kept->name, [&](const Expr &index, bool isStore) {
    places.add(index, isStore);
    return index;
  }).mutate(body);
  places.check();
  body = Accesses(kept->name, [&](const Expr &index, bool) { return places.renumbered(index); }).mutate(body);
  return Allocate::make(kept->name, kept->type, kept->memory_type, {places.count()}, kept->condition, body);
}

// ---- strict comparisons ----

namespace {

Expr like(const Expr &bits, int value) { return Halide::Internal::make_const(bits.type(), value); }
Expr magnitude(const Expr &bits) { return bits & like(bits, 0x7fffffff); }
Expr isNumber(const Expr &bits) { return magnitude(bits) <= like(bits, 0x7f800000); }
Expr areZero(const Expr &a, const Expr &b) { return magnitude(a | b) == like(a, 0); }
/// Ordered as the numbers are, but for -0 below 0.
Expr ordered(const Expr &bits) { return bits ^ ((bits >> like(bits, 31)) & like(bits, 0x7fffffff)); }

} // namespace

Expr StrictComparisons::visit(const Call *call) {
  bool isEqual = call->is_intrinsic(Call::strict_eq), isLess = call->is_intrinsic(Call::strict_lt);
  if ((!isEqual && !isLess) || !call->type.is_vector() || call->args[0].type().element_of() != Halide::Float(32))
    return IRMutator::visit(call);
  Halide::Type integers = Halide::Int(32, call->type.lanes());
  Expr a = Halide::reinterpret(integers, mutate(call->args[0])), b = Halide::reinterpret(integers, mutate(call->args[1]));
  if (isEqual)
    return (a == b && isNumber(a)) || areZero(a, b);
  return ordered(a) < ordered(b) && isNumber(a) && isNumber(b) && !areZero(a, b);
}

// ---- barriers ----

namespace {

bool hasBarrier(const Stmt &body) {
  class Finder : public IRVisitor {
  public:
    bool found = false;

  protected:
    using IRVisitor::visit;
    void visit(const Call *call) override {
      found |= call->is_intrinsic(Call::gpu_thread_barrier);
      IRVisitor::visit(call);
    }
  } finder;
  body.accept(&finder);
  return finder.found;
}

/// `body` where `condition`, which nothing in it changes, holds; its barriers in any case. What
/// they stand in is there in any case too, and empty where the condition does not hold.
Stmt guarded(const Expr &condition, const Stmt &body) {
  if (!hasBarrier(body))
    return IfThenElse::make(condition, body);
  auto only = [&](const Expr &value) {
    return Call::make(value.type(), Call::if_then_else, {condition, value, make_zero(value.type())}, Call::PureIntrinsic);
  };
  if (const auto *block = body.as<Block>())
    return Block::make(guarded(condition, block->first), guarded(condition, block->rest));
  if (body.as<Evaluate>())
    return body;
  if (const auto *production = body.as<ProducerConsumer>())
    return ProducerConsumer::make(production->name, production->is_producer, guarded(condition, production->body));
  if (const auto *let = body.as<LetStmt>())
    return LetStmt::make(let->name, only(let->value), guarded(condition, let->body));
  if (const auto *loop = body.as<For>())
    return For::make(loop->name, only(loop->min), only(loop->extent), loop->for_type, loop->partition_policy, loop->device_api,
                     loop->body);
  if (const auto *kept = body.as<Allocate>())
    return Allocate::make(kept->name, kept->type, kept->memory_type, kept->extents, kept->condition, guarded(condition, kept->body),
                          kept->new_expr, kept->free_function, kept->padding);
  throw KernelError("a barrier stands in a condition, and in something else that cannot be taken out of it");
}

} // namespace

Stmt BarriersOutside::visit(const For *loop) {
  bool wasThread = std::exchange(isThread, isThread || loop->for_type == ForType::GPUThread);
  Stmt whole = IRMutator::visit(loop);
  isThread = wasThread;
  return whole;
}

Stmt BarriersOutside::visit(const IfThenElse *choice) {
  Stmt whole = IRMutator::visit(choice);
  if (!isThread || !hasBarrier(whole))
    return whole;
  choice = whole.as<IfThenElse>();
  std::string name = unique_name("holds");
  Expr condition = Variable::make(Halide::Bool(), name);
  Stmt body = guarded(condition, choice->then_case);
  if (choice->else_case.defined())
    body = Block::make(body, guarded(!condition, choice->else_case));
  return LetStmt::make(name, choice->condition, body);
}

// ---- conditions of vectors ----

template <typename LetOp> static bool namesCondition(const LetOp *let) {
  return let->value.type().is_bool() && let->value.type().is_vector();
}

Expr VectorConditions::visit(const Let *let) {
  return namesCondition(let) ? mutate(substitute(let->name, let->value, let->body)) : IRMutator::visit(let);
}

Stmt VectorConditions::visit(const LetStmt *let) {
  return namesCondition(let) ? mutate(substitute(let->name, let->value, let->body)) : IRMutator::visit(let);
}

// ---- lengths of vectors ----

static void checkLength(const std::string &name, const Halide::Type &type) {
  bool isPower = (type.lanes() & (type.lanes() - 1)) == 0;
  if (!isPower || type.lanes() > 16)
    throw KernelError("vectors of " + std::to_string(type.lanes()) + " elements of '" + name + "' would lie in memory, and OpenCL has " +
                      "such of 2, 4, 8 and 16: give lanes that divide the axis, or none");
}

Halide::Expr VectorLengths::visit(const Load *load) {
  checkLength(load->name, load->type);
  return IRMutator::visit(load);
}

Stmt VectorLengths::visit(const Store *store) {
  checkLength(store->name, store->value.type());
  return IRMutator::visit(store);
}

} // namespace attune::kernels
