#include "passes/Passes.h"
#include "passes/Stages.h"
#include "schedule/Fusions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/Statistic.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_JOINPRODUCTS
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-join-products"
ALWAYS_ENABLED_STATISTIC(joinedStages, "stages that became part of one");
ALWAYS_ENABLED_STATISTIC(joins, "stages made of several");

namespace {

/// The axis along which stages are joined: the last that is not reduced.
Value joinedIndex(StageOp stage) {
  return stage.getAxisIndices().back();
}

/// Whether `other` does what `first` does but for the tensors it loads, which
/// are listed in the order of the loads.
bool sameBody(StageOp first, StageOp other, SmallVectorImpl<Value> &tensors) {
  if (first.getRank() != other.getRank() || first.getRank() == 0 ||
      first.getType().getElementType() != other.getType().getElementType() ||
      first.getReducer() != other.getReducer() ||
      first.getReductionSizes() != other.getReductionSizes() ||
      first.getType().getSizes().drop_back() !=
          other.getType().getSizes().drop_back())
    return false;
  DenseMap<Value, Value> same;
  for (auto [a, b] : llvm::zip(first.getBody().getArguments(),
                               other.getBody().getArguments()))
    same[a] = b;
  Block &x = *first.getBodyBlock(), &y = *other.getBodyBlock();
  if (x.getOperations().size() != y.getOperations().size())
    return false;
  for (auto [a, b] : llvm::zip(x, y)) {
    if (a.getName() != b.getName() || a.getNumRegions() ||
        a.getAttrDictionary() != b.getAttrDictionary() ||
        a.getNumOperands() != b.getNumOperands())
      return false;
    for (auto [i, pair] : llvm::enumerate(llvm::zip(a.getOperands(), b.getOperands()))) {
      auto [p, q] = pair;
      if (isa<LoadOp>(a) && i == 0) {
        tensors.push_back(q);
        continue;
      }
      if (same.lookup(p) != q)
        return false;
    }
    for (auto [p, q] : llvm::zip(a.getResults(), b.getResults())) {
      if (p.getType() != q.getType())
        return false;
      same[p] = q;
    }
  }
  return true;
}

/// Position at which `load` is indexed by the joined axis itself; nothing where
/// the axis is absent.
std::optional<unsigned> joinedPosition(LoadOp load, Value joined) {
  std::optional<unsigned> position;
  for (auto [i, index] : llvm::enumerate(load.getIndices())) {
    if (index == joined)
      position = i;
  }
  return position;
}

/// Whether the load depends on `joined` other than by one index that is it.
bool dependsOtherwise(LoadOp load, Value joined) {
  if (llvm::count(load.getIndices(), joined) > 1)
    return true;
  SmallVector<Value> work;
  for (Value index : load.getIndices())
    if (index != joined)
      work.push_back(index);
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (value == joined)
      return true;
    if (Operation *op = value.getDefiningOp();
        op && op->getBlock() == load->getBlock())
      work.append(op->operand_begin(), op->operand_end());
  }
  return false;
}

/// The slice [offset, offset + size) of the last axis that `value` is, and of
/// which stage.
struct Slice {
  StageOp joined;
  int64_t offset;
};

class Joiner {
public:
  explicit Joiner(func::FuncOp function) : function(function), fusions(function) {}

  void run() {
    for (Operation &op : function.front()) {
      auto tensors = readTensors(&op);
      if (isa<ReadOp>(op) ||
          (isa<StageOp, ReshapeOp>(op) && !tensors.empty() &&
           llvm::all_of(tensors, [&](Value tensor) { return isWeight(tensor); })))
        weights.insert(op.getResult(0));
    }
    // Products of one input, in the order of their first.
    llvm::MapVector<Value, SmallVector<StageOp>> byInput;
    for (auto stage : function.getOps<StageOp>()) {
      std::optional<Product> product = matchProduct(stage);
      if (!product || stage.getRank() == 0 || fusions.separates(displayName(stage)))
        continue;
      bool left = isWeight(product->lhs.getTensor()),
           right = isWeight(product->rhs.getTensor());
      if (left != right)
        byInput[left ? product->rhs.getTensor() : product->lhs.getTensor()]
            .push_back(stage);
    }
    for (auto &[input, stages] : byInput)
      join(stages);
    fusions.writeDown();
  }

private:
  /// Whether the tensor depends on weights alone.
  bool isWeight(Value tensor) { return weights.contains(tensor); }

  /// Joins those of `stages` that match the first, then the same among the rest.
  void join(ArrayRef<StageOp> stages) {
    SmallVector<StageOp> left(stages);
    while (!left.empty()) {
      SmallVector<StageOp> group, others;
      SmallVector<SmallVector<Value>> tensors;
      for (StageOp stage : left) {
        SmallVector<Value> loaded;
        bool matches = sameBody(left.front(), stage, loaded) &&
                       stage.getType().getSizes().back().getConstant();
        (matches ? group : others).push_back(stage);
        if (matches)
          tensors.push_back(loaded);
      }
      if (group.size() > 1 && joinable(group, tensors))
        joinGroup(group, tensors);
      // A first of symbolic width matches not even itself.
      left = group.empty() ? SmallVector<StageOp>(ArrayRef(others).drop_front()) : others;
    }
  }

  /// Joins the group, then what reads its members alike.
  void joinGroup(ArrayRef<StageOp> group, ArrayRef<SmallVector<Value>> tensors) {
    SmallVector<StageOp> slices = build(group, tensors);
    ++joins;
    joinedStages += group.size();

    // A bias is the same stage after each, and so is rounding: joined as well.
    SmallVector<StageOp> readers;
    for (StageOp slice : slices) {
      if (!slice.getResult().hasOneUse())
        return;
      auto reader = dyn_cast<StageOp>(
          (*slice.getResult().user_begin())->getParentOp());
      if (!reader || reader.isReduction() || isView(reader) ||
          reader->getBlock() != slice->getBlock() ||
          reader.getType().getSizes() != slice.getType().getSizes())
        return;
      readers.push_back(reader);
    }
    join(readers);
  }

  /// Each load reads one tensor in all stages, or stackable ones.
  bool joinable(ArrayRef<StageOp> group, ArrayRef<SmallVector<Value>> tensors) {
    StageOp leader = group.front();
    SmallVector<LoadOp> loads(leader.getOps<LoadOp>());
    Value joined = joinedIndex(leader);
    for (Operation &op : *leader.getBodyBlock())
      if (!isa<LoadOp>(op) && llvm::is_contained(op.getOperands(), joined))
        return false;
    for (auto [l, load] : llvm::enumerate(loads)) {
      if (dependsOtherwise(load, joined))
        return false;
      std::optional<unsigned> position = joinedPosition(load, joined);
      bool equal = llvm::all_of(tensors, [&, l = l](const auto &t) {
        return t[l] == tensors.front()[l];
      });
      if (equal && !position)
        continue;
      if (!position)
        return false;
      bool slicesInOrder = true;
      int64_t offset = 0;
      StageOp first;
      for (size_t i = 0; i < group.size(); ++i) {
        StageOp stage = group[i];
        auto it = sliceOf.find(tensors[i][l]);
        bool fits = it != sliceOf.end() && it->second.offset == offset &&
                    (!first || it->second.joined == first);
        slicesInOrder &= fits;
        if (fits)
          first = it->second.joined;
        offset += *stage.getType().getSizes().back().getConstant();
      }
      if (slicesInOrder)
        continue;
      for (const auto &t : tensors) {
        if (!isWeight(t[l]))
          return false;
        auto a = cast<TensorType>(t[l].getType()),
             b = cast<TensorType>(tensors.front()[l].getType());
        if (a.getRank() != b.getRank() || a.getElementType() != b.getElementType())
          return false;
        for (unsigned axis = 0; axis < a.getRank(); ++axis)
          if (axis != *position && a.getSize(axis) != b.getSize(axis))
            return false;
      }
    }
    return true;
  }

  /// The joined stage in place of the group; returns its slices.
  SmallVector<StageOp> build(ArrayRef<StageOp> group,
                             ArrayRef<SmallVector<Value>> tensors) {
    StageOp first = group.front();
    // After everything any of them reads, before anyone reads them.
    StageOp last = first;
    for (StageOp stage : group)
      if (last->isBeforeInBlock(stage))
        last = stage;
    OpBuilder builder(last);
    MLIRContext *context = builder.getContext();
    Location loc = first.getLoc();
    StringAttr path = joinedPath(group);
    SmallVector<int64_t> widths;
    int64_t total = 0;
    for (StageOp stage : group) {
      widths.push_back(*stage.getType().getSizes().back().getConstant());
      total += widths.back();
    }
    DenseMap<Operation *, Value> stackedLoads;
    for (auto [l, load] : llvm::enumerate(first.getOps<LoadOp>())) {
      std::optional<unsigned> position =
          joinedPosition(load, joinedIndex(first));
      if (!position)
        continue;
      Value stacked;
      if (auto it = sliceOf.find(tensors.front()[l]); it != sliceOf.end())
        stacked = it->second.joined.getResult();
      else {
        SmallVector<Value> parts;
        for (const auto &t : tensors)
          parts.push_back(t[l]);
        stacked = stack(builder, loc, path, parts, widths, *position);
      }
      stackedLoads[load] = stacked;
    }
    auto joined = cast<StageOp>(builder.clone(*first));
    SmallVector<SizeAttr> sizes(first.getType().getSizes());
    sizes.back() = SizeAttr::constant(context, total);
    joined.getResult().setType(
        TensorType::get(first.getType().getElementType(), sizes));
    joined.setPathAttr(path);
    fusions.join(displayName(joined));
    for (auto [before, after] :
         llvm::zip(first.getOps<LoadOp>(), joined.getOps<LoadOp>()))
      if (Value stacked = stackedLoads.lookup(before))
        after.getTensorMutable().assign(stacked);

    SmallVector<StageOp> slices;
    int64_t offset = 0;
    SmallVector<StringRef> axes(joined.getAxes().getAsValueRange<StringAttr>());
    axes.resize(joined.getRank());
    for (size_t i = 0; i < group.size(); ++i) {
      StageOp stage = group[i];
      auto slice = StageOp::create(
          builder, stage.getLoc(), "slice", stage.getType(), axes,
          [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
            SmallVector<Value> at(indices);
            if (offset)
              at.back() = arith::AddIOp::create(
                  b, l, at.back(), arith::ConstantIndexOp::create(b, l, offset));
            return LoadOp::create(b, l, joined.getResult(), at);
          });
      sliceOf[slice.getResult()] = {joined, offset};
      stage.getResult().replaceAllUsesWith(slice.getResult());
      slices.push_back(slice);
      offset += widths[i];
    }
    for (StageOp stage : group) {
      stage.erase();
    }
    // Readers may have stood between the first and the last of the group.
    sortReaders(slices);
    return slices;
  }

  /// Moves what reads the slices, directly or not, behind them.
  void sortReaders(ArrayRef<StageOp> slices) {
    Operation *anchor = slices.back();
    llvm::SetVector<Operation *> late;
    for (Operation &op : *anchor->getBlock()) {
      if (&op == anchor)
        break;
      bool reads = llvm::any_of(readTensors(&op), [&](Value tensor) {
        Operation *source = tensor.getDefiningOp();
        return source && (late.contains(source) ||
                          llvm::is_contained(slices, source));
      });
      if (reads && !llvm::is_contained(slices, &op))
        late.insert(&op);
    }
    for (Operation *op : late) {
      op->moveAfter(anchor);
      anchor = op;
    }
  }

  /// The first `widths` of `parts` one after another along `axis`, as a stage.
  Value stack(OpBuilder &builder, Location loc, StringAttr path, ArrayRef<Value> parts,
              ArrayRef<int64_t> widths, unsigned axis) {
    auto type = cast<TensorType>(parts.front().getType());
    SmallVector<int64_t> ends;
    int64_t total = 0;
    for (int64_t width : widths)
      ends.push_back(total += width);
    SmallVector<SizeAttr> sizes(type.getSizes());
    sizes[axis] = SizeAttr::constant(builder.getContext(), total);
    static constexpr StringRef names[] = {"row", "column", "depth", "panel", "lane", "part"};
    SmallVector<std::string> axisNames;
    for (unsigned i = 0; i < sizes.size(); ++i)
      axisNames.push_back(i < std::size(names) ? names[i].str()
                                               : "axis" + std::to_string(i));
    SmallVector<StringRef> axes(axisNames.begin(), axisNames.end());
    auto stacked = StageOp::create(
        builder, loc, "stack", TensorType::get(type.getElementType(), sizes),
        axes, [&](OpBuilder &b, Location l, ValueRange indices) -> Value {
          Value result;
          // From the last part to the first; indices of parts that are not
          // chosen are kept inside them.
          for (size_t i = parts.size(); i-- > 0;) {
            int64_t begin = i ? ends[i - 1] : 0;
            auto constant = [&](int64_t v) -> Value {
              return arith::ConstantIndexOp::create(b, l, v);
            };
            SmallVector<Value> at(indices);
            Value local = arith::SubIOp::create(b, l, indices[axis], constant(begin));
            local = arith::MaxSIOp::create(b, l, local, constant(0));
            at[axis] = arith::MinSIOp::create(b, l, local,
                                              constant(ends[i] - begin - 1));
            Value part = LoadOp::create(b, l, parts[i], at);
            if (!result) {
              result = part;
              continue;
            }
            Value here = arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt,
                                               indices[axis], constant(ends[i]));
            result = arith::SelectOp::create(b, l, here, part, result);
          }
          return result;
        });
    stacked.setPathAttr(path);
    weights.insert(stacked.getResult());
    return stacked.getResult();
  }

  /// "self.query", "self.key", "self.value" -> "self.{query,key,value}".
  StringAttr joinedPath(ArrayRef<StageOp> group) {
    SmallVector<std::string> names;
    for (StageOp stage : group)
      names.push_back(displayName(stage));
    StringRef prefix = names.front(), suffix = names.front();
    size_t shortest = prefix.size();
    for (StringRef name : names) {
      while (!name.starts_with(prefix))
        prefix = prefix.drop_back();
      while (!name.ends_with(suffix))
        suffix = suffix.drop_front();
      shortest = std::min(shortest, name.size());
    }
    prefix = prefix.take_front(prefix.rfind('.') + 1); // whole path parts only
    size_t dot = suffix.find('.');
    suffix = dot == StringRef::npos ? StringRef() : suffix.drop_front(dot);
    if (prefix.size() + suffix.size() > shortest)
      suffix = {};
    std::string text = prefix.str() + "{";
    for (auto [i, name] : llvm::enumerate(names)) {
      if (i)
        text += ",";
      text += StringRef(name).drop_front(prefix.size()).drop_back(suffix.size());
    }
    text += "}" + suffix.str();
    return StringAttr::get(group.front()->getContext(), text);
  }

  func::FuncOp function;
  Fusions fusions;
  DenseMap<Value, Slice> sliceOf;
  llvm::DenseSet<Value> weights;
};

struct JoinProducts : impl::JoinProductsBase<JoinProducts> {
  void runOnOperation() override {
    if (!getOperation()->hasAttr(modelAttrName))
      return;
    Joiner(getOperation()).run();
    inlineViews(getOperation());
  }
};

} // namespace
} // namespace attune
