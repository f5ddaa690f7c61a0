#include "reference/BodyCompiler.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace mlir;

namespace attune::reference {

Combine combineOf(attn::Reducer reducer) {
  switch (reducer) {
  case attn::Reducer::ScaledSum: // evaluated term by term
  case attn::Reducer::Max: return Combine::Max;
  case attn::Reducer::Min: return Combine::Min;
  default: return Combine::Sum;
  }
}

double identityOf(Combine combine, bool isFloat, unsigned width) {
  if (combine == Combine::Sum)
    return 0;
  bool max = combine == Combine::Max;
  if (isFloat) {
    double infinity = std::numeric_limits<double>::infinity();
    return max ? -infinity : infinity;
  }
  if (width == 1)
    return max ? 0 : 1;
  // Index values are compared as 64-bit integers, which double cannot hold
  // exactly at the ends; tensors never have that type.
  double end = std::ldexp(1, std::min(width, 53u) - 1);
  return max ? -end : end - 1;
}

namespace {

class BodyCompiler {
public:
  BodyCompiler(BodyProgram &program, const Frame &frame)
      : program(program), frame(frame) {}

  llvm::Error compile(Operation *op, ValueRange arguments, ValueRange factors) {
    for (Value argument : arguments) {
      llvm::Expected<Register> slot = define(op, argument);
      if (!slot)
        return slot.takeError();
      program.arguments.push_back(*slot);
    }
    for (Value factor : factors)
      if (llvm::Error error = emit(op, factor, program.steps))
        return error;
    program.result = registers[factors.front()];
    for (Value factor : factors.drop_front()) {
      Register product = fresh(factor.getType());
      program.steps.push_back(ScalarStep{findScalarFunction("arith.mulf"), product,
                                         {program.result, registers[factor]}});
      program.result = product;
    }
    return llvm::Error::success();
  }

private:
  Register fresh(Type type) {
    if (isa<FloatType>(type))
      return {true, 0, program.floatCount++, frame.precisionOf(type)};
    return freshInteger(widthOf(type));
  }
  Register freshInteger(unsigned width) {
    return {false, width, program.integerCount++};
  }

  llvm::Expected<Register> define(Operation *op, Value value) {
    Type type = value.getType();
    if (!isa<FloatType, IntegerType, IndexType>(type))
      return unsupported(op, value.getType());
    Register slot = fresh(type);
    registers[value] = slot;
    return slot;
  }

  static unsigned widthOf(Type type) {
    if (auto integer = dyn_cast<IntegerType>(type))
      return integer.getWidth();
    return isa<IndexType>(type) ? 64 : 0;
  }

  llvm::Error unsupported(Operation *op, Type type) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return failure(op->getLoc(), program.what + ": a scalar of type " + text +
                                     " has no meaning here");
  }

  /// The scalars that `op` reads: its operands, and what its region takes from
  /// around it.
  static SmallVector<Value> inputsOf(Operation *op) {
    SmallVector<Value> inputs;
    auto add = [&](Value value) {
      if (!isa<attn::TensorType>(value.getType()))
        inputs.push_back(value);
    };
    llvm::for_each(op->getOperands(), add);
    if (op->getNumRegions()) {
      llvm::SetVector<Value> captured;
      getUsedValuesDefinedAbove(op->getRegions(), captured);
      llvm::for_each(captured, add);
    }
    return inputs;
  }

  /// Emits what computes `root`, its operands first. Iterative, since chains of
  /// ops can be as long as a file.
  llvm::Error emit(Operation *user, Value root, std::vector<Step> &steps) {
    SmallVector<Value> pending = {root};
    while (!pending.empty()) {
      Value value = pending.back();
      if (registers.contains(value)) {
        pending.pop_back();
        continue;
      }
      Operation *op = value.getDefiningOp();
      if (!op)
        return failure(user->getLoc(), program.what + " uses an index that is "
                                                      "not one of its own");
      bool ready = true;
      for (Value input : inputsOf(op))
        if (!registers.contains(input)) {
          pending.push_back(input);
          ready = false;
        }
      if (!ready)
        continue;
      pending.pop_back();
      if (llvm::Error error = emitOperation(op, steps))
        return error;
    }
    return llvm::Error::success();
  }

  llvm::Error emitOperation(Operation *op, std::vector<Step> &steps) {
    if (op->getNumResults() != 1)
      return failure(op->getLoc(), program.what + ": " +
                                       op->getName().getStringRef() +
                                       " has no meaning in a body");
    llvm::Expected<Register> result = define(op, op->getResult(0));
    if (!result)
      return result.takeError();
    Attribute constant;
    if (matchPattern(op, m_Constant(&constant)))
      return emitConstant(op, constant, *result);
    return llvm::TypeSwitch<Operation *, llvm::Error>(op)
        .Case([&](attn::SizeOp size) -> llvm::Error {
          llvm::Expected<int64_t> value = frame.sizes.evaluate(size.getSize());
          if (!value)
            return failure(op->getLoc(), program.what + ": " +
                                             toString(value.takeError()));
          program.integerConstants.push_back({result->index, *value});
          return llvm::Error::success();
        })
        .Case<attn::WithinOp, attn::ClampOp>(
            [&](auto clamp) { return emitClamp(clamp, *result, steps); })
        .Case([&](attn::LoadOp load) { return emitLoad(load, *result, steps); })
        .Case([&](attn::ReduceOp reduce) {
          return emitReduce(reduce, *result, steps);
        })
        .Case([&](attn::NormalizeOp normalize) -> llvm::Error {
          NormalizeStep step{normalize.getNormalizer() ==
                                 attn::Normalizer::Softmax,
                             registers[normalize.getScore()], *result, {}};
          if (normalize.getSink())
            step.sink = registers[normalize.getSink()];
          steps.push_back(step);
          return llvm::Error::success();
        })
        .Case([&](attn::DropoutOp dropout) {
          return emitDropout(dropout, *result, steps);
        })
        .Default([&](Operation *) { return emitScalar(op, *result, steps); });
  }

  llvm::Error emitConstant(Operation *op, Attribute value, Register result) {
    if (auto number = dyn_cast<FloatAttr>(value); number && result.isFloat) {
      llvm::APFloat wide = number.getValue();
      bool inexact;
      wide.convert(llvm::APFloat::IEEEdouble(),
                   llvm::APFloat::rmNearestTiesToEven, &inexact);
      program.floatConstants.push_back({result.index, wide.convertToDouble()});
      return llvm::Error::success();
    }
    if (auto number = dyn_cast<IntegerAttr>(value);
        number && !result.isFloat && number.getValue().getBitWidth() <= 64) {
      program.integerConstants.push_back(
          {result.index, wrap(number.getValue().getSExtValue(), result.width)});
      return llvm::Error::success();
    }
    return unsupported(op, op->getResult(0).getType());
  }

  llvm::Error emitLoad(attn::LoadOp load, Register result,
                       std::vector<Step> &steps) {
    TensorRef tensor = frame.lookup(load.getTensor());
    if (!tensor)
      return failure(load.getLoc(), program.what +
                                        " loads from a tensor that the "
                                        "interpreter did not compute before");
    LoadStep step{tensor, {}, result};
    for (Value index : load.getIndices())
      step.indices.push_back(registers[index].index);
    steps.push_back(std::move(step));
    return llvm::Error::success();
  }

  template <typename Op>
  llvm::Error emitClamp(Op clamp, Register result, std::vector<Step> &steps) {
    llvm::Expected<int64_t> size = frame.sizes.evaluate(clamp.getSize());
    if (!size)
      return failure(clamp.getLoc(),
                     program.what + ": " + toString(size.takeError()));
    Register low = freshInteger(64), high = freshInteger(64), above = freshInteger(64);
    program.integerConstants.push_back({low.index, 0});
    program.integerConstants.push_back({high.index, *size - 1});
    steps.push_back(ScalarStep{findScalarFunction("arith.maxsi"), above,
                               {registers[clamp.getIndex()], low}});
    steps.push_back(ScalarStep{findScalarFunction("arith.minsi"), result, {above, high}});
    return llvm::Error::success();
  }

  llvm::Error emitDropout(attn::DropoutOp dropout, Register result,
                          std::vector<Step> &steps) {
    SmallVector<attn::SizeAttr> sizes(
        dropout.getSizes().getAsRange<attn::SizeAttr>());
    auto extents = frame.sizes.evaluateShape(sizes);
    if (!extents)
      return failure(dropout.getLoc(),
                     program.what + ": " + toString(extents.takeError()));
    TensorRef seed = frame.lookup(dropout.getSeed());
    if (!seed)
      return failure(dropout.getLoc(), program.what + " draws with a seed that "
                                                      "nobody gave");
    DropoutStep step{registers[dropout.getValue()], registers[dropout.getRate()],
                     result, {}, {extents->begin(), extents->end()},
                     static_cast<uint32_t>(dropout.getSite()), seed};
    for (Value index : dropout.getIndices())
      step.indices.push_back(registers[index].index);
    steps.push_back(std::move(step));
    return llvm::Error::success();
  }

  llvm::Error emitReduce(attn::ReduceOp reduce, Register result,
                         std::vector<Step> &steps) {
    SmallVector<attn::SizeAttr> sizes(
        reduce.getSizes().getAsRange<attn::SizeAttr>());
    auto extents = frame.sizes.evaluateShape(sizes);
    if (!extents)
      return failure(reduce.getLoc(),
                     program.what + ": " + toString(extents.takeError()));
    auto step = std::make_unique<ReduceStep>();
    step->combine = combineOf(reduce.getReducer());
    step->extents.assign(extents->begin(), extents->end());
    step->result = result;
    for (Value index : reduce.getBody().getArguments()) {
      llvm::Expected<Register> slot = define(reduce, index);
      if (!slot)
        return slot.takeError();
      step->axes.push_back(slot->index);
    }
    Value value = reduce.getYield().getOperand(0);
    if (llvm::Error error = emit(reduce, value, step->body))
      return error;
    step->value = registers[value];
    step->isDot = isDot(*step);
    steps.push_back(std::move(step));
    return llvm::Error::success();
  }

  static bool isDot(const ReduceStep &reduce) {
    if (reduce.combine != Combine::Sum || reduce.axes.size() != 1 ||
        !reduce.value.isFloat || reduce.body.size() < 2 ||
        reduce.body.size() > 3)
      return false;
    auto *product = std::get_if<ScalarStep>(&reduce.body.back());
    if (!product || !(product->result == reduce.value) ||
        product->scalar.function != findScalarFunction("arith.mulf").function ||
        product->result.precision != precisionOfSum(product->result.precision))
      return false;
    for (size_t i = 0; i + 1 < reduce.body.size(); ++i)
      if (!std::holds_alternative<LoadStep>(reduce.body[i]))
        return false;
    // Both factors come from these loads, not from around the reduction.
    for (Register factor : product->operands)
      if (llvm::none_of(reduce.body, [&](const Step &step) {
            auto *load = std::get_if<LoadStep>(&step);
            return load && load->result == factor;
          }))
        return false;
    return true;
  }

  llvm::Error emitScalar(Operation *op, Register result,
                         std::vector<Step> &steps) {
    std::string name = op->getName().getStringRef().str();
    if (auto compare = dyn_cast<arith::CmpFOp>(op))
      name += "." + stringifyCmpFPredicate(compare.getPredicate()).str();
    else if (auto compare = dyn_cast<arith::CmpIOp>(op))
      name += "." + stringifyCmpIPredicate(compare.getPredicate()).str();
    else if (isa<arith::SelectOp>(op))
      name += result.isFloat ? ".float" : ".integer";
    else if (auto cast = dyn_cast<arith::BitcastOp>(op))
      llvm::raw_string_ostream(name) << "." << cast.getIn().getType() << "." << cast.getType();
    ScalarFunction scalar = findScalarFunction(name);
    if (!scalar.function || op->getNumOperands() > 3 || op->getNumRegions())
      return failure(op->getLoc(), program.what + ": " +
                                       op->getName().getStringRef() +
                                       " has no meaning in a body");
    ScalarStep step{scalar, result, {}};
    for (Value operand : op->getOperands())
      step.operands.push_back(
          readAs(registers[operand], scalar.sign, steps));
    steps.push_back(std::move(step));
    return llvm::Error::success();
  }

  /// Registers hold i1 as 0 or 1 and the other integers with their sign; this
  /// gives `value` the sign that an op wants.
  Register readAs(Register value, ScalarFunction::Sign sign,
                  std::vector<Step> &steps) {
    if (value.isFloat || sign == ScalarFunction::Any)
      return value;
    bool negate = sign == ScalarFunction::Signed && value.width == 1;
    bool mask = sign == ScalarFunction::Unsigned && value.width > 1 &&
                value.width < 64;
    if (!negate && !mask)
      return value;
    Register constant = freshInteger(64), converted = freshInteger(64);
    program.integerConstants.push_back(
        {constant.index,
         negate ? -1 : (int64_t(1) << value.width) - 1});
    steps.push_back(ScalarStep{
        findScalarFunction(negate ? "arith.muli" : "arith.andi"), converted,
        {value, constant}});
    return converted;
  }

  BodyProgram &program;
  const Frame &frame;
  llvm::DenseMap<Value, Register> registers;
};

} // namespace

llvm::Expected<BodyProgram> compileBody(Operation *op, const llvm::Twine &what,
                                        ValueRange arguments,
                                        ValueRange factors, const Frame &frame) {
  BodyProgram program;
  program.what = what.str();
  // failure() knows how places are written; the evaluator has no locations.
  program.place = toString(failure(op->getLoc(), ""));
  if (llvm::Error error =
          BodyCompiler(program, frame).compile(op, arguments, factors))
    return error;
  return program;
}

} // namespace attune::reference
