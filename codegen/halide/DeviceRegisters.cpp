#include "codegen/halide/DeviceRegisters.h"
#include "codegen/halide/Kernel.h"
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace attune::kernels {

using namespace Halide::Internal;
using Halide::Expr;

// ---- registers of threads ----

namespace {

/// Whether it follows from the number of a thread alone: of those that share a tile some have none of it.
bool isOfThread(const Expr &condition) {
  class Variables : public IRVisitor {
  public:
    bool areThreads = true, isAny = false;

  protected:
    using IRVisitor::visit;
    void visit(const Variable *variable) override {
      isAny = true;
      areThreads &= variable->name.find(".thread_id_") != std::string::npos;
    }
    void visit(const Load *) override { areThreads = false; }
  } variables;
  condition.accept(&variables);
  return variables.isAny && variables.areThreads;
}

/// Changes the indices of all accesses to `name`. `change` is given each without the names of its
/// parts, whether it is written to, and which threads do so at all: those for which all `conditions` hold.
class Accesses : public IRMutator {
public:
  using Change = std::function<Expr(const Expr &index, bool isStore, const std::vector<Expr> &conditions)>;
  Accesses(std::string name, Change change) : name(std::move(name)), change(std::move(change)) {}

protected:
  using IRMutator::visit;

  Stmt visit(const LetStmt *let) override { return inScope(let, [&] { return IRMutator::visit(let); }); }
  Expr visit(const Let *let) override { return inScope(let, [&] { return IRMutator::visit(let); }); }

  Expr visit(const Load *load) override {
    if (load->name != name)
      return IRMutator::visit(load);
    return Load::make(load->type, name, change(substitute(values, load->index), false, conditions), load->image, load->param,
                      mutate(load->predicate), ModulusRemainder());
  }
  Stmt visit(const Store *store) override {
    if (store->name != name)
      return IRMutator::visit(store);
    return Store::make(name, mutate(store->value), change(substitute(values, store->index), true, conditions), store->param,
                       mutate(store->predicate), ModulusRemainder());
  }
  Stmt visit(const IfThenElse *choice) override {
    Expr condition = substitute(values, choice->condition), kept = mutate(choice->condition);
    size_t outer = conditions.size();
    addConditions(condition);
    Stmt whereTrue = mutate(choice->then_case), whereFalse;
    conditions.resize(outer);
    if (choice->else_case.defined()) {
      addConditions(!condition);
      whereFalse = mutate(choice->else_case);
      conditions.resize(outer);
    }
    return IfThenElse::make(kept, whereTrue, whereFalse);
  }

private:
  void addConditions(const Expr &condition) {
    if (const And *both = condition.as<And>()) {
      addConditions(both->a);
      addConditions(both->b);
    } else if (const Let *let = condition.as<Let>()) {
      addConditions(substitute(let->name, let->value, let->body));
    } else if (isOfThread(condition)) {
      conditions.push_back(condition);
    }
  }

  template <typename LetOp, typename Visit> auto inScope(const LetOp *let, Visit visit) -> decltype(visit()) {
    if (Halide::Type type = let->value.type().element_of(); !type.is_int() && !type.is_bool())
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
  std::vector<Expr> conditions;       ///< around, of those that say which threads
};

/// Places that one index asks for, as distances from `first`; nothing where they are not known.
std::vector<int64_t> placesOf(const Expr &index, const Expr &first = 0) {
  const Ramp *ramp = index.as<Ramp>();
  Expr base = ramp ? ramp->base : index;
  if (base.type().is_vector())
    return {};
  std::optional<int64_t> place = as_const_int(simplify(base - first)), stride = ramp ? as_const_int(ramp->stride) : 0;
  std::vector<int64_t> places;
  if (place && stride)
    for (int lane = 0; lane < index.type().lanes(); ++lane)
      places.push_back(*place + lane * *stride);
  return places;
}

/// Places that threads access, as distances from the first one that was seen: a thread has a
/// part of its own where they are the same for all.
class Places {
public:
  explicit Places(const std::string &name) : name(name) {}

  void add(const Expr &index, bool isStore, const std::vector<Expr> &conditions) {
    for (int64_t place : of(index))
      (isStore ? written : read)[place].push_back(conditions);
  }

  /// What a thread reads it has written, whichever it is: what sets a place first has no conditions that the reader has
  /// not, and what adds to it afterwards may have others.
  void check() const {
    for (auto &[place, reads] : read) {
      auto found = written.find(place);
      bool isOwn = found != written.end() && std::all_of(reads.begin(), reads.end(), [&, &writes = found->second](const std::vector<Expr> &readers) {
        return std::any_of(writes.begin(), writes.end(), [&](const std::vector<Expr> &writers) { return areAmong(writers, readers); });
      });
      if (!isOwn)
        refuse();
    }
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
  static bool areAmong(const std::vector<Expr> &some, const std::vector<Expr> &all) {
    return std::all_of(some.begin(), some.end(), [&](const Expr &one) {
      return std::any_of(all.begin(), all.end(), [&](const Expr &other) { return equal(one, other); });
    });
  }

  [[noreturn]] void refuse() const {
    throw KernelError("the values of '" + name + "' are kept in registers of the threads that compute them, and others read them: " +
                      "compute and read it in the same tiles, with the same threads, and all copies of its body unrolled");
  }

  std::vector<int64_t> of(const Expr &index) {
    if (const Ramp *ramp = index.as<Ramp>(); !first.defined())
      first = ramp ? ramp->base : index;
    std::vector<int64_t> places = placesOf(index, first);
    if (places.empty())
      refuse();
    return places;
  }

  int position(int64_t place) const {
    return static_cast<int>(std::distance(written.begin(), written.find(place)));
  }

  std::string name;
  Expr first;
  std::map<int64_t, std::vector<std::vector<Expr>>> written, read; ///< by place, the conditions of each access
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
  Accesses(kept->name, [&](const Expr &index, bool isStore, const std::vector<Expr> &conditions) {
    places.add(index, isStore, conditions);
    return index;
  }).mutate(body);
  places.check();
  body = Accesses(kept->name, [&](const Expr &index, bool, const std::vector<Expr> &) { return places.renumbered(index); }).mutate(body);
  return Allocate::make(kept->name, kept->type, kept->memory_type, {places.count()}, kept->condition, body);
}

// ---- numbers that are the same in all lanes ----

namespace {

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
      return isUniform(substitute(let->name, let->value, let->body));
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
    // A name may be given again inside.
    std::set<std::string> outer = uniformNames;
    if (let->value.type().is_vector() && isUniform(let->value))
      uniformNames.insert(let->name);
    else
      uniformNames.erase(let->name);
    let->body.accept(this);
    uniformNames = std::move(outer);
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

// ---- vectors in registers ----

Stmt ScalarRegisters::visit(const Allocate *kept) {
  bool isNew = kept->memory_type == Halide::MemoryType::Register && registers.insert(kept->name).second;
  Stmt whole = IRMutator::visit(kept);
  if (isNew)
    registers.erase(kept->name);
  return whole;
}

Expr ScalarRegisters::visit(const Load *load) {
  std::vector<int64_t> places = placesOf(load->index);
  if (!registers.count(load->name) || places.size() < 2 || !is_const_one(load->predicate))
    return IRMutator::visit(load);
  std::vector<Expr> elements;
  for (int64_t place : places)
    elements.push_back(Load::make(load->type.element_of(), load->name, static_cast<int>(place), load->image, load->param, const_true(),
                                  ModulusRemainder()));
  return Shuffle::make_concat(elements);
}

Stmt ScalarRegisters::visit(const Store *store) {
  std::vector<int64_t> places = placesOf(store->index);
  if (!registers.count(store->name) || places.size() < 2 || !is_const_one(store->predicate))
    return IRMutator::visit(store);
  std::string name = unique_name("elements");
  Expr value = mutate(store->value), vector = Variable::make(value.type(), name);
  std::vector<Stmt> stores;
  for (size_t i = 0; i < places.size(); ++i)
    stores.push_back(Store::make(store->name, Shuffle::make_extract_element(vector, static_cast<int>(i)), static_cast<int>(places[i]),
                                 store->param, const_true(), ModulusRemainder()));
  return LetStmt::make(name, value, Block::make(stores));
}

// ---- registers that begin in a condition ----

namespace {

/// The accesses to one allocation, in order, with all that they depend on.
class Accessed : public IRVisitor {
public:
  explicit Accessed(std::string name) : name(std::move(name)) {}

  struct Access {
    bool isStore;
    std::vector<int64_t> places; ///< none: not known
    std::vector<Expr> conditions;
  };
  std::vector<Access> accesses;

protected:
  using IRVisitor::visit;

  void visit(const IfThenElse *choice) override {
    choice->condition.accept(this);
    size_t outer = conditions.size();
    addConditions(choice->condition);
    choice->then_case.accept(this);
    conditions.resize(outer);
    if (!choice->else_case.defined())
      return;
    conditions.push_back(!choice->condition);
    choice->else_case.accept(this);
    conditions.resize(outer);
  }
  void visit(const Load *load) override {
    IRVisitor::visit(load);
    if (load->name == name)
      accesses.push_back({false, placesOf(load->index), conditions});
  }
  void visit(const Store *store) override {
    IRVisitor::visit(store);
    if (store->name == name)
      accesses.push_back({true, is_const_one(store->predicate) ? placesOf(store->index) : std::vector<int64_t>(), conditions});
  }
  void visit(const For *loop) override {
    // What runs no time at all sets nothing; it is like a condition that nothing else has.
    bool isSure = is_positive_const(loop->extent);
    if (!isSure)
      conditions.push_back(Variable::make(Halide::Bool(), unique_name("runs")));
    IRVisitor::visit(loop);
    if (!isSure)
      conditions.pop_back();
  }

private:
  void addConditions(const Expr &condition) {
    if (const And *both = condition.as<And>()) {
      addConditions(both->a);
      addConditions(both->b);
    } else if (const Let *let = condition.as<Let>()) {
      addConditions(let->body);
    } else {
      conditions.push_back(condition);
    }
  }

  std::string name;
  std::vector<Expr> conditions; ///< all hold
};

/// Whether every element that is read was set before, in the same iteration of what `accesses` are in, and some only
/// where a condition holds.
bool isSetFirst(const std::vector<Accessed::Access> &accesses) {
  std::map<int64_t, std::vector<Expr>> set; ///< by place, where it was first
  bool isConditional = false;
  for (const Accessed::Access &access : accesses) {
    if (access.places.empty())
      return false;
    for (int64_t place : access.places) {
      if (access.isStore) {
        set.try_emplace(place, access.conditions);
        isConditional |= !access.conditions.empty();
        continue;
      }
      auto before = set.find(place);
      bool isSure = before != set.end() && std::all_of(before->second.begin(), before->second.end(), [&](const Expr &condition) {
        return std::any_of(access.conditions.begin(), access.conditions.end(), [&](const Expr &own) { return equal(condition, own); });
      });
      if (!isSure)
        return false;
    }
  }
  return isConditional && !set.empty();
}

/// Puts zeros at the beginning of the outermost loop whose iterations set the registers before they read them, if no
/// others do.
class Begun : public IRMutator {
public:
  Begun(const Allocate *kept, size_t accesses) : kept(kept), accesses(accesses) {}

protected:
  using IRMutator::visit;

  Stmt visit(const For *loop) override {
    Accessed accessed(kept->name);
    loop->body.accept(&accessed);
    if (loop->for_type != ForType::Serial || accessed.accesses.size() != accesses)
      return accessed.accesses.empty() ? Stmt(loop) : IRMutator::visit(loop);
    if (!isSetFirst(accessed.accesses))
      return IRMutator::visit(loop);
    std::vector<Stmt> body;
    for (int64_t i = 0; i < kept->constant_allocation_size(); ++i)
      body.push_back(Store::make(kept->name, make_zero(kept->type), static_cast<int>(i), Halide::Parameter(), const_true(), ModulusRemainder()));
    body.push_back(loop->body);
    return For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->partition_policy, loop->device_api, Block::make(body));
  }

private:
  const Allocate *kept;
  size_t accesses; ///< in all
};

} // namespace

Stmt FreshRegisters::visit(const Allocate *kept) {
  Stmt whole = IRMutator::visit(kept);
  kept = whole.as<Allocate>();
  if (kept->memory_type != Halide::MemoryType::Register || kept->type.is_vector() || kept->constant_allocation_size() == 0)
    return whole;
  Accessed all(kept->name);
  kept->body.accept(&all);
  Stmt body = Begun(kept, all.accesses.size()).mutate(kept->body);
  return body.same_as(kept->body) ? whole
                                  : Allocate::make(kept->name, kept->type, kept->memory_type, kept->extents, kept->condition, body, kept->new_expr,
                                                   kept->free_function, kept->padding);
}

} // namespace attune::kernels
