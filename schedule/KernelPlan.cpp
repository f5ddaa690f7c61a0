#include "schedule/KernelPlan.h"
#include "llvm/ADT/StringExtras.h"

using llvm::StringRef;

namespace attune {

using attn::DirectiveAttr;

const LoopNest *StagePlan::nest(Definition definition, size_t piece) const {
  auto pointer = [](const std::optional<LoopNest> &nest) { return nest ? &*nest : nullptr; };
  switch (definition) {
  case Definition::Tiles: return pointer(tiles);
  case Definition::Start: return pointer(start);
  case Definition::Update: return pointer(update);
  case Definition::Piece: return piece < pieces.size() ? &pieces[piece] : nullptr;
  }
  return nullptr;
}

/// Of the loops of `nest`, those from the outermost to `loop`, which may be none.
static void appendDownTo(llvm::SmallVectorImpl<LoopLevel> &levels, const LoopNest &nest, LoopLevel to) {
  for (const Loop &loop : llvm::reverse(nest.getLoops())) {
    levels.push_back({to.stage, to.definition, to.piece, loop.id});
    if (loop.id == to.loop)
      return;
  }
}

llvm::SmallVector<LoopLevel> KernelPlan::around(size_t stage, Definition definition) const {
  const StagePlan &plan = stages[stage];
  llvm::SmallVector<LoopLevel> levels;
  if (plan.at) {
    levels = around(plan.at->stage, plan.at->definition);
    appendDownTo(levels, nest(*plan.at), *plan.at);
  }
  if (definition != Definition::Tiles && plan.tileLoop)
    appendDownTo(levels, *plan.tiles, {stage, Definition::Tiles, 0, *plan.tileLoop});
  return levels;
}

namespace {

class Planner {
public:
  Planner(std::vector<StageShape> shapes, attn::ScheduleAttr schedule) : schedule(schedule) {
    for (StageShape &shape : shapes)
      plan.stages.emplace_back().shape = std::move(shape);
  }

  llvm::Expected<KernelPlan> run() {
    if (llvm::Error error = checkNames())
      return std::move(error);
    // Consumers first: `at` refers to their loops.
    for (size_t i = plan.stages.size(); i-- > 0;)
      if (llvm::Error error = planStage(i))
        return std::move(error);
    return std::move(plan);
  }

private:
  llvm::Error checkNames() {
    if (!schedule)
      return llvm::Error::success();
    llvm::SmallVector<StringRef> seen;
    for (attn::StageScheduleAttr entry : schedule.getStages()) {
      StringRef name = entry.getStage().getValue();
      std::string known;
      bool found = false;
      for (const StagePlan &stage : plan.stages) {
        found |= name == stage.shape.name;
        known += (known.empty() ? "" : ", ") + stage.shape.name;
      }
      if (!found)
        return llvm::make_error<ScheduleError>("the schedule names stage '" + name + "'; the kernel has " + known);
      if (llvm::is_contained(seen, name))
        return llvm::make_error<ScheduleError>("the schedule has two entries for it", name);
      seen.push_back(name);
    }
    return llvm::Error::success();
  }

  // ---- one stage ----

  llvm::Error planStage(size_t index) {
    StagePlan &stage = plan.stages[index];
    if (auto entry = schedule ? schedule.lookup(stage.shape.name) : attn::StageScheduleAttr()) {
      llvm::Expected<StageDirectives> read = readDirectives(entry);
      if (!read)
        return read.takeError();
      stage.directives = std::move(*read);
      stage.isNamed = true;
      count = entry.getDirectives().size();
    } else {
      count = 0;
    }
    problem.clear();
    culprit = {};
    work(stage, index);
    if (problem.empty())
      return llvm::Error::success();
    return llvm::make_error<ScheduleError>(problem, stage.shape.name, culprit);
  }

  void fail(const llvm::Twine &why, DirectiveAttr from) {
    if (!problem.empty())
      return;
    problem = why.str();
    culprit = from;
  }
  /// Hands on what a nest could not do because of `from`.
  void take(LoopNest &nest, DirectiveAttr from) {
    if (!nest.problem.empty())
      fail(nest.problem, from);
  }

  void work(StagePlan &stage, size_t index) {
    const StageShape &shape = stage.shape;
    const StageDirectives &words = stage.directives;
    checkKind(stage);
    if (!problem.empty())
      return;
    stage.isInlined = !shape.isResult && !shape.isReduction && (!stage.isNamed || words.inlined);
    if (stage.isInlined)
      return;
    LoopNest &start = stage.start.emplace(shape.name, shape.isResult);
    addAxes(start, shape, /*reduced=*/false);
    if (shape.isReduction) {
      LoopNest &update = stage.update.emplace(shape.name, shape.isResult, /*isUpdate=*/true);
      for (size_t a = shape.rank; a < shape.axes.size(); ++a)
        if (!shape.unused[a])
          update.add(shape.axes[a].name, a, shape.axes[a].size, /*isReduced=*/true);
      addAxes(update, shape, false);
    }
    addPieces(stage);
    checkLoops(stage);
    if (!problem.empty())
      return;
    stage.hasPartialSums = words.partial && hasLoop(stage, words.partial->axis);
    if (stage.hasPartialSums) {
      planPartialSums(stage);
    } else if (words.registers) {
      planRegisters(stage);
    } else {
      planLoops(stage, *stage.start, false);
      if (stage.update)
        planLoops(stage, *stage.update, true);
      for (LoopNest &piece : stage.pieces)
        planLoops(stage, piece, shape.isReduction);
    }
    if (!problem.empty())
      return;
    if (words.at)
      stage.at = level(words.at->loop, index, words.at->from);
    if (words.store)
      stage.store = level(words.store->loop, index, words.store->from);
  }

  /// Directives that only some kinds of stages can have.
  void checkKind(const StagePlan &stage) {
    const StageShape &shape = stage.shape;
    const StageDirectives &words = stage.directives;
    if (shape.isResult) {
      for (DirectiveAttr from : {words.at ? words.at->from : DirectiveAttr(), words.store ? words.store->from : DirectiveAttr(), words.inlined})
        if (from)
          fail("it is the kernel's result: it cannot be inlined or computed in another stage", from);
      if (words.place)
        fail("it is the kernel's result: where it is kept is not the kernel's to say", words.place->from);
      if (words.layout)
        fail("'layout' is fixed for the kernel's result", words.layout.from);
    }
    if (words.inlined && shape.isReduction)
      fail("a reduction cannot be inlined", words.inlined);
    if (words.inlined && count > 1)
      fail("'inline' stands alone", words.inlined);
    if (words.skip && !shape.isReduction)
      fail("'skip' needs a reduction: what it leaves out are terms", words.skip);
    if (words.pieces && shape.isResult)
      fail("'" + words.pieces.from.str() + "' cannot stand at the kernel's result: give a stage before the result its pieces", words.pieces.from);
    for (DirectiveAttr other : {words.partial ? words.partial->from : DirectiveAttr(), words.registers, words.prefetch})
      if (words.pieces && shape.isReduction && other)
        fail("'" + other.str() + "' does not go with pieces", other);
    if (words.prefetch && !shape.isReduction)
      fail("'prefetch' needs a reduction, whose terms read the weights", words.prefetch);
    if (words.pieces && words.skip)
      fail("'skip' does not go with pieces, which visit only what each is for", words.skip);
    if (words.sparse && shape.isReduction)
      fail("'sparse' is for stages that reduce nothing: what nothing is added to has its start", words.sparse);
    if (words.sparse && !words.pieces)
      fail("'sparse' needs 'pieces': nothing else says which elements are set", words.sparse);
    if (words.registers && !shape.isReduction)
      fail("'registers' needs a reduction", words.registers);
    if (words.registers && shape.isResult)
      fail("'registers' needs a stage after this one, which copies or uses the finished tiles", words.registers);
    for (DirectiveAttr other : {words.registers, words.prefetch})
      if (words.partial && other)
        fail("'partial' does not go with " + other.str(), words.partial->from);
    if (words.partial && (!words.tiles.empty() || !words.lanes.empty() || !words.unroll.empty()))
      fail("'partial' does not go with tile, lanes or unroll", words.partial->from);
    checkAxes(shape, words.full, "axis");
    checkAxes(shape, words.layout, "axis");
    if (words.layout && words.layout.names.size() != shape.rank)
      fail("'layout' needs all axes of the stage", words.layout.from);
  }

  static std::string axesOf(const StageShape &shape) {
    std::string known;
    for (size_t a = 0; a < shape.rank; ++a)
      known += (known.empty() ? "" : ", ") + shape.axes[a].name;
    return known.empty() ? "none" : known;
  }

  static std::optional<size_t> findAxis(const StageShape &shape, StringRef name) {
    for (size_t a = 0; a < shape.rank; ++a)
      if (shape.axes[a].name == name)
        return a;
    return std::nullopt;
  }

  void checkAxes(const StageShape &shape, const StageDirectives::Names &names, StringRef what) {
    for (const std::string &name : names.names) {
      if (!findAxis(shape, name))
        fail("there is no " + what + " '" + name + "'; it has " + axesOf(shape), names.from);
      if (llvm::count(names.names, name) > 1)
        fail("'" + names.from.str() + "' names " + what + " '" + name + "' twice", names.from);
    }
  }

  static void addAxes(LoopNest &nest, const StageShape &shape, bool reduced) {
    for (size_t a = shape.rank; a-- > 0;)
      nest.add(shape.axes[a].name, a, shape.axes[a].size, reduced);
  }

  void addPieces(StagePlan &stage) {
    const StageShape &shape = stage.shape;
    const StageDirectives::Names &pieces = stage.directives.pieces;
    if (!pieces)
      return;
    if (shape.isReduction)
      return addPiecesOfReduction(stage);
    std::optional<size_t> along = findAxis(shape, pieces.names[0]);
    if (!along)
      return fail("'" + pieces.from.str() + "' names no axis of the stage; it has " + axesOf(shape), pieces.from);
    for (size_t i = 1; i < pieces.names.size(); ++i) {
      LoopNest &nest = stage.pieces.emplace_back(shape.name + "." + pieces.names[i], shape.isResult, /*isUpdate=*/true);
      for (size_t a = shape.rank; a-- > 0;)
        nest.add(shape.axes[a].name, a, shape.axes[a].size, /*isReduced=*/a == *along);
    }
  }

  /// Each arm adds its terms, one arm after another.
  void addPiecesOfReduction(StagePlan &stage) {
    const StageShape &shape = stage.shape;
    const StageDirectives::Names &pieces = stage.directives.pieces;
    if (shape.axes.size() != shape.rank + 1 || shape.axes.back().name != pieces.names[0])
      return fail("'" + pieces.from.str() + "' has to name the axis that is reduced, the only one", pieces.from);
    if (shape.unused.back())
      return fail("'" + pieces.from.str() + "' goes along an axis that nothing depends on", pieces.from);
    stage.update.reset();
    for (size_t i = 1; i < pieces.names.size(); ++i)
      stage.pieces.emplace_back(shape.name + "." + pieces.names[i], shape.isResult, /*isUpdate=*/true);
    for (LoopNest &piece : stage.pieces) {
      piece.add(shape.axes.back().name, shape.rank, shape.axes.back().size, /*isReduced=*/true);
      addAxes(piece, shape, false);
    }
  }

  /// Every loop that directives name exists in some definition.
  void checkLoops(const StagePlan &stage) {
    const StageShape &shape = stage.shape;
    const StageDirectives &words = stage.directives;
    std::vector<std::string> known;
    for (const StageShape::Axis &axis : shape.axes)
      known.push_back(axis.name);
    for (const StageDirectives::Tile &tile : words.tiles) {
      if (llvm::is_contained(known, tile.loop))
        fail("there are two loops '" + tile.loop + "': give each tile of an axis a label of its own", tile.from);
      known.push_back(tile.loop);
    }
    if (words.registers)
      for (size_t a = 0; a < shape.rank; ++a)
        known.push_back(shape.axes[a].name + ".block");
    for (const StageDirectives::Threads &threads : words.threads) {
      if (!llvm::is_contained(known, threads.loop))
        return fail("there is no loop '" + threads.loop + "'; it has " + llvm::join(known, ", "), threads.from);
      if (llvm::is_contained(known, threads.loop + ".thread"))
        return fail("'" + threads.from.str() + "' shares loop '" + threads.loop + "' among threads twice", threads.from);
    }
    for (const StageDirectives::Threads &threads : words.threads)
      known.push_back(threads.loop + ".thread");
    auto check = [&](StringRef loop, DirectiveAttr from) {
      if (!llvm::is_contained(known, loop))
        fail("there is no loop '" + loop + "'; it has " + llvm::join(known, ", "), from);
    };
    for (const StageDirectives::Tile &tile : words.tiles)
      check(tile.axis, tile.from);
    if (words.block)
      for (const std::string &loop : words.block->names)
        check(loop, words.block->from);
    for (const StageDirectives::Names *names : {&words.order, &words.parallel})
      for (const std::string &loop : names->names)
        check(loop, names->from);
    for (const StageDirectives::Lanes &lanes : words.lanes)
      check(lanes.axis, lanes.from);
    for (const StageDirectives::Copies &copies : words.unroll)
      check(copies.axis, copies.from);
    if (words.partial && !llvm::any_of(llvm::drop_begin(shape.axes, shape.rank),
                                       [&](const StageShape::Axis &axis) { return axis.name == words.partial->axis; }))
      fail("'partial' needs one of the reduced axes, not '" + words.partial->axis + "'", words.partial->from);
  }

  static bool hasLoop(const StagePlan &stage, StringRef reduced) { return stage.update && stage.update->isReduced(reduced); }

  // ---- loops ----

  void planPartialSums(StagePlan &stage) {
    const StageDirectives::PartialSums &partial = *stage.directives.partial;
    if (stage.shape.rank == 0)
      return fail("'partial' needs a stage with at least one axis", partial.from);
    planLoops(stage, *stage.start, false);
    planLoops(stage, *stage.update, true);
    DirectiveAttr moved = stage.directives.order ? stage.directives.order.from : stage.directives.parallel.from;
    for (const Loop &loop : stage.update->getLoops()) {
      if (loop.name == partial.axis)
        return;
      if (!loop.isReduced)
        return fail("loop '" + loop.name + "' is inside of '" + partial.axis + "', whose partial sums are those of one element",
                    moved);
    }
  }

  void planLoops(const StagePlan &stage, LoopNest &nest, bool isUpdate) {
    const StageDirectives &words = stage.directives;
    for (const StageDirectives::Tile &tile : words.tiles)
      if (nest.has(tile.axis)) {
        nest.tile(tile.axis, tile.loop, tile.count, tile.tail);
        take(nest, tile.from);
      }
    bool cut = false;
    for (const StageDirectives::Lanes &lanes : words.lanes)
      if (nest.has(lanes.axis)) {
        cut |= !nest.isReduced(lanes.axis);
        nest.lanes(lanes.axis, lanes.count, lanes.tail);
        take(nest, lanes.from);
      }
    std::vector<std::string> inner;
    for (const StageDirectives::Copies &copies : words.unroll)
      if (nest.has(copies.axis) && !nest.isReduced(copies.axis)) {
        cut = true;
        nest.unroll(copies.axis, copies.count);
        take(nest, copies.from);
        if (copies.count == 0)
          inner.push_back(copies.axis);
      }
    if (isUpdate && cut)
      for (const StageShape::Axis &axis : llvm::drop_begin(stage.shape.axes, stage.shape.rank))
        if (nest.has(axis.name))
          inner.push_back(axis.name);
    nest.moveInnermost(inner);
    shareAmongThreads(words, nest);
    std::vector<std::string> order;
    for (const std::string &loop : words.order.names)
      if (nest.has(loop))
        order.push_back(loop);
    nest.order(order);
    take(nest, words.order.from);
    if (words.block && llvm::all_of(words.block->names, [&](const std::string &loop) { return nest.has(loop); })) {
      nest.block(words.block->names);
      take(nest, words.block->from);
    }
    if (words.parallel && llvm::all_of(words.parallel.names, [&](const std::string &loop) { return nest.has(loop); })) {
      nest.parallel(words.parallel.names);
      take(nest, words.parallel.from);
    }
    unrollReduced(words, nest);
  }

  void shareAmongThreads(const StageDirectives &words, LoopNest &nest) {
    for (const StageDirectives::Threads &threads : words.threads)
      if (nest.has(threads.loop)) {
        nest.thread(threads.loop, threads.count);
        take(nest, threads.from);
      }
  }

  void unrollReduced(const StageDirectives &words, LoopNest &nest) {
    for (const StageDirectives::Copies &copies : words.unroll)
      if (nest.has(copies.axis) && nest.isReduced(copies.axis)) {
        nest.unroll(copies.axis, copies.count);
        take(nest, copies.from);
      }
  }

  /// A tile of the lanes and copies, accumulated in registers, and loops over
  /// tiles around it.
  void planRegisters(StagePlan &stage) {
    const StageShape &shape = stage.shape;
    const StageDirectives &words = stage.directives;
    LoopNest &outer = stage.tiles.emplace(shape.name, false);
    addAxes(outer, shape, false);
    for (const StageDirectives::Tile &tile : words.tiles)
      if (outer.has(tile.axis)) {
        if (tile.tail == Tail::Guard)
          fail("'" + tile.from.str() + "' ends inside register tiles, which are computed whole; use pad", tile.from);
        outer.tile(tile.axis, tile.loop, tile.count, tile.tail);
        take(outer, tile.from);
      }
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
    for (const StageDirectives::Lanes &lanes : words.lanes)
      if (outer.has(lanes.axis))
        entry(lanes.axis).lanes = lanes.count;
    for (const StageDirectives::Copies &copies : words.unroll)
      if (outer.has(copies.axis)) {
        TileAxis &axis = entry(copies.axis);
        axis.copies = std::max<int64_t>(copies.count, 1);
        axis.whole = copies.count == 0;
      }
    std::vector<std::string> blocks, tile;
    for (TileAxis &axis : axes) {
      tile.push_back(axis.name);
      if (axis.whole)
        continue;
      outer.tile(axis.name, axis.name + ".block", axis.lanes * axis.copies, Tail::Default);
      blocks.push_back(axis.name + ".block");
    }
    take(outer, words.registers);
    if (blocks.empty())
      fail("'registers' needs an axis with a number of lanes or copies: its tiles must end somewhere", words.registers);
    if (!problem.empty())
      return;
    std::vector<std::string> order = tile;
    for (const std::string &loop : words.order.names)
      if (outer.has(loop) && !llvm::is_contained(tile, loop))
        order.push_back(loop);
    if (order.size() == tile.size())
      llvm::append_range(order, blocks);
    for (const std::string &loop : order)
      if (llvm::count(order, loop) > 1)
        return fail("order names loop '" + loop + "' of stage '" + shape.name + "' twice", words.order.from);
    outer.moveInnermost(order);
    shareAmongThreads(words, outer);
    for (TileAxis &axis : axes) {
      if (axis.lanes > 1)
        outer.lanes(axis.name, axis.lanes, Tail::Default);
      outer.unroll(axis.name, 0);
    }
    take(outer, words.registers);
    if (words.block) {
      outer.block(words.block->names);
      take(outer, words.block->from);
    }
    if (words.parallel) {
      outer.parallel(words.parallel.names);
      take(outer, words.parallel.from);
    }
    const Loop *around = outer.innermostExcept(tile);
    if (!around)
      return fail("'registers' has no loop left around its tile", words.registers);
    stage.tileLoop = around->id;
    for (LoopNest *nest : {&*stage.start, &*stage.update}) {
      for (TileAxis &axis : axes)
        if (axis.lanes > 1)
          nest->lanes(axis.name, axis.lanes, Tail::Default);
      for (const StageDirectives::Lanes &lanes : words.lanes)
        if (nest->has(lanes.axis) && nest->isReduced(lanes.axis))
          nest->lanes(lanes.axis, lanes.count, lanes.tail);
      std::vector<std::string> inner = tile;
      if (nest == &*stage.update)
        for (const StageShape::Axis &axis : llvm::drop_begin(shape.axes, shape.rank))
          if (nest->has(axis.name))
            inner.push_back(axis.name);
      nest->moveInnermost(inner);
      for (TileAxis &axis : axes)
        nest->unroll(axis.name, 0);
      take(*nest, words.registers);
      unrollReduced(words, *nest);
    }
  }

  // ---- levels ----

  std::optional<LoopLevel> level(const std::string &reference, size_t user, DirectiveAttr from) {
    if (reference == "root")
      return std::nullopt;
    // Names of stages may hold dots: the longest one that fits.
    std::optional<size_t> found;
    for (auto [i, other] : llvm::enumerate(plan.stages)) {
      StringRef name = other.shape.name;
      if (StringRef(reference).starts_with((name + ".").str()) &&
          (!found || name.size() > plan.stages[*found].shape.name.size()))
        found = i;
    }
    if (!found)
      return fail("'" + reference + "' is not root or STAGE.LOOP", from), std::nullopt;
    const StagePlan &stage = plan.stages[*found];
    if (*found <= user)
      return fail("'" + reference + "' is a stage above this one: it does not use its values", from), std::nullopt;
    if (stage.isInlined)
      return fail("stage '" + stage.shape.name + "' is computed where it is read: it has no loop '" + reference + "'", from),
             std::nullopt;
    StringRef loop = StringRef(reference).drop_front(stage.shape.name.size() + 1);
    for (auto [i, piece] : llvm::enumerate(stage.pieces)) {
      auto [name, rest] = loop.split('.');
      if (name == stage.directives.pieces.names[i + 1])
        if (const Loop *in = find(piece, rest, from))
          return LoopLevel{*found, Definition::Piece, i, in->id};
    }
    for (Definition definition : {Definition::Tiles, Definition::Update, Definition::Start}) {
      const LoopNest *nest = stage.nest(definition, 0);
      if (definition == Definition::Start && stage.tiles)
        break;
      if (nest)
        if (const Loop *in = nest->lookup(loop))
          return LoopLevel{*found, definition, 0, in->id};
    }
    const LoopNest &shown = stage.tiles ? *stage.tiles : stage.update ? *stage.update : *stage.start;
    fail("there is no loop '" + loop + "' in stage '" + stage.shape.name + "'; it has " + shown.list(), from);
    return std::nullopt;
  }

  const Loop *find(const LoopNest &nest, StringRef loop, DirectiveAttr from) {
    const Loop *found = nest.lookup(loop);
    if (!found)
      fail("there is no loop '" + loop + "' in a piece; it has " + nest.list(), from);
    return found;
  }

  attn::ScheduleAttr schedule;
  KernelPlan plan;
  std::string problem; ///< of the stage at hand
  DirectiveAttr culprit;
  size_t count = 0; ///< of its directives
};

} // namespace

llvm::Expected<KernelPlan> planKernel(std::vector<StageShape> stages, attn::ScheduleAttr schedule) {
  return Planner(std::move(stages), schedule).run();
}

} // namespace attune
