#include "passes/Passes.h"
#include "passes/Prepare.h"
#include "passes/Stages.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_HOISTWEIGHTS
#include "passes/Passes.h.inc"

namespace {

/// Ops of a model that depend on nothing but weights.
llvm::SetVector<Operation *> weightWork(func::FuncOp model) {
  llvm::SetVector<Operation *> found;
  for (Operation &op : model.front()) {
    if (isa<ReadOp>(op)) {
      found.insert(&op);
      continue;
    }
    if (!isa<StageOp, ReshapeOp>(op) ||
        !cast<TensorType>(op.getResult(0).getType()).hasConstantSizes())
      continue;
    bool symbolic = false;
    op.walk([&](SizeOp size) { symbolic |= !size.getSize().getConstant(); });
    if (auto stage = dyn_cast<StageOp>(op))
      for (SizeAttr size : stage.getReductionSizes().getAsRange<SizeAttr>())
        symbolic |= !size.getConstant();
    bool known = llvm::all_of(readTensors(&op), [&](Value tensor) {
      return tensor.getDefiningOp() && found.contains(tensor.getDefiningOp());
    });
    if (known && !symbolic)
      found.insert(&op);
  }
  return found;
}

struct HoistWeights : impl::HoistWeightsBase<HoistWeights> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<func::FuncOp> models;
    for (auto model : module.getOps<func::FuncOp>())
      if (model->hasAttr(modelAttrName))
        models.push_back(model);
    Preparation preparation(module);
    for (func::FuncOp model : models)
      hoist(model, preparation);
  }

  void hoist(func::FuncOp model, Preparation &preparation) {
    llvm::SetVector<Operation *> work = weightWork(model);
    for (Operation *op : work) {
      auto stage = dyn_cast<StageOp>(op);
      if (!stage || isView(stage))
        continue;
      // Only what leaves the work on weights is kept; the rest goes with it.
      bool leaves = llvm::any_of(op->getUsers(), [&](Operation *user) {
        while (user->getBlock() != op->getBlock())
          user = user->getParentOp();
        return !work.contains(user);
      });
      if (!leaves)
        continue;
      OpBuilder builder(op);
      Value prepared = preparation.add(builder, op->getResult(0));
      op->getResult(0).replaceUsesWithIf(prepared, [&](OpOperand &use) {
        Operation *user = use.getOwner();
        while (user->getBlock() != op->getBlock())
          user = user->getParentOp();
        return !work.contains(user);
      });
    }
    eraseUnread(model);
  }
};

} // namespace
} // namespace attune
