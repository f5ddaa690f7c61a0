// Verifiers of weights, prepared tensors and checks.
#include "dialect/Attn.h"

using namespace mlir;

namespace attune::attn {
namespace {

LogicalResult verifyDeclaration(Operation *op, TensorType type) {
  if (!type.hasConstantSizes())
    return op->emitOpError("must have constant sizes, but is ") << type;
  return success();
}

/// The declared type of a weight or prepared tensor; null where `symbol` is neither.
TensorType declaredType(SymbolTableCollection &tables, Operation *user,
                        FlatSymbolRefAttr symbol) {
  Operation *target = tables.lookupNearestSymbolFrom(user, symbol);
  if (auto weight = dyn_cast_or_null<WeightOp>(target))
    return cast<TensorType>(weight.getType());
  if (auto prepared = dyn_cast_or_null<PreparedOp>(target))
    return cast<TensorType>(prepared.getType());
  return {};
}

LogicalResult verifyUse(SymbolTableCollection &tables, Operation *op,
                        FlatSymbolRefAttr symbol, Type type) {
  TensorType declared = declaredType(tables, op, symbol);
  if (!declared)
    return op->emitOpError("names ")
           << symbol << ", which is neither a weight nor a prepared tensor";
  if (declared != type)
    return op->emitOpError("has type ")
           << type << ", but " << symbol << " is " << declared;
  return success();
}

} // namespace

LogicalResult WeightOp::verify() {
  return verifyDeclaration(*this, cast<TensorType>(getType()));
}

LogicalResult PreparedOp::verify() {
  return verifyDeclaration(*this, cast<TensorType>(getType()));
}

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyUse(tables, *this, getSourceAttr(), getResult().getType());
}

LogicalResult WriteOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto function = (*this)->getParentOfType<func::FuncOp>();
  if (!function || !function->hasAttr(prepareAttrName))
    return emitOpError("must be in the function that prepares weights, which "
                       "has the attribute '")
           << prepareAttrName << "'";
  if (!isa_and_nonnull<PreparedOp>(
          tables.lookupNearestSymbolFrom(*this, getTargetAttr())))
    return emitOpError("names ")
           << getTargetAttr() << ", which is not a prepared tensor";
  return verifyUse(tables, *this, getTargetAttr(), getValue().getType());
}

LogicalResult CheckIndexOp::verify() {
  auto type = cast<TensorType>(getIndices().getType());
  Type element = type.getElementType();
  if (!element.isInteger(32))
    return emitOpError("checks i32 indices, but they are ") << element;
  if (getIfAny() && type.getRank() != 0)
    return emitOpError("checks one number with 'if_any', not ") << type;
  return success();
}

} // namespace attune::attn
