#include "passes/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/Statistic.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_COLLAPSEAXES
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-collapse-axes"
ALWAYS_ENABLED_STATISTIC(collapsedAxes, "pairs of axes that became one");

namespace {

/// The two outermost axes of every stage of the kernel, as one.
class Collapser {
public:
  explicit Collapser(KernelOp kernel) : kernel(kernel) {}

  bool run() {
    if (!collapsible())
      return false;
    collapse();
    return true;
  }

private:
  bool outer(TensorType type) {
    return type.getRank() >= 2 && type.getSize(0) == first &&
           type.getSize(1) == second;
  }

  /// Every tensor has both axes or neither is used on it, and no body looks at
  /// one axis by itself.
  bool collapsible() {
    Block &body = kernel.getVariants().front().front();
    auto result = cast<TensorType>(kernel.getResult().getType());
    if (result.getRank() < 3)
      return false;
    first = result.getSize(0);
    second = result.getSize(1);
    // Only sizes that are known at run time gain from it.
    if (first.getConstant() && second.getConstant())
      return false;
    for (Operation &op : body.without_terminator()) {
      auto stage = dyn_cast<StageOp>(op);
      if (!stage || !outer(stage.getType()))
        return false;
      Value i = stage.getBody().getArgument(0), j = stage.getBody().getArgument(1);
      for (Value index : {i, j})
        for (OpOperand &use : index.getUses()) {
          auto load = dyn_cast<LoadOp>(use.getOwner());
          unsigned place = index == i ? 0 : 1;
          if (auto dropout = dyn_cast<DropoutOp>(use.getOwner());
              dropout && drawsAtRows(dropout, i, j) &&
              use.get() == dropout.getIndices()[place])
            continue;
          if (!load || use.getOperandNumber() != place + 1 ||
              !outer(cast<TensorType>(load.getTensor().getType())) ||
              load.getIndices()[0] != i || load.getIndices()[1] != j)
            return false;
        }
      // A tensor that is read at both axes in one place is so everywhere.
      bool consistent = true;
      stage.getBody().walk([&](LoadOp load) {
        if (load.getTensor().getDefiningOp<StageOp>() ||
            collapsed.contains(load.getTensor()))
          consistent &= !load.getIndices().empty() && load.getIndices()[0] == i;
        else if (!load.getIndices().empty() && load.getIndices()[0] == i)
          collapsed.insert(load.getTensor());
        else
          whole.insert(load.getTensor());
      });
      if (!consistent)
        return false;
    }
    return llvm::none_of(whole, [&](Value v) { return collapsed.contains(v); });
  }

  /// The dropout's element is the one at i and j, which count in its row alone: one
  /// index of their product draws the same.
  bool drawsAtRows(DropoutOp dropout, Value i, Value j) {
    OperandRange indices = dropout.getIndices();
    return indices.size() > 2 && indices[0] == i && indices[1] == j &&
           !llvm::is_contained(indices.drop_front(2), i) &&
           !llvm::is_contained(indices.drop_front(2), j) &&
           dropout.getSizes()[0] == first && dropout.getSizes()[1] == second;
  }

  void flatten(DropoutOp dropout) {
    SmallVector<Attribute> sizes(dropout.getSizes().getValue().drop_front());
    sizes[0] = first * second;
    dropout.setSizesAttr(ArrayAttr::get(kernel.getContext(), sizes));
    dropout.getIndicesMutable().erase(1);
  }

  TensorType flat(TensorType type) {
    SmallVector<SizeAttr> sizes{first * second};
    llvm::append_range(sizes, type.getSizes().drop_front(2));
    return TensorType::get(type.getElementType(), sizes);
  }

  StringAttr rowName(ArrayRef<Attribute> axes) {
    auto taken = [&](StringAttr name) {
      return llvm::is_contained(axes.drop_front(), name);
    };
    auto name = StringAttr::get(kernel.getContext(), "row");
    for (unsigned i = 1; taken(name); ++i)
      name = StringAttr::get(kernel.getContext(), "row" + Twine(i));
    return name;
  }

  void collapse() {
    OpBuilder builder(kernel);
    Block &body = kernel.getVariants().front().front();
    for (auto [i, argument] : llvm::enumerate(body.getArguments())) {
      if (!collapsed.contains(argument))
        continue;
      TensorType type = flat(cast<TensorType>(argument.getType()));
      argument.setType(type);
      Value reshaped =
          ReshapeOp::create(builder, kernel.getLoc(), type, kernel.getInputs()[i]);
      kernel.getInputsMutable()[i].set(reshaped);
    }
    for (auto stage : body.getOps<StageOp>()) {
      stage.getResult().setType(flat(stage.getType()));
      SmallVector<Attribute> axes(stage.getAxes().getValue().drop_front());
      axes[0] = rowName(axes);
      stage.setAxesAttr(builder.getArrayAttr(axes));
      stage.getBody().walk([&](LoadOp load) {
        if (!load.getIndices().empty() &&
            load.getIndices()[0] == stage.getBody().getArgument(0))
          load.getIndicesMutable().erase(1);
      });
      stage.getBody().walk([&](DropoutOp dropout) {
        if (drawsAtRows(dropout, stage.getBody().getArgument(0), stage.getBody().getArgument(1)))
          flatten(dropout);
      });
      stage.getBody().eraseArgument(1);
    }
    auto before = cast<TensorType>(kernel.getResult().getType());
    kernel.getResult().setType(flat(before));
    builder.setInsertionPointAfter(kernel);
    auto back = ReshapeOp::create(builder, kernel.getLoc(), before, kernel.getResult());
    kernel.getResult().replaceAllUsesExcept(back.getResult(), back);
  }

  KernelOp kernel;
  SizeAttr first, second;
  llvm::DenseSet<Value> collapsed, whole;
};

struct CollapseAxes : impl::CollapseAxesBase<CollapseAxes> {
  void runOnOperation() override {
    SmallVector<KernelOp> kernels(getOperation().getOps<KernelOp>());
    for (KernelOp kernel : kernels)
      while (!kernel.getSchedule(0) && Collapser(kernel).run())
        ++collapsedAxes;
  }
};

} // namespace
} // namespace attune
