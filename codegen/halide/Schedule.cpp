#include "codegen/halide/Schedule.h"

using Halide::Func;
using Halide::RVar;
using Halide::TailStrategy;
using Halide::Var;
using Halide::VarOrRVar;

namespace attune::kernels {
namespace {

/// The loops of a definition of a Func, by their ids in a plan. Loops that
/// nothing depends on are gone in Halide: steps about them do nothing.
class HalideLoops {
public:
  HalideLoops(Halide::Stage stage, unsigned count) : stage(std::move(stage)), loops(count) {}

  void set(unsigned id, VarOrRVar variable) { loops[id] = variable; }
  const std::optional<VarOrRVar> &get(unsigned id) const { return loops[id]; }

  void apply(const LoopNest &nest) {
    for (const LoopStep &step : nest.getSteps())
      apply(step);
  }

private:
  void apply(const LoopStep &step) {
    switch (step.kind) {
    case LoopStep::Split:
      if (auto old = loops[step.loops[0]]) {
        loops[step.loops[1]] = fresh(*old);
        loops[step.loops[2]] = fresh(*old);
        stage.split(*old, *loops[step.loops[1]], *loops[step.loops[2]], static_cast<int>(step.factor), strategy(step.tail));
      }
      return;
    case LoopStep::Fuse:
      loops[step.loops[2]] = fresh(*loops[step.loops[0]]);
      stage.fuse(*loops[step.loops[0]], *loops[step.loops[1]], *loops[step.loops[2]]);
      return;
    case LoopStep::Reorder: {
      std::vector<VarOrRVar> variables;
      for (unsigned id : step.loops)
        if (loops[id])
          variables.push_back(*loops[id]);
      if (variables.size() > 1)
        stage.reorder(variables);
      return;
    }
    case LoopStep::Vectorize:
      if (loops[step.loops[0]])
        stage.vectorize(*loops[step.loops[0]]);
      return;
    case LoopStep::Unroll:
      if (loops[step.loops[0]])
        stage.unroll(*loops[step.loops[0]]);
      return;
    case LoopStep::UnrollBy:
      if (loops[step.loops[0]])
        stage.unroll(*loops[step.loops[0]], static_cast<int>(step.factor), TailStrategy::GuardWithIf);
      return;
    case LoopStep::Parallel:
      if (loops[step.loops[0]])
        stage.parallel(*loops[step.loops[0]]);
      return;
    case LoopStep::Block:
      if (step.loops.empty())
        stage.gpu_single_thread();
      else if (loops[step.loops[0]])
        stage.gpu_blocks(*loops[step.loops[0]]);
      return;
    case LoopStep::Thread:
      if (loops[step.loops[0]])
        stage.gpu_threads(*loops[step.loops[0]]);
      return;
    case LoopStep::Atomic: stage.atomic(); return;
    }
  }

  static TailStrategy strategy(Tail tail) {
    switch (tail) {
    case Tail::Pad: return TailStrategy::RoundUp;
    case Tail::Shift: return TailStrategy::ShiftInwards;
    case Tail::Default:
    case Tail::Guard: break;
    }
    return TailStrategy::GuardWithIf;
  }

  static VarOrRVar fresh(const VarOrRVar &like) {
    static unsigned count = 0;
    std::string name = "loop_" + std::to_string(++count);
    return like.is_rvar ? VarOrRVar(RVar(name)) : VarOrRVar(Var(name));
  }

  Halide::Stage stage;
  std::vector<std::optional<VarOrRVar>> loops;
};

bool hasLoop(const Halide::Stage &stage, const std::string &name) {
  for (const Halide::Internal::Dim &loop : stage.get_schedule().dims())
    if (loop.var == name)
      return true;
  return false;
}

class Scheduler {
public:
  Scheduler(Kernel &kernel, const KernelPlan &plan, llvm::function_ref<void(llvm::StringRef)> warn)
      : plan(plan), warn(warn) {
    for (StageFunc &stage : kernel.stages)
      stages.push_back(&stage);
    loopsOf.resize(stages.size());
    tilesOf.resize(stages.size());
  }

  void run() {
    // Consumers first: `at` refers to their loops.
    for (size_t i = stages.size(); i-- > 0;)
      if (!plan.stages[i].isInlined)
        apply(i);
  }

private:
  struct Loops {
    std::optional<HalideLoops> tiles, start, update;
    std::vector<HalideLoops> pieces;
  };

  /// The axes of a stage are the first loops of each nest.
  static HalideLoops begin(Halide::Stage definition, const LoopNest &nest, const StageFunc &stage, const Piece *piece = nullptr) {
    HalideLoops loops(definition, nest.getLoopCount());
    size_t rank = stage.axes.size();
    for (unsigned id = 0; id < nest.getAxisCount(); ++id) {
      unsigned axis = nest.axesOf(id)[0];
      if (piece && piece->axis == axis) {
        loops.set(id, RVar(piece->domain.x));
      } else if (axis >= rank) {
        const RVar &reduced = stage.domain[axis - rank];
        if (hasLoop(definition, reduced.name()))
          loops.set(id, reduced);
      } else {
        loops.set(id, stage.vars[axis]);
      }
    }
    return loops;
  }

  void apply(size_t index) {
    StageFunc &stage = *stages[index];
    const StagePlan &planned = plan.stages[index];
    Loops &loops = loopsOf[index];
    if (planned.tiles) {
      tilesOf[index] = stage.func.in();
      loops.tiles = begin(Halide::Stage(*tilesOf[index]), *planned.tiles, stage);
      loops.tiles->apply(*planned.tiles);
      stage.func.compute_at(Halide::LoopLevel(*tilesOf[index], *loops.tiles->get(*planned.tileLoop)));
    }
    loops.start = begin(Halide::Stage(stage.func), *planned.start, stage);
    loops.start->apply(*planned.start);
    if (planned.update) {
      loops.update = begin(stage.func.update(), *planned.update, stage);
      loops.update->apply(*planned.update);
      if (planned.hasPartialSums)
        sumPartially(stage, *planned.directives.partial, innermostElement(*planned.update, *loops.update));
    }
    for (size_t i = 0; i < planned.pieces.size(); ++i) {
      loops.pieces.push_back(begin(stage.func.update(i), planned.pieces[i], stage, &stage.pieces[i]));
      loops.pieces.back().apply(planned.pieces[i]);
    }
    place(index, planned.tiles ? *tilesOf[index] : stage.func);
  }

  void place(size_t index, Func func) {
    StageFunc &stage = *stages[index];
    const StagePlan &planned = plan.stages[index];
    const StageDirectives &words = planned.directives;
    if (!stage.isOutput) {
      if (!planned.isNamed)
        warn("stage '" + stage.name + "' reduces and has no schedule: it is computed whole before its consumers");
      func.compute_at(level(planned.at));
      if (words.store)
        func.store_at(level(planned.store));
    }
    if (words.place)
      func.store_in(memory(words.place->memory));
    for (size_t axis = 0; axis < planned.extents.size(); ++axis)
      if (!llvm::is_contained(words.full.names, stage.axes[axis].name))
        func.bound_extent(stage.vars[axis], static_cast<int>(planned.extents[axis]));
    for (const std::string &name : words.full.names) {
      size_t axis = axisOf(stage, name);
      func.bound(stage.vars[axis], 0, stage.axes[axis].size);
    }
    if (words.layout) {
      std::vector<Var> variables;
      for (const std::string &name : words.layout.names)
        variables.push_back(stage.vars[axisOf(stage, name)]);
      func.reorder_storage(variables);
      for (auto [room, variable] : llvm::zip(words.layout.room, variables))
        if (room)
          func.align_storage(variable, static_cast<int>(room));
    }
  }

  Halide::LoopLevel level(const std::optional<LoopLevel> &wanted) {
    if (!wanted)
      return Halide::LoopLevel::root();
    Loops &loops = loopsOf[wanted->stage];
    const StageFunc &stage = *stages[wanted->stage];
    switch (wanted->definition) {
    case Definition::Tiles: return in(*tilesOf[wanted->stage], *loops.tiles, *wanted);
    case Definition::Start: return in(stage.func, *loops.start, *wanted);
    case Definition::Update: return in(stage.func, *loops.update, *wanted);
    case Definition::Piece: return in(stage.func, loops.pieces[wanted->piece], *wanted);
    }
    return Halide::LoopLevel::root();
  }

  static Halide::LoopLevel in(const Func &func, const HalideLoops &loops, const LoopLevel &wanted) {
    const std::optional<VarOrRVar> &variable = loops.get(wanted.loop);
    if (!variable)
      throw KernelError("nothing in stage '" + func.name() + "' depends on a loop that another stage is computed in");
    return Halide::LoopLevel(func, *variable);
  }

  static size_t axisOf(const StageFunc &stage, const std::string &name) {
    size_t axis = 0;
    while (stage.axes[axis].name != name)
      ++axis;
    return axis;
  }

  static Halide::MemoryType memory(Memory memory) {
    switch (memory) {
    case Memory::Stack: return Halide::MemoryType::Stack;
    case Memory::Heap: return Halide::MemoryType::Heap;
    case Memory::Register: return Halide::MemoryType::Register;
    case Memory::Shared: return Halide::MemoryType::GPUShared;
    }
    return Halide::MemoryType::Auto;
  }

  /// The innermost of the loops over elements.
  static Var innermostElement(const LoopNest &nest, const HalideLoops &loops) {
    auto *found = llvm::find_if(nest.getLoops(), [](const Loop &loop) { return !loop.isReduced; });
    return loops.get(found->id)->var;
  }

  /// Partial sums side by side in vectors, then one sum across them, for each iteration of the loop `element`.
  static void sumPartially(StageFunc &stage, const StageDirectives::PartialSums &partial, const Var &element) {
    int count = static_cast<int>(partial.count), lanes = static_cast<int>(partial.lanes);
    size_t axis = 0;
    while (stage.reducedAxes[axis].name != partial.axis)
      ++axis;
    RVar whole = stage.domain[axis], outer("partial_outer"), inner("partial_inner");
    Var slot("partial_slot");
    Func func = stage.func;
    if (!hasLoop(func.update(), whole.name()))
      return;
    func.update().split(whole, outer, inner, count, TailStrategy::GuardWithIf);
    Func sums = func.update().rfactor(inner, slot);
    sums.compute_at(func, element).vectorize(slot, lanes).unroll(slot);
    sums.update().reorder(slot, outer).vectorize(slot, lanes).unroll(slot);
    func.update().atomic().vectorize(inner, count);
  }

  const KernelPlan &plan;
  llvm::function_ref<void(llvm::StringRef)> warn;
  std::vector<StageFunc *> stages;
  std::vector<Loops> loopsOf;
  std::vector<std::optional<Func>> tilesOf;
};

} // namespace

void applySchedule(Kernel &kernel, const KernelPlan &plan, llvm::function_ref<void(llvm::StringRef)> warn) {
  Scheduler(kernel, plan, warn).run();
}

} // namespace attune::kernels
