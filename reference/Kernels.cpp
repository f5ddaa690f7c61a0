// Kernels, calls of outlined ones, and the choice of their variants.
#include "reference/BodyCompiler.h"
#include "reference/Interpreter.h"

using namespace mlir;

namespace attune::reference {
namespace {

/// Kernels that call kernels: past this depth they call themselves.
constexpr unsigned deepestCall = 64;

} // namespace

llvm::Expected<Block *> Interpreter::bodyOf(func::FuncOp function) {
  if (!function.getBody().hasOneBlock())
    return failure(function.getLoc(),
                   "@" + function.getName() +
                       " must be one block without branches to be interpreted");
  return &function.getBody().front();
}

llvm::Expected<unsigned> Interpreter::chooseVariant(ArrayAttr conditions,
                                                    const Sizes &sizes) const {
  unsigned last = conditions.size() - 1;
  if (options.variant) {
    unsigned wanted = std::min(*options.variant, last);
    // What is right for a size of 0 alone is no other way to compute.
    auto condition = dyn_cast<attn::ConditionAttr>(conditions[wanted]);
    if (!condition || condition.getBound() > 0)
      return wanted;
  }
  for (auto [i, attribute] : llvm::enumerate(conditions)) {
    auto condition = dyn_cast<attn::ConditionAttr>(attribute);
    if (!condition)
      return i;
    llvm::Expected<int64_t> size = sizes.evaluate(condition.getSize());
    if (!size)
      return size.takeError();
    if (*size <= condition.getBound())
      return i;
  }
  return last;
}

llvm::Expected<TensorRef> Interpreter::runKernel(attn::KernelOp kernel,
                                                 Frame &frame) {
  llvm::Expected<unsigned> variant =
      chooseVariant(kernel.getConditions(), frame.sizes);
  if (!variant)
    return failure(kernel.getLoc(), toString(variant.takeError()));
  Region &body = kernel.getVariants()[*variant];
  Frame inner(frame.memory, frame.sizes, frame.arithmetic);
  for (auto [argument, input] :
       llvm::zip(body.getArguments(), kernel.getInputs()))
    inner.tensors[argument] = frame.lookup(input);
  llvm::Expected<std::vector<TensorRef>> results = runBlock(body.front(), inner);
  if (!results)
    return results.takeError();
  return results->front();
}

llvm::Expected<TensorRef> Interpreter::runCall(attn::CallOp call, Frame &frame) {
  llvm::Expected<unsigned> variant =
      chooseVariant(call.getConditions(), frame.sizes);
  if (!variant)
    return failure(call.getLoc(), toString(variant.takeError()));
  auto callee = symbols.lookup<func::FuncOp>(call.getKernel(*variant).getValue());
  if (callee.isDeclaration())
    return failure(call.getLoc(), "the kernel @" + callee.getName() +
                                      " is declared here, but has no body");
  if (callDepth >= deepestCall)
    return failure(call.getLoc(), "the kernel @" + callee.getName() +
                                      " calls itself");
  Sizes sizes;
  for (NamedAttribute binding : call.getSizes()) {
    llvm::Expected<int64_t> value =
        frame.sizes.evaluate(cast<attn::SizeAttr>(binding.getValue()));
    if (!value)
      return failure(call.getLoc(), toString(value.takeError()));
    sizes.bind(binding.getName(), *value, "call \"" + call.getName().str() + "\"");
  }
  Frame inner(frame.memory, sizes, frame.arithmetic);
  for (auto [argument, input] :
       llvm::zip(callee.getArguments(), call.getInputs()))
    inner.tensors[argument] = frame.lookup(input);
  llvm::Expected<Block *> body = bodyOf(callee);
  if (!body)
    return body.takeError();
  ++callDepth;
  llvm::Expected<std::vector<TensorRef>> results = runBlock(**body, inner);
  --callDepth;
  if (!results)
    return results.takeError();
  return results->front();
}

} // namespace attune::reference
