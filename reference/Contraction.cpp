#include "reference/MatrixProduct.h"
#include "reference/StageEvaluation.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;

namespace attune::reference {
namespace {

/// Numbers of one side that are held at a time (256 MiB).
constexpr int64_t mostHeld = int64_t(1) << 25;
/// Rows or columns below which tiles would mostly be padding.
constexpr int64_t fewest = 4;

/// Which axes of a stage each value of its body depends on.
class Dependencies {
public:
  explicit Dependencies(attn::StageOp stage) {
    unsigned axes = stage.getAxes().size();
    for (auto [axis, index] : llvm::enumerate(stage.getBody().getArguments())) {
      llvm::BitVector own(axes);
      own.set(axis);
      of.try_emplace(index, own);
    }
    for (Operation &op : stage.getBodyBlock()->without_terminator()) {
      llvm::BitVector all(axes);
      auto add = [&](Value value) {
        if (auto found = of.find(value); found != of.end())
          all |= found->second;
      };
      llvm::for_each(op.getOperands(), add);
      llvm::SetVector<Value> captured;
      getUsedValuesDefinedAbove(op.getRegions(), captured);
      llvm::for_each(captured, add);
      for (Value result : op.getResults())
        of.try_emplace(result, all);
    }
    none.resize(axes);
  }

  const llvm::BitVector &operator[](Value value) const {
    auto found = of.find(value);
    return found == of.end() ? none : found->second;
  }

private:
  llvm::DenseMap<Value, llvm::BitVector> of;
  llvm::BitVector none;
};

struct Side {
  SmallVector<Value> factors;
  SmallVector<unsigned> axes; // of the result, that this side alone has
};

/// In the plain mode each product is rounded where the body has it: there must
/// be one alone, and in f32 as the sum.
bool isOnePlainProduct(const Side &left, const Side &right) {
  return left.factors.size() == 1 && right.factors.size() == 1 &&
         left.factors[0].getType().isF32();
}

/// Splits the product that the body yields into two sides with different axes
/// of the result; those of both are `shared`.
bool split(attn::StageOp stage, Side &left, Side &right,
           SmallVector<unsigned> &shared) {
  SmallVector<Value> factors, pending = {stage.getYield().getOperand(0)};
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    if (auto product = value.getDefiningOp<arith::MulFOp>()) {
      pending.push_back(product.getLhs());
      pending.push_back(product.getRhs());
      // A square that is squared again … has exponentially many factors.
      if (pending.size() + factors.size() > 16)
        return false;
    } else {
      factors.push_back(value);
    }
  }
  if (factors.size() < 2)
    return false;
  Dependencies dependencies(stage);
  unsigned rank = stage.getRank();
  auto resultAxes = [&](Value value) {
    llvm::BitVector axes = dependencies[value];
    axes.resize(rank);
    return axes;
  };
  // The left side starts with the factor of most axes, the right side with the
  // one that adds most to it; others go where they add fewest.
  auto gain = [&](const llvm::BitVector &have, Value value) {
    llvm::BitVector more = resultAxes(value);
    more.reset(have);
    return more.count();
  };
  auto takeLargest = [&](const llvm::BitVector &have) {
    auto *largest = std::max_element(
        factors.begin(), factors.end(),
        [&](Value a, Value b) { return gain(have, a) < gain(have, b); });
    Value value = *largest;
    factors.erase(largest);
    return value;
  };
  left.factors.push_back(takeLargest(llvm::BitVector(rank)));
  llvm::BitVector leftAxes = resultAxes(left.factors[0]);
  right.factors.push_back(takeLargest(leftAxes));
  llvm::BitVector rightAxes = resultAxes(right.factors[0]);
  for (Value factor : factors) {
    bool toLeft = gain(leftAxes, factor) <= gain(rightAxes, factor);
    (toLeft ? left : right).factors.push_back(factor);
    (toLeft ? leftAxes : rightAxes) |= resultAxes(factor);
  }
  for (unsigned axis = 0; axis < rank; ++axis) {
    bool inLeft = leftAxes[axis], inRight = rightAxes[axis];
    if (inLeft && !inRight)
      left.axes.push_back(axis);
    else if (inRight && !inLeft)
      right.axes.push_back(axis);
    else
      shared.push_back(axis); // an axis of neither repeats the product
  }
  return true;
}

/// One side's numbers over a part of its first axis, [row][k], and where their
/// rows lie in the result.
class SideEvaluation {
public:
  SideEvaluation(const BodyProgram &program, const Side &side,
                 ArrayRef<int64_t> extents, unsigned rank, const Tensor &result)
      : side(side), extents(extents), rank(rank), result(result),
        evaluator(program, lanesFor(program)) {
    for (size_t axis = rank; axis < extents.size(); ++axis)
      depth *= extents[axis];
    for (size_t i = 1; i < side.axes.size(); ++i)
      rowsPerIndex *= extents[side.axes[i]];
  }

  int64_t rows() const { return firstExtent() * rowsPerIndex; }
  int64_t firstExtent() const {
    return side.axes.empty() ? 1 : extents[side.axes[0]];
  }
  /// Indices of the first axis that are held at a time; 0 where not even one
  /// can be.
  int64_t part() const {
    return std::min(firstExtent(), mostHeld / (rowsPerIndex * depth));
  }

  llvm::Error evaluate(int64_t first, int64_t count) {
    heldRows = (side.axes.empty() ? 1 : count) * rowsPerIndex;
    values.resize(heldRows * depth);
    SmallVector<BoxAxis> box;
    int64_t stride = depth;
    for (size_t i = side.axes.size(); i-- > 0;) {
      unsigned axis = side.axes[i];
      int64_t extent = i == 0 ? count : extents[axis];
      box.insert(box.begin(), {axis, i == 0 ? first : 0, extent, stride});
      stride *= extent;
    }
    offsets.clear();
    SmallVector<int64_t> boxExtents;
    for (const BoxAxis &axis : box)
      boxExtents.push_back(axis.extent);
    llvm::cantFail(forEachPoint(boxExtents, [&](ArrayRef<int64_t> point) {
      int64_t offset = 0;
      for (size_t i = 0; i < point.size(); ++i)
        offset += (box[i].first + point[i]) * result.strides[box[i].argument];
      offsets.push_back(offset);
      return llvm::Error::success();
    }));
    stride = depth;
    for (unsigned axis = rank; axis < extents.size(); ++axis) {
      stride /= extents[axis];
      box.push_back({axis, 0, extents[axis], stride});
    }
    return evaluateBox(evaluator, box, values.data());
  }

  const Side &side;
  ArrayRef<int64_t> extents;
  unsigned rank;
  const Tensor &result;
  BodyEvaluator evaluator;
  int64_t depth = 1, rowsPerIndex = 1, heldRows = 0;
  std::vector<double> values;
  std::vector<int64_t> offsets;
};

/// Both sides at every point of the axes that they share.
template <typename T>
llvm::Error multiply(SideEvaluation &rows, SideEvaluation &columns,
                     ArrayRef<unsigned> shared, ArrayRef<int64_t> extents,
                     Tensor &result) {
  int64_t rowPart = rows.part(), columnPart = columns.part();
  SmallVector<int64_t> sharedExtents;
  for (unsigned axis : shared)
    sharedExtents.push_back(extents[axis]);
  PackedColumns<T> packed;
  return forEachPoint(sharedExtents, [&](ArrayRef<int64_t> point) -> llvm::Error {
    double *out = result.storage->values.data();
    for (auto [axis, index] : llvm::zip(shared, point)) {
      rows.evaluator.setUniform(axis, index);
      columns.evaluator.setUniform(axis, index);
      out += index * result.strides[axis];
    }
    for (int64_t m = 0; m < rows.firstExtent(); m += rowPart) {
      if (llvm::Error error =
              rows.evaluate(m, std::min(rowPart, rows.firstExtent() - m)))
        return error;
      for (int64_t n = 0; n < columns.firstExtent(); n += columnPart) {
        // Columns that fit at once are evaluated once.
        if (m == 0 || columnPart < columns.firstExtent()) {
          if (llvm::Error error = columns.evaluate(
                  n, std::min(columnPart, columns.firstExtent() - n)))
            return error;
          packed.pack(columns.values.data(), columns.heldRows, columns.depth);
        }
        packed.multiplyInto(rows.values.data(), rows.heldRows,
                            rows.offsets.data(), columns.offsets.data(), out);
      }
    }
    return llvm::Error::success();
  });
}

} // namespace

llvm::Expected<bool> evaluateContraction(attn::StageOp stage,
                                         ArrayRef<int64_t> extents,
                                         const Frame &frame, Tensor &result) {
  Side left, right;
  SmallVector<unsigned> shared;
  if (stage.getReducer() != attn::Reducer::Sum ||
      !isa<FloatType>(result.elementType) || llvm::is_contained(extents, 0) ||
      !split(stage, left, right, shared) ||
      (frame.isPlain() && !isOnePlainProduct(left, right)))
    return false;
  auto rowsOf = [&](const Side &side) {
    int64_t rows = 1;
    for (unsigned axis : side.axes)
      rows *= extents[axis];
    return rows;
  };
  if (rowsOf(left) < fewest || rowsOf(right) < fewest)
    return false;
  auto compile = [&](const Side &side) {
    return compileBody(stage, "stage \"" + stage.getName() + "\"",
                       stage.getBody().getArguments(), side.factors, frame);
  };
  auto leftProgram = compile(left);
  if (!leftProgram)
    return leftProgram.takeError();
  auto rightProgram = compile(right);
  if (!rightProgram)
    return rightProgram.takeError();
  SideEvaluation rows(*leftProgram, left, extents, stage.getRank(), result);
  SideEvaluation columns(*rightProgram, right, extents, stage.getRank(), result);
  if (rows.part() == 0 || columns.part() == 0)
    return false;
  auto *multiplication = frame.isPlain() ? multiply<float> : multiply<double>;
  if (llvm::Error error =
          multiplication(rows, columns, shared, extents, result))
    return error;
  return true;
}

} // namespace attune::reference
