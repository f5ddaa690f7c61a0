#include "dialect/BodyQueries.h"
#include "passes/DeviceStages.h"
#include "passes/Passes.h"
#include "passes/Stages.h"
#include "passes/Targets.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/Statistic.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_STAGEOPERANDS
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-stage-operands"
ALWAYS_ENABLED_STATISTIC(stagedOperands, "operands that became stages");

namespace {

/// An operand of a product: a load whose neighbours in memory are the next steps of the depth, the
/// next rows or the next columns.
class Operand {
public:
  Operand(StageOp product, Value term, LoadOp load) : product(product), term(term), load(load) {}

  /// What has no vectors has nothing to gain.
  bool isWorthStaging(KernelOp kernel) {
    if (product.getReductionRank() != 1 || load.getIndices().empty() || product.getRank() < 2)
      return false;
    std::optional<unsigned> axis = axisOfNeighbours(kernel);
    if (!axis || isStaged())
      return false;
    std::optional<int64_t> length = product.getAxisSize(*axis).getConstant();
    // Read once for each element there would be nothing to keep.
    bool isReused = false;
    for (int64_t axis = 0; axis < product.getRank(); ++axis)
      isReused |= !product.getAxisSize(axis).isConstant(1) && !dependsOn(axis);
    return isReused && length && *length % lengthOfVector == 0;
  }

  void stage(KernelOp kernel) {
    unsigned last = *axisOfNeighbours(kernel);
    for (int64_t axis = 0; axis < product.getRank(); ++axis)
      if (dependsOn(axis))
        axes.push_back(axis);
    axes.push_back(product.getRank());
    // Neighbours in memory come last.
    llvm::erase(axes, last);
    axes.push_back(last);
    SmallVector<StringRef> names;
    SmallVector<SizeAttr> sizes;
    for (int64_t axis : axes) {
      names.push_back(product.getAxisName(axis));
      sizes.push_back(product.getAxisSize(axis));
    }
    // 16 bits that are multiplied as 32 are widened on the way.
    Operation *element = load;
    if (auto wide = dyn_cast<arith::ExtFOp>(*load.getResult().user_begin()); wide && load.getResult().hasOneUse())
      element = wide;
    OpBuilder builder(product);
    auto copy = StageOp::create(builder, product.getLoc(), name(), TensorType::get(element->getResult(0).getType(), sizes), names,
                                [&](OpBuilder &b, Location, ValueRange indices) -> Value {
      IRMapping mapping;
      for (auto [axis, index] : llvm::zip(axes, indices))
        mapping.map(product.getBody().getArgument(axis), index);
      return cloneComputation(b, element->getResult(0), product, mapping);
    });
    copy.setPathAttr(product.getPathAttr());
    builder.setInsertionPoint(element);
    SmallVector<Value> here;
    for (int64_t axis : axes)
      here.push_back(product.getBody().getArgument(axis));
    Value read = LoadOp::create(builder, load.getLoc(), copy.getResult(), here);
    // What is added in other pieces of the product reads where it did.
    element->getResult(0).replaceUsesWithIf(read, [&](OpOperand &use) {
      return isComputedFrom(term, [&](Value part) { return part.getDefiningOp() == use.getOwner(); });
    });
    eraseDead();
    ++stagedOperands;
  }

private:
  static constexpr int64_t lengthOfVector = 4;

  /// Of the product; of weights that panels can stand for, as it will be in those.
  std::optional<unsigned> axisOfNeighbours(KernelOp kernel) {
    unsigned column = product.getRank() - 1;
    if (packableLoad(kernel, product, column).load == load)
      return column;
    return axisOfSteps(load.getIndices().back(), product);
  }

  bool dependsOn(int64_t axis) { return axesIn(load, product).test(axis); }

  /// Whether it comes from a copy that is for this product alone.
  bool isStaged() {
    auto copy = load.getTensor().getDefiningOp<StageOp>();
    if (!copy || copy.isReduction() || copy->getNumResults() != 1 || !copy.getResult().hasOneUse() || !isCopy(copy))
      return false;
    for (auto [axis, index] : llvm::enumerate(load.getIndices())) {
      auto *own = llvm::find(product.getBody().getArguments(), index);
      if (own == product.getBody().args_end() || product.getAxisName(own->getArgNumber()) != copy.getAxisName(axis))
        return false;
    }
    return true;
  }

  /// What the load's indices were computed by.
  void eraseDead() {
    SmallVector<Operation *> ops(llvm::make_pointer_range(product.getBodyBlock()->without_terminator()));
    for (Operation *op : llvm::reverse(ops))
      if (isOpTriviallyDead(op))
        op->erase();
  }

  /// By what the operand has beside the depth: the product's rows, or its columns.
  std::string name() {
    bool isColumns = llvm::is_contained(axes, product.getRank() - 1);
    return freeStageName(product, (product.getName() + (isColumns ? ".columns" : ".rows")).str());
  }

  StageOp product;
  Value term; ///< of the product, that has the load
  LoadOp load;
  SmallVector<int64_t> axes; ///< of the product, that the operand depends on
};

struct StageOperands : impl::StageOperandsBase<StageOperands> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<TargetInfo> info = targetOf(getOperation(), target);
    if (failed(info))
      return signalPassFailure();
    if (!info->isDevice())
      return;
    getOperation().walk([](KernelOp kernel) {
      for (auto [v, variant] : llvm::enumerate(kernel.getVariants()))
        for (StageOp stage : llvm::make_early_inc_range(variant.front().getOps<StageOp>())) {
          if (stage.getReducer() != Reducer::Sum)
            continue;
          Value term = usualTerm(stage, kernel.getSchedule(v)).value;
          std::optional<Product> factors = factorsOf(term);
          if (!factors)
            continue;
          for (LoadOp load : {factors->lhs, factors->rhs})
            if (Operand operand(stage, term, load); operand.isWorthStaging(kernel))
              operand.stage(kernel);
        }
    });
  }
};

} // namespace
} // namespace attune
