#include "schedule/Legality.h"
#include "schedule/DeviceRules.h"
#include "schedule/Reach.h"
#include "dialect/BodyQueries.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using llvm::StringRef;

namespace attune {
namespace {

using attn::DirectiveAttr;
using attn::Reducer;
using attn::StageOp;

// What compilers stand: code grows with each copy, and a vector of hundreds of
// elements is copies too.
constexpr int64_t mostCopies = 1024;
constexpr int64_t mostLanes = 256;
constexpr int64_t mostStackBytes = 256 << 10; ///< of one stage; threads have small stacks
constexpr int64_t mostRegisterBytes = 4 << 10; ///< twice the registers of any processor

std::vector<StageShape> shapesOf(ArrayRef<StageOp> stages, Value result) {
  std::vector<StageShape> shapes;
  for (StageOp op : stages) {
    StageShape &shape = shapes.emplace_back();
    shape.name = op.getName().str();
    shape.isResult = result.getDefiningOp() == op;
    shape.isReduction = op.isReduction();
    shape.rank = op.getRank();
    for (auto [a, index] : llvm::enumerate(op.getBody().getArguments())) {
      shape.axes.push_back({op.getAxisName(a).str(), op.getAxisSize(a).getConstant()});
      shape.unused.push_back(a >= shape.rank && index.use_empty());
    }
  }
  return shapes;
}

class Checker {
public:
  Checker(const KernelPlan &plan, ArrayRef<StageOp> stages) : plan(plan), stages(stages), footprint(plan, stages) {}

  llvm::Error run() {
    for (size_t i = 0; i < stages.size(); ++i) {
      checkBody(i);
      checkConsumers(i);
      checkStore(i);
      checkFull(i);
      checkMemory(i);
      const StagePlan &stage = plan.stages[i];
      for (const LoopNest *nest : {stage.tiles ? &*stage.tiles : nullptr, stage.start ? &*stage.start : nullptr,
                                   stage.update ? &*stage.update : nullptr})
        if (nest)
          checkNest(i, *nest, stage.update && nest == &*stage.update);
      for (const LoopNest &piece : stage.pieces)
        checkNest(i, piece, true);
      if (stage.hasPartialSums)
        checkPartialSums(i);
      if (!problem.empty())
        return llvm::make_error<ScheduleError>(problem, stage.shape.name, culprit);
    }
    return llvm::Error::success();
  }

private:
  void fail(const llvm::Twine &why, DirectiveAttr from) {
    if (!problem.empty())
      return;
    problem = why.str();
    culprit = from;
  }
  StringRef nameOf(size_t stage) const { return plan.stages[stage].shape.name; }
  std::string nameOf(const LoopLevel &level) const {
    std::string owner = nameOf(level.stage).str();
    if (level.definition == Definition::Piece)
      owner += "." + plan.stages[level.stage].directives.pieces.names[level.piece + 1];
    return owner + "." + plan.nest(level).byId(level.loop)->name;
  }

  // ---- what a stage computes ----

  void checkBody(size_t index) {
    StageOp stage = stages[index];
    const StageDirectives &words = plan.stages[index].directives;
    if (words.skip) {
      // Folding may leave nothing to add.
      if (!attn::guardedTerms(stage).condition && !attn::areIdentity(*stage.getReducer(), stage.getYield().getOperands()))
        fail("'skip' needs a body select(condition, value, other) whose other value changes nothing: 0 in a sum, -inf "
             "in a maximum, inf in a minimum",
             words.skip);
    }
    if (!words.pieces)
      return;
    SmallVector<Value> values(stage.getYield().getOperands()), arms;
    for (StringRef piece : llvm::drop_begin(words.pieces.names)) {
      // Folding leaves the last arm without a condition where it is the opposite of another's.
      bool isRest = piece == words.pieces.names.back() && !arms.empty() &&
                    !llvm::all_of(values, [](Value value) { return value.getDefiningOp<arith::SelectOp>(); });
      if (isRest)
        return;
      Value condition;
      for (Value value : values) {
        auto select = value.getDefiningOp<arith::SelectOp>();
        if (!select)
          return fail("piece '" + piece + "' has no select: 'pieces' needs a body select(c1, v1, select(c2, v2, … other)) "
                      "with a condition for each of its names",
                      words.pieces.from);
        if (condition && condition != select.getCondition())
          return fail("piece '" + piece + "' has several conditions: 'pieces' needs selects of all the stage's values by one",
                      words.pieces.from);
        condition = select.getCondition();
      }
      arms.push_back(condition);
      values = attn::firstArm(stage, values)->others;
    }
    if (stage.isReduction() && !attn::areIdentity(*stage.getReducer(), values))
      fail("'" + words.pieces.from.str() + "' leaves out terms: what is in none of its arms has to change nothing", words.pieces.from);
    if (!words.sparse || coverEverything(arms))
      return;
    // What no arm sets is garbage: whoever reads it decides by what the arms do.
    SmallVector<Value> facts = tensorsOf(arms);
    if (std::optional<size_t> reader = readerThatDoesNotSkip(index, facts))
      fail("'sparse' leaves elements unset that stage '" + nameOf(*reader) +
               "' reads: it needs 'skip' and a condition on what decides about the pieces",
           words.sparse);
  }

  /// Whether an arm runs wherever another one does not.
  static bool coverEverything(ArrayRef<Value> conditions) {
    return llvm::any_of(conditions, [&](Value condition) {
      auto opposite = condition.getDefiningOp<arith::XOrIOp>();
      return opposite && matchPattern(opposite.getRhs(), m_One()) && llvm::is_contained(conditions, opposite.getLhs());
    });
  }

  /// Stages between, which are no reductions, may compute garbage of garbage.
  std::optional<size_t> readerThatDoesNotSkip(size_t index, ArrayRef<Value> facts) const {
    for (const StageRead &read : footprint.readsOf(index)) {
      const StagePlan &reader = plan.stages[read.reader];
      if (!reader.shape.isReduction && !reader.shape.isResult) {
        if (std::optional<size_t> found = readerThatDoesNotSkip(read.reader, facts))
          return found;
        continue;
      }
      auto select = StageOp(stages[read.reader]).getYield().getOperand(0).getDefiningOp<arith::SelectOp>();
      if (!reader.directives.skip || !select || llvm::none_of(tensorsOf(select.getCondition()), [&](Value tensor) {
            return llvm::is_contained(facts, tensor);
          }))
        return read.reader;
    }
    return std::nullopt;
  }

  /// What these values are computed from.
  static SmallVector<Value> tensorsOf(ValueRange values) {
    SmallVector<Value> tensors;
    for (Value value : values)
      attn::isComputedFrom(value, [&](Value part) {
        if (auto load = part.getDefiningOp<attn::LoadOp>())
          tensors.push_back(load.getTensor());
        return false;
      });
    return tensors;
  }

  // ---- where it is computed ----

  /// Around and in the definition that reads.
  SmallVector<LoopLevel> loopsOf(const StageRead &read) const {
    SmallVector<LoopLevel> levels = plan.around(read.reader, read.definition);
    for (const Loop &loop : llvm::reverse(plan.stages[read.reader].nest(read.definition, read.piece)->getLoops()))
      levels.push_back({read.reader, read.definition, read.piece, loop.id});
    return levels;
  }

  void checkConsumers(size_t index) {
    const StagePlan &stage = plan.stages[index];
    if (!stage.at)
      return;
    DirectiveAttr from = stage.directives.at->from;
    const StagePlan &owner = plan.stages[stage.at->stage];
    if (owner.hasPartialSums) {
      const Loop *loop = plan.nest(*stage.at).byId(stage.at->loop);
      if (loop->isReduced)
        return fail("stage '" + owner.shape.name + "' has partial sums along '" + loop->name +
                        "': nothing can be computed in that loop",
                    from);
    }
    for (const StageRead &read : footprint.readsOf(index)) {
      SmallVector<LoopLevel> levels = loopsOf(read);
      // The loops of partial sums are those of the axes, whichever definition has them.
      bool isOwn = owner.hasPartialSums && read.reader == stage.at->stage;
      if (!isOwn && !llvm::is_contained(levels, *stage.at))
        return fail("'" + from.str() + "' is not around all that reads its values: stage '" + nameOf(read.reader) +
                        "' reads them outside of loop '" + nameOf(*stage.at) + "'; compute it in a loop around " +
                        "all its readers, or at root",
                    from);
    }
  }

  void checkStore(size_t index) {
    const StagePlan &stage = plan.stages[index];
    if (!stage.directives.store)
      return;
    DirectiveAttr from = stage.directives.store->from;
    SmallVector<LoopLevel> levels = plan.around(index, Definition::Tiles);
    auto inside = levels.begin();
    if (stage.store) {
      auto found = llvm::find(levels, *stage.store);
      if (found == levels.end())
        return fail("'" + from.str() + "' is not around the loop that it is computed in (" +
                        (stage.at ? "'" + nameOf(*stage.at) + "'" : std::string("root")) +
                        "): values are kept at least while they are computed and read",
                    from);
      inside = std::next(found);
    }
    for (const LoopLevel &level : llvm::make_range(inside, levels.end()))
      if (Loop::Kind kind = plan.nest(level).byId(level.loop)->kind;
          kind == Loop::Parallel || kind == Loop::Block || kind == Loop::Thread)
        return fail("'" + from.str() + "' keeps values outside of the parallel loop '" + nameOf(level) +
                        "' in which they are computed: its tasks would overwrite each other's",
                    from);
  }

  void checkFull(size_t index) {
    const StagePlan &stage = plan.stages[index];
    const StageDirectives::Names &full = stage.directives.full;
    if (!full || stage.isInlined || stage.shape.isResult)
      return;
    if (reach.empty())
      reach = findReach(plan, stages);
    for (auto [a, axis] : llvm::enumerate(llvm::ArrayRef(stage.shape.axes).take_front(stage.shape.rank)))
      if (llvm::is_contained(full.names, axis.name) && !reach[index].isSure[a])
        fail("'" + full.from.str() + "' computes '" + axis.name + "' as far as it goes, " +
                 (axis.size ? "and its tiles or those of readers reach past the end, or indices of readers are computed"
                            : "which is known only when running: readers may ask for more"),
             full.from);
  }

  void checkRoom(size_t index) {
    const StagePlan &stage = plan.stages[index];
    for (size_t axis = 0; axis < stage.shape.rank; ++axis) {
      std::optional<int64_t> room = stage.isInlined ? std::nullopt : roomAlong(stage, axis);
      std::optional<int64_t> kept = room ? footprint.extentKept(index, axis) : std::nullopt;
      if (room && (!kept || *kept > *room))
        fail("'" + stage.directives.layout.from.str() + "' has no room: " +
                 (kept ? "of '" + stage.shape.axes[axis].name + "' " + std::to_string(*kept) + " elements are kept"
                       : "how many elements of '" + stage.shape.axes[axis].name + "' are kept is known only when running"),
             stage.directives.layout.from);
    }
  }

  void checkMemory(size_t index) {
    const StagePlan &stage = plan.stages[index];
    checkRoom(index);
    // What blocks share has rules of its own (DeviceRules.h).
    bool isChecked = stage.directives.place && (stage.directives.place->memory == Memory::Stack ||
                                                stage.directives.place->memory == Memory::Register);
    if (!isChecked || !problem.empty())
      return;
    DirectiveAttr from = stage.directives.place->from;
    if (stage.isInlined)
      return;
    bool isStack = stage.directives.place->memory == Memory::Stack;
    int64_t most = isStack ? mostStackBytes : mostRegisterBytes;
    std::optional<int64_t> bytes = footprint.bytes(index);
    if (bytes && !isStack)
      for (const StageDirectives::Threads &one : stage.directives.threads)
        bytes = llvm::divideCeil(*bytes, one.count); // each thread keeps its part
    std::string where = stage.at ? "in loop '" + nameOf(*stage.at) + "'" : "at root";
    if (!bytes)
      fail("'" + from.str() + "' needs a size that is known when compiling, but how many values are kept " + where +
               " is known only when running; use heap, or compute it in an inner loop",
           from);
    else if (*bytes > most)
      fail("'" + from.str() + "' does not fit: the values that are kept " + where + " take " + llvm::Twine(*bytes) +
               " bytes, and " + (isStack ? "a stack" : "registers") + " at most " + llvm::Twine(most),
           from);
  }

  // ---- its loops ----

  /// The directive that cut, joined or marked loops along these axes.
  DirectiveAttr directiveAbout(size_t index, ArrayRef<unsigned> axes, LoopStep::Kind kind) const {
    const StagePlan &stage = plan.stages[index];
    auto isAbout = [&](StringRef name) {
      return llvm::any_of(axes, [&](unsigned a) { return stage.shape.axes[a].name == name; });
    };
    if (kind == LoopStep::Parallel)
      return stage.directives.parallel.from;
    if (kind == LoopStep::Block)
      return stage.directives.block->from;
    if (kind == LoopStep::Unroll || kind == LoopStep::UnrollBy)
      for (const StageDirectives::Copies &copies : stage.directives.unroll)
        if (isAbout(copies.axis))
          return copies.from;
    if (kind != LoopStep::Unroll)
      for (const StageDirectives::Lanes &lanes : stage.directives.lanes)
        if (isAbout(lanes.axis))
          return lanes.from;
    for (const StageDirectives::Tile &tile : stage.directives.tiles)
      if (isAbout(tile.axis))
        return tile.from;
    return stage.directives.registers;
  }

  void checkNest(size_t index, const LoopNest &nest, bool isUpdate) {
    const StagePlan &stage = plan.stages[index];
    std::optional<int64_t> copies = 1;
    std::optional<unsigned> vectorAxis;
    for (const LoopStep &step : nest.getSteps()) {
      unsigned id = step.loops.empty() ? 0 : step.loops[0];
      ArrayRef<unsigned> axes = step.loops.empty() ? ArrayRef<unsigned>() : nest.axesOf(id);
      DirectiveAttr from = directiveAbout(index, axes, step.kind);
      bool isReduced = !axes.empty() && (axes[0] >= stage.shape.rank || isPieceAxis(stage, nest, axes[0]));
      std::string axis = axes.empty() ? "" : stage.shape.axes[axes[0]].name;
      switch (step.kind) {
      case LoopStep::Split:
        checkSplit(stage, step, axis, axes[0], isReduced, isUpdate);
        break;
      case LoopStep::Vectorize: {
        std::optional<int64_t> lanes = lengthOf(nest, id);
        if (lanes && *lanes > mostLanes)
          fail("'" + from.str() + "' makes vectors of " + llvm::Twine(*lanes) + " elements; at most " +
                   llvm::Twine(mostLanes) + " are possible",
               from);
        // A few terms in each lane are no second axis: a dot product, where the machine has one. Nor
        // are a few elements side by side: a vector of its operands.
        bool isTerms = isReduced && isUpdate && stage.shape.isReduction;
        bool isWhole = lanes && *lanes == stage.shape.axes[axes[0]].size && *lanes <= 4;
        isTerms |= isWhole && vectorAxis;
        if (!isTerms && vectorAxis && *vectorAxis != axes[0])
          fail("'" + from.str() + "' is a second axis of vectors beside '" + stage.shape.axes[*vectorAxis].name +
                   "': a vector lies along one axis; unroll the other",
               from);
        if (!isTerms)
          vectorAxis = axes[0];
        copies = multiply(copies, lanes ? llvm::divideCeil(*lanes, 16) : 1);
        break;
      }
      case LoopStep::Unroll: {
        std::optional<int64_t> extent = lengthOf(nest, id);
        if (!extent && !isReduced)
          extent = extentInside(index, nest, id, axes[0]);
        if (!extent)
          fail("'" + text(from) + "' unrolls the whole of '" + axis + "', whose length is known only when running; give a number",
               from);
        copies = multiply(copies, extent.value_or(1));
        break;
      }
      case LoopStep::UnrollBy: copies = multiply(copies, step.factor); break;
      case LoopStep::Parallel:
      case LoopStep::Block:
        if (isReduced && isUpdate && stage.shape.isReduction)
          fail("'" + from.str() + "' runs terms of one result at the same time: '" + axis +
                   "' is reduced, and sums of floating point depend on their order; make 'partial' sums of it, or run an axis "
                   "of the result in parallel",
               from);
        break;
      case LoopStep::Thread: break;
      case LoopStep::Fuse:
      case LoopStep::Reorder:
      case LoopStep::Atomic: break;
      }
      if (!copies || *copies > mostCopies)
        fail("it makes " + (copies ? llvm::Twine(*copies).str() : "too many") + " copies of its body by lanes and unroll; at most " +
                 llvm::Twine(mostCopies) + " compile in reasonable time",
             from);
    }
  }

  static bool isPieceAxis(const StagePlan &stage, const LoopNest &nest, unsigned axis) {
    return llvm::any_of(stage.pieces, [&](const LoopNest &piece) { return &piece == &nest; }) &&
           stage.shape.axes[axis].name == stage.directives.pieces.names[0];
  }

  static std::string text(DirectiveAttr directive) { return directive ? directive.str() : "registers"; }

  static std::optional<int64_t> multiply(std::optional<int64_t> a, int64_t b) {
    int64_t result;
    if (!a || llvm::MulOverflow(*a, b, result))
      return std::nullopt;
    return result;
  }

  static std::optional<int64_t> lengthOf(const LoopNest &nest, unsigned id) {
    const Loop *loop = nest.byId(id);
    return loop ? loop->length : std::nullopt;
  }

  /// Of a loop that covers all that a definition is asked for along an axis, or
  /// what lanes leave of it.
  std::optional<int64_t> extentInside(size_t index, const LoopNest &nest, unsigned id, unsigned axis) const {
    const StagePlan &stage = plan.stages[index];
    bool isTile = stage.tiles && &nest != &*stage.tiles;
    std::optional<int64_t> extent =
        footprint.extent(index, axis, isTile ? LoopLevel{index, Definition::Tiles, 0, *stage.tileLoop} : stage.at);
    if (!extent)
      return std::nullopt;
    for (const Loop &loop : nest.getLoops())
      if (loop.id != id && llvm::is_contained(loop.axes, axis)) {
        if (!loop.length)
          return std::nullopt;
        extent = llvm::divideCeil(*extent, *loop.length);
      }
    return extent;
  }

  void checkSplit(const StagePlan &stage, const LoopStep &step, StringRef axis, unsigned a, bool isReduced, bool isUpdate) {
    // Only tails that are asked for can be wrong.
    DirectiveAttr from;
    for (const StageDirectives::Tile &tile : stage.directives.tiles)
      if (tile.axis == axis && tile.tail == step.tail && tile.count == step.factor)
        from = tile.from;
    for (const StageDirectives::Lanes &lanes : stage.directives.lanes)
      if (lanes.axis == axis && lanes.tail == step.tail && lanes.count == step.factor)
        from = lanes.from;
    if (!from)
      return;
    if (isReduced && step.tail != Tail::Guard)
      return fail("'" + from.str() + "' would count terms of a reduction that are not there, or some twice: '" + axis +
                      "' is reduced; use guard",
                  from);
    if (step.tail != Tail::Shift)
      return;
    if (isUpdate || stage.shape.isReduction)
      return fail("'" + from.str() + "' computes some elements twice, which a reduction cannot: it would add them twice; use guard "
                      "or pad",
                  from);
    std::optional<int64_t> size = stage.shape.axes[a].size;
    if (stage.shape.isResult && (!size || *size < step.factor))
      fail("'" + from.str() + "' needs at least " + llvm::Twine(step.factor) + " elements along '" + axis + "', and " +
               (size ? "there are " + llvm::Twine(*size).str() : std::string("how many there are is known only when running")) +
               "; use guard",
           from);
  }

  void checkPartialSums(size_t index) {
    const StageDirectives::PartialSums &partial = *plan.stages[index].directives.partial;
    if (partial.lanes > mostLanes || partial.count / partial.lanes > mostCopies / 4)
      fail("'" + partial.from.str() + "' is too wide: vectors have at most " + llvm::Twine(mostLanes) + " lanes, and there are " +
               "at most " + llvm::Twine(mostCopies / 4) + " of them",
           partial.from);
  }

  const KernelPlan &plan;
  ArrayRef<StageOp> stages;
  Footprint footprint;
  std::vector<StageReach> reach; ///< where it was asked for
  std::string problem;
  DirectiveAttr culprit;
};

} // namespace

llvm::Expected<ScheduledKernel> planSchedule(Block &body, attn::ScheduleAttr schedule, const TargetInfo *target) {
  ScheduledKernel kernel;
  llvm::append_range(kernel.stages, body.getOps<StageOp>());
  if (target && target->isDevice())
    if (llvm::Error error = checkWordsForDevice(schedule))
      return std::move(error);
  llvm::Expected<KernelPlan> plan = planKernel(shapesOf(kernel.stages, body.getTerminator()->getOperand(0)), schedule);
  if (!plan)
    return plan.takeError();
  kernel.plan = std::move(*plan);
  if (llvm::Error error = Checker(kernel.plan, kernel.stages).run())
    return std::move(error);
  llvm::Error misplaced = llvm::Error::success();
  if (target ? target->isDevice() : usesDevice(kernel.plan)) {
    Footprint footprint(kernel.plan, kernel.stages, Division::Aligned);
    setExtents(kernel.plan, footprint);
    misplaced = checkOnDevice(kernel.plan, footprint, target);
  } else if (target) {
    misplaced = checkOnProcessor(kernel.plan);
  }
  if (misplaced)
    return std::move(misplaced);
  return kernel;
}

} // namespace attune
