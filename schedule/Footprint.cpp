#include "schedule/Footprint.h"
#include "dialect/BodyQueries.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using attune::attn::LoadOp;
using attune::attn::StageOp;

namespace attune {
namespace {

std::optional<int64_t> product(std::optional<int64_t> a, std::optional<int64_t> b) {
  int64_t result;
  if (!a || !b || llvm::MulOverflow(*a, *b, result))
    return std::nullopt;
  return result;
}

std::optional<int64_t> least(std::optional<int64_t> a, std::optional<int64_t> b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

/// The loads that `values` are computed from, inside one body.
llvm::SetVector<Operation *> loadsOf(StageOp stage, ArrayRef<Value> values) {
  llvm::SetVector<Operation *> seen, loads;
  SmallVector<Operation *> work;
  auto add = [&](Value value) {
    if (Operation *op = value.getDefiningOp(); op && stage->isProperAncestor(op) && seen.insert(op))
      work.push_back(op);
  };
  llvm::for_each(values, add);
  while (!work.empty()) {
    Operation *op = work.pop_back_val();
    op->walk([&](Operation *inner) {
      if (isa<LoadOp>(inner))
        loads.insert(inner);
      llvm::for_each(inner->getOperands(), add);
    });
  }
  return loads;
}

/// What the definitions of a stage are computed from: `pieces` arms of selects,
/// then what is left, nothing where elements of no arm stay unset.
std::vector<SmallVector<Value>> armsOf(StageOp stage, size_t pieces, bool isSparse) {
  SmallVector<Value> rest(stage.getYield().getOperands());
  std::vector<SmallVector<Value>> arms;
  SmallVector<Value> conditions;
  for (size_t i = 0; i < pieces; ++i) {
    std::optional<attn::Arm> first = attn::firstArm(stage, rest);
    SmallVector<Value> arm = first ? first->values : rest;
    if (first) {
      conditions.push_back(first->condition);
      rest = first->others;
    }
    llvm::append_range(arm, conditions);
    arms.push_back(arm);
  }
  arms.push_back(isSparse ? SmallVector<Value>() : rest);
  return arms;
}

/// The largest cut of an axis that rounds up what is computed.
int64_t paddedFactor(const LoopNest &nest, unsigned axis) {
  int64_t most = 1;
  for (const LoopStep &step : nest.getSteps())
    if (step.kind == LoopStep::Split && step.tail != Tail::Guard && llvm::is_contained(nest.axesOf(step.loops[0]), axis))
      most = std::max(most, step.factor);
  return most;
}

} // namespace

Footprint::Footprint(const KernelPlan &plan, ArrayRef<StageOp> stages, Division division)
    : plan(plan), stages(stages), division(division) {
  for (auto [i, stage] : llvm::enumerate(stages))
    position[stage] = i;
  findReads();
}

void Footprint::findReads() {
  reads.resize(stages.size());
  // Readers first: an inlined one hands its readers on.
  for (size_t r = stages.size(); r-- > 0;) {
    const StagePlan &reader = plan.stages[r];
    auto add = [&](ArrayRef<Value> values, ArrayRef<StageRead> by) {
      for (Operation *load : loadsOf(stages[r], values)) {
        auto producer = cast<LoadOp>(load).getTensor().getDefiningOp<StageOp>();
        auto found = producer ? position.find(producer) : position.end();
        if (found == position.end())
          continue;
        for (const StageRead &read : by)
          if (!llvm::is_contained(llvm::map_range(reads[found->second], [](const StageRead &other) {
                return std::tuple(other.reader, other.definition, other.piece);
              }), std::tuple(read.reader, read.definition, read.piece)))
            reads[found->second].push_back(read);
      }
    };
    if (reader.isInlined) {
      add(SmallVector<Value>(StageOp(stages[r]).getYield().getOperands()), std::vector<StageRead>(reads[r]));
      continue;
    }
    size_t pieces = reader.pieces.size();
    std::vector<SmallVector<Value>> arms = armsOf(stages[r], pieces, static_cast<bool>(reader.directives.sparse));
    for (size_t i = 0; i < pieces; ++i)
      add(arms[i], StageRead{r, Definition::Piece, i});
    add(arms.back(), StageRead{r, reader.update ? Definition::Update : Definition::Start, 0});
  }
}

std::optional<int64_t> Footprint::width(Value index, const Widths &widths, const llvm::DenseSet<Value> &starts) const {
  if (auto found = widths.find(index); found != widths.end())
    return found->second;
  APInt constant;
  if (matchPattern(index, m_ConstantInt(&constant)))
    return 1;
  Operation *op = index.getDefiningOp();
  if (!op)
    return std::nullopt;
  SmallVector<std::optional<int64_t>> of;
  for (Value operand : op->getOperands())
    if (!isa<attn::TensorType>(operand.getType()))
      of.push_back(width(operand, widths, starts));
  if (llvm::all_of(of, [](std::optional<int64_t> w) { return w == 1; }) && op->getNumRegions() == 0)
    return 1; // it does not change in the loop
  if (llvm::any_of(of, [](std::optional<int64_t> w) { return !w; }))
    return std::nullopt;
  auto isConstant = [&](unsigned i) { return matchPattern(op->getOperand(i), m_ConstantInt(&constant)); };
  if (isa<attn::WithinOp, attn::ClampOp, arith::IndexCastOp>(op))
    return of[0];
  if (isa<arith::AddIOp, arith::SubIOp, arith::MinSIOp, arith::MaxSIOp>(op))
    return *of[0] + *of[1] - 1;
  if (isa<arith::MulIOp>(op) && (isConstant(1) || isConstant(0)))
    if (auto scaled = product(std::max(*of[0], *of[1]) - 1, std::abs(constant.getSExtValue())))
      return *scaled + 1;
  if (isConstant(1) && constant.isStrictlyPositive()) {
    int64_t divisor = constant.getSExtValue();
    bool isAligned = division == Division::Aligned && starts.contains(op->getOperand(0)) &&
                     (*of[0] % divisor == 0 || divisor % *of[0] == 0);
    if (isa<arith::FloorDivSIOp, arith::DivUIOp, arith::DivSIOp>(op))
      return llvm::divideCeil(*of[0], divisor) + !isAligned;
    if (isa<arith::RemUIOp, arith::RemSIOp>(op))
      return isAligned ? std::min(*of[0], divisor) : divisor;
  }
  return std::nullopt;
}

std::optional<int64_t> Footprint::extentInOwnLoops(size_t stage, size_t axis, const LoopLevel &level) const {
  std::optional<int64_t> inside = 1;
  bool isWhole = true, isInside = true;
  for (const Loop &loop : plan.nest(level).getLoops()) {
    isInside &= loop.id != level.loop;
    if (!llvm::is_contained(loop.axes, axis))
      continue;
    isWhole &= isInside;
    if (isInside)
      inside = product(inside, loop.length);
    else if (loop.id == level.loop)
      inside = product(inside, loop.copies);
  }
  std::optional<int64_t> size = plan.stages[stage].shape.axes[axis].size;
  // A tile begins at a multiple of its own size, whether the axis fills it or not.
  if (!isWhole)
    return division == Division::Aligned && inside ? inside : least(inside, size);
  // The axis is not cut around the level: all that is asked of the stage.
  return axis < plan.stages[stage].shape.rank ? extentAsked(stage, axis) : size;
}

/// An index as another one and what is added to it.
static std::pair<Value, int64_t> withoutOffset(Value index) {
  int64_t offset = 0;
  for (;;) {
    Operation *op = index.getDefiningOp();
    APInt constant;
    if (!isa_and_nonnull<arith::AddIOp, arith::SubIOp>(op) || !matchPattern(op->getOperand(1), m_ConstantInt(&constant)) ||
        (isa<arith::AddIOp>(op) ? llvm::AddOverflow(offset, constant.getSExtValue(), offset)
                                : llvm::SubOverflow(offset, constant.getSExtValue(), offset)))
      return {index, offset};
    index = op->getOperand(0);
  }
}

std::optional<int64_t> Footprint::extentOfReads(size_t stage, size_t axis, const std::optional<LoopLevel> &level) const {
  std::optional<int64_t> most = 1;
  // Reads at several places beside the same one ask for all between them.
  llvm::DenseMap<Value, std::pair<int64_t, int64_t>> offsets;
  for (Operation *user : StageOp(stages[stage])->getUsers())
    if (auto load = dyn_cast<LoadOp>(user)) {
      auto [base, offset] = withoutOffset(load.getIndices()[axis]);
      auto &[first, last] = offsets.try_emplace(base, offset, offset).first->second;
      first = std::min(first, offset);
      last = std::max(last, offset);
    }
  for (Operation *user : StageOp(stages[stage])->getUsers()) {
    auto load = dyn_cast<LoadOp>(user);
    auto reader = load ? load->getParentOfType<StageOp>() : StageOp();
    if (!reader)
      continue;
    size_t r = position.lookup(reader);
    Widths widths;
    llvm::DenseSet<Value> starts;
    for (auto [a, index] : llvm::enumerate(reader.getBody().getArguments())) {
      widths[index] = extent(r, a, level);
      if (level && level->stage == r)
        starts.insert(index);
    }
    for (Operation *around = load->getParentOp(); around != reader; around = around->getParentOp())
      if (auto reduce = dyn_cast<attn::ReduceOp>(around))
        for (auto [index, size] : llvm::zip(reduce.getBodyBlock()->getArguments(), reduce.getSizes().getAsRange<attn::SizeAttr>()))
          widths[index] = size.getConstant();
    std::optional<int64_t> here = width(load.getIndices()[axis], widths, starts);
    auto [first, last] = offsets.lookup(withoutOffset(load.getIndices()[axis]).first);
    int64_t between;
    if (here && (llvm::SubOverflow(last, first, between) || llvm::AddOverflow(*here, between, *here)))
      here = std::nullopt;
    most = most && here ? std::optional(std::max(*most, *here)) : std::nullopt;
  }
  return most;
}

std::optional<int64_t> Footprint::extent(size_t stage, size_t axis, const std::optional<LoopLevel> &level) const {
  auto key = std::tuple(stage, axis, level ? std::tuple(level->stage, level->definition, level->piece, level->loop)
                                           : std::tuple(stages.size(), Definition::Start, size_t(0), 0u));
  if (!extents.count(key))
    extents[key] = findExtent(stage, axis, level);
  return extents[key];
}

std::optional<int64_t> Footprint::findExtent(size_t stage, size_t axis, const std::optional<LoopLevel> &level) const {
  const StagePlan &own = plan.stages[stage];
  std::optional<int64_t> size = own.shape.axes[axis].size;
  if (!level)
    return size;
  if (level->stage == stage)
    return extentInOwnLoops(stage, axis, *level);
  if (axis >= own.shape.rank || own.shape.isResult || llvm::is_contained(own.directives.full.names, own.shape.axes[axis].name))
    return size;
  return least(extentOfReads(stage, axis, level), size);
}

std::optional<int64_t> Footprint::extentKept(size_t stage, size_t axis) const {
  const StagePlan &own = plan.stages[stage];
  std::optional<int64_t> here = extent(stage, axis, own.directives.store ? own.store : own.at);
  if (here)
    here = llvm::alignTo(*here, paddedFactor(own.tiles ? *own.tiles : *own.start, axis));
  return here;
}

std::optional<int64_t> roomAlong(const StagePlan &stage, size_t axis) {
  const StageDirectives::Layout &layout = stage.directives.layout;
  for (auto [name, room] : llvm::zip(layout.names, layout.room))
    if (room && name == stage.shape.axes[axis].name)
      return room;
  return std::nullopt;
}

std::optional<int64_t> Footprint::bytes(size_t stage) const {
  const StagePlan &own = plan.stages[stage];
  std::optional<int64_t> total = 0;
  for (Type type : StageOp(stages[stage]).getElementTypes())
    *total += llvm::divideCeil(type.isIndex() ? 64 : type.getIntOrFloatBitWidth(), 8);
  for (size_t axis = 0; axis < own.shape.rank; ++axis) {
    std::optional<int64_t> room = roomAlong(own, axis);
    total = product(total, room ? room : extentKept(stage, axis));
  }
  return total;
}

} // namespace attune
