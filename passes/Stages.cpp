#include "passes/Stages.h"
#include "dialect/BodyQueries.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {

bool isView(StageOp stage) {
  if (stage.isReduction() || stage->getNumResults() != 1)
    return false;
  Value value = stage.getYield().getOperand(0);
  Operation *source = value.getDefiningOp();
  bool moved = isa_and_nonnull<LoadOp, arith::ConstantOp, arith::IndexCastOp>(source) ||
               (source == nullptr && value.getType().isIndex());
  if (!moved)
    return false;
  for (Operation &op : stage.getBodyBlock()->without_terminator()) {
    if (isa<LoadOp, SizeOp, arith::ConstantOp, arith::IndexCastOp>(op))
      continue;
    if (op.getNumResults() == 1 && op.getResult(0).getType().isIndex())
      continue;
    return false;
  }
  return true;
}

std::optional<Product> factorsOf(Value term) {
  auto mul = term.getDefiningOp<arith::MulFOp>();
  if (!mul)
    return std::nullopt;
  auto factor = [](Value value) {
    while (auto wide = value.getDefiningOp<arith::ExtFOp>())
      value = wide.getIn();
    return value.getDefiningOp<LoadOp>();
  };
  Product product{factor(mul.getLhs()), factor(mul.getRhs())};
  if (!product.lhs || !product.rhs || product.lhs == product.rhs)
    return std::nullopt;
  return product;
}

std::optional<Product> matchFactors(StageOp stage) {
  return stage.getReducer() == Reducer::Sum ? factorsOf(stage.getYield().getOperand(0)) : std::nullopt;
}

bool areMatrices(Product factors, StageOp stage) {
  // Both factors vary along every reduced axis, and each has an axis of the
  // result that the other has not: a matrix product, batched or not.
  auto uses = [](LoadOp load, Value index) {
    return llvm::is_contained(load.getIndices(), index);
  };
  for (Value k : stage.getReductionIndices())
    if (!uses(factors.lhs, k) || !uses(factors.rhs, k))
      return false;
  bool left = false, right = false;
  for (Value axis : stage.getAxisIndices()) {
    left |= uses(factors.lhs, axis) && !uses(factors.rhs, axis);
    right |= uses(factors.rhs, axis) && !uses(factors.lhs, axis);
  }
  return left && right;
}

std::optional<Product> matchProduct(StageOp stage) {
  std::optional<Product> product = matchFactors(stage);
  return product && areMatrices(*product, stage) ? product : std::nullopt;
}

ReadOp readOf(KernelOp kernel, Value argument) {
  auto place = dyn_cast<BlockArgument>(argument);
  if (!place || place.getOwner()->getParentOp() != kernel)
    return {};
  return kernel.getInputs()[place.getArgNumber()].getDefiningOp<ReadOp>();
}

static WeightsLoad weightsLoadIn(KernelOp kernel, StageOp stage, Value column, Value depth) {
  for (auto load : stage.getBodyBlock()->getOps<LoadOp>()) {
    if (load.getIndices().size() != 2)
      continue;
    Value first = load.getIndices()[0], second = load.getIndices()[1];
    bool isOfDepth = second == column;
    Value other = isOfDepth ? first : second;
    auto isOf = [&](Value axis) { return isComputedFrom(other, [&](Value part) { return part == axis; }); };
    // What a table of indices says is no depth.
    bool isLookedUp = isComputedFrom(other, [](Value part) { return part.getDefiningOp<LoadOp>() != nullptr; });
    if ((!isOfDepth && first != column) || !isOf(depth) || isOf(column) || isLookedUp)
      continue;
    if (readOf(kernel, load.getTensor()))
      return {load, column, other};
    auto copy = load.getTensor().getDefiningOp<StageOp>();
    if (!copy || copy.isReduction() || !copy.getResult().hasOneUse())
      continue;
    ValueRange indices = copy.getAxisIndices();
    if (WeightsLoad found = weightsLoadIn(kernel, copy, indices[isOfDepth], indices[!isOfDepth]))
      return found;
  }
  return {};
}

WeightsLoad packableLoad(KernelOp kernel, StageOp stage, unsigned axis) {
  if (stage.getReductionRank() != 1)
    return {};
  return weightsLoadIn(kernel, stage, stage.getBody().getArgument(axis), stage.getReductionIndices()[0]);
}

SetVector<Value> readTensors(Operation *op) {
  SetVector<Value> tensors;
  auto note = [&](Value value) {
    if (isa<TensorType>(value.getType()) &&
        !op->isProperAncestor(value.getParentBlock()->getParentOp()) &&
        value.getParentBlock()->getParentOp() != op)
      tensors.insert(value);
  };
  for (Value operand : op->getOperands())
    note(operand);
  for (Region &region : op->getRegions())
    region.walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        note(operand);
    });
  return tensors;
}

/// The op of `block` that `user` is or lies in.
static Operation *within(Block *block, Operation *user) {
  while (user->getBlock() != block)
    user = user->getParentOp();
  return user;
}

llvm::SetVector<Operation *> readers(Operation *op) {
  llvm::SetVector<Operation *> found;
  for (Operation *user : op->getUsers())
    found.insert(within(op->getBlock(), user));
  return found;
}

std::optional<int64_t> columns(StageOp stage) { return stage.getType().getSizes().back().getConstant(); }

bool readsFrom(Operation *op, Operation *source) {
  SmallVector<Operation *> work{op};
  llvm::DenseSet<Operation *> seen;
  while (!work.empty()) {
    Operation *next = work.pop_back_val();
    if (next == source)
      return true;
    if (!seen.insert(next).second || next->isBeforeInBlock(source))
      continue;
    for (Value tensor : readTensors(next))
      if (Operation *producer = tensor.getDefiningOp())
        work.push_back(producer);
  }
  return false;
}

void inlineLoad(RewriterBase &rewriter, LoadOp load, StageOp stage) {
  assert(!stage.isReduction() && "a reduction is no body to copy");
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(load);
  IRMapping mapping;
  mapping.map(stage.getBody().getArguments(), load.getIndices());
  for (Operation &op : stage.getBodyBlock()->without_terminator())
    rewriter.clone(op, mapping);
  rewriter.replaceOp(load,
                     mapping.lookupOrDefault(stage.getYield().getOperand(0)));
}

namespace {

/// The axes of a reshape's result that each axis of its source covers, as
/// ranges; nothing where an index of the source is a quotient of the result's.
/// Walks both lists of sizes in step, matching runs with equal products.
std::optional<SmallVector<std::pair<size_t, size_t>>>
coveredAxes(ReshapeOp reshape) {
  auto from = cast<TensorType>(reshape.getSource().getType());
  auto to = cast<TensorType>(reshape.getResult().getType());
  ArrayRef<SizeAttr> source = from.getSizes(), result = to.getSizes();
  SizeAttr one = SizeAttr::constant(reshape.getContext(), 1);
  SmallVector<std::pair<size_t, size_t>> runs;
  size_t r = 0;
  for (SizeAttr size : source) {
    size_t begin = r;
    SizeAttr covered = one;
    while (covered != size && r < result.size()) {
      covered = covered * result[r++];
    }
    if (covered != size)
      return std::nullopt;
    runs.push_back({begin, r});
  }
  for (; r < result.size(); ++r)
    if (result[r] != one)
      return std::nullopt;
  return runs;
}

/// Index of the source of a reshape for an index of its result; nothing where
/// a division would be needed.
std::optional<SmallVector<Value>>
indicesThroughReshape(OpBuilder &builder, Location loc, ReshapeOp reshape,
                      ValueRange indices) {
  auto runs = coveredAxes(reshape);
  if (!runs)
    return std::nullopt;
  ArrayRef<SizeAttr> result =
      cast<TensorType>(reshape.getResult().getType()).getSizes();
  SmallVector<Value> mapped;
  for (auto [begin, end] : *runs) {
    Value index;
    for (size_t i = begin; i < end; ++i) {
      if (!index) {
        index = indices[i];
        continue;
      }
      Value size = SizeOp::create(builder, loc, result[i]);
      if (std::optional<int64_t> constant = result[i].getConstant())
        size = arith::ConstantIndexOp::create(builder, loc, *constant);
      index = arith::MulIOp::create(builder, loc, index, size);
      index = arith::AddIOp::create(builder, loc, index, indices[i]);
    }
    if (!index)
      index = arith::ConstantIndexOp::create(builder, loc, 0);
    mapped.push_back(index);
  }
  return mapped;
}

} // namespace

bool canReadThrough(ReshapeOp reshape) { return coveredAxes(reshape).has_value(); }

LogicalResult readThroughReshape(RewriterBase &rewriter, LoadOp load) {
  auto reshape = load.getTensor().getDefiningOp<ReshapeOp>();
  if (!reshape)
    return failure();
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(load);
  std::optional<SmallVector<Value>> indices = indicesThroughReshape(
      rewriter, load.getLoc(), reshape, load.getIndices());
  if (!indices)
    return failure();
  rewriter.replaceOpWithNewOp<LoadOp>(load, reshape.getSource(), *indices);
  return success();
}

StageOp mergedHeads(OpBuilder &builder, ReshapeOp reshape) {
  auto from = cast<TensorType>(reshape.getSource().getType());
  auto to = cast<TensorType>(reshape.getResult().getType());
  std::optional<int64_t> features = from.getRank() == 4 ? from.getSize(3).getConstant() : std::nullopt;
  if (!features || *features == 0 || to.getRank() != 3 || from.getSizes().take_front(2) != to.getSizes().take_front(2))
    return {};
  return StageOp::create(builder, reshape.getLoc(), "heads", to, {"batch", "query", "column"},
                         [&](OpBuilder &b, Location l, ValueRange at) -> Value {
    Value width = arith::ConstantIndexOp::create(b, l, *features);
    Value head = arith::FloorDivSIOp::create(b, l, at[2], width);
    Value feature = arith::RemUIOp::create(b, l, at[2], width);
    return LoadOp::create(b, l, reshape.getSource(), ValueRange{at[0], at[1], head, feature});
  });
}

/// A gather that reads its source twice doubles with every view it is read
/// through; past this many ops a view stays a stage of its own.
static constexpr size_t largestInlinedView = 64;

void inlineViews(Operation *root, llvm::function_ref<bool(StageOp)> keep) {
  IRRewriter rewriter(root->getContext());
  SmallVector<LoadOp> work;
  bool changed = true;
  while (changed) {
    changed = false;
    work.clear();
    root->walk([&](LoadOp load) { work.push_back(load); });
    for (LoadOp load : work) {
      if (auto stage = load.getTensor().getDefiningOp<StageOp>();
          stage && isView(stage) && !keep(stage) &&
          stage.getBodyBlock()->getOperations().size() <= largestInlinedView) {
        inlineLoad(rewriter, load, stage);
        changed = true;
      } else if (succeeded(readThroughReshape(rewriter, load))) {
        changed = true;
      }
    }
  }
  eraseUnread(root);
}

void eraseUnread(Operation *root) {
  // Readers come after what they read, so one walk backwards is enough.
  SmallVector<Operation *> candidates;
  root->walk([&](Operation *op) {
    if (isa<StageOp, ReshapeOp, ReadOp, AttentionOp>(op))
      candidates.push_back(op);
  });
  for (Operation *op : llvm::reverse(candidates))
    if (op->use_empty())
      op->erase();
}

std::string displayName(Operation *op) {
  if (auto stage = dyn_cast<StageOp>(op))
    return stage.getPath().value_or(stage.getName()).str();
  // An attention has a definition's name, a stage only that of an operation.
  if (auto attention = dyn_cast<AttentionOp>(op))
    return (attention.getPath() ? *attention.getPath() + "." : llvm::Twine())
               .concat(attention.getName())
               .str();
  return op->getName().getStringRef().str();
}

std::string freeStageName(StageOp beside, StringRef wanted) {
  std::string name = wanted.str();
  auto isTaken = [&] {
    return llvm::any_of(beside->getBlock()->getOps<StageOp>(), [&](StageOp stage) { return stage.getName() == name; });
  };
  for (unsigned i = 1; isTaken(); ++i)
    name = (wanted + "." + llvm::Twine(i)).str();
  return name;
}

} // namespace attune
