#include "schedule/ThreadRegisters.h"
#include "dialect/BodyQueries.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace attune {
namespace {

using attn::StageOp;
using llvm::StringRef;

class RegisterCount {
public:
  RegisterCount(const KernelPlan &plan, const Footprint &footprint, const Grid &grid) : plan(plan), footprint(footprint) {
    for (size_t i = 0; i < plan.stages.size(); ++i)
      if (plan.stages[i].isInlined)
        inlined.push_back(footprint.opOf(i));
      else if (isIn(plan, i, grid))
        stages.push_back(i);
  }

  int64_t mostAtATime(bool withOperands) const {
    int64_t most = 0;
    for (size_t at : stages) {
      int64_t kept = withOperands ? operandsOf(at) + functionsOf(at) : 0;
      for (size_t stage : stages)
        if (isKeptWhile(stage, at))
          kept += tileOf(stage);
      most = std::max(most, kept);
    }
    return most;
  }

private:
  bool isInRegisters(size_t stage) const {
    const std::optional<StageDirectives::Place> &place = plan.stages[stage].directives.place;
    return plan.stages[stage].tileLoop || (place && place->memory == Memory::Register);
  }

  /// Elements along an axis that a thread keeps of a stage in registers.
  int64_t ownAlong(size_t index, size_t axis) const {
    const StagePlan &stage = plan.stages[index];
    if (stage.tileLoop)
      return footprint.extent(index, axis, LoopLevel{index, Definition::Tiles, 0, *stage.tileLoop}).value_or(1);
    int64_t own = footprint.extentKept(index, axis).value_or(1);
    for (const StageDirectives::Threads &one : stage.directives.threads)
      if (StringRef(one.loop).split('.').first == stage.shape.axes[axis].name)
        own = llvm::divideCeil(own, one.count);
    return own;
  }

  int64_t tileOf(size_t stage) const {
    int64_t elements = isInRegisters(stage) ? 1 : 0;
    for (size_t axis = 0; elements > 0 && axis < plan.stages[stage].shape.rank; ++axis)
      elements = std::min(enough, elements * std::min(enough, ownAlong(stage, axis)));
    return elements;
  }

  /// What a sum in registers reads from elsewhere for one step of its own, or for all that it has beside each other in
  /// memory and takes at once.
  int64_t operandsOf(size_t index) const {
    const StagePlan &stage = plan.stages[index];
    if (!isInRegisters(index) || !stage.shape.isReduction || stage.shape.axes.size() != stage.shape.rank + 1)
      return 0;
    int64_t all = 0;
    StageOp op = footprint.opOf(index);
    mlir::Value term = op.getYield().getOperand(0);
    // Of pieces the usual one: what others read is instead of it.
    if (auto select = term.getDefiningOp<mlir::arith::SelectOp>(); select && !stage.pieces.empty())
      term = select.getTrueValue();
    for (auto load : op.getBodyBlock()->getOps<attn::LoadOp>()) {
      if (!attn::isComputedFrom(term, [&](mlir::Value part) { return part == load.getResult(); }))
        continue;
      auto source = load.getTensor().getDefiningOp<StageOp>();
      bool isKept = source && llvm::any_of(stages, [&](size_t other) { return isInRegisters(other) && footprint.opOf(other) == source; });
      if (isKept || load.getIndices().empty())
        continue;
      int64_t elements = 1;
      for (size_t axis = 0; axis < stage.shape.rank; ++axis)
        if (dependsOn(load.getIndices(), op.getBody().getArgument(axis)))
          elements = std::min(enough, elements * std::min(enough, ownAlong(index, axis)));
      if (dependsOn(load.getIndices().back(), op.getBody().getArgument(stage.shape.rank)))
        for (const StageDirectives::Copies &copies : stage.directives.unroll)
          if (copies.axis == stage.shape.axes.back().name)
            elements = std::min(enough, elements * std::clamp<int64_t>(copies.count, 1, enough));
      all = std::min(enough, all + elements);
    }
    return all;
  }

  /// What functions beside a first one, which a stage computes of the same elements, have on their way: some six numbers
  /// each for each lane of a vector.
  int64_t functionsOf(size_t index) const {
    constexpr int64_t ofFunction = 6;
    int64_t lanes = 1, functions = 0;
    for (const StageDirectives::Lanes &one : plan.stages[index].directives.lanes)
      lanes = std::min(enough, lanes * std::clamp<int64_t>(one.count, 1, enough));
    llvm::SmallVector<mlir::Operation *> pending{footprint.opOf(index)};
    llvm::DenseSet<mlir::Operation *> seen;
    while (!pending.empty()) {
      mlir::Operation *stage = pending.pop_back_val();
      if (!seen.insert(stage).second)
        continue;
      stage->walk([&](mlir::Operation *op) {
        if (llvm::isa<mlir::math::MathDialect>(op->getDialect()))
          functions += llvm::isa<mlir::math::PowFOp>(op) ? 2 : 1; // a logarithm and an exponential
        if (auto load = llvm::dyn_cast<attn::LoadOp>(op))
          if (auto source = load.getTensor().getDefiningOp<StageOp>(); source && llvm::is_contained(inlined, source))
            pending.push_back(source);
      });
    }
    return std::min(enough, std::max<int64_t>(functions - 1, 0) * ofFunction * lanes);
  }

  static bool dependsOn(mlir::ValueRange indices, mlir::Value argument) {
    return llvm::any_of(indices, [&](mlir::Value index) {
      return attn::isComputedFrom(index, [&](mlir::Value part) { return part == argument; });
    });
  }

  bool isKeptWhile(size_t stage, size_t at) const {
    llvm::SmallVector<LoopLevel> around = plan.around(at, Definition::Tiles);
    auto isInside = [&](size_t other, llvm::ArrayRef<LoopLevel> levels) {
      return llvm::any_of(levels, [&](const LoopLevel &level) { return level.stage == other; });
    };
    // Sums are there from their first term on; other values take the places of what they are computed from, one by one.
    if (at == stage || isInside(stage, around))
      return plan.stages[stage].shape.isReduction;
    // From where it is computed to the last of its readers.
    const std::optional<LoopLevel> &level = plan.stages[stage].at;
    auto *found = level ? llvm::find(around, *level) : around.begin();
    llvm::ArrayRef<LoopLevel> deeper(level && found != around.end() ? found + 1 : found, around.end());
    bool isInLoop = !level || found != around.end();
    return llvm::any_of(footprint.readsOf(stage), [&](const StageRead &read) {
      return at == read.reader || isInside(read.reader, deeper) || (isInLoop && stage < at && at < read.reader);
    });
  }

  static constexpr int64_t enough = 1 << 20; ///< more than there are anywhere

  const KernelPlan &plan;
  const Footprint &footprint;
  llvm::SmallVector<size_t> stages;    ///< of the grid
  llvm::SmallVector<StageOp> inlined; ///< of the kernel
};

} // namespace

int64_t tileRegistersOf(const KernelPlan &plan, const Footprint &footprint, const Grid &grid) {
  return RegisterCount(plan, footprint, grid).mostAtATime(/*withOperands=*/false);
}

int64_t registersOf(const KernelPlan &plan, const Footprint &footprint, const Grid &grid) {
  constexpr int64_t always = 24, ofShared = 4; // places of what a block shares are written to and read
  int64_t shared = sharedIn(plan, grid).size();
  return RegisterCount(plan, footprint, grid).mostAtATime(/*withOperands=*/true) + always + ofShared * shared;
}

} // namespace attune
