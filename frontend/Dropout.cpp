// dropout(x, rate): on tensors, and on the weight of a pair.
#include "frontend/Evaluator.h"

#include "dialect/Attn.h"

using namespace llvm;

namespace attune::frontend {

namespace {

class DropoutCall {
public:
  DropoutCall(Evaluator &evaluator, const CallExpr *call)
      : evaluator(evaluator), mb(evaluator.mb), call(call) {}

  Value run() {
    if (mb.region && mb.region->kind != RegionState::Weight)
      return mb.failAt(call->callee.range,
                       "'dropout' in an attention definition stands in its "
                       "'weight' line; drop features before the call");
    if (!sort() || !readOperand() || !readRate())
      return {};
    // Counted for a rate of 0 too: other dropouts keep their masks.
    uint32_t site = mb.nextSite();
    Element element = isFloat(operand->element) ? operand->element : Element::F32;
    if (constantRate && *constantRate == 0)
      return castTo(mb, Value(operand), element);
    auto result = std::make_shared<Array>();
    result->element = element;
    result->sizes = operand->sizes;
    result->depth = operand->depth + 1;
    result->at = emitter(site);
    return mb.finish(result, "dropout");
  }

private:
  bool sort() {
    bool fine = true;
    for (const Argument *argument : call->arguments) {
      StringRef name = argument->kind == ArgumentKind::Named ? argument->name.name : "";
      const Argument **slot = name == "x"      ? &operandArgument
                              : name == "rate" ? &rateArgument
                              : !name.empty()  ? nullptr
                              : !operandArgument ? &operandArgument
                                                 : &rateArgument;
      fine &= slot && !*slot && (!name.empty() || argument->kind == ArgumentKind::Value);
      if (slot)
        *slot = argument;
    }
    if (!fine || !operandArgument || !rateArgument)
      mb.failAt(call->range, "'dropout' takes numbers and the rate at which they "
                             "are dropped, as in dropout(x, 0.1)");
    return fine && operandArgument && rateArgument;
  }

  bool readOperand() {
    Value value = evaluator.evaluate(operandArgument->value);
    mb.where = operandArgument->range;
    operand = toArray(mb, value, "what 'dropout' takes");
    mb.where = call->range;
    if (!operand)
      return false;
    if (operand->element == Element::Bool || (mb.region && operand->rank() > 0)) {
      mb.failAt(operandArgument->range,
                Twine("'dropout' takes ") +
                    (mb.region ? "one number for each pair" : "numbers") +
                    ", not " + describe(Value(operand)));
      return false;
    }
    return true;
  }

  bool readRate() {
    Value value = evaluator.evaluate(rateArgument->value);
    if (value.isPoison())
      return false;
    auto refuse = [&] {
      mb.failAt(rateArgument->range,
                "the rate of 'dropout' must be a number from 0 to below 1, not " +
                    describe(value));
      return false;
    };
    if (const Constant *constant = value.constant()) {
      if (constant->isFloat())
        constantRate = static_cast<float>(constant->number());
      else if (std::optional<int64_t> integer = constant->integer())
        constantRate = static_cast<float>(*integer);
      return constantRate && *constantRate >= 0 && *constantRate < 1 ? true : refuse();
    }
    rate = value.array();
    return rate && rate->rank() == 0 && rate->element != Element::Bool ? true : refuse();
  }

  /// The op for one element. The indices of a pair are those of the definition.
  std::function<mlir::Value(Body &, ArrayRef<mlir::Value>)> emitter(uint32_t site) {
    SmallVector<mlir::Attribute> sizes;
    SmallVector<mlir::Value> pair;
    if (mb.region) {
      llvm::append_range(pair, mb.region->pair);
      llvm::append_range(sizes, mb.region->pairSizes);
    } else {
      llvm::append_range(sizes, operand->sizes);
    }
    return [=, sizes = mb.builder.getArrayAttr(sizes), seed = mb.seed(), operand = operand,
            rate = rate, constantRate = constantRate](Body &body, ArrayRef<mlir::Value> indices) {
      mlir::Value value = convert(body, operand->at(body, indices), Element::F32);
      mlir::Value dropped = constantRate ? floatConstant(body, *constantRate)
                                         : convert(body, rate->at(body, {}), Element::F32);
      return attn::DropoutOp::create(body.builder, body.loc, value, dropped, site,
                                     pair.empty() ? indices : ArrayRef(pair), sizes, seed)
          .getResult();
    };
  }

  Evaluator &evaluator;
  ModelBuilder &mb;
  const CallExpr *call;
  const Argument *operandArgument = nullptr, *rateArgument = nullptr;
  ArrayPtr operand, rate;
  std::optional<float> constantRate;
};

} // namespace

Value Evaluator::callDropout(const CallExpr *call) {
  return DropoutCall(*this, call).run();
}

} // namespace attune::frontend
