#include "reference/StageEvaluation.h"
#include "dialect/BodyQueries.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>
#include <deque>
#include <limits>

namespace attune::reference {
namespace {

/// A lane axis shorter than this is not worth its fixed cost for each step
/// where another axis is longer.
constexpr int64_t shortAxis = 64;
/// Evaluations of one body past which a stage is refused: hours of work.
constexpr int64_t mostEvaluations = int64_t(1) << 42;

/// The axis that becomes lanes: the last one, for its neighbours are neighbours
/// in memory, or the longest where the last is short.
size_t chooseLaneAxis(llvm::ArrayRef<int64_t> extents) {
  size_t chosen = extents.size() - 1;
  if (extents[chosen] < shortAxis)
    for (size_t i = 0; i < extents.size(); ++i)
      if (extents[i] > extents[chosen])
        chosen = i;
  return chosen;
}

llvm::Error evaluateReduction(BodyEvaluator &evaluator, Combine combine,
                              llvm::ArrayRef<int64_t> extents, unsigned rank,
                              Arithmetic arithmetic, Tensor &result) {
  double *out = result.storage->values.data();
  // Any axis but the last would change the order of a sum.
  size_t lane = arithmetic == Arithmetic::Plain ? extents.size() - 1
                                                : chooseLaneAxis(extents);
  // Lanes over the result keep their sums apart; a short result takes lanes
  // over the reduction.
  if (rank > 0) {
    size_t inResult = chooseLaneAxis(extents.take_front(rank));
    if (extents[inResult] >= shortAxis || extents[inResult] >= extents[lane])
      lane = inResult;
  }
  int64_t lanes = evaluator.lanes();
  llvm::SmallVector<int64_t> others(extents);
  others[lane] = 1;
  return forEachPoint(others, [&](llvm::ArrayRef<int64_t> point) -> llvm::Error {
    int64_t offset = 0;
    for (size_t axis = 0; axis < point.size(); ++axis) {
      evaluator.setUniform(axis, point[axis]);
      if (axis < rank)
        offset += point[axis] * result.strides[axis];
    }
    int64_t stride = lane < rank ? result.strides[lane] : 0;
    for (int64_t first = 0; first < extents[lane]; first += lanes) {
      evaluator.setRun(lane, first);
      if (llvm::Error error =
              evaluator.run(std::min(lanes, extents[lane] - first)))
        return error;
      evaluator.combineInto(combine, out + offset + first * stride, stride);
    }
    return llvm::Error::success();
  });
}

/// c, where the body is select(c, x, what changes nothing) and c is the same for
/// all that is reduced.
mlir::Value guardOf(attn::StageOp stage) {
  auto select = stage.getYield().getOperand(0).getDefiningOp<mlir::arith::SelectOp>();
  llvm::APFloat other(0.0f);
  if (!select || !mlir::matchPattern(select.getFalseValue(), mlir::m_ConstantFloat(&other)) ||
      other.convertToDouble() != identityOf(combineOf(*stage.getReducer()), true, 0))
    return {};
  bool varies = attn::isComputedFrom(select.getCondition(), [&](mlir::Value part) {
    return llvm::is_contained(stage.getReductionIndices(), part);
  });
  return varies ? mlir::Value() : select.getCondition();
}

/// Whether the guard holds nowhere, so that there is nothing to reduce.
llvm::Expected<bool> neverHolds(attn::StageOp stage, mlir::Value guard, llvm::ArrayRef<int64_t> extents,
                                const Frame &frame) {
  auto program = compileBody(stage, "stage \"" + stage.getName() + "\"", stage.getBody().getArguments(), guard, frame);
  if (!program)
    return program.takeError();
  BodyEvaluator evaluator(*program, lanesFor(*program));
  llvm::SmallVector<BoxAxis> box;
  int64_t count = 1;
  for (unsigned axis = stage.getRank(); axis-- > 0; count *= extents[axis])
    box.insert(box.begin(), {axis, 0, extents[axis], count});
  std::vector<double> holds(count);
  if (llvm::Error error = evaluateBox(evaluator, box, holds.data()))
    return error;
  return llvm::all_of(holds, [](double one) { return one == 0; });
}

/// Result `number` of the stage; each is a body of its own.
llvm::Error evaluateResult(attn::StageOp stage, unsigned number,
                           llvm::ArrayRef<int64_t> extents, const Frame &frame,
                           Tensor &tensor) {
  if (stage.isReduction()) {
    auto done = evaluateContraction(stage, extents, frame, tensor);
    if (!done)
      return done.takeError();
    if (*done)
      return llvm::Error::success();
    if (mlir::Value guard = guardOf(stage)) {
      auto never = neverHolds(stage, guard, extents, frame);
      if (!never)
        return never.takeError();
      if (*never) {
        std::fill(tensor.storage->values.begin(), tensor.storage->values.end(),
                  identityOf(combineOf(*stage.getReducer()), true, 0));
        return llvm::Error::success();
      }
    }
  }
  auto program =
      compileBody(stage, "stage \"" + stage.getName() + "\"",
                  stage.getBody().getArguments(),
                  stage.getYield().getOperands().slice(number, 1), frame);
  if (!program)
    return program.takeError();
  BodyEvaluator evaluator(*program, lanesFor(*program));
  if (stage.isReduction()) {
    Combine combine = combineOf(*stage.getReducer());
    std::fill(tensor.storage->values.begin(), tensor.storage->values.end(),
              identityOf(combine, program->result.isFloat, program->result.width));
    if (llvm::Error error = evaluateReduction(evaluator, combine, extents, stage.getRank(),
                                              frame.arithmetic, tensor))
      return error;
    roundAll(tensor.storage->values.data(), tensor.count(),
             frame.precisionOf(tensor.elementType));
    return llvm::Error::success();
  }
  llvm::SmallVector<BoxAxis> box;
  for (unsigned axis = 0; axis < stage.getRank(); ++axis)
    box.push_back({axis, 0, extents[axis], tensor.strides[axis]});
  return evaluateBox(evaluator, box, tensor.storage->values.data());
}

/// The results of a `scaled_sum` together, term after term: the last one is the exponent that
/// the others share.
llvm::Error evaluateScaledSum(attn::StageOp stage, llvm::ArrayRef<int64_t> extents, const Frame &frame,
                              llvm::ArrayRef<Tensor *> results) {
  unsigned rank = stage.getRank();
  std::deque<BodyProgram> programs;
  std::deque<BodyEvaluator> evaluators;
  std::vector<std::shared_ptr<Tensor>> terms;
  for (auto [number, result] : llvm::enumerate(results)) {
    auto program = compileBody(stage, "stage \"" + stage.getName() + "\"", stage.getBody().getArguments(),
                               stage.getYield().getOperands().slice(number, 1), frame);
    if (!program)
      return program.takeError();
    programs.push_back(std::move(*program));
    evaluators.emplace_back(programs.back(), lanesFor(programs.back()));
    auto term = allocate(frame.memory, stage.getName(), result->elementType, extents.take_front(rank));
    if (!term)
      return term.takeError();
    terms.push_back(std::move(*term));
    bool isExponent = number + 1 == results.size();
    llvm::fill(result->storage->values, isExponent ? -std::numeric_limits<double>::infinity() : 0);
  }
  llvm::SmallVector<BoxAxis> box;
  for (unsigned axis = 0; axis < rank; ++axis)
    box.push_back({axis, 0, extents[axis], results.front()->strides[axis]});
  llvm::Error failed = forEachPoint(extents.drop_front(rank), [&](llvm::ArrayRef<int64_t> point) -> llvm::Error {
    for (auto [evaluator, term] : llvm::zip(evaluators, terms)) {
      for (auto [axis, index] : llvm::enumerate(point))
        evaluator.setUniform(rank + axis, index);
      if (llvm::Error error = evaluateBox(evaluator, box, term->storage->values.data()))
        return error;
    }
    for (int64_t i = 0; i < results.front()->count(); ++i) {
      double &exponent = results.back()->storage->values[i], added = terms.back()->storage->values[i];
      double greatest = std::isnan(added) ? added : std::max(exponent, added);
      // Equal infinities have no difference.
      double before = exponent == greatest ? 1 : std::exp(exponent - greatest), here = added == greatest ? 1 : std::exp(added - greatest);
      exponent = greatest;
      for (auto [result, term] : llvm::zip(results.drop_back(), terms)) {
        double &sum = result->storage->values[i];
        sum = sum * before + term->storage->values[i] * here;
      }
    }
    return llvm::Error::success();
  });
  if (failed)
    return failed;
  for (Tensor *result : results)
    roundAll(result->storage->values.data(), result->count(), frame.precisionOf(result->elementType));
  return llvm::Error::success();
}

} // namespace

int64_t lanesFor(const BodyProgram &program) {
  // Bodies with very many values get fewer lanes: 32 MiB of registers at most
  // for a usual file, one lane for the worst.
  constexpr int64_t mostNumbers = 1 << 22;
  int64_t registers = int64_t(program.floatCount) + program.integerCount + 1;
  return std::clamp<int64_t>(mostNumbers / registers, 1, BodyEvaluator::stageLanes);
}

llvm::Error evaluateBox(BodyEvaluator &evaluator, llvm::ArrayRef<BoxAxis> box,
                        double *out) {
  if (box.empty()) {
    if (llvm::Error error = evaluator.run(1))
      return error;
    evaluator.store(out, 1);
    return llvm::Error::success();
  }
  llvm::SmallVector<int64_t> extents;
  for (const BoxAxis &axis : box)
    extents.push_back(axis.extent);
  size_t lane = chooseLaneAxis(extents);
  int64_t length = extents[lane], lanes = evaluator.lanes();
  extents[lane] = length > 0;
  return forEachPoint(extents, [&](llvm::ArrayRef<int64_t> point) -> llvm::Error {
    double *at = out;
    for (size_t i = 0; i < box.size(); ++i) {
      evaluator.setUniform(box[i].argument, box[i].first + point[i]);
      at += point[i] * box[i].stride;
    }
    for (int64_t first = 0; first < length; first += lanes) {
      evaluator.setRun(box[lane].argument, box[lane].first + first);
      if (llvm::Error error = evaluator.run(std::min(lanes, length - first)))
        return error;
      evaluator.store(at + first * box[lane].stride, box[lane].stride);
    }
    return llvm::Error::success();
  });
}

llvm::Expected<std::vector<TensorRef>> evaluateStage(attn::StageOp stage,
                                                     const Frame &frame) {
  auto fail = [&](llvm::Error error) {
    return failure(stage.getLoc(), "stage \"" + stage.getName() +
                                       "\": " + toString(std::move(error)));
  };
  llvm::SmallVector<attn::SizeAttr> sizes;
  for (unsigned axis = 0; axis < stage.getAxes().size(); ++axis)
    sizes.push_back(stage.getAxisSize(axis));
  auto extents = frame.sizes.evaluateShape(sizes);
  if (!extents)
    return fail(extents.takeError());
  unsigned rank = stage.getRank();
  // Tensors first: one that is too large is the plainer thing to say.
  std::vector<TensorRef> results;
  llvm::SmallVector<Tensor *> tensors;
  for (mlir::Type element : stage.getElementTypes()) {
    auto result = allocate(frame.memory, stage.getName(), element,
                           llvm::ArrayRef(*extents).take_front(rank));
    if (!result)
      return fail(result.takeError());
    tensors.push_back(result->get());
    results.push_back(std::move(*result));
  }
  std::optional<int64_t> evaluations = elementCount(*extents);
  if (!evaluations || *evaluations > mostEvaluations)
    return fail(llvm::createStringError(
        "its sizes ask for too many evaluations of its body"));
  if (stage.getReducer() == attn::Reducer::ScaledSum) {
    if (llvm::Error error = evaluateScaledSum(stage, *extents, frame, tensors))
      return error;
    return results;
  }
  for (auto [number, tensor] : llvm::enumerate(tensors))
    if (llvm::Error error = evaluateResult(stage, number, *extents, frame, *tensor))
      return error;
  return results;
}

} // namespace attune::reference
