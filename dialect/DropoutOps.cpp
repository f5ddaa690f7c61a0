// Verifiers of dropout and of the argument that is its seed.
#include "dialect/Attn.h"

using namespace mlir;

namespace attune::attn {
namespace {

/// What keeps a tensor from being a seed; empty where nothing does.
StringRef whyNoSeed(TensorType type) {
  if (!type.getElementType().isInteger(32) || type.getRank() != 1)
    return "must be of i32 and rank 1";
  std::optional<int64_t> words = type.getSize(0).getConstant();
  if (words && *words != 0 && *words != 2)
    return "must have 0 or 2 words";
  return {};
}

} // namespace

LogicalResult DropoutOp::verify() {
  if (getIndices().size() != getSizes().size())
    return emitOpError("has ") << getIndices().size() << " indices of "
                               << getSizes().size() << " sizes";
  auto type = cast<TensorType>(getSeed().getType());
  if (StringRef why = whyNoSeed(type); !why.empty())
    return emitOpError("has a seed that ") << why << ", but is " << type;
  if (auto attention = (*this)->getParentOfType<AttentionOp>();
      attention && !attention.getWeight().isAncestor((*this)->getParentRegion()))
    return emitOpError("in an attention must be in its weight");
  if (!(*this)->getParentOfType<StageOp>() && !(*this)->getParentOfType<AttentionOp>())
    return emitOpError("must be in the body of a stage or in the weight of an attention");
  return success();
}

BlockArgument seedOf(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments())
    if (function.getArgAttr(argument.getArgNumber(), seedAttrName))
      return argument;
  return {};
}

LogicalResult AttnDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                    unsigned argument,
                                                    NamedAttribute attribute) {
  auto function = dyn_cast<func::FuncOp>(op);
  if (attribute.getName() != seedAttrName || !function)
    return success();
  Type type = function.getArgumentTypes()[argument];
  // Buffers say in another attribute what they hold, and outputs follow them.
  bool isTensor = isa<TensorType>(type);
  if (auto tensor = function.getArgAttrOfType<TypeAttr>(argument, tensorAttrName))
    type = tensor.getValue();
  auto tensor = dyn_cast<TensorType>(type);
  StringRef why = tensor ? whyNoSeed(tensor) : "must be a tensor";
  if (why.empty() && !isa<AffineSymbolExpr>(tensor.getSize(0).getExpr()))
    why = "must have a size of its own";
  if (!why.empty())
    return function.emitError() << "argument " << argument << " is the seed, which "
                                << why << ", but is " << type;
  if (isTensor && argument + 1 != function.getNumArguments())
    return function.emitError() << "argument " << argument
                                << " is the seed, which must be the last one";
  return success();
}

} // namespace attune::attn
