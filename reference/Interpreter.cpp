#include "reference/Interpreter.h"
#include "reference/BodyCompiler.h"
#include "reference/StageEvaluation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;

namespace attune::reference {
namespace {

/// The values that no op after a given one in the block needs.
llvm::DenseMap<Operation *, SmallVector<Value>> lastUses(Block &block) {
  llvm::DenseMap<Operation *, SmallVector<Value>> result;
  auto add = [&](Value value) {
    Operation *last = nullptr;
    for (Operation *user : value.getUsers()) {
      Operation *here = block.findAncestorOpInBlock(*user);
      if (here && (!last || last->isBeforeInBlock(here)))
        last = here;
    }
    if (!last)
      last = value.getDefiningOp() ? value.getDefiningOp() : &block.front();
    result[last].push_back(value);
  };
  llvm::for_each(block.getArguments(), add);
  for (Operation &op : block)
    llvm::for_each(op.getResults(), add);
  return result;
}

std::string typeText(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// What the caller gave must be of `type` in all but its sizes.
llvm::Error checkArray(const Array &array, Type elementType,
                       const std::string &what) {
  if (array.elementType != elementType)
    return llvm::createStringError(what + " is of " + typeText(array.elementType) +
                                   ", but must be of " + typeText(elementType));
  for (int64_t size : array.shape)
    if (size < 0)
      return llvm::createStringError(what + " has a negative size");
  std::optional<int64_t> count = elementCount(array.shape);
  if (!count || *count != static_cast<int64_t>(array.data.size()))
    return llvm::createStringError(llvm::formatv(
        "{0} is {1}, but has {2} elements", what,
        shapeText(array.shape, elementType), array.data.size()));
  auto integer = dyn_cast<IntegerType>(elementType);
  if (!integer)
    return llvm::Error::success();
  double low = 0, high = 1;
  if (integer.getWidth() > 1) {
    high = std::ldexp(1, integer.getWidth() - 1) - 1;
    low = -high - 1;
  }
  for (double value : array.data)
    if (!(value >= low && value <= high && value == std::floor(value)))
      return llvm::createStringError(llvm::formatv(
          "{0} holds {1}, which is no {2}", what, value, typeText(elementType)));
  return llvm::Error::success();
}

llvm::Expected<TensorRef> adopt(std::shared_ptr<Memory> memory, Array array,
                                const std::string &name, Arithmetic arithmetic) {
  // The caller's memory is taken over, so nothing is allocated here.
  uint64_t bytes = array.data.size() * sizeof(double);
  if (llvm::Error error = memory->reserve(bytes))
    return error;
  auto tensor = std::make_shared<Tensor>();
  tensor->name = name;
  tensor->elementType = array.elementType;
  tensor->shape.assign(array.shape.begin(), array.shape.end());
  tensor->strides = rowMajorStrides(tensor->shape);
  tensor->storage = std::make_shared<Storage>(std::move(memory), bytes);
  tensor->storage->values = std::move(array.data);
  if (arithmetic == Arithmetic::Plain)
    roundAll(tensor->storage->values.data(), tensor->count(),
             precisionOf(tensor->elementType));
  return TensorRef(tensor);
}

} // namespace

Interpreter::Interpreter(ModuleOp module, WeightLookup weights,
                         InterpreterOptions options)
    : module(module), symbols(module), weights(std::move(weights)),
      options(options), memory(std::make_shared<Memory>(options.memoryLimit)) {}

Interpreter::~Interpreter() = default;

llvm::Expected<func::FuncOp> Interpreter::findEntry(ModuleOp module,
                                                    StringRef name) {
  func::FuncOp firstPublic;
  for (auto function : module.getOps<func::FuncOp>()) {
    bool isEntry = !function.isDeclaration() &&
                   !function->hasAttr(attn::prepareAttrName);
    if (name.empty() ? isEntry && function->hasAttr(attn::modelAttrName)
                     : isEntry && function.getName() == name)
      return function;
    if (isEntry && function.isPublic() && !firstPublic)
      firstPublic = function;
  }
  if (name.empty() && firstPublic)
    return firstPublic;
  if (name.empty())
    return llvm::createStringError("the module has no model to run");
  return llvm::createStringError("the module has no model called '" + name + "'");
}

std::string Interpreter::inputName(func::FuncOp entry, unsigned input) {
  if (auto name = entry.getArgAttrOfType<StringAttr>(input, attn::nameAttrName))
    return name.str();
  return llvm::formatv("arg{0}", input);
}

std::string Interpreter::resultName(func::FuncOp entry, unsigned result) {
  if (auto name = entry.getResultAttrOfType<StringAttr>(result, attn::nameAttrName))
    return name.str();
  return entry.getNumResults() == 1
             ? std::string("result")
             : llvm::formatv("result{0}", result).str();
}

llvm::Expected<std::vector<Array>> Interpreter::run(StringRef name,
                                                    std::vector<Array> inputs) {
  llvm::Expected<func::FuncOp> found = findEntry(module, name);
  if (!found)
    return found.takeError();
  func::FuncOp entry = *found;
  if (inputs.size() != entry.getNumArguments())
    return llvm::createStringError(
        llvm::formatv("'{0}' takes {1} inputs, but got {2}", entry.getName(),
                      entry.getNumArguments(), inputs.size()));
  SmallVector<attn::TensorType> types;
  SmallVector<ArrayRef<int64_t>> shapes;
  SmallVector<std::string> names;
  for (auto [i, type] : llvm::enumerate(entry.getArgumentTypes())) {
    auto tensor = dyn_cast<attn::TensorType>(type);
    names.push_back(inputName(entry, i));
    if (!tensor)
      return failure(entry.getLoc(), "input \"" + names.back() +
                                         "\" is no tensor, but " + typeText(type));
    if (llvm::Error error = checkArray(inputs[i], tensor.getElementType(),
                                       "input \"" + names.back() + "\""))
      return error;
    types.push_back(tensor);
    shapes.push_back(inputs[i].shape);
  }
  Sizes sizes;
  if (llvm::Error error = sizes.bindInputs(types, shapes, names))
    return error;
  if (llvm::Error error = prepare())
    return error;
  Frame frame(memory, sizes, options.arithmetic);
  for (auto [i, argument] : llvm::enumerate(entry.getArguments())) {
    llvm::Expected<TensorRef> tensor = adopt(memory, std::move(inputs[i]), names[i], options.arithmetic);
    if (!tensor)
      return tensor.takeError();
    frame.tensors[argument] = *tensor;
  }
  llvm::Expected<Block *> body = bodyOf(entry);
  if (!body)
    return body.takeError();
  llvm::Expected<std::vector<TensorRef>> results = runBlock(**body, frame);
  if (!results)
    return results.takeError();
  frame.tensors.clear();
  std::vector<Array> arrays;
  for (TensorRef &result : *results) {
    Array array{result->elementType,
                std::vector<int64_t>(result->shape.begin(), result->shape.end()),
                {}};
    // A result that nobody else holds gives its memory away.
    if (result.use_count() == 1 && result->storage.use_count() == 1)
      array.data = std::move(result->storage->values);
    else
      array.data = result->storage->values;
    arrays.push_back(std::move(array));
  }
  return arrays;
}

llvm::Error Interpreter::prepare() {
  if (isPrepared)
    return llvm::Error::success();
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function->hasAttr(attn::prepareAttrName) || function.isDeclaration())
      continue;
    if (function.getNumArguments())
      return failure(function.getLoc(), "@" + function.getName() +
                                            " prepares weights, so it takes no inputs");
    Sizes none;
    Frame frame(memory, none, options.arithmetic);
    llvm::Expected<Block *> body = bodyOf(function);
    if (!body)
      return body.takeError();
    llvm::Expected<std::vector<TensorRef>> results = runBlock(**body, frame);
    if (!results)
      return results.takeError();
  }
  isPrepared = true;
  return llvm::Error::success();
}

llvm::Expected<TensorRef> Interpreter::readWeight(Operation *user,
                                                  StringRef name) {
  if (TensorRef known = tensors.lookup(name))
    return known;
  auto weight = symbols.lookup<attn::WeightOp>(name);
  if (!weight)
    return failure(user->getLoc(), "\"" + name +
                                       "\" is read before @prepare writes it");
  auto type = cast<attn::TensorType>(weight.getType());
  llvm::Expected<Array> array = weights(name);
  if (!array)
    return array.takeError();
  std::string what = "weight \"" + name.str() + "\"";
  if (llvm::Error error = checkArray(*array, type.getElementType(), what))
    return error;
  auto shape = Sizes().evaluateShape(type.getSizes());
  if (!shape)
    return shape.takeError();
  if (ArrayRef<int64_t>(array->shape) != ArrayRef<int64_t>(*shape))
    return llvm::createStringError(
        what + " is " + shapeText(array->shape, array->elementType) +
        ", but must be " + shapeText(*shape, type.getElementType()));
  llvm::Expected<TensorRef> tensor = adopt(memory, std::move(*array), name.str(), options.arithmetic);
  if (tensor)
    tensors[name] = *tensor;
  return tensor;
}

llvm::Expected<std::vector<TensorRef>> Interpreter::runBlock(Block &block,
                                                             Frame &frame) {
  llvm::DenseMap<Operation *, SmallVector<Value>> last = lastUses(block);
  for (Operation &op : block.without_terminator()) {
    if (llvm::Error error = runOperation(&op, frame))
      return error;
    for (Value value : last.lookup(&op))
      frame.tensors.erase(value);
  }
  std::vector<TensorRef> results;
  for (Value value : block.getTerminator()->getOperands()) {
    TensorRef tensor = frame.lookup(value);
    if (!tensor)
      return failure(block.getTerminator()->getLoc(),
                     "gives back something that is no tensor");
    results.push_back(std::move(tensor));
  }
  return results;
}

llvm::Error Interpreter::runOperation(Operation *op, Frame &frame) {
  // Scalars of a function are compiled into the bodies that use them.
  if (op->getNumResults() == 1 && op->getNumRegions() == 0 &&
      !isa<attn::TensorType>(op->getResult(0).getType()))
    return llvm::Error::success();
  if (auto check = dyn_cast<attn::CheckIndexOp>(op))
    return checkIndices(check, frame);
  if (auto check = dyn_cast<attn::CheckSizeOp>(op))
    return checkSize(check, frame);
  if (auto write = dyn_cast<attn::WriteOp>(op)) {
    TensorRef value = frame.lookup(write.getValue());
    auto named = std::make_shared<Tensor>(*value);
    named->name = write.getTarget().str();
    tensors[write.getTarget()] = named;
    return llvm::Error::success();
  }
  if (auto stage = dyn_cast<attn::StageOp>(op)) {
    llvm::Expected<std::vector<TensorRef>> results = evaluateStage(stage, frame);
    if (!results)
      return results.takeError();
    for (auto [value, tensor] : llvm::zip(op->getResults(), *results))
      frame.tensors[value] = tensor;
    return llvm::Error::success();
  }
  auto result = llvm::TypeSwitch<Operation *, llvm::Expected<TensorRef>>(op)
          .Case([&](attn::ReadOp read) { return readWeight(read, read.getSource()); })
          .Case([&](attn::AttentionOp attention) {
            return evaluateAttention(attention, frame);
          })
          .Case([&](attn::KernelOp kernel) { return runKernel(kernel, frame); })
          .Case([&](attn::CallOp call) { return runCall(call, frame); })
          .Case([&](attn::ReshapeOp reshape) -> llvm::Expected<TensorRef> {
            auto shape = frame.sizes.evaluateShape(
                cast<attn::TensorType>(reshape.getResult().getType()).getSizes());
            if (!shape)
              return failure(op->getLoc(), toString(shape.takeError()));
            auto view = std::make_shared<Tensor>(*frame.lookup(reshape.getSource()));
            if (elementCount(*shape) != view->count())
              return failure(op->getLoc(),
                             "cannot give " + shapeText(view->shape, view->elementType) +
                                 " the sizes of " + shapeText(*shape, view->elementType));
            view->shape = *shape;
            view->strides = rowMajorStrides(*shape);
            return TensorRef(view);
          })
          .Default([&](Operation *) -> llvm::Expected<TensorRef> {
            return failure(op->getLoc(),
                           "the interpreter knows no meaning of " +
                               op->getName().getStringRef() +
                               ": it runs phases from input to kernels");
          });
  if (!result)
    return result.takeError();
  frame.tensors[op->getResult(0)] = *result;
  return llvm::Error::success();
}

llvm::Error Interpreter::checkIndices(attn::CheckIndexOp check, Frame &frame) {
  llvm::Expected<int64_t> bound = frame.sizes.evaluate(check.getSize());
  if (!bound)
    return failure(check.getLoc(), toString(bound.takeError()));
  TensorRef tensor = frame.lookup(check.getIndices());
  for (int64_t i = 0; i < tensor->count(); ++i) {
    double value = tensor->data()[i];
    if ((value >= 0 && value < *bound) || (check.getIfAny() && value == INT32_MIN))
      continue;
    std::string place;
    for (auto [size, stride] : llvm::zip(tensor->shape, tensor->strides))
      place += llvm::formatv("{0}{1}", place.empty() ? "" : ", ", i / stride % size);
    // The greatest of all that a condition lets through has no place.
    std::string which = tensor->shape.empty() ? "an index" : "element [" + place + "]";
    return failure(check.getLoc(),
                   llvm::formatv("{0}: {1} is {2}, but must be in [0, {3})",
                                 check.getWhat(), which,
                                 static_cast<int64_t>(value), *bound));
  }
  return llvm::Error::success();
}

llvm::Error Interpreter::checkSize(attn::CheckSizeOp check, Frame &frame) {
  llvm::Expected<int64_t> size = frame.sizes.evaluate(check.getSize());
  if (!size)
    return failure(check.getLoc(), toString(size.takeError()));
  llvm::Expected<int64_t> bound = frame.sizes.evaluate(check.getBound());
  if (!bound)
    return failure(check.getLoc(), toString(bound.takeError()));
  if (*size <= *bound)
    return llvm::Error::success();
  return failure(check.getLoc(),
                 llvm::formatv("{0}: {1} is {2}, but may be {3} at most",
                               check.getWhat(), check.getSize().str(), *size,
                               *bound));
}

} // namespace attune::reference
