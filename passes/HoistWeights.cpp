#include "passes/Passes.h"
#include "passes/Prepare.h"
#include "passes/Stages.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/Statistic.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_HOISTWEIGHTS
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-hoist-weights"
ALWAYS_ENABLED_STATISTIC(hoistedStages, "stages that moved to @prepare");

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
    AttrTypeWalker walker;
    walker.addWalk([&](SizeAttr size) { symbolic |= !size.getConstant(); });
    op.walk([&](Operation *inner) { walker.walk(inner->getAttrDictionary()); });
    bool known = llvm::all_of(readTensors(&op), [&](Value tensor) {
      return tensor.getDefiningOp() && found.contains(tensor.getDefiningOp());
    });
    if (known && !symbolic)
      found.insert(&op);
  }
  return found;
}

/// Those of the work whose values something else reads, itself or through
/// views and reshapes, which stay in the model.
llvm::DenseSet<Operation *> readOutside(const llvm::SetVector<Operation *> &work) {
  llvm::DenseSet<Operation *> found;
  for (Operation *op : llvm::reverse(work.getArrayRef()))
    for (Operation *user : op->getUsers()) {
      while (user->getBlock() != op->getBlock())
        user = user->getParentOp();
      auto stage = dyn_cast<StageOp>(user);
      bool moves = isa<ReshapeOp>(user) || (stage && isView(stage));
      if (!work.contains(user) || (moves && found.contains(user)))
        found.insert(op);
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
    llvm::DenseSet<Operation *> outside = readOutside(work);
    for (Operation *op : work) {
      auto stage = dyn_cast<StageOp>(op);
      if (!stage || isView(stage) || !outside.contains(op))
        continue;
      OpBuilder builder(op);
      op->getResult(0).replaceAllUsesWith(preparation.add(builder, op->getResult(0)));
      ++hoistedStages;
    }
    eraseUnread(model);
  }
};

} // namespace
} // namespace attune
