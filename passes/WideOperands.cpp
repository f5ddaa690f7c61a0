#include "passes/WideOperands.h"
#include "passes/ScheduleBuilder.h"
#include "passes/Stages.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {

/// What `load` reads of 16 bits as a stage of f32; null if it reads something else. Weights have their `column` last.
static StageOp addWide(StageOp product, LoadOp load, StringRef suffix, Value column = {}) {
  auto wide = dyn_cast<arith::ExtFOp>(*load.getResult().user_begin());
  if (!wide || !load.getResult().hasOneUse())
    return {};
  auto type = cast<TensorType>(load.getTensor().getType());
  SmallVector<SizeAttr> sizes(type.getSizes());
  SmallVector<Value> indices(load.getIndices());
  SmallVector<std::string> names;
  for (int64_t i = 0; i + 1 < type.getRank(); ++i)
    names.push_back("row" + (i ? number(i) : ""));
  names.push_back("depth");
  if (column)
    names = {"depth", "column"};
  bool isTurned = column && indices[0] == column;
  if (isTurned) {
    std::swap(sizes[0], sizes[1]);
    std::swap(indices[0], indices[1]);
  }
  OpBuilder builder(product);
  SmallVector<StringRef> axes(names.begin(), names.end());
  std::string name = freeStageName(product, (product.getName() + suffix).str());
  auto stage = StageOp::create(builder, product.getLoc(), name, TensorType::get(wide.getType(), sizes), axes,
                               [&](OpBuilder &b, Location l, ValueRange at) -> Value {
    SmallVector<Value> place(at);
    if (isTurned)
      std::swap(place[0], place[1]);
    return arith::ExtFOp::create(b, l, wide.getType(), LoadOp::create(b, l, load.getTensor(), place).getResult());
  });
  builder.setInsertionPoint(load);
  Value element = LoadOp::create(builder, load.getLoc(), stage.getResult(), indices);
  wide.getResult().replaceAllUsesWith(element);
  wide.erase();
  load.erase();
  return stage;
}

WideOperands addWideOperands(KernelOp kernel, StageOp product) {
  WideOperands wide;
  WeightsLoad weights = packableLoad(kernel, product, product.getRank() - 1);
  if (!weights)
    return wide;
  std::optional<Product> factors = matchProduct(product);
  LoadOp rows = factors->lhs == weights.load ? factors->rhs : factors->lhs;
  if (rows.getIndices().back() == product.getReductionIndices()[0])
    wide.rows = addWide(product, rows, ".widened");
  if (weights.load->getParentOp() == product && weights.depth == product.getReductionIndices()[0])
    wide.weights = addWide(product, weights.load, ".widened_weights", weights.column);
  return wide;
}

} // namespace attune
