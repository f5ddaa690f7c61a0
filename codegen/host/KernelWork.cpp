#include "codegen/host/KernelWork.h"

using namespace mlir;

namespace attune {

using namespace attn;

int64_t elementBytes(Type type) {
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

namespace {

bool isFloatOperation(Operation &op) {
  StringRef dialect = op.getName().getDialectNamespace();
  if (dialect != arith::ArithDialect::getDialectNamespace() &&
      dialect != math::MathDialect::getDialectNamespace())
    return false;
  // Constants, conversions, comparisons and selects are not counted.
  if (isa<arith::ConstantOp, arith::SelectOp, arith::CmpFOp, CastOpInterface>(op))
    return false;
  return op.getNumResults() == 1 && isa<FloatType>(op.getResult(0).getType());
}

/// Whether an index depends on an element of a tensor.
bool isLoadedIndex(Value index, unsigned depth = 0) {
  Operation *op = index.getDefiningOp();
  if (!op || depth > 16)
    return false;
  if (isa<LoadOp>(op))
    return true;
  return llvm::any_of(op->getOperands(), [&](Value operand) {
    return isLoadedIndex(operand, depth + 1);
  });
}

class Counter {
public:
  explicit Counter(MLIRContext *context)
      : flops(SizeAttr::constant(context, 0)), context(context) {}

  void countBody(Block &block, SizeAttr points) {
    int64_t operations = 0;
    for (Operation &op : block) {
      operations += isFloatOperation(op);
      if (auto load = dyn_cast<LoadOp>(op)) {
        if (llvm::any_of(load.getIndices(), [](Value i) { return isLoadedIndex(i); }))
          gathered[load.getTensor()] = points;
        else
          whole.insert(load.getTensor());
      } else if (auto reduce = dyn_cast<ReduceOp>(op)) {
        SizeAttr inner = points;
        for (SizeAttr size : reduce.getSizes().getAsRange<SizeAttr>())
          inner = inner * size;
        if (isa<FloatType>(reduce.getResult().getType()))
          flops = flops + inner;
        countBody(reduce.getBody().front(), inner);
      }
    }
    flops = flops + points * SizeAttr::constant(context, operations);
  }

  void count(StageOp stage) {
    SizeAttr points = stage.getType().getElementCount();
    for (unsigned i = 0; i < stage.getReductionRank(); ++i)
      points = points * stage.getAxisSize(stage.getRank() + i);
    if (stage.isReduction() && isa<FloatType>(stage.getType().getElementType()))
      flops = flops + points;
    countBody(*stage.getBodyBlock(), points);
  }

  void count(AttentionOp attention) {
    SizeAttr pairs = attention.getBatch() * attention.getHeads() *
                     attention.getQueries() * attention.getKeys();
    for (Region *region : {&attention.getScore(), &attention.getKeep(),
                           &attention.getWeight()})
      countBody(region->front(), pairs);
    flops = flops + pairs * attention.getFeatures() * SizeAttr::constant(context, 2);
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
    return elements * SizeAttr::constant(context, elementBytes(type.getElementType()));
  }

  SizeAttr flops;

private:
  MLIRContext *context;
  DenseMap<Value, SizeAttr> gathered;
  llvm::DenseSet<Value> whole;
};

} // namespace

KernelWork workOf(func::FuncOp kernel) {
  MLIRContext *context = kernel.getContext();
  Counter counter(context);
  for (Operation &op : kernel.getBody().front()) {
    if (auto stage = dyn_cast<StageOp>(op))
      counter.count(stage);
    else if (auto attention = dyn_cast<AttentionOp>(op))
      counter.count(attention);
  }
  SizeAttr bytes = SizeAttr::constant(context, 0);
  for (BlockArgument input : kernel.getArguments())
    bytes = bytes + counter.bytesOf(input);
  auto result = cast<TensorType>(kernel.getResultTypes()[0]);
  bytes = bytes + result.getElementCount() *
                      SizeAttr::constant(context, elementBytes(result.getElementType()));
  return {counter.flops, bytes};
}

} // namespace attune
