#include "frontend/Weights.h"
#include "frontend/Limits.h"

#include "dialect/Attn.h"

using namespace llvm;
using attune::attn::TensorType;

namespace attune::frontend {

Value Weights::read(StringRef name, Element element, ArrayRef<SizeAttr> sizes) {
  std::string full = mb.path.empty() ? name.str() : mb.path + "." + name.str();
  if (full.size() > limits::pathLength)
    return mb.fail("the full name of this weight has " + Twine(full.size()) +
                   " characters; at most " + Twine(limits::pathLength) +
                   " are allowed");
  if (!mb.checkShape(element, sizes))
    return {};
  for (SizeAttr size : sizes)
    if (!size.getConstant())
      return mb.fail("the sizes of a param must be known when compiling, but " +
                     describe(element, sizes) + " depends on '" +
                     describe(size) + "'");
  if (reserved.contains(full))
    return mb.fail("the weight '" + full +
                   "' has the name of a model; put an 'at' path around it");
  auto type = TensorType::get(toType(element, mb.context()), sizes);
  auto [it, isNew] = known.insert({full, {type, mb.where}});
  if (!isNew && it->second.type != type) {
    auto first = cast<TensorType>(it->second.type);
    bool printed = mb.diag.error(
        mb.where, "'" + full + "' is " + describe(element, sizes) +
                      " here, but the same weight is " +
                      describe(elementOf(first.getElementType()),
                               first.getSizes()) +
                      " elsewhere");
    if (printed)
      mb.diag.note(it->second.where, "declared here");
    return {};
  }
  if (isNew) {
    mlir::OpBuilder::InsertionGuard guard(mb.builder);
    if (last)
      mb.builder.setInsertionPointAfter(last);
    else
      mb.builder.setInsertionPointToStart(mb.module.getBody());
    last = attn::WeightOp::create(mb.builder, mb.location(), full, type);
  }
  mlir::Value &value = values[full];
  if (!value) {
    mlir::OpBuilder::InsertionGuard guard(mb.builder);
    mb.leaveRegion();
    value = attn::ReadOp::create(
        mb.builder, mb.location(), type,
        mlir::FlatSymbolRefAttr::get(mb.context(), full));
  }
  auto array = std::make_shared<Array>(*makeTensor(value));
  array->name = full;
  return Value(ArrayPtr(array));
}

} // namespace attune::frontend
