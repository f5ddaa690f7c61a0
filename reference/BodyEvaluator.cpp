#include "reference/BodyEvaluator.h"
#include "reference/Combine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

namespace attune::reference {
llvm::Error
forEachPoint(llvm::ArrayRef<int64_t> extents,
             llvm::function_ref<llvm::Error(llvm::ArrayRef<int64_t>)> visit) {
  for (int64_t extent : extents)
    if (extent <= 0)
      return llvm::Error::success();
  llvm::SmallVector<int64_t> point(extents.size());
  while (true) {
    if (llvm::Error error = visit(point))
      return error;
    size_t axis = extents.size();
    while (axis > 0 && ++point[axis - 1] == extents[axis - 1])
      point[--axis] = 0;
    if (axis == 0)
      return llvm::Error::success();
  }
}

BodyEvaluator::BodyEvaluator(const BodyProgram &program, int64_t capacity)
    : program(program), capacity(capacity),
      floatStore(program.floatCount * capacity),
      integerStore(program.integerCount * capacity),
      integers(program.integerCount) {
  for (auto &o : offsets)
    o.resize(capacity);
  for (auto [index, value] : program.floatConstants)
    std::fill_n(&floatStore[index * capacity], capacity, value);
  for (auto [index, value] : program.integerConstants)
    setProgression(index, value, 0);
}

void BodyEvaluator::setProgression(uint32_t integer, int64_t first, int64_t step) {
  integers[integer] = {true, first, step, 0};
}

const int64_t *BodyEvaluator::read(uint32_t integer) {
  IntegerRegister &slot = integers[integer];
  int64_t *data = &integerStore[integer * capacity];
  if (slot.isProgression && slot.filled < count) {
    uint64_t value = slot.first;
    for (int64_t i = 0; i < count; ++i, value += slot.step)
      data[i] = value;
    slot.filled = count;
  }
  return data;
}

int64_t *BodyEvaluator::write(uint32_t integer) {
  integers[integer].isProgression = false;
  return &integerStore[integer * capacity];
}

void BodyEvaluator::setUniform(unsigned argument, int64_t value) {
  setProgression(program.arguments[argument].index, value, 0);
}
void BodyEvaluator::setRun(unsigned argument, int64_t first) {
  setProgression(program.arguments[argument].index, first, 1);
}
int64_t *BodyEvaluator::integerLanes(unsigned argument) {
  return write(program.arguments[argument].index);
}
double *BodyEvaluator::floatLanes(unsigned argument) {
  return floats(program.arguments[argument]);
}

llvm::Error BodyEvaluator::run(int64_t lanes) {
  count = lanes;
  if (count == 0)
    return llvm::Error::success();
  if (llvm::Error error = runSteps(program.steps))
    return error;
  if (!program.result.isFloat)
    read(program.result.index);
  return llvm::Error::success();
}

void BodyEvaluator::store(double *out, int64_t stride) const {
  if (program.result.isFloat) {
    const double *values = floats(program.result);
    for (int64_t i = 0; i < count; ++i)
      out[i * stride] = values[i];
    return;
  }
  const int64_t *values = &integerStore[program.result.index * capacity];
  for (int64_t i = 0; i < count; ++i)
    out[i * stride] = static_cast<double>(values[i]);
}

void BodyEvaluator::combineInto(Combine combine, double *out,
                                int64_t stride) const {
  if (program.result.isFloat) {
    const double *values = floats(program.result);
    bool sumsInF32 = combine == Combine::Sum &&
                     precisionOfSum(program.result.precision) == Precision::F32;
    for (int64_t i = 0; i < count; ++i) {
      double &to = out[i * stride];
      to = combined(combine, to, values[i]);
      if (sumsInF32)
        to = static_cast<float>(to);
    }
    return;
  }
  const int64_t *values = &integerStore[program.result.index * capacity];
  for (int64_t i = 0; i < count; ++i)
    out[i * stride] = static_cast<double>(
        wrap(combined(combine, static_cast<int64_t>(out[i * stride]), values[i]),
             program.result.width));
}

llvm::Error BodyEvaluator::runSteps(const std::vector<Step> &steps) {
  for (const Step &step : steps)
    if (llvm::Error error =
            std::visit([&](auto &s) { return runStep(s); }, step))
      return error;
  return llvm::Error::success();
}

// ---- scalars ----

/// Index arithmetic over a row of lanes stays an arithmetic progression, so
/// that loads at such indices are runs along memory.
bool BodyEvaluator::runProgression(const ScalarStep &step) {
  if (step.result.isFloat)
    return false;
  bool uniform = true;
  const IntegerRegister *operands[3] = {};
  for (auto [i, operand] : llvm::enumerate(step.operands)) {
    if (operand.isFloat || !integers[operand.index].isProgression)
      return false;
    operands[i] = &integers[operand.index];
    uniform &= operands[i]->step == 0;
  }
  unsigned width = step.result.width;
  if (uniform) {
    int64_t result;
    Lanes one = {1, width, nullptr, &result, {}, {}};
    for (size_t i = 0; i < step.operands.size(); ++i)
      one.integers[i] = &operands[i]->first;
    step.scalar.function(one);
    setProgression(step.result.index, wrap(result, width), 0);
    return true;
  }

  auto last = [&](const IntegerRegister &r, int64_t &value) {
    return !llvm::MulOverflow(r.step, count - 1, value) &&
           !llvm::AddOverflow(r.first, value, value);
  };
  IntegerRegister a = *operands[0], b = operands[1] ? *operands[1] : a, result;
  int64_t lastA, lastResult;
  if (!last(a, lastA))
    return false;
  switch (step.scalar.progression) {
  case Progression::None:
    return false;
  case Progression::Copy:
    result = a;
    break;
  case Progression::Add:
    if (llvm::AddOverflow(a.first, b.first, result.first) ||
        llvm::AddOverflow(a.step, b.step, result.step))
      return false;
    break;
  case Progression::Sub:
    if (llvm::SubOverflow(a.first, b.first, result.first) ||
        llvm::SubOverflow(a.step, b.step, result.step))
      return false;
    break;
  case Progression::Mul:
    if (a.step != 0 && b.step != 0)
      return false;
    if (a.step == 0)
      std::swap(a, b);
    if (llvm::MulOverflow(a.first, b.first, result.first) ||
        llvm::MulOverflow(a.step, b.first, result.step))
      return false;
    break;
  case Progression::FloorDiv:
  case Progression::Remainder: {
    // One quotient for the whole row, as in h = column floordiv 32.
    if (b.step != 0 || b.first <= 0 || a.first < 0 || lastA < 0 ||
        a.first / b.first != lastA / b.first)
      return false;
    int64_t quotient = a.first / b.first;
    if (step.scalar.progression == Progression::FloorDiv) {
      result.first = quotient;
    } else {
      result.first = a.first - quotient * b.first;
      result.step = a.step;
    }
    break;
  }
  }
  if (!last(result, lastResult) || wrap(result.first, width) != result.first ||
      wrap(lastResult, width) != lastResult)
    return false;
  setProgression(step.result.index, result.first, result.step);
  return true;
}

llvm::Error BodyEvaluator::runStep(const ScalarStep &step) {
  if (runProgression(step))
    return llvm::Error::success();
  Lanes lanes = {count, step.result.width, nullptr, nullptr, {}, {}};
  for (auto [i, operand] : llvm::enumerate(step.operands)) {
    if (operand.isFloat)
      lanes.floats[i] = floats(operand);
    else
      lanes.integers[i] = read(operand.index);
  }
  if (step.result.isFloat) {
    lanes.floatResult = floats(step.result);
    step.scalar.function(lanes);
    roundAll(lanes.floatResult, count, step.result.precision);
    return llvm::Error::success();
  }
  lanes.integerResult = write(step.result.index);
  step.scalar.function(lanes);
  if (step.result.width < 64)
    for (int64_t i = 0; i < count; ++i)
      lanes.integerResult[i] = wrap(lanes.integerResult[i], step.result.width);
  return llvm::Error::success();
}

// ---- loads ----

llvm::Error BodyEvaluator::outOfRange(const Tensor &tensor, unsigned axis,
                                      int64_t index) {
  return llvm::createStringError(llvm::formatv(
      "{0}{1} reads \"{2}\" ({3}) at index {4} of axis {5}, which is outside "
      "[0, {6})",
      program.place, program.what, tensor.name,
      shapeText(tensor.shape, tensor.elementType), index, axis,
      tensor.shape[axis]));
}

llvm::Error BodyEvaluator::runStep(const LoadStep &step) {
  const Tensor &tensor = *step.tensor;
  const double *data = tensor.data();
  bool progression = true;
  int64_t first = 0, stride = 0;
  for (auto [axis, index] : llvm::enumerate(step.indices)) {
    const IntegerRegister &slot = integers[index];
    int64_t last;
    // An index that would wrap within the row takes the slow way below.
    if (!slot.isProgression || llvm::MulOverflow(slot.step, count - 1, last) ||
        llvm::AddOverflow(slot.first, last, last)) {
      progression = false;
      break;
    }
    int64_t size = tensor.shape[axis];
    if (slot.first < 0 || slot.first >= size)
      return outOfRange(tensor, axis, slot.first);
    if (last < 0 || last >= size) {
      progression = false; // names the first bad lane
      break;
    }
    first += slot.first * tensor.strides[axis];
    stride += slot.step * tensor.strides[axis];
  }
  if (progression) {
    const double *from = data + first;
    if (step.result.isFloat) {
      double *to = floats(step.result);
      if (stride == 1)
        std::copy_n(from, count, to);
      else
        for (int64_t i = 0; i < count; ++i)
          to[i] = from[i * stride];
    } else if (stride == 0) {
      setProgression(step.result.index, static_cast<int64_t>(*from), 0);
    } else {
      int64_t *to = write(step.result.index);
      for (int64_t i = 0; i < count; ++i)
        to[i] = static_cast<int64_t>(from[i * stride]);
    }
    return llvm::Error::success();
  }

  int64_t *offset = offsets[0].data();
  std::fill_n(offset, count, 0);
  for (auto [axis, index] : llvm::enumerate(step.indices)) {
    const int64_t *values = read(index);
    uint64_t size = tensor.shape[axis];
    bool outside = false;
    for (int64_t i = 0; i < count; ++i)
      outside |= static_cast<uint64_t>(values[i]) >= size;
    if (outside)
      for (int64_t i = 0; i < count; ++i)
        if (static_cast<uint64_t>(values[i]) >= size)
          return outOfRange(tensor, axis, values[i]);
    for (int64_t i = 0; i < count; ++i)
      offset[i] += values[i] * tensor.strides[axis];
  }
  if (step.result.isFloat) {
    double *to = floats(step.result);
    for (int64_t i = 0; i < count; ++i)
      to[i] = data[offset[i]];
  } else {
    int64_t *to = write(step.result.index);
    for (int64_t i = 0; i < count; ++i)
      to[i] = static_cast<int64_t>(data[offset[i]]);
  }
  return llvm::Error::success();
}

} // namespace attune::reference
