#include "reference/StageEvaluation.h"

using namespace mlir;

namespace attune::reference {
namespace {

/// The bodies of an attention, evaluated one row of pairs at a time. Their
/// arguments 0 to 3 are the indices b, h, i and j.
class Rows {
public:
  Rows(attn::AttentionOp op, const Frame &frame) : op(op), frame(frame) {}

  llvm::Error compile(int64_t keys) {
    struct { const char *word; Region &region; std::unique_ptr<Body> &body; } parts[] = {
        {"score", op.getScore(), score},
        {"keep", op.getKeep(), keep},
        {"weight", op.getWeight(), weight}};
    for (auto &part : parts) {
      auto program = compileBody(
          op, "attention \"" + op.getName() + "\": " + part.word,
          part.region.getArguments(), op.getYield(part.region).getOperands(),
          frame);
      if (!program)
        return program.takeError();
      // A row is evaluated whole, since a normaliser sees all of it.
      uint64_t registers = uint64_t(program->floatCount) + program->integerCount + 2;
      uint64_t bytes = llvm::SaturatingMultiply<uint64_t>(
          registers * sizeof(double), keys);
      if (llvm::Error error = frame.memory->reserve(bytes))
        return failure(op.getLoc(), "attention \"" + op.getName() +
                                        "\": " + toString(std::move(error)));
      reserved += bytes;
      part.body = std::make_unique<Body>(std::move(*program), keys);
    }
    kept.reserve(keys);
    lanes.resize(keys);
    return llvm::Error::success();
  }
  ~Rows() { frame.memory->release(reserved); }

  void setHead(int64_t b, int64_t h) {
    for (Body *body : {score.get(), keep.get(), weight.get()}) {
      body->evaluator.setUniform(0, b);
      body->evaluator.setUniform(1, h);
    }
  }

  /// Fills `kept` with the keys that query i keeps, and `lanes` with their
  /// weights.
  llvm::Error run(int64_t i, int64_t keys) {
    kept.clear();
    for (Body *body : {score.get(), keep.get(), weight.get()})
      body->evaluator.setUniform(2, i);
    keep->evaluator.setRun(3, 0);
    if (llvm::Error error = keep->evaluator.run(keys))
      return error;
    keep->evaluator.store(lanes.data(), 1);
    for (int64_t j = 0; j < keys; ++j)
      if (lanes[j] != 0)
        kept.push_back(j);
    int64_t count = kept.size();
    if (count == 0)
      return llvm::Error::success();
    for (Body *body : {score.get(), weight.get()}) {
      if (kept.back() - kept.front() + 1 == count)
        body->evaluator.setRun(3, kept.front());
      else
        std::copy(kept.begin(), kept.end(), body->evaluator.integerLanes(3));
    }
    if (llvm::Error error = score->evaluator.run(count))
      return error;
    score->evaluator.store(weight->evaluator.floatLanes(4), 1);
    if (llvm::Error error = weight->evaluator.run(count))
      return error;
    weight->evaluator.store(lanes.data(), 1);
    return llvm::Error::success();
  }

  std::vector<int64_t> kept;
  std::vector<double> lanes;

private:
  struct Body {
    Body(BodyProgram p, int64_t lanes)
        : program(std::move(p)), evaluator(program, lanes) {}
    BodyProgram program;
    BodyEvaluator evaluator;
  };
  attn::AttentionOp op;
  const Frame &frame;
  std::unique_ptr<Body> score, keep, weight;
  uint64_t reserved = 0;
};

/// to += weight * from in f32; the casts keep compilers from fusing the two.
void addPlain(double *to, double weight, const double *from, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    to[i] = static_cast<float>(to[i] + static_cast<float>(weight * from[i]));
}

} // namespace

llvm::Expected<TensorRef> evaluateAttention(attn::AttentionOp op,
                                            const Frame &frame) {
  auto fail = [&](llvm::Error error) {
    return failure(op.getLoc(), "attention \"" + op.getName() +
                                    "\": " + toString(std::move(error)));
  };
  auto shape = frame.sizes.evaluateShape(op.getType().getSizes());
  if (!shape)
    return fail(shape.takeError());
  auto keySize = frame.sizes.evaluateShape(op.getKeys());
  if (!keySize)
    return fail(keySize.takeError());
  TensorRef value = frame.lookup(op.getValue());
  if (!value)
    return fail(llvm::createStringError("its value was not computed before"));
  auto result = allocate(frame.memory, op.getName(),
                         op.getType().getElementType(), *shape);
  if (!result)
    return fail(result.takeError());
  Tensor &out = **result;
  // Without keys every row is empty.
  int64_t keys = (*keySize)[0];
  if (out.count() == 0 || keys == 0)
    return TensorRef(*result);

  int64_t features = (*shape)[3], group = op.getGroup();
  Rows rows(op, frame);
  if (llvm::Error error = rows.compile(keys))
    return error;
  auto visit = [&](ArrayRef<int64_t> point) -> llvm::Error {
    int64_t b = point[0], h = point[1];
    rows.setHead(b, h);
    const double *values = value->data() + b * value->strides[0] +
                           h / group * value->strides[2];
    for (int64_t i = 0; i < (*shape)[1]; ++i) {
      if (llvm::Error error = rows.run(i, keys))
        return error;
      double *to = out.storage->values.data() + b * out.strides[0] +
                   i * out.strides[1] + h * out.strides[2];
      for (size_t lane = 0; lane < rows.kept.size(); ++lane) {
        const double *from = values + rows.kept[lane] * value->strides[1];
        double weight = rows.lanes[lane];
        if (frame.isPlain())
          addPlain(to, weight, from, features);
        else
          for (int64_t f = 0; f < features; ++f)
            to[f] += weight * from[f];
      }
      roundAll(to, features, frame.precisionOf(out.elementType));
    }
    return llvm::Error::success();
  };
  if (llvm::Error error = forEachPoint({(*shape)[0], (*shape)[2]}, visit))
    return error;
  return TensorRef(*result);
}

} // namespace attune::reference
