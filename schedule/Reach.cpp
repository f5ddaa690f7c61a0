#include "schedule/Reach.h"
#include "dialect/BodyQueries.h"
#include "dialect/IntegerRanges.h"
#include "mlir/IR/Matchers.h"
#include <set>

using namespace mlir;
using attune::attn::LoadOp;
using attune::attn::StageOp;

namespace attune {
namespace {

/// An axis of a stage with loops that another stage's index follows, by itself
/// or by its remainder.
struct Origin {
  size_t stage;
  size_t axis;
  int64_t modulus; ///< 0: none
};

/// Regions start at sums of multiples of `width`, which a loop goes in an
/// iteration; without a loop the number is the indices'.
struct Step {
  const LoopNest *nest;
  unsigned loop;
  int64_t width;

  static Step ofIndex(int64_t width) { return {nullptr, 0, width}; }
  bool operator<(const Step &other) const {
    return std::tie(nest, loop, width) < std::tie(other.nest, other.loop, other.width);
  }
};

struct AxisFacts {
  bool exact = true;
  bool natural = true;         ///< never before the start
  bool direct = true;          ///< every index is an axis, its remainder or a constant
  bool aligned = true;         ///< every region asked for starts as `origins` say
  bool fromZero = true;        ///< all regions together start at 0
  std::vector<Origin> origins;
  std::set<Step> steps;
};

/// How each loop of a nest goes along one axis.
class Strides {
public:
  Strides(const LoopNest &nest, unsigned axis) : steps(nest.getLoopCount()), tiles(steps.size()), spans(steps.size()) {
    for (unsigned id = 0; id < nest.getAxisCount(); ++id)
      if (nest.axesOf(id)[0] == axis)
        steps[id] = {1};
    for (const LoopStep &step : nest.getSteps())
      if (step.kind == LoopStep::Split)
        split(step);
      else if (step.kind == LoopStep::Fuse)
        for (unsigned part : {step.loops[0], step.loops[1]})
          for (auto *widths : {&steps, &tiles})
            (*widths)[step.loops[2]].insert((*widths)[part].begin(), (*widths)[part].end());
  }

  /// How far a loop goes in one iteration; several numbers where loops are fused.
  const std::set<int64_t> &stepsOf(unsigned loop) const { return steps[loop]; }
  /// The widths of the tiles that it runs inside of.
  const std::set<int64_t> &tilesAround(unsigned loop) const { return tiles[loop]; }

  /// Whether tiles that are rounded up end where the axis does, if it has `size`
  /// elements and regions start at multiples of `starts`.
  bool fit(std::optional<int64_t> size, const std::set<Step> &starts) const {
    return tilesFit && llvm::all_of(rounded, [&](int64_t width) {
      return size && *size % width == 0 && llvm::all_of(starts, [&](const Step &start) { return start.width % width == 0; });
    });
  }
  bool rounds() const { return !tilesFit || !rounded.empty(); }
  bool shifts() const { return isShifted; }

private:
  void split(const LoopStep &step) {
    auto [old, outer, inner] = std::tuple(step.loops[0], step.loops[1], step.loops[2]);
    steps[inner] = steps[old];
    tiles[inner] = tiles[outer] = tiles[old];
    spans[inner] = step.factor;
    if (spans[old])
      spans[outer] = *spans[old] / step.factor;
    for (int64_t each : steps[old]) {
      int64_t width = llvm::SaturatingMultiply<uint64_t>(each, step.factor);
      steps[outer].insert(width);
      tiles[inner].insert(width);
      if (step.tail == Tail::Guard)
        continue;
      isShifted |= step.tail == Tail::Shift;
      // A tile of a tile must not leave it.
      if (spans[old])
        tilesFit &= *spans[old] % step.factor == 0;
      else
        rounded.insert(width);
    }
  }

  std::vector<std::set<int64_t>> steps, tiles;
  std::vector<std::optional<int64_t>> spans; ///< iterations of loops inside a tile
  std::set<int64_t> rounded;                 ///< widths of tiles of the whole axis
  bool tilesFit = true, isShifted = false;
};

class Finder {
public:
  Finder(const KernelPlan &plan, ArrayRef<StageOp> stages) : plan(plan), stages(stages), result(stages.size()) {
    for (auto [i, stage] : llvm::enumerate(stages)) {
      position[stage] = i;
      facts.emplace_back(plan.stages[i].shape.axes.size());
    }
  }

  std::vector<StageReach> run() {
    // Consumers first: each tells its producers what it asks of them.
    for (size_t i = stages.size(); i-- > 0;) {
      const StagePlan &stage = plan.stages[i];
      if (!stage.shape.isResult && !stage.isInlined)
        result[i].exact = false;
      for (size_t a = 0; a < stage.shape.rank; ++a)
        settle(i, a);
      ask(i);
    }
    return std::move(result);
  }

private:
  /// What an axis is, once all readers have asked.
  void settle(size_t index, size_t a) {
    const StagePlan &stage = plan.stages[index];
    AxisFacts &own = facts[index][a];
    std::optional<int64_t> size = stage.shape.axes[a].size;
    StageReach &reach = result[index];
    reach.isSure.resize(stage.shape.rank);
    if (!stage.shape.isResult && !stage.isInlined) {
      bool isFull = llvm::is_contained(stage.directives.full.names, stage.shape.axes[a].name);
      if (stage.at)
        followOrigins(*stage.at, own, size);
      if (isFull) {
        own.steps.clear();
        own.aligned = true;
      }
      bool isStartKnown = isFull || (stage.at ? own.aligned : own.fromZero);
      for (const LoopNest *nest : nestsOf(stage)) {
        Strides strides(*nest, a);
        own.exact &= !strides.rounds() || (isStartKnown && strides.fit(size, own.steps));
        own.natural &= !strides.shifts();
      }
    }
    reach.isSure[a] = own.exact && own.natural && own.direct && size;
    if (!stage.isInlined)
      own.origins = {{index, a, 0}};
    // How far a run-time axis is asked for is a back end's to infer: never rely on it.
    reach.axes.push_back(!own.natural                         ? Reach::Shifted
                         : reach.exact || (own.exact && size) ? Reach::Exact
                         : own.exact                          ? Reach::Unpadded
                                                              : Reach::Padded);
  }

  static llvm::SmallVector<const LoopNest *> nestsOf(const StagePlan &stage) {
    llvm::SmallVector<const LoopNest *> nests;
    for (const std::optional<LoopNest> *nest : {&stage.tiles, &stage.start, &stage.update})
      if (*nest)
        nests.push_back(&**nest);
    for (const LoopNest &piece : stage.pieces)
      nests.push_back(&piece);
    return nests;
  }

  /// The loops around what is computed at `level`.
  std::set<std::pair<const LoopNest *, unsigned>> loopsAround(LoopLevel level) const {
    std::set<std::pair<const LoopNest *, unsigned>> loops;
    auto add = [&](const LoopNest &nest, unsigned last) {
      for (const Loop &loop : llvm::reverse(nest.getLoops())) {
        loops.insert({&nest, loop.id});
        if (loop.id == last)
          return;
      }
    };
    while (true) {
      const StagePlan &stage = plan.stages[level.stage];
      if (level.definition != Definition::Tiles && stage.tileLoop)
        add(*stage.tiles, *stage.tileLoop);
      add(plan.nest(level), level.loop);
      if (!stage.at)
        return loops;
      level = *stage.at;
    }
  }

  /// What is asked for in a loop of a reader starts where its iterations do: at
  /// the first of those inside of the loop.
  void followOrigins(const LoopLevel &level, AxisFacts &own, std::optional<int64_t> size) {
    auto around = loopsAround(level);
    auto isAround = [&](const Step &step) { return !step.nest || around.count({step.nest, step.loop}); };
    for (const Origin &origin : own.origins) {
      const std::set<Step> &before = facts[origin.stage][origin.axis].steps;
      std::copy_if(before.begin(), before.end(), std::inserter(own.steps, own.steps.end()), isAround);
      if (origin.modulus)
        own.steps.insert(Step::ofIndex(origin.modulus));
      if (level.stage != origin.stage)
        continue;
      const StagePlan &reader = plan.stages[origin.stage];
      if (level.definition != Definition::Tiles && reader.tileLoop)
        followLoops(*reader.tiles, *reader.tileLoop, origin.axis, own, size);
      followLoops(plan.nest(level), level.loop, origin.axis, own, size);
    }
  }

  /// From the outermost loop down to `last`.
  static void followLoops(const LoopNest &nest, unsigned last, size_t axis, AxisFacts &own, std::optional<int64_t> size) {
    Strides strides(nest, axis);
    for (const Loop &loop : llvm::reverse(nest.getLoops())) {
      const std::set<int64_t> &steps = strides.stepsOf(loop.id), &tiles = strides.tilesAround(loop.id);
      for (int64_t width : steps)
        own.steps.insert({&nest, loop.id, width});
      // A guard keeps the reader in the last tile, but asks for all of it.
      for (const std::set<int64_t> *widths : {&steps, &tiles})
        for (int64_t width : *widths)
          own.exact &= width == 1 || !size || *size % width == 0;
      if (loop.id == last)
        return;
    }
  }

  void ask(size_t reader) {
    StageOp stage = stages[reader];
    bool isInlined = plan.stages[reader].isInlined;
    llvm::DenseMap<Value, AxisFacts> axes;
    for (auto [a, index] : llvm::enumerate(stage.getBody().getArguments())) {
      AxisFacts &fact = facts[reader][a];
      // Reduced axes never leave their sizes; where a piece of one starts is not followed.
      if (a >= plan.stages[reader].shape.rank) {
        fact.aligned = false;
        fact.origins = {{reader, a, 0}};
      }
      axes[index] = fact;
    }
    stage.getBody().walk([&](LoadOp load) {
      auto producer = load.getTensor().getDefiningOp<StageOp>();
      auto found = producer ? position.find(producer) : position.end();
      if (found == position.end())
        return;
      result[found->second].exact &= result[reader].exact;
      for (auto [axis, index] : llvm::enumerate(load.getIndices()))
        ask(facts[found->second][axis], index, axes, isInlined, plan.stages[found->second].shape.axes[axis].size);
    });
  }

  /// `size` is that of the axis that is asked, where it is known.
  static void ask(AxisFacts &asked, Value index, const llvm::DenseMap<Value, AxisFacts> &axes, bool isInlined,
                  std::optional<int64_t> size) {
    APInt constant;
    if (matchPattern(index, m_ConstantInt(&constant))) {
      if (constant.isStrictlyPositive())
        asked.steps.insert(Step::ofIndex(constant.getSExtValue()));
      return;
    }
    auto [dividend, modulus] = remainderOf(index);
    auto axis = axes.find(modulus ? dividend : index);
    if (axis == axes.end()) {
      // An expression: it may start anywhere, and is in range where all axes that it is of are.
      asked.aligned = asked.direct = false;
      asked.fromZero &= startsAtZero(index, axes);
      attn::isComputedFrom(index, [&](Value part) {
        if (auto own = axes.find(part); own != axes.end()) {
          asked.exact &= own->second.exact;
          asked.natural &= own->second.natural;
        }
        return false;
      });
      return;
    }
    // A remainder stays in range, however far its dividend goes.
    bool isBounded = modulus && size && modulus <= *size;
    asked.exact &= axis->second.exact || isBounded;
    asked.natural &= axis->second.natural || modulus;
    asked.aligned &= axis->second.aligned;
    asked.direct &= axis->second.direct || !isInlined;
    asked.fromZero &= axis->second.fromZero || !isInlined;
    if (isInlined)
      asked.steps.insert(axis->second.steps.begin(), axis->second.steps.end());
    for (Origin origin : axis->second.origins) {
      if (modulus && origin.modulus)
        asked.aligned = false;
      origin.modulus = modulus ? modulus : origin.modulus;
      asked.origins.push_back(origin);
    }
  }

  /// `dividend mod modulus`; a modulus of 0 where it is something else.
  static std::pair<Value, int64_t> remainderOf(Value index) {
    if (auto remainder = attn::matchRemainder(index))
      return {remainder->dividend, remainder->modulus().value_or(0)};
    APInt divisor;
    Operation *op = index.getDefiningOp();
    if (isa_and_nonnull<arith::RemUIOp, arith::RemSIOp>(op) && matchPattern(op->getOperand(1), m_ConstantInt(&divisor)) &&
        divisor.isStrictlyPositive())
      return {op->getOperand(0), divisor.getSExtValue()};
    return {Value(), 0};
  }

  /// Of an expression that is 0 where all axes are, and is never less.
  static bool startsAtZero(Value index, const llvm::DenseMap<Value, AxisFacts> &axes) {
    APInt constant;
    if (matchPattern(index, m_ConstantInt(&constant)))
      return constant.isZero();
    if (axes.contains(index))
      return true;
    Operation *op = index.getDefiningOp();
    if (!op)
      return false;
    auto isCovered = [&](Value operand) { return startsAtZero(operand, axes); };
    auto isNatural = [&](Value operand) {
      return isCovered(operand) || attn::rangeOf(operand).least >= 0;
    };
    if (isa<arith::AddIOp>(op))
      return llvm::all_of(op->getOperands(), isCovered);
    if (isa<arith::MulIOp, arith::MinSIOp, arith::FloorDivSIOp, arith::DivUIOp>(op))
      return isCovered(op->getOperand(0)) && isNatural(op->getOperand(1));
    if (auto within = dyn_cast<attn::WithinOp>(op)) {
      // Of what is never less than 0 a least with the last index is none either.
      auto least = within.getIndex().getDefiningOp<arith::MinSIOp>();
      return isCovered(least ? least.getLhs() : within.getIndex());
    }
    if (isa<attn::ClampOp>(op))
      return isCovered(op->getOperand(0));
    return false;
  }

  const KernelPlan &plan;
  ArrayRef<StageOp> stages;
  llvm::DenseMap<Operation *, size_t> position;
  std::vector<std::vector<AxisFacts>> facts;
  std::vector<StageReach> result;
};

} // namespace

std::vector<StageReach> findReach(const KernelPlan &plan, ArrayRef<StageOp> stages) { return Finder(plan, stages).run(); }

} // namespace attune
