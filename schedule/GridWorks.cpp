#include "schedule/GridWorks.h"
#include "schedule/Occupancy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/MapVector.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

class GridWorks {
public:
  GridWorks(const ScheduledKernel &kernel, ScheduleAttr schedule, const Multiprocessor &room, llvm::function_ref<int64_t(SizeAttr)> sizes)
      : plan(kernel.plan), stages(kernel.stages), schedule(schedule), room(room), sizes(sizes), footprint(plan, stages, Division::Aligned) {
    for (auto [i, stage] : llvm::enumerate(stages))
      position[stage] = i;
  }

  std::vector<GridWork> run() {
    std::vector<GridWork> works;
    for (const Grid &grid : gridsOf(plan)) {
      const StagePlan &stage = plan.stages[grid.stage];
      if (stage.tileLoop && grid.definition != Definition::Tiles)
        continue; // inside of the tiles
      works.push_back(stage.update && grid.definition == Definition::Start ? startOf(grid) : workOf(grid));
    }
    return works;
  }

private:
  /// What sets a reduction to its start before another launch adds to it: it writes, and that is all.
  GridWork startOf(const Grid &grid) {
    GridWork work;
    std::optional<LoopLevel> block = blockLoopOf(plan, grid);
    work.blocks = block ? trips(*block, std::nullopt) : 1;
    for (Value result : StageOp(stages[grid.stage]).getResults())
      work.tensorBytes += bytesOf(cast<attn::TensorType>(result.getType()));
    return work;
  }

  GridWork workOf(const Grid &grid) {
    GridWork work;
    std::optional<LoopLevel> block = blockLoopOf(plan, grid);
    work.blocks = block ? trips(*block, std::nullopt) : 1;
    work.resident = static_cast<double>(occupancyOf(plan, footprint, grid, room));
    shared = sharedIn(plan, grid);
    touched.clear();
    std::map<size_t, size_t> worksOf; // by stage
    for (size_t s = stages.size(); s-- > 0;)
      if (!plan.stages[s].isInlined && isIn(plan, s, grid)) {
        worksOf[s] = work.stages.size();
        work.stages.push_back(workOf(s, block));
        // Operands of a step come all at once, whatever stages they are.
        if (isOperand(s))
          work.stages[worksOf.at(plan.stages[s].at->stage)].memoryLoads += std::exchange(work.stages.back().memoryLoads, 0);
      }
    for (auto [tensor, ofBlock] : touched)
      work.tensorBytes += std::min(bytesOf(cast<attn::TensorType>(tensor.getType())), ofBlock * work.blocks);
    return work;
  }

  // ---- loops ----

  double sizeOf(size_t s, size_t axis) const {
    if (std::optional<int64_t> size = plan.stages[s].shape.axes[axis].size)
      return static_cast<double>(*size);
    return static_cast<double>(std::max<int64_t>(1, sizes(StageOp(stages[s]).getAxisSize(axis))));
  }
  double bytesOf(attn::TensorType type) const {
    double bytes = bytesOf(type.getElementType());
    for (SizeAttr size : type.getSizes())
      bytes *= static_cast<double>(std::max<int64_t>(1, size.getConstant() ? *size.getConstant() : sizes(size)));
    return bytes;
  }
  static double bytesOf(Type element) { return element.isIntOrFloat() ? std::max(1.0, element.getIntOrFloatBitWidth() / 8.0) : 8; }

  double askedOf(size_t s, size_t axis) const {
    std::optional<int64_t> asked = footprint.extentAsked(s, axis);
    return asked ? static_cast<double>(std::max<int64_t>(1, *asked)) : sizeOf(s, axis);
  }
  double inside(size_t s, size_t axis, const LoopLevel &level) const {
    std::optional<int64_t> inside = footprint.extent(s, axis, level);
    return inside ? static_cast<double>(std::max<int64_t>(1, *inside)) : sizeOf(s, axis);
  }

  /// Iterations of the loop and of those around it, in one round of its stage or, of what has blocks, in a block.
  double trips(const LoopLevel &level, const std::optional<LoopLevel> &block) const {
    double count = 1;
    for (size_t axis = 0; axis < plan.stages[level.stage].shape.axes.size(); ++axis)
      count *= std::ceil(extentOf(level.stage, axis, block) / inside(level.stage, axis, level));
    return count;
  }

  /// Of a round; of what has blocks, in a block.
  double extentOf(size_t s, size_t axis, const std::optional<LoopLevel> &block) const {
    return block && block->stage == s ? inside(s, axis, *block) : askedOf(s, axis);
  }

  /// In a block.
  double rounds(size_t s, const std::optional<LoopLevel> &block) const {
    const std::optional<LoopLevel> &at = plan.stages[s].at;
    return at ? rounds(at->stage, block) * trips(*at, block) : 1;
  }

  /// Of one thread: as its part of what a block keeps, or because it computes the stage for itself alone.
  bool isInRegisters(size_t s) const {
    const StagePlan &stage = plan.stages[s];
    return (stage.directives.place && stage.directives.place->memory == Memory::Register) || isInThread(plan, s);
  }

  /// Copies of what one step of a sum reads, in the loop of that step.
  bool isOperand(size_t s) const {
    const StagePlan &stage = plan.stages[s];
    return stage.at && isInRegisters(s) && !stage.shape.isReduction && plan.stages[stage.at->stage].shape.isReduction;
  }

  /// Those of the usual definition of a stage, innermost first; of register tiles within one.
  ArrayRef<Loop> loopsOf(size_t s) const {
    const StagePlan &stage = plan.stages[s];
    return (!stage.pieces.empty() ? stage.pieces.front() : stage.update ? *stage.update : *stage.start).getLoops();
  }

  /// What an axis is cut into.
  struct Cut {
    double copies = 1; ///< of one step
    double threads = 1;
    double steps = 1;
  };
  Cut cutOf(size_t s, unsigned axis, double asked) const {
    const StagePlan &stage = plan.stages[s];
    Cut cut;
    if (!stage.tileLoop || axis >= stage.shape.rank) {
      addCuts(loopsOf(s), axis, asked, cut);
      return cut;
    }
    double tile = std::min(asked, inside(s, axis, {s, Definition::Tiles, 0, *stage.tileLoop}));
    addCuts(loopsOf(s), axis, tile, cut);
    addCuts(stage.tiles->getLoops().drop_until([&](const Loop &loop) { return loop.id == *stage.tileLoop; }), axis, std::ceil(asked / tile), cut);
    return cut;
  }

  static void addCuts(ArrayRef<Loop> loops, unsigned axis, double asked, Cut &cut) {
    double known = 1;
    for (const Loop &loop : loops)
      if (loop.kind != Loop::Block && llvm::is_contained(loop.axes, axis))
        known *= static_cast<double>(loop.length.value_or(1));
    double rest = std::ceil(asked / known); // of the loop whose length nothing says
    for (const Loop &loop : loops) {
      if (loop.kind == Loop::Block || !llvm::is_contained(loop.axes, axis))
        continue;
      double length = loop.length ? static_cast<double>(*loop.length) : std::exchange(rest, 1.0);
      if (loop.kind == Loop::Thread) {
        cut.threads *= length;
      } else if (loop.kind == Loop::Vector || loop.kind == Loop::Unrolled) {
        cut.copies *= length;
      } else {
        double copies = std::min(length, static_cast<double>(loop.copies));
        cut.copies *= copies;
        cut.steps *= std::ceil(length / copies);
      }
    }
  }

  ThreadWork workOf(size_t s, const std::optional<LoopLevel> &block) {
    const StageShape &shape = plan.stages[s].shape;
    ThreadWork work;
    std::vector<Cut> cuts;
    std::vector<double> extents; // of a block
    double reducedSteps = 1, tile = 1;
    for (size_t axis = 0; axis < shape.axes.size(); ++axis) {
      extents.push_back(block ? inside(s, axis, *block) : askedOf(s, axis));
      cuts.push_back(cutOf(s, axis, extentOf(s, axis, block)));
      work.threads *= cuts.back().threads;
      work.steps *= cuts.back().steps;
      if (axis >= shape.rank)
        reducedSteps *= cuts.back().steps;
      else
        tile *= cuts.back().copies;
    }
    work.rounds = rounds(s, block);
    for (const LoopLevel &level : plan.around(s, Definition::Tiles))
      if (plan.nest(level).byId(level.loop)->kind == Loop::Thread) {
        // All threads of the stage around do so, at the same time.
        work.threads = threadsOf(level.stage);
        work.rounds /= work.threads;
        break;
      }
    work.isForOthers = llvm::is_contained(shared, s);
    readBody(s, cuts, extents, work);
    if (!isInRegisters(s)) {
      bool isVector = shape.rank > 0 && isWide(cuts[shape.rank - 1]);
      for (Value result : StageOp(stages[s]).getResults()) {
        double bytes = bytesOf(cast<attn::TensorType>(result.getType()).getElementType());
        work.accesses.push_back({work.isForOthers, tile / (isVector ? lanes : 1) / reducedSteps, isVector ? bytes * lanes : bytes});
        if (work.isForOthers)
          continue;
        for (size_t axis = 0; axis < shape.rank; ++axis)
          bytes *= extents[axis];
        touch(result, bytes, work);
      }
    }
    return work;
  }

  /// Bytes of memory that a block reads or writes.
  void touch(Value tensor, double bytes, ThreadWork &work) {
    work.memoryBytes += bytes;
    double &all = touched[tensor];
    all = std::max(all, bytes);
  }

  double threadsOf(size_t s) const {
    double count = 1;
    for (const StageDirectives::Threads &one : plan.stages[s].directives.threads)
      count *= static_cast<double>(one.count);
    return count;
  }

  // ---- bodies ----

  static constexpr double lanes = 4; // of an access of 16 bytes
  static bool isWide(const Cut &cut) { return std::fmod(cut.copies, lanes) == 0; }

  void readBody(size_t s, ArrayRef<Cut> cuts, ArrayRef<double> extents, ThreadWork &work) {
    StageOp op = stages[s];
    SmallVector<llvm::BitVector> axes;
    for (size_t axis = 0; axis < cuts.size(); ++axis) {
      axes.emplace_back(cuts.size());
      axes.back().set(axis);
    }
    visits.clear();
    Counts counts{cuts, extents, panelAxis(s), work};
    double all = 1;
    for (const Cut &cut : cuts)
      all *= cut.copies;
    llvm::DenseSet<Operation *> seen;
    for (Value element : op.getYield().getOperands()) {
      if (auto select = element.getDefiningOp<arith::SelectOp>(); select && !plan.stages[s].pieces.empty())
        element = select.getTrueValue();
      // A product that is summed is one multiply-add.
      if (op.isReduction() && !element.getDefiningOp<arith::MulFOp>())
        work.operations += all;
      visit(element, op, axes, all, counts, seen);
    }
  }

  struct Counts {
    ArrayRef<Cut> cuts;
    ArrayRef<double> extents;
    std::optional<unsigned> panelAxis;
    ThreadWork &work;
  };

  /// Along which neighbours lie in panels of weights that the stage, or the product that it is an operand of, reads.
  std::optional<unsigned> panelAxis(size_t s) const {
    SmallVector<size_t> readers{s};
    for (const StageRead &read : footprint.readsOf(s))
      readers.push_back(read.reader);
    for (size_t reader : readers)
      if (StageScheduleAttr entry = schedule ? schedule.lookup(plan.stages[reader].shape.name) : StageScheduleAttr())
        for (DirectiveAttr directive : entry.getDirectives())
          for (auto [axis, shape] : llvm::enumerate(plan.stages[s].shape.axes))
            if (directive.getKeyword() == "pack" && directive.getArguments()[0] == StringAttr::get(schedule.getContext(), shape.name))
              return axis;
    return std::nullopt;
  }

  /// What `value` is computed from; `axes` are those of the stage that has the loops, for each argument of `op`.
  void visit(Value value, StageOp op, ArrayRef<llvm::BitVector> axes, double copies, Counts &counts, llvm::DenseSet<Operation *> &seen) {
    Operation *source = value.getDefiningOp();
    if (!source || !op->isProperAncestor(source) || !seen.insert(source).second)
      return;
    if (auto load = dyn_cast<LoadOp>(source))
      return read(load, op, axes, copies, counts);
    bool isNumber = source->getNumResults() == 1 && isa<FloatType>(source->getResult(0).getType());
    if (isNumber && isa<math::MathDialect>(source->getDialect()))
      counts.work.functions += copies;
    else if (isNumber && !isa<arith::ConstantOp>(source))
      counts.work.operations += copies;
    for (Value operand : source->getOperands())
      visit(operand, op, axes, copies, counts, seen);
    for (Region &region : source->getRegions())
      for (Block &body : region)
        for (Operation &inner : body)
          if (inner.hasTrait<OpTrait::IsTerminator>())
            for (Value operand : inner.getOperands())
              visit(operand, op, axes, copies, counts, seen);
  }

  static llvm::BitVector axesOf(Value index, StageOp op, ArrayRef<llvm::BitVector> axes) {
    llvm::BitVector found(axes.empty() ? 0 : axes[0].size());
    if (auto argument = dyn_cast<BlockArgument>(index)) {
      if (argument.getOwner() == op.getBodyBlock())
        found = axes[argument.getArgNumber()];
    } else if (Operation *source = index.getDefiningOp(); source && !isa<LoadOp>(source)) {
      for (Value operand : source->getOperands())
        found |= axesOf(operand, op, axes);
    }
    return found;
  }

  void read(LoadOp load, StageOp op, ArrayRef<llvm::BitVector> axes, double copies, Counts &counts) {
    SmallVector<llvm::BitVector> indices;
    llvm::BitVector all(counts.cuts.size());
    for (Value index : load.getIndices()) {
      indices.push_back(axesOf(index, op, axes));
      all |= indices.back();
    }
    auto source = load.getTensor().getDefiningOp<StageOp>();
    auto found = source ? position.find(source) : position.end();
    if (found != position.end() && plan.stages[found->second].isInlined) {
      // Chains of such stages that read each other several times would be counted for minutes.
      constexpr unsigned mostVisits = 4;
      if (visits[source]++ >= mostVisits)
        return;
      llvm::DenseSet<Operation *> seen;
      for (Value element : source.getYield().getOperands())
        visit(element, source, indices, copies, counts, seen);
      return;
    }
    if (found != position.end() && isInRegisters(found->second))
      return;
    double bytes = bytesOf(load.getResult().getType()), instructions = 1;
    bool isShared = found != position.end() && llvm::is_contained(shared, found->second);
    double distinct = bytes;
    for (unsigned axis : all.set_bits()) {
      instructions *= counts.cuts[axis].copies;
      distinct *= counts.extents[axis];
    }
    bool isPanel = found == position.end() && counts.panelAxis && all.test(*counts.panelAxis);
    bool isVector = isPanel ? isWide(counts.cuts[*counts.panelAxis])
                            : !indices.empty() && llvm::any_of(indices[nearest(found, indices.size())].set_bits(),
                                                               [&](unsigned axis) { return isWide(counts.cuts[axis]); });
    if (isVector)
      instructions /= lanes;
    counts.work.accesses.push_back({isShared, instructions, isVector ? bytes * lanes : bytes});
    if (isShared)
      return;
    counts.work.memoryLoads += instructions;
    touch(load.getTensor(), distinct, counts.work);
  }

  /// The axis along which neighbours lie in what is read.
  size_t nearest(llvm::DenseMap<Operation *, size_t>::const_iterator source, size_t rank) const {
    if (source == position.end())
      return rank - 1;
    const StagePlan &stage = plan.stages[source->second];
    if (stage.directives.layout)
      for (auto [axis, shape] : llvm::enumerate(stage.shape.axes))
        if (shape.name == stage.directives.layout.names.front())
          return axis;
    return rank - 1;
  }

  const KernelPlan &plan;
  ArrayRef<StageOp> stages;
  ScheduleAttr schedule;
  const Multiprocessor &room;
  llvm::function_ref<int64_t(SizeAttr)> sizes;
  Footprint footprint;
  llvm::DenseMap<Operation *, size_t> position;
  llvm::DenseMap<Operation *, unsigned> visits; ///< for the stage at hand, of those that are computed where they are read
  std::vector<size_t> shared;                ///< in the grid at hand
  llvm::MapVector<Value, double> touched; ///< tensors in memory that it reads or writes, and bytes of a block
};

} // namespace

std::vector<GridWork> gridWorksOf(const ScheduledKernel &kernel, ScheduleAttr schedule, const Multiprocessor &room,
                                  llvm::function_ref<int64_t(SizeAttr)> sizes) {
  return GridWorks(kernel, schedule, room, sizes).run();
}

} // namespace attune
