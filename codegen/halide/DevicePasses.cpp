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
    if (places.size() == 1)
      return first;
    int stride = position(places[1]) - first;
    for (size_t i = 1; i < places.size(); ++i)
      if (position(places[i]) != first + static_cast<int>(i) * stride)
        refuse();
    return Ramp::make(first, stride, static_cast<int>(places.size()));
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

// ---- numbers that are the same in all lanes ----

namespace {

/// Places that one index asks for; nothing where they are not known.
std::vector<int64_t> placesOf(const Expr &index) {
  const Ramp *ramp = index.as<Ramp>();
  std::optional<int64_t> first = as_const_int(ramp ? ramp->base : index), stride = ramp ? as_const_int(ramp->stride) : 0;
  std::vector<int64_t> places;
  if (first && stride)
    for (int lane = 0; lane < index.type().lanes(); ++lane)
      places.push_back(*first + lane * *stride);
  return places;
}

/// Which allocations hold the same in all lanes, out of those that are stored to in whole vectors:
/// what is stored is computed from numbers, and from others of them.
class UniformAllocations : public IRVisitor {
public:
  std::map<std::string, int> lanes; ///< of those that may be so, by name
  bool changed = false;

  bool isUniform(const Expr &value) const {
    if (value.type().is_scalar() || value.as<Broadcast>())
      return true;
    if (const Load *load = value.as<Load>())
      return isUniformLoad(load);
    if (const Variable *variable = value.as<Variable>())
      return uniformNames.count(variable->name);
    if (const Call *call = value.as<Call>())
      return call->is_pure() && std::all_of(call->args.begin(), call->args.end(), [&](const Expr &part) { return isUniform(part); });
    if (const Let *let = value.as<Let>())
      return isUniform(let->value) && isUniform(substitute(let->name, let->value, let->body));
    bool isKnown = value.as<Add>() || value.as<Sub>() || value.as<Mul>() || value.as<Div>() || value.as<Min>() || value.as<Max>() ||
                   value.as<EQ>() || value.as<NE>() || value.as<LT>() || value.as<LE>() || value.as<GT>() || value.as<GE>() ||
                   value.as<And>() || value.as<Or>() || value.as<Not>() || value.as<Select>() || value.as<Cast>() || value.as<Reinterpret>();
    return isKnown && arePartsUniform(value);
  }

  /// Whether all that the load asks for is one number.
  bool isUniformLoad(const Load *load) const {
    auto found = lanes.find(load->name);
    std::vector<int64_t> places = placesOf(load->index);
    return found != lanes.end() && !places.empty() && is_const_one(load->predicate) && std::all_of(places.begin(), places.end(), [&](int64_t place) {
      return place / found->second == places[0] / found->second;
    });
  }

protected:
  using IRVisitor::visit;

  void visit(const Store *store) override {
    auto found = lanes.find(store->name);
    if (found != lanes.end()) {
      std::vector<int64_t> places = placesOf(store->index);
      bool isWhole = static_cast<int>(places.size()) == found->second && places[0] % found->second == 0 && places.back() == places[0] + found->second - 1;
      if (!isWhole || !is_const_one(store->predicate) || !isUniform(store->value)) {
        lanes.erase(found);
        changed = true;
      }
    }
    IRVisitor::visit(store);
  }
  void visit(const LetStmt *let) override {
    let->value.accept(this);
    bool isNew = let->value.type().is_vector() && isUniform(let->value) && uniformNames.insert(let->name).second;
    let->body.accept(this);
    if (isNew)
      uniformNames.erase(let->name);
  }

private:
  bool arePartsUniform(const Expr &value) const {
    class Parts : public IRMutator {
    public:
      explicit Parts(const UniformAllocations &of) : of(of) {}
      bool areUniform = true;
      Expr mutate(const Expr &part) override {
        if (isWhole) {
          isWhole = false;
          return IRMutator::mutate(part);
        }
        areUniform &= of.isUniform(part);
        return part;
      }
      using IRMutator::mutate;

    private:
      const UniformAllocations &of;
      bool isWhole = true; ///< what comes first is no part
    } parts(*this);
    parts.mutate(value);
    return parts.areUniform;
  }

  std::set<std::string> uniformNames;
};

/// Lanes of the first store to each allocation in registers.
class VectorsStored : public IRVisitor {
public:
  explicit VectorsStored(std::string name) : name(std::move(name)) {}
  int lanes = 0;

protected:
  using IRVisitor::visit;
  void visit(const Store *store) override {
    if (store->name == name && !lanes)
      lanes = store->value.type().lanes();
    IRVisitor::visit(store);
  }

private:
  std::string name;
};

/// Keeps one number for each vector.
class Narrowed : public IRMutator {
public:
  explicit Narrowed(const UniformAllocations &uniform) : uniform(uniform) {}

protected:
  using IRMutator::visit;
  Expr visit(const Load *load) override {
    auto found = uniform.lanes.find(load->name);
    if (found == uniform.lanes.end())
      return IRMutator::visit(load);
    int place = static_cast<int>(placesOf(load->index)[0] / found->second);
    Expr number = Load::make(load->type.element_of(), load->name, place, load->image, load->param, const_true(), ModulusRemainder());
    return load->type.is_vector() ? Broadcast::make(number, load->type.lanes()) : number;
  }
  Stmt visit(const Store *store) override {
    auto found = uniform.lanes.find(store->name);
    if (found == uniform.lanes.end())
      return IRMutator::visit(store);
    Expr value = mutate(store->value);
    int place = static_cast<int>(placesOf(store->index)[0] / found->second);
    return Store::make(store->name, Shuffle::make_extract_element(value, 0), place, store->param, const_true(), ModulusRemainder());
  }
  Stmt visit(const Allocate *kept) override {
    auto found = uniform.lanes.find(kept->name);
    if (found == uniform.lanes.end())
      return IRMutator::visit(kept);
    int count = static_cast<int>(*as_const_int(kept->extents[0])) / found->second;
    return Allocate::make(kept->name, kept->type, kept->memory_type, {count}, kept->condition, mutate(kept->body));
  }

private:
  const UniformAllocations &uniform;
};

} // namespace

Stmt UniformRegisters::visit(const Allocate *kept) {
  UniformAllocations uniform;
  // Those that are kept for the same time are computed from each other.
  Stmt body = kept;
  for (const Allocate *each = kept; each; body = each->body, each = body.as<Allocate>()) {
    VectorsStored stored(each->name);
    each->body.accept(&stored);
    bool isFixed = each->extents.size() == 1 && as_const_int(each->extents[0]);
    if (each->memory_type == Halide::MemoryType::Register && isFixed && stored.lanes > 1)
      uniform.lanes[each->name] = stored.lanes;
  }
  // Loads of a place alone leave nothing to look at.
  class Loads : public IRVisitor {
  public:
    explicit Loads(UniformAllocations &uniform) : uniform(uniform) {}

  protected:
    using IRVisitor::visit;
    void visit(const Load *load) override {
      if (uniform.lanes.count(load->name) && !uniform.isUniformLoad(load))
        uniform.lanes.erase(load->name);
      IRVisitor::visit(load);
    }

  private:
    UniformAllocations &uniform;
  } loads(uniform);
  body.accept(&loads);
  do {
    uniform.changed = false;
    body.accept(&uniform);
  } while (uniform.changed);
  if (uniform.lanes.empty())
    return IRMutator::visit(kept);
  Stmt narrowed = Narrowed(uniform).mutate(Stmt(kept));
  return IRMutator::visit(narrowed.as<Allocate>());
}

// ---- what blocks share ----

Stmt SharedMemory::visit(const For *loop) {
  if (isBlock || loop->for_type != ForType::GPUBlock)
    return IRMutator::visit(loop);
  isBlock = true;
  bytes = 0;
  Stmt whole = IRMutator::visit(loop);
  isBlock = false;
  return whole;
}

Stmt SharedMemory::visit(const Allocate *kept) {
  if (isBlock && kept->memory_type == Halide::MemoryType::GPUShared) {
    bytes += int64_t(kept->constant_allocation_size()) * kept->type.bytes();
    if (bytes > most)
      throw KernelError("the threads of a block share " + std::to_string(bytes) + " bytes, and " + std::to_string(most) +
                        " are the most: make tiles smaller");
  }
  return IRMutator::visit(kept);
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

static bool isBarrier(const Stmt &statement) {
  const auto *evaluated = statement.as<Evaluate>();
  const Call *call = evaluated ? evaluated->value.as<Call>() : nullptr;
  return call && call->is_intrinsic(Call::gpu_thread_barrier);
}

static void append(std::vector<Stmt> &statements, const Stmt &statement) {
  const auto *block = statement.as<Block>();
  if (!block)
    return statements.push_back(statement);
  append(statements, block->first);
  append(statements, block->rest);
}

/// The condition of a statement whose barriers all threads of a block agree on: a name that
/// something gave it outside of them. Nothing else could have barriers.
static const Variable *agreedCondition(const Stmt &statement) {
  const auto *choice = statement.as<IfThenElse>();
  bool isChoice = choice && !choice->else_case.defined() && hasBarrier(choice->then_case);
  return isChoice ? choice->condition.as<Variable>() : nullptr;
}

Stmt JoinedConditions::visit(const Block *block) {
  std::vector<Stmt> flat, joined;
  append(flat, block);
  for (Stmt &statement : flat)
    statement = mutate(statement);
  std::set<std::string> agreed;
  for (const Stmt &statement : flat)
    if (const Variable *condition = agreedCondition(statement))
      agreed.insert(condition->name);
  for (size_t i = 0; i < flat.size();) {
    const auto *first = flat[i].as<IfThenElse>();
    const Variable *condition = first ? first->condition.as<Variable>() : nullptr;
    size_t last = i;
    if (condition && !first->else_case.defined() && agreed.count(condition->name))
      for (size_t j = i + 1; j < flat.size(); ++j) {
        const auto *next = flat[j].as<IfThenElse>();
        bool isSame = next && !next->else_case.defined() && equal(next->condition, condition);
        if (isSame)
          last = j;
        else if (!isBarrier(flat[j]))
          break;
      }
    if (last == i) {
      joined.push_back(flat[i++]);
      continue;
    }
    std::vector<Stmt> body;
    for (; i <= last; ++i)
      if (const auto *part = flat[i].as<IfThenElse>())
        append(body, part->then_case);
      else
        body.push_back(flat[i]);
    joined.push_back(IfThenElse::make(condition, Block::make(body)));
  }
  return Block::make(joined);
}

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
