#include "tools/attn-tune/StageWorks.h"
#include "tools/attn-tune/ScheduleDraft.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;
using namespace attune::attn;

namespace attune::tune {
namespace {

/// The plan of the same schedule where all sizes are known.
KernelPlan planWithSizes(const ScheduledKernel &kernel, ScheduleAttr schedule, const Sizes &sizes) {
  std::vector<StageShape> shapes;
  for (auto [stage, op] : llvm::zip(kernel.plan.stages, kernel.stages)) {
    shapes.push_back(stage.shape);
    for (auto [i, axis] : llvm::enumerate(shapes.back().axes))
      axis.size = valueOf(StageOp(op).getAxisSize(i), sizes);
  }
  llvm::Expected<KernelPlan> plan = planKernel(std::move(shapes), schedule);
  if (plan)
    return std::move(*plan);
  // Known sizes allow all that unknown ones do, but for whole loops that turn out
  // to be empty.
  llvm::consumeError(plan.takeError());
  return kernel.plan;
}

class Works {
public:
  Works(const ScheduledKernel &kernel, ScheduleAttr schedule, const Sizes &sizes)
      : plan(planWithSizes(kernel, schedule, sizes)), stages(kernel.stages), schedule(schedule),
        footprint(plan, stages, Division::Aligned) {}

  std::vector<StageWork> run() {
    std::vector<StageWork> works;
    for (size_t s = 0; s < stages.size(); ++s)
      if (!plan.stages[s].isInlined)
        works.push_back(workOf(s));
    return works;
  }

private:
  // ---- regions ----

  double size(size_t s, size_t axis) const { return plan.stages[s].shape.axes[axis].size.value_or(1); }
  double asked(size_t s, size_t axis) const {
    return static_cast<double>(std::max<int64_t>(1, footprint.extentAsked(s, axis).value_or(size(s, axis))));
  }

  /// How often the loop runs in one round of its stage.
  double trips(const LoopLevel &level) const {
    double count = 1;
    for (size_t axis = 0; axis < plan.stages[level.stage].shape.rank; ++axis) {
      double whole = asked(level.stage, axis);
      double inside = static_cast<double>(footprint.extent(level.stage, axis, level).value_or(whole));
      count *= std::ceil(whole / std::clamp(inside, 1.0, whole));
    }
    return count;
  }

  double rounds(size_t s) const {
    const std::optional<LoopLevel> &at = plan.stages[s].at;
    return at ? rounds(at->stage) * trips(*at) : 1;
  }

  /// The innermost parallel loop of the stage.
  std::optional<LoopLevel> taskLoop(size_t s) const {
    const StagePlan &stage = plan.stages[s];
    auto find = [&](const std::optional<LoopNest> &nest, Definition definition) -> std::optional<LoopLevel> {
      if (nest)
        for (const Loop &loop : nest->getLoops())
          if (loop.isTask)
            return LoopLevel{s, definition, 0, loop.id};
      return std::nullopt;
    };
    if (auto tiles = find(stage.tiles, Definition::Tiles))
      return tiles;
    return find(stage.start, Definition::Start);
  }

  double tasks(size_t s) const {
    const std::optional<LoopLevel> &at = plan.stages[s].at;
    double around = at ? tasks(at->stage) : 1;
    auto task = taskLoop(s);
    return around > 1 || !task ? around : trips(*task);
  }

  // ---- register tiles ----

  /// Directives that make the tile of one axis.
  struct Cut {
    double lanes = 1, copies = 1;
  };
  Cut cutOf(size_t s, size_t axis) const {
    const StageDirectives &words = plan.stages[s].directives;
    const std::string &name = plan.stages[s].shape.axes[axis].name;
    Cut cut;
    for (const StageDirectives::Lanes &lanes : words.lanes)
      if (lanes.axis == name)
        cut.lanes = static_cast<double>(lanes.count);
    for (const StageDirectives::Copies &copies : words.unroll)
      if (copies.axis == name)
        cut.copies = copies.count ? static_cast<double>(copies.count) : std::ceil(innermost(s, axis) / cut.lanes);
    return cut;
  }
  /// The length of the loop that keeps the axis' name.
  double innermost(size_t s, size_t axis) const {
    double length = asked(s, axis);
    for (const StageDirectives::Tile &tile : plan.stages[s].directives.tiles)
      if (tile.axis == plan.stages[s].shape.axes[axis].name)
        length = std::min(length, static_cast<double>(tile.count));
    return length;
  }

  StageWork workOf(size_t s) {
    const StageShape &shape = plan.stages[s].shape;
    StageWork work;
    work.rounds = rounds(s);
    work.tasks = tasks(s);
    work.steps = work.rounds;
    Tile tile;
    for (size_t axis = 0; axis < shape.axes.size(); ++axis) {
      Cut cut = cutOf(s, axis);
      tile.lanes.push_back(cut.lanes);
      tile.extents.push_back(asked(s, axis));
      if (cut.lanes > 1)
        tile.vector = axis;
      work.lanes *= cut.lanes;
      bool isReduced = axis >= shape.rank;
      if (isReduced) {
        work.reducedCopies *= cut.copies;
        tile.count.push_back(std::ceil(tile.extents.back() / cut.lanes));
        work.reduced *= tile.count.back();
        tile.copies.push_back(1); // one after another
      } else {
        work.copies *= cut.copies;
        tile.count.push_back(std::ceil(tile.extents.back() / (cut.lanes * cut.copies)));
        tile.copies.push_back(cut.copies);
      }
      work.steps *= tile.count.back();
    }
    if (const auto &partial = plan.stages[s].directives.partial; partial && plan.stages[s].hasPartialSums) {
      double sums = static_cast<double>(partial->count);
      work.lanes = static_cast<double>(partial->lanes);
      work.copies = sums / work.lanes;
      work.steps /= sums;
      work.reduced = std::max(work.reduced / sums, 1.0);
      tile.isPartial = true;
    }
    readBody(s, tile, work);
    return work;
  }

  struct Tile {
    std::vector<double> lanes, copies; // by axis
    std::vector<double> extents;       // of a round
    std::vector<double> count;         // tiles of a round
    std::optional<size_t> vector;      // the axis along which lanes lie
    bool isPartial = false;
  };

  // ---- bodies ----

  void readBody(size_t s, const Tile &tile, StageWork &work) {
    StageOp op = stages[s];
    double operations = op.isReduction() ? 1 : 0;
    bool multiplies = false;
    op.getBody().walk([&](Operation *inner) {
      if (auto load = dyn_cast<LoadOp>(inner)) {
        work.loads.push_back(readLoad(s, load, tile));
        return;
      }
      if (inner->getNumResults() != 1 || !isa<FloatType>(inner->getResult(0).getType()) || isa<arith::ConstantOp>(inner))
        return;
      if (isa<math::MathDialect>(inner->getDialect()))
        ++work.functions;
      else
        ++operations;
      multiplies |= isa<arith::MulFOp>(inner);
    });
    // A product that is summed is one multiply-add.
    if (op.isReduction() && multiplies)
      --operations;
    work.operations = std::max(operations, 1.0);
  }

  /// The axes of the stage that an index is computed from, as bits.
  static uint64_t axesOf(Value index, Block *body) {
    if (auto argument = dyn_cast<BlockArgument>(index))
      return argument.getOwner() == body && argument.getArgNumber() < 64 ? uint64_t(1) << argument.getArgNumber() : 0;
    uint64_t axes = 0;
    if (Operation *op = index.getDefiningOp())
      for (Value operand : op->getOperands())
        axes |= axesOf(operand, body);
    return axes;
  }

  TileLoad readLoad(size_t s, LoadOp load, const Tile &tile) {
    Block *body = StageOp(stages[s]).getBodyBlock();
    const StageShape &shape = plan.stages[s].shape;
    uint64_t axes = 0;
    for (Value index : load.getIndices())
      axes |= axesOf(index, body);
    TileLoad result;
    Type element = cast<TensorType>(load.getTensor().getType()).getElementType();
    result.bytes = element.isIntOrFloat() ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8) : 8;
    for (size_t axis = 0; axis < shape.axes.size() && axis < 64; ++axis) {
      if (axes >> axis & 1) {
        result.copies *= tile.copies[axis];
        result.bytes *= tile.extents[axis];
      } else if (axis < shape.rank) {
        result.reuse *= tile.count[axis];
      }
    }
    if (tile.isPartial)
      return result;
    if (!tile.vector || !(axes >> *tile.vector & 1)) {
      result.kind = TileLoad::Broadcast;
      return result;
    }
    bool isContiguous = load.getIndices().back() == body->getArgument(*tile.vector) ||
                        isPacked(s, shape.axes[*tile.vector].name, tile.lanes[*tile.vector]);
    result.kind = isContiguous ? TileLoad::Vector : TileLoad::Strided;
    return result;
  }

  /// Whether panels of weights hold whole vectors along the axis.
  bool isPacked(size_t s, StringRef axis, double lanes) const {
    if (StageScheduleAttr entry = schedule.lookup(plan.stages[s].shape.name))
      for (DirectiveAttr directive : entry.getDirectives())
        if (directive.getKeyword() == "pack" && wordOf(directive, 0) == axis)
          return numberOf(directive, 1).value_or(1) % static_cast<int64_t>(lanes) == 0;
    return false;
  }

  KernelPlan plan;
  ArrayRef<StageOp> stages;
  ScheduleAttr schedule;
  Footprint footprint;
};

} // namespace

std::vector<StageWork> worksOf(const ScheduledKernel &kernel, ScheduleAttr schedule, const Sizes &sizes) {
  return Works(kernel, schedule, sizes).run();
}

} // namespace attune::tune
