// softmax, abs_sum: what only the `weight` of a definition knows.
#include "frontend/AttentionEmitter.h"
#include "dialect/BodyQueries.h"

using namespace llvm;

namespace attune::frontend {

bool AttentionEmitter::isNormalizer(StringRef name) {
  return name == "softmax" || name == "abs_sum";
}

Value AttentionEmitter::emitNormalizer(Evaluator &evaluator,
                                       const CallExpr *call) {
  ModelBuilder &mb = evaluator.mb;
  StringRef name = call->callee.name;
  if (call->path)
    return mb.failAt(call->path->range,
                     "'at' names the parameters of a function, but '" + name +
                         "' has none");
  RegionState &region = *mb.region;
  if (region.hasNormalizer)
    return mb.failAt(call->callee.range,
                     "'weight' has one normaliser; this is a second one");
  region.hasNormalizer = true;
  const Argument *sink = nullptr, *operand = nullptr;
  bool fine = true;
  for (const Argument *argument : call->arguments) {
    bool isSink = argument->kind == ArgumentKind::Named &&
                  argument->name.name == "sink" && name == "softmax";
    const Argument *&slot = isSink ? sink : operand;
    if ((!isSink && argument->kind != ArgumentKind::Value) || slot)
      fine = false;
    slot = argument;
  }
  if (!fine || !operand)
    return mb.failAt(call->range,
                     name == "softmax"
                         ? "'softmax' takes the score and, if wanted, a sink, "
                           "as in softmax(score, sink = s[h])"
                         : "'abs_sum' takes the score, as in abs_sum(score)");
  auto scalar = [&](const Argument *argument) -> mlir::Value {
    Value value = evaluator.evaluate(argument->value);
    Body body = mb.body();
    if (const Constant *constant = value.constant())
      if (!constant->isBool())
        return emitConstant(body, *constant, Element::F32);
    if (ArrayPtr array = value.array())
      if (array->rank() == 0 && array->element != Element::Bool)
        return convert(body, array->at(body, {}), Element::F32);
    if (!value.isPoison())
      mb.failAt(argument->range, "'" + name + "' takes one number for each "
                                              "pair, not " +
                                     describe(value));
    return {};
  };
  mlir::Value score = scalar(operand), sinkValue;
  if (sink) {
    if (!(sinkValue = scalar(sink)))
      return {};
    mlir::Block *block = mb.builder.getInsertionBlock();
    if (attn::isComputedFrom(sinkValue, [&](mlir::Value part) {
          return part == block->getArgument(3) || part == block->getArgument(4);
        }))
      return mb.failAt(sink->value->range,
                       "a sink belongs to the whole row: it cannot depend on "
                       "'j', 'score' or the key");
  }
  if (!score)
    return {};
  Body body = mb.body();
  mlir::Value result = attn::NormalizeOp::create(
      body.builder, body.loc, body.builder.getF32Type(),
      name == "softmax" ? attn::Normalizer::Softmax : attn::Normalizer::AbsSum,
      score, sinkValue);
  auto array = std::make_shared<Array>();
  array->isView = true;
  array->at = [result](Body &, ArrayRef<mlir::Value>) { return result; };
  return Value(ArrayPtr(array));
}

} // namespace attune::frontend
