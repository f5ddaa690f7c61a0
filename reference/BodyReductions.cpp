// Reductions and normalisers inside bodies.
#include "reference/BodyCompiler.h"
#include "reference/BodyEvaluator.h"
#include "reference/Combine.h"
#include <cmath>
#include <limits>

namespace attune::reference {
namespace {

/// Four sums, so that additions need not wait for one another.
double dotProduct(const double *a, int64_t aStep, const double *b,
                  int64_t bStep, int64_t count) {
  double sums[4] = {};
  int64_t i = 0;
  if (aStep == 1 && bStep == 1)
    for (; i + 4 <= count; i += 4)
      for (int lane = 0; lane < 4; ++lane)
        sums[lane] += a[i + lane] * b[i + lane];
  for (; i < count; ++i)
    sums[0] += a[i * aStep] * b[i * bStep];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// As a plain loop in f32. The casts keep compilers from fusing the product
/// with the sum.
double plainDotProduct(const double *a, int64_t aStep, const double *b,
                       int64_t bStep, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    float product = static_cast<float>(a[i * aStep] * b[i * bStep]);
    sum = static_cast<float>(sum + product);
  }
  return sum;
}

} // namespace

llvm::Error BodyEvaluator::runStep(const std::unique_ptr<ReduceStep> &step) {
  const ReduceStep &reduce = *step;
  if (reduce.isDot)
    return runDot(reduce);
  unsigned width = reduce.result.width;
  Precision precision = reduce.result.precision;
  double identity = identityOf(reduce.combine, reduce.result.isFloat, width);
  double *floatResult = nullptr;
  int64_t *integerResult = nullptr;
  if (reduce.result.isFloat) {
    floatResult = floats(reduce.result);
    std::fill_n(floatResult, count, identity);
  } else {
    integerResult = write(reduce.result.index);
    std::fill_n(integerResult, count, static_cast<int64_t>(identity));
  }
  llvm::Error error = forEachPoint(reduce.extents, [&](llvm::ArrayRef<int64_t> point) -> llvm::Error {
    for (auto [axis, value] : llvm::zip(reduce.axes, point))
      setProgression(axis, value, 0);
    if (llvm::Error error = runSteps(reduce.body))
      return error;
    if (floatResult) {
      const double *values = floats(reduce.value);
      for (int64_t i = 0; i < count; ++i)
        floatResult[i] = combined(reduce.combine, floatResult[i], values[i]);
      if (reduce.combine == Combine::Sum)
        roundAll(floatResult, count, precisionOfSum(precision));
    } else {
      const int64_t *values = read(reduce.value.index);
      for (int64_t i = 0; i < count; ++i)
        integerResult[i] =
            wrap(combined(reduce.combine, integerResult[i], values[i]), width);
    }
    return llvm::Error::success();
  });
  if (!error && floatResult)
    roundAll(floatResult, count, precision);
  return error;
}

llvm::Error BodyEvaluator::runDot(const ReduceStep &reduce) {
  int64_t extent = reduce.extents[0];
  double *result = floats(reduce.result);
  if (extent == 0) {
    std::fill_n(result, count, 0);
    return llvm::Error::success();
  }
  auto &product = std::get<ScalarStep>(reduce.body.back());
  const Tensor *tensors[2];
  int64_t steps[2] = {};
  for (int side = 0; side < 2; ++side) {
    const LoadStep *load = nullptr;
    for (const Step &step : reduce.body)
      if (auto *candidate = std::get_if<LoadStep>(&step);
          candidate && candidate->result == product.operands[side])
        load = candidate;
    tensors[side] = load->tensor.get();
    int64_t *offset = offsets[side].data();
    std::fill_n(offset, count, 0);
    for (auto [axis, index] : llvm::enumerate(load->indices)) {
      int64_t size = load->tensor->shape[axis];
      int64_t stride = load->tensor->strides[axis];
      if (index == reduce.axes[0]) {
        if (extent > size)
          return outOfRange(*load->tensor, axis, size);
        steps[side] += stride;
        continue;
      }
      const int64_t *values = read(index);
      for (int64_t i = 0; i < count; ++i) {
        if (static_cast<uint64_t>(values[i]) >= static_cast<uint64_t>(size))
          return outOfRange(*load->tensor, axis, values[i]);
        offset[i] += values[i] * stride;
      }
    }
  }
  auto *dot = reduce.result.precision == Precision::Wide ? dotProduct
                                                         : plainDotProduct;
  for (int64_t i = 0; i < count; ++i)
    result[i] = dot(tensors[0]->data() + offsets[0][i], steps[0],
                           tensors[1]->data() + offsets[1][i], steps[1], extent);
  return llvm::Error::success();
}

// ---- normalisers: the lanes are the kept keys of one row ----

llvm::Error BodyEvaluator::runStep(const NormalizeStep &step) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double *scores = floats(step.score);
  double *result = floats(step.result);
  Precision precision = step.result.precision;
  auto round = [&](double x) { return rounded(x, precision); };
  auto add = [&](double sum, double x) {
    return rounded(sum + x, precisionOfSum(precision));
  };
  if (!step.isSoftmax) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i)
      if (scores[i] != -infinity)
        sum = add(sum, std::fabs(scores[i]));
    for (int64_t i = 0; i < count; ++i)
      result[i] = scores[i] == -infinity || sum == 0 ? 0 : round(scores[i] / sum);
    return llvm::Error::success();
  }
  double highest = -infinity;
  for (int64_t i = 0; i < count; ++i)
    highest = combined(Combine::Max, highest, scores[i]);
  // A score of -inf never meets another infinity here: -inf - -inf is NaN.
  auto part = [&](double score, double origin) {
    return score == -infinity ? 0 : round(std::exp(round(score - origin)));
  };
  double origin = highest, sinkPart = 0;
  if (step.sink) {
    double sink = floats(*step.sink)[0]; // a row has one
    origin = combined(Combine::Max, highest, sink);
    // An infinite sink takes everything; its distance to itself is 0, not NaN.
    sinkPart = sink == origin ? 1 : part(sink, origin);
  }
  double sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum = add(sum, result[i] = part(scores[i], origin));
  sum = add(sum, sinkPart);
  for (int64_t i = 0; i < count; ++i)
    result[i] = sum == 0 ? 0 : round(result[i] / sum);
  return llvm::Error::success();
}

} // namespace attune::reference
