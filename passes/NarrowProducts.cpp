#include "passes/Passes.h"
#include "passes/Stages.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/Statistic.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_NARROWPRODUCTS
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-narrow-products"
ALWAYS_ENABLED_STATISTIC(narrowProducts, "products that read bf16");
ALWAYS_ENABLED_STATISTIC(narrowAttentions, "attentions that read bf16");
ALWAYS_ENABLED_STATISTIC(narrowTensors, "tensors that are rounded to bf16");

namespace {

bool isF32(Value tensor) { return cast<TensorType>(tensor.getType()).getElementType().isF32(); }

/// The load that a view's elements are; null for numbers and ranges.
LoadOp movedLoad(StageOp stage) {
  return isView(stage) ? stage.getYield().getOperand(0).getDefiningOp<LoadOp>() : LoadOp();
}

class Narrowing {
public:
  explicit Narrowing(func::FuncOp function) : function(function), narrow(BFloat16Type::get(function.getContext())) {}

  void run() {
    for (auto stage : function.getOps<StageOp>())
      if (std::optional<Product> product = matchProduct(stage); product && canNarrow(stage, *product))
        products.push_back(stage);
    auto attentions = llvm::to_vector(function.getOps<AttentionOp>());
    if (products.empty() && attentions.empty())
      function.emitRemark("nothing is rounded to bf16: model '") << function.getName() << "' has no product and no attention in f32";
    for (AttentionOp attention : attentions)
      narrowAttention(attention);
    for (StageOp stage : products) {
      std::optional<Product> product = matchProduct(stage);
      narrowLoad(product->lhs);
      narrowLoad(product->rhs);
      ++narrowProducts;
    }
    for (Value wide : rounded)
      shareNarrow(wide);
    eraseUnread(function);
  }

private:
  /// Products of other types are left alone, and so is what computes in f64.
  static bool canNarrow(StageOp stage, Product product) {
    return stage.getType().getElementType().isF32() && (isF32(product.lhs.getTensor()) || isF32(product.rhs.getTensor()));
  }

  void narrowLoad(LoadOp load) {
    if (isF32(load.getTensor()))
      widenLoad(load, narrowed(load.getTensor()));
  }

  /// Reads `tensor`, of bf16, in the load's place.
  static void widenLoad(LoadOp load, Value tensor) {
    OpBuilder builder(load);
    Value element = LoadOp::create(builder, load.getLoc(), tensor, load.getIndices()).getResult();
    Value wide = arith::ExtFOp::create(builder, load.getLoc(), builder.getF32Type(), element);
    load.getResult().replaceAllUsesWith(wide);
    load.erase();
  }

  TensorType narrowType(Value tensor) { return TensorType::get(narrow, cast<TensorType>(tensor.getType()).getSizes()); }

  /// `tensor` in bf16: what it is a view of is rounded, and viewed alike.
  Value narrowed(Value tensor) {
    if (Value known = narrowOf.lookup(tensor))
      return known;
    OpBuilder builder(function.getContext());
    builder.setInsertionPointAfterValue(tensor);
    Value result;
    auto view = tensor.getDefiningOp<StageOp>();
    LoadOp moved = view ? movedLoad(view) : LoadOp();
    if (auto reshape = tensor.getDefiningOp<ReshapeOp>()) {
      result = ReshapeOp::create(builder, reshape.getLoc(), narrowType(tensor), narrowed(reshape.getSource()));
    } else if (moved) {
      result = viewed(builder, view, moved, narrowed(moved.getTensor()));
    } else {
      result = rounding(builder, tensor);
      rounded.push_back(tensor);
      ++narrowTensors;
    }
    return narrowOf[tensor] = result;
  }

  Value viewed(OpBuilder &builder, StageOp view, LoadOp moved, Value source) {
    SmallVector<StringRef> axes;
    for (int64_t i = 0; i < view.getRank(); ++i)
      axes.push_back(view.getAxisName(i));
    auto stage = StageOp::create(builder, view.getLoc(), view.getName(), narrowType(view.getResult()), axes,
                                 [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      IRMapping mapping;
      mapping.map(view.getBody().getArguments(), at);
      for (Operation &op : view.getBodyBlock()->without_terminator())
        if (&op != moved.getOperation())
          b.clone(op, mapping);
      SmallVector<Value> indices;
      for (Value index : moved.getIndices())
        indices.push_back(mapping.lookupOrDefault(index));
      return LoadOp::create(b, l, source, indices);
    });
    if (std::optional<StringRef> path = view.getPath())
      stage.setPath(*path);
    return stage.getResult();
  }

  Value rounding(OpBuilder &builder, Value tensor) {
    auto type = cast<TensorType>(tensor.getType());
    auto producer = tensor.getDefiningOp<StageOp>();
    SmallVector<std::string> names;
    for (int64_t i = 0; i < type.getRank(); ++i)
      names.push_back(producer ? producer.getAxisName(i).str() : "axis" + std::to_string(i));
    SmallVector<StringRef> axes(names.begin(), names.end());
    auto stage = StageOp::create(builder, tensor.getLoc(), "narrow", narrowType(tensor), axes,
                                 [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      return arith::TruncFOp::create(b, l, narrow, LoadOp::create(b, l, tensor, at).getResult());
    });
    if (auto read = tensor.getDefiningOp<ReadOp>())
      stage.setPath((read.getSource() + ".narrow").str());
    else if (producer && producer.getPath())
      stage.setPath(*producer.getPath());
    return stage.getResult();
  }

  /// What is stored in bf16 is stored once: stages that read the wide tensor
  /// beside a product read the narrow one too. Inputs, weights and results are
  /// in memory as they are.
  void shareNarrow(Value wide) {
    auto producer = wide.getDefiningOp<StageOp>();
    if (!producer || isReturned(wide))
      return;
    Value tensor = narrowOf.lookup(wide);
    for (OpOperand &use : llvm::make_early_inc_range(wide.getUses())) {
      auto load = dyn_cast<LoadOp>(use.getOwner());
      auto reader = load ? dyn_cast<StageOp>(load->getParentOp()) : StageOp();
      if (reader && reader != tensor.getDefiningOp() && !isView(reader))
        widenLoad(load, tensor);
    }
  }

  static bool isReturned(Value tensor) {
    return llvm::any_of(tensor.getUses(), [](OpOperand &use) {
      if (auto load = dyn_cast<LoadOp>(use.getOwner())) {
        auto view = dyn_cast<StageOp>(load->getParentOp());
        return view && movedLoad(view) == load && isReturned(view.getResult());
      }
      if (auto reshape = dyn_cast<ReshapeOp>(use.getOwner()))
        return isReturned(reshape.getResult());
      return isa<func::ReturnOp>(use.getOwner());
    });
  }

  // ---- attention ----

  /// What a chain of views begins with.
  static Value root(Value tensor) {
    for (;;) {
      if (auto reshape = tensor.getDefiningOp<ReshapeOp>()) {
        tensor = reshape.getSource();
        continue;
      }
      auto view = tensor.getDefiningOp<StageOp>();
      LoadOp moved = view ? movedLoad(view) : LoadOp();
      if (!moved)
        return tensor;
      tensor = moved.getTensor();
    }
  }

  /// Query, key and value are rounded where the model computes them: an input
  /// would have to be copied first, which is as much work as to read it.
  void narrowAttention(AttentionOp op) {
    if (!isF32(op.getQuery()) && !isF32(op.getKey()) && !isF32(op.getValue()))
      return;
    for (Value operand : {op.getKey(), op.getValue()})
      if (isF32(operand) && isa<BlockArgument>(root(operand))) {
        op.emitRemark("attention \"") << op.getName() << "\" stays in f32: it reads its keys and values from inputs of "
                                      << "that type; give the inputs type bf16";
        return;
      }
    SmallVector<LoadOp> loads;
    op.getScore().walk([&](ReduceOp reduce) {
      if (reduce.getReducer() != Reducer::Sum)
        return;
      auto product = reduce.getYield().getOperand(0).getDefiningOp<arith::MulFOp>();
      auto lhs = product ? product.getLhs().getDefiningOp<LoadOp>() : LoadOp();
      auto rhs = product ? product.getRhs().getDefiningOp<LoadOp>() : LoadOp();
      if (lhs && rhs && lhs != rhs)
        loads.append({lhs, rhs});
    });
    for (LoadOp load : loads)
      narrowLoad(load);
    // Its scores may read them in other ways too; then those read what is rounded.
    Value operands[] = {op.getQuery(), op.getKey(), op.getValue()};
    for (auto [i, operand] : llvm::enumerate(operands))
      if (isF32(operand))
        op->setOperand(i, narrowed(operand));
    op->walk([&](LoadOp load) {
      for (Value operand : operands)
        if (load.getTensor() == operand && isF32(operand))
          widenLoad(load, narrowed(operand));
    });
    // The result has the values' type.
    Value result = op.getResult();
    if (isF32(result)) {
      result.setType(narrowType(result));
      widenReaders(op);
    }
    ++narrowAttentions;
  }

  void widenReaders(AttentionOp op) {
    OpBuilder builder(function.getContext());
    builder.setInsertionPointAfter(op);
    auto type = cast<TensorType>(op.getResult().getType());
    StringRef axes[] = {"batch", "query", "head", "feature"};
    auto wide = StageOp::create(builder, op.getLoc(), "widen", TensorType::get(builder.getF32Type(), type.getSizes()), axes,
                                [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      return arith::ExtFOp::create(b, l, b.getF32Type(), LoadOp::create(b, l, op.getResult(), at).getResult());
    });
    op.getResult().replaceUsesWithIf(wide.getResult(), [&](OpOperand &use) { return !wide->isProperAncestor(use.getOwner()); });
    narrowOf[wide.getResult()] = op.getResult();
  }

  func::FuncOp function;
  Type narrow;
  SmallVector<StageOp> products;
  llvm::DenseMap<Value, Value> narrowOf; ///< in bf16, by the wide tensor
  SmallVector<Value> rounded;          ///< what is read in both types
};

struct NarrowProducts : impl::NarrowProductsBase<NarrowProducts> {
  void runOnOperation() override { Narrowing(getOperation()).run(); }
};

} // namespace
} // namespace attune
