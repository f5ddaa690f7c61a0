#include "dialect/KernelWork.h"
#include "dialect/BodyQueries.h"
#include "dialect/Work.h"

using namespace mlir;

namespace attune {

using namespace attn;

int64_t elementBytes(Type type) {
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

namespace {

/// Whether an index depends on an element of a tensor.
bool isLoadedIndex(Value index) {
  return isComputedFrom(index, [](Value part) { return part.getDefiningOp<LoadOp>() != nullptr; });
}

/// What bodies read, and how often where indices are loaded.
class Reads {
public:
  void countBody(Block &block, SizeAttr points) {
    for (Operation &op : block) {
      if (auto load = dyn_cast<LoadOp>(op)) {
        if (llvm::any_of(load.getIndices(), [](Value i) { return isLoadedIndex(i); }))
          gathered[load.getTensor()] = points;
        else
          whole.insert(load.getTensor());
      } else if (auto reduce = dyn_cast<ReduceOp>(op)) {
        SizeAttr inner = points;
        for (SizeAttr size : reduce.getSizes().getAsRange<SizeAttr>())
          inner = inner * size;
        countBody(reduce.getBody().front(), inner);
      }
    }
  }

  void count(StageOp stage) { countBody(*stage.getBodyBlock(), evaluationsOf(stage)); }

  void count(AttentionOp attention) {
    SizeAttr pairs = pairsOf(attention);
    for (Region *region : {&attention.getScore(), &attention.getKeep(),
                           &attention.getWeight()})
      countBody(region->front(), pairs);
    whole.insert(attention.getQuery());
    whole.insert(attention.getKey());
    whole.insert(attention.getValue());
  }

  SizeAttr bytesOf(Value tensor) const {
    auto type = cast<TensorType>(tensor.getType());
    SizeAttr elements = type.getElementCount();
    if (auto points = gathered.find(tensor);
        points != gathered.end() && !whole.contains(tensor))
      elements = points->second;
    return elements * SizeAttr::constant(elements.getContext(), elementBytes(type.getElementType()));
  }

private:
  DenseMap<Value, SizeAttr> gathered;
  llvm::DenseSet<Value> whole;
};

} // namespace

llvm::DenseSet<Operation *> stagesOfKnownWork(Block &kernel) {
  llvm::DenseSet<Operation *> found;
  for (Operation &op : llvm::reverse(kernel)) {
    auto stage = dyn_cast<StageOp>(op);
    bool isPart = stage && llvm::any_of(stage->getUsers(), [&](Operation *user) {
      auto reader = user->getParentOfType<StageOp>();
      return reader && (reader->hasAttr(flopsAttrName) || found.contains(reader));
    });
    if (isPart)
      found.insert(stage);
  }
  return found;
}

KernelWork workOf(Block &kernel) {
  MLIRContext *context = kernel.getParentOp()->getContext();
  Reads reads;
  SizeAttr flops = SizeAttr::constant(context, 0);
  llvm::DenseSet<Operation *> known = stagesOfKnownWork(kernel);
  for (Operation &op : kernel) {
    if (auto stage = dyn_cast<StageOp>(op)) {
      reads.count(stage);
      if (auto all = stage->getAttrOfType<SizeAttr>(flopsAttrName))
        flops = flops + all;
      else if (!known.contains(stage))
        flops = flops + flopsOf(stage);
    } else if (auto attention = dyn_cast<AttentionOp>(op)) {
      reads.count(attention);
      flops = flops + flopsOf(attention);
    }
  }
  SizeAttr bytes = SizeAttr::constant(context, 0);
  for (BlockArgument input : kernel.getArguments())
    bytes = bytes + reads.bytesOf(input);
  auto result = cast<TensorType>(kernel.getTerminator()->getOperand(0).getType());
  bytes = bytes + result.getElementCount() *
                      SizeAttr::constant(context, elementBytes(result.getElementType()));
  return {flops, bytes};
}

} // namespace attune
