#include "codegen/halide/Schedule.h"
#include "codegen/halide/LoopNest.h"
#include <algorithm>
#include <map>

using Halide::Func;
using Halide::LoopLevel;
using Halide::RVar;
using Halide::Var;
using Halide::VarOrRVar;

namespace attune::kernels {
namespace {

const char *const vocabulary[] = {"at",     "store", "inline",   "in",        "full",    "layout",   "tile",   "pieces",   "sparse", "skip",
                                  "lanes",  "order", "parallel", "registers", "partial", "unroll"};

/// A directive's arguments, with messages that quote it.
class Reader {
public:
  Reader(const Directive &directive) : directive(directive) {}

  bool done() const { return next == directive.arguments.size(); }
  bool atNumber() const { return !done() && std::holds_alternative<int64_t>(directive.arguments[next]); }
  std::string word(const char *what) {
    if (done() || atNumber())
      fail(std::string("needs ") + what);
    return std::get<std::string>(directive.arguments[next++]);
  }
  int64_t number(const char *what) {
    if (!atNumber())
      fail(std::string("needs ") + what);
    int64_t value = std::get<int64_t>(directive.arguments[next++]);
    if (value < 1 || value > (1 << 20))
      fail("has a number that is not between 1 and 1048576");
    return value;
  }
  std::vector<std::string> words(const char *what) {
    std::vector<std::string> result;
    while (!done() && !atNumber())
      result.push_back(word(what));
    if (result.empty())
      fail(std::string("needs ") + what);
    end();
    return result;
  }
  Tail tail() {
    if (done())
      return Tail::Default;
    std::string name = word("guard, pad or shift");
    if (name == "guard")
      return Tail::Guard;
    if (name == "pad")
      return Tail::Pad;
    if (name == "shift")
      return Tail::Shift;
    fail("knows guard, pad and shift, not '" + name + "'");
  }
  void end() {
    if (!done())
      fail("has too many arguments");
  }
  [[noreturn]] void fail(const std::string &why) { throw KernelError("'" + directive.text + "' " + why); }

private:
  const Directive &directive;
  size_t next = 0;
};

struct Cut {
  std::string axis;
  int64_t count; ///< 0: whole
  Tail tail;
};

/// A stage's directives, read and sorted.
struct Plan {
  std::optional<std::string> at, store;
  bool inlined = false, registers = false;
  std::optional<Halide::MemoryType> memory;
  std::vector<std::string> full, layout, order, parallel;
  struct Tile {
    std::string axis, outer;
    int64_t count;
    Tail tail;
  };
  std::vector<Tile> tiles;
  std::vector<Cut> lanes, unroll;
  struct Partial {
    std::string axis;
    int64_t count, lanes;
  };
  std::optional<Partial> partial;

  explicit Plan(const std::vector<Directive> &directives);
};

Plan::Plan(const std::vector<Directive> &directives) {
  for (const Directive &directive : directives) {
    Reader read(directive);
    const std::string &keyword = directive.keyword;
    if (keyword == "at") {
      at = read.word("a loop");
    } else if (keyword == "store") {
      store = read.word("a loop");
    } else if (keyword == "inline") {
      inlined = true;
    } else if (keyword == "registers") {
      registers = true;
    } else if (keyword == "in") {
      std::string where = read.word("stack, heap or register");
      if (where == "stack")
        memory = Halide::MemoryType::Stack;
      else if (where == "heap")
        memory = Halide::MemoryType::Heap;
      else if (where == "register")
        memory = Halide::MemoryType::Register;
      else
        read.fail("knows stack, heap and register, not '" + where + "'");
    } else if (keyword == "full") {
      full = read.words("axes");
    } else if (keyword == "layout") {
      layout = read.words("axes");
    } else if (keyword == "order") {
      order = read.words("loops");
    } else if (keyword == "parallel") {
      parallel = read.words("loops");
    } else if (keyword == "sparse" || keyword == "skip") {
      // the stage was built from them
    } else if (keyword == "pieces") {
      read.words("an axis and names"); // the stage was built from them
    } else if (keyword == "tile") {
      std::string outer = read.word("AXIS.LABEL");
      size_t dot = outer.find('.');
      if (dot == std::string::npos || dot == 0 || dot + 1 == outer.size())
        read.fail("needs AXIS.LABEL, a name for the loop over tiles");
      int64_t count = read.number("the size of a tile");
      tiles.push_back({outer.substr(0, dot), outer, count, read.tail()});
    } else if (keyword == "lanes") {
      std::string axis = read.word("an axis");
      int64_t count = read.number("the number of lanes");
      lanes.push_back({axis, count, read.tail()});
    } else if (keyword == "unroll") {
      do {
        std::string axis = read.word("an axis");
        unroll.push_back({axis, read.atNumber() ? read.number("a count") : 0, Tail::Default});
      } while (!read.done());
    } else if (keyword == "partial") {
      std::string axis = read.word("a reduced axis");
      int64_t count = read.number("the number of partial sums");
      int64_t width = read.number("the lanes of a vector");
      if (count % width)
        read.fail("needs a number of partial sums that its lanes divide");
      partial = {axis, count, width};
    } else {
      std::string known;
      for (const char *word : vocabulary)
        known += std::string(known.empty() ? "" : ", ") + word;
      throw KernelError("unknown directive '" + directive.text + "'; there are " + known);
    }
    read.end();
  }
}

class Scheduler {
public:
  Scheduler(Kernel &kernel, llvm::function_ref<void(llvm::StringRef)> warn) : kernel(kernel), warn(warn) {}

  void run() {
    // Consumers first: `at` refers to their loops.
    for (auto stage = kernel.stages.rbegin(); stage != kernel.stages.rend(); ++stage) {
      try {
        apply(*stage);
      } catch (const KernelError &error) {
        throw KernelError("stage '" + stage->name + "': " + error.what());
      }
    }
  }

private:
  struct Nests {
    std::optional<LoopNest> wrapper, pure, update;
    std::map<std::string, LoopNest> pieces;
  };

  void apply(StageFunc &stage);
  void applyRegisters(StageFunc &stage, const Plan &plan, Nests &nests);
  void applyPartial(StageFunc &stage, const Plan &plan, Nests &nests);
  void applyLoops(StageFunc &stage, const Plan &plan, LoopNest &nest, bool update);
  void checkLoops(StageFunc &stage, const Plan &plan, Nests &nests);
  LoopLevel level(const std::string &reference);
  const Axis &axis(StageFunc &stage, const std::string &name);

  Kernel &kernel;
  llvm::function_ref<void(llvm::StringRef)> warn;
  std::map<std::string, Nests> nestsOf;
  std::map<std::string, Func> wrapperOf;
};

const Axis &Scheduler::axis(StageFunc &stage, const std::string &name) {
  for (const Axis &axis : stage.axes)
    if (axis.name == name)
      return axis;
  std::string known;
  for (const Axis &axis : stage.axes)
    known += (known.empty() ? "" : ", ") + axis.name;
  throw KernelError("there is no axis '" + name + "'; it has " + known);
}

LoopLevel Scheduler::level(const std::string &reference) {
  if (reference == "root")
    return LoopLevel::root();
  // Names of stages may hold dots: the longest one that fits.
  StageFunc *stage = nullptr;
  for (StageFunc &other : kernel.stages)
    if (reference.compare(0, other.name.size() + 1, other.name + ".") == 0 &&
        (!stage || other.name.size() > stage->name.size()))
      stage = &other;
  if (!stage)
    throw KernelError("'" + reference + "' is not root or STAGE.LOOP");
  auto found = nestsOf.find(stage->name);
  if (found == nestsOf.end())
    throw KernelError("'" + reference + "' is a stage above this one: it does not use its values");
  Nests &nests = found->second;
  std::string loop = reference.substr(stage->name.size() + 1);
  for (auto &[name, piece] : nests.pieces)
    if (loop.compare(0, name.size() + 1, name + ".") == 0)
      return LoopLevel(stage->func, piece.get(loop.substr(name.size() + 1)));
  if (nests.wrapper && nests.wrapper->has(loop))
    return LoopLevel(wrapperOf.at(stage->name), nests.wrapper->get(loop));
  if (nests.update && nests.update->has(loop))
    return LoopLevel(stage->func, nests.update->get(loop));
  if (!nests.wrapper && nests.pure)
    return LoopLevel(stage->func, nests.pure->get(loop));
  throw KernelError("there is no loop '" + loop + "' in stage '" + stage->name + "'; it has " +
                    (nests.wrapper ? nests.wrapper->list() : std::string("none")));
}

/// Every loop that the plan names exists in some definition.
void Scheduler::checkLoops(StageFunc &stage, const Plan &plan, Nests &nests) {
  std::vector<std::string> known;
  for (const Axis &axis : stage.axes)
    known.push_back(axis.name);
  for (const Axis &axis : stage.reducedAxes)
    known.push_back(axis.name);
  for (const Plan::Tile &tile : plan.tiles)
    known.push_back(tile.outer);
  if (plan.registers)
    for (const Axis &axis : stage.axes)
      known.push_back(axis.name + ".block");
  auto check = [&](const std::string &loop) {
    if (std::find(known.begin(), known.end(), loop) != known.end())
      return;
    std::string text;
    for (const std::string &name : known)
      text += (text.empty() ? "" : ", ") + name;
    throw KernelError("there is no loop '" + loop + "'; it has " + text);
  };
  for (const auto *list : {&plan.order, &plan.parallel})
    std::for_each(list->begin(), list->end(), check);
  for (const auto *list : {&plan.lanes, &plan.unroll})
    for (const Cut &cut : *list)
      check(cut.axis);
  for (const Plan::Tile &tile : plan.tiles)
    check(tile.axis);
}

void Scheduler::applyLoops(StageFunc &stage, const Plan &plan, LoopNest &nest, bool update) {
  for (const Plan::Tile &tile : plan.tiles)
    if (nest.has(tile.axis))
      nest.tile(tile.axis, tile.outer, tile.count, tile.tail);
  bool cut = false;
  for (const Cut &lanes : plan.lanes)
    if (nest.has(lanes.axis)) {
      cut |= !nest.isReduced(lanes.axis);
      nest.lanes(lanes.axis, lanes.count, lanes.tail);
    }
  std::vector<std::string> inner;
  for (const Cut &unroll : plan.unroll)
    if (nest.has(unroll.axis) && !nest.isReduced(unroll.axis)) {
      cut = true;
      nest.unroll(unroll.axis, unroll.count);
      if (unroll.count == 0)
        inner.push_back(unroll.axis);
    }
  if (update && cut)
    for (const Axis &axis : stage.reducedAxes)
      if (nest.has(axis.name))
        inner.push_back(axis.name);
  nest.moveInnermost(inner);
  std::vector<std::string> order;
  for (const std::string &loop : plan.order)
    if (nest.has(loop))
      order.push_back(loop);
  nest.order(order);
  bool all = std::all_of(plan.parallel.begin(), plan.parallel.end(), [&](const std::string &l) { return nest.has(l); });
  if (!plan.parallel.empty() && all)
    nest.parallel(plan.parallel);
  for (const Cut &unroll : plan.unroll)
    if (nest.has(unroll.axis) && nest.isReduced(unroll.axis))
      nest.unroll(unroll.axis, unroll.count);
}

void Scheduler::applyRegisters(StageFunc &stage, const Plan &plan, Nests &nests) {
  if (!stage.isReduction)
    throw KernelError("'registers' needs a reduction");
  if (stage.isOutput)
    throw KernelError("'registers' needs a stage after this one, which copies or uses the finished tiles");
  Func wrapper = stage.func.in();
  wrapperOf.emplace(stage.name, wrapper);
  LoopNest &outer = nests.wrapper.emplace(Halide::Stage(wrapper), stage.name, false);
  LoopNest &pure = *nests.pure, &update = *nests.update;
  for (size_t a = stage.axes.size(); a-- > 0;)
    outer.add(stage.axes[a], stage.vars[a]);
  for (const Plan::Tile &tile : plan.tiles)
    if (outer.has(tile.axis))
      outer.tile(tile.axis, tile.outer, tile.count, tile.tail);

  struct TileAxis {
    std::string name;
    int64_t lanes = 1, copies = 1;
    bool whole = false;
  };
  std::vector<TileAxis> axes;
  auto entry = [&](const std::string &name) -> TileAxis & {
    for (TileAxis &axis : axes)
      if (axis.name == name)
        return axis;
    return axes.emplace_back(TileAxis{name});
  };
  for (const Cut &lanes : plan.lanes)
    if (outer.has(lanes.axis))
      entry(lanes.axis).lanes = lanes.count;
  for (const Cut &unroll : plan.unroll)
    if (outer.has(unroll.axis)) {
      TileAxis &axis = entry(unroll.axis);
      axis.copies = std::max<int64_t>(unroll.count, 1);
      axis.whole = unroll.count == 0;
    }
  std::vector<std::string> blocks, tile;
  for (TileAxis &axis : axes) {
    tile.push_back(axis.name);
    if (axis.whole)
      continue;
    outer.tile(axis.name, axis.name + ".block", axis.lanes * axis.copies, Tail::Default);
    blocks.push_back(axis.name + ".block");
  }
  if (blocks.empty())
    throw KernelError("'registers' needs an axis with a number of lanes or copies: its tiles must end somewhere");
  std::vector<std::string> order = tile;
  for (const std::string &loop : plan.order)
    if (outer.has(loop) && std::find(tile.begin(), tile.end(), loop) == tile.end())
      order.push_back(loop);
  if (order.size() == tile.size())
    order.insert(order.end(), blocks.begin(), blocks.end());
  outer.moveInnermost(order);
  for (TileAxis &axis : axes) {
    if (axis.lanes > 1)
      outer.lanes(axis.name, axis.lanes, Tail::Default);
    outer.unroll(axis.name, 0);
  }
  if (!plan.parallel.empty())
    outer.parallel(plan.parallel);
  stage.func.compute_at(LoopLevel(wrapper, outer.innermostExcept(tile)));
  for (LoopNest *nest : {&pure, &update}) {
    for (TileAxis &axis : axes)
      if (axis.lanes > 1)
        nest->lanes(axis.name, axis.lanes, Tail::Default);
    for (const Cut &lanes : plan.lanes)
      if (nest->has(lanes.axis) && nest->isReduced(lanes.axis))
        nest->lanes(lanes.axis, lanes.count, lanes.tail);
    std::vector<std::string> inner = tile;
    if (nest == &update)
      for (const Axis &axis : stage.reducedAxes)
        if (nest->has(axis.name))
          inner.push_back(axis.name);
    nest->moveInnermost(inner);
    for (TileAxis &axis : axes)
      nest->unroll(axis.name, 0);
    for (const Cut &unroll : plan.unroll)
      if (nest->has(unroll.axis) && nest->isReduced(unroll.axis))
        nest->unroll(unroll.axis, unroll.count);
  }
}

/// Partial sums side by side in vectors, then one sum across them.
void Scheduler::applyPartial(StageFunc &stage, const Plan &plan, Nests &nests) {
  if (!stage.isReduction || !nests.update->has(plan.partial->axis) || !nests.update->isReduced(plan.partial->axis))
    throw KernelError("'partial' needs one of the reduced axes, not '" + plan.partial->axis + "'");
  if (stage.vars.empty())
    throw KernelError("'partial' needs a stage with at least one axis");
  if (!plan.tiles.empty() || !plan.lanes.empty() || !plan.unroll.empty())
    throw KernelError("'partial' does not go with tile, lanes or unroll");
  int count = static_cast<int>(plan.partial->count), lanes = static_cast<int>(plan.partial->lanes);
  RVar whole = nests.update->get(plan.partial->axis).rvar, outer("partial_outer"), inner("partial_inner");
  Var slot("partial_slot");
  Func func = stage.func;
  func.update().split(whole, outer, inner, count, Halide::TailStrategy::GuardWithIf);
  Func sums = func.update().rfactor(inner, slot);
  sums.compute_at(func, stage.vars.back()).vectorize(slot, lanes).unroll(slot);
  sums.update().reorder(slot, outer).vectorize(slot, lanes).unroll(slot);
  func.update().atomic().vectorize(inner, count);
}

bool hasLoop(const Halide::Stage &stage, const std::string &name) {
  for (const Halide::Internal::Dim &loop : stage.get_schedule().dims())
    if (loop.var == name)
      return true;
  return false;
}

void Scheduler::apply(StageFunc &stage) {
  Plan plan(stage.directives);
  if (stage.isOutput && (plan.at || plan.store || plan.inlined))
    throw KernelError("it is the kernel's result: it cannot be inlined or computed in another stage");
  bool inlined = !stage.isOutput && !stage.isReduction && (!stage.isNamed || plan.inlined);
  if (inlined && stage.directives.size() > 1)
    throw KernelError("'inline' stands alone");
  if (plan.inlined && stage.isReduction)
    throw KernelError("a reduction cannot be inlined");
  if (inlined)
    return;
  Nests &nests = nestsOf[stage.name];
  LoopNest &pure = nests.pure.emplace(Halide::Stage(stage.func), stage.name, stage.isOutput);
  for (size_t a = stage.axes.size(); a-- > 0;)
    pure.add(stage.axes[a], stage.vars[a]);
  if (stage.isReduction) {
    LoopNest &update = nests.update.emplace(stage.func.update(), stage.name, stage.isOutput);
    // Loops that nothing depends on are gone.
    for (size_t r = 0; r < stage.reducedAxes.size(); ++r)
      if (hasLoop(stage.func.update(), stage.domain[r].name()))
        update.add(stage.reducedAxes[r], RVar(stage.domain[r]));
    for (size_t a = stage.axes.size(); a-- > 0;)
      update.add(stage.axes[a], stage.vars[a]);
  }
  for (size_t i = 0; i < stage.pieces.size(); ++i) {
    const Piece &piece = stage.pieces[i];
    LoopNest nest(stage.func.update(i), stage.name + "." + piece.name, stage.isOutput, true);
    for (size_t a = stage.axes.size(); a-- > 0;)
      nest.add(stage.axes[a], a == piece.axis ? VarOrRVar(RVar(piece.domain.x)) : VarOrRVar(stage.vars[a]));
    nests.pieces.emplace(piece.name, std::move(nest));
  }
  checkLoops(stage, plan, nests);
  bool gone = plan.partial && nests.update && !nests.update->has(plan.partial->axis) &&
              std::any_of(stage.reducedAxes.begin(), stage.reducedAxes.end(),
                          [&](const Axis &axis) { return axis.name == plan.partial->axis; });
  if (plan.partial && !gone) {
    applyPartial(stage, plan, nests);
  } else if (plan.registers) {
    applyRegisters(stage, plan, nests);
  } else {
    applyLoops(stage, plan, pure, false);
    if (stage.isReduction)
      applyLoops(stage, plan, *nests.update, true);
    for (auto &[name, piece] : nests.pieces)
      applyLoops(stage, plan, piece, false);
  }

  Func target = plan.registers ? wrapperOf.at(stage.name) : stage.func;
  if (!stage.isOutput) {
    if (!stage.isNamed)
      warn("stage '" + stage.name + "' reduces and has no schedule: it is computed whole before its consumers");
    target.compute_at(level(plan.at.value_or("root")));
    if (plan.store)
      target.store_at(level(*plan.store));
  }
  if (plan.memory)
    target.store_in(*plan.memory);
  for (const std::string &name : plan.full) {
    const Axis &whole = axis(stage, name);
    size_t position = &whole - stage.axes.data();
    target.bound_extent(stage.vars[position], whole.size);
  }
  if (!plan.layout.empty()) {
    std::vector<Var> variables;
    for (const std::string &name : plan.layout)
      variables.push_back(stage.vars[&axis(stage, name) - stage.axes.data()]);
    if (variables.size() != stage.vars.size())
      throw KernelError("'layout' needs all axes of the stage");
    if (stage.isOutput)
      throw KernelError("'layout' is fixed for the kernel's result");
    target.reorder_storage(variables);
  }
}

} // namespace

void applySchedule(Kernel &kernel, llvm::function_ref<void(llvm::StringRef)> warn) { Scheduler(kernel, warn).run(); }

} // namespace attune::kernels
