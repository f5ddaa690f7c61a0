#include "frontend/Values.h"
#include "frontend/Scalars.h"

#include "llvm/Support/Format.h"

using namespace llvm;
using attune::attn::TensorType;

namespace attune::frontend {

StringRef spelling(Element element) {
  switch (element) {
  case Element::F32:
    return "f32";
  case Element::F16:
    return "f16";
  case Element::BF16:
    return "bf16";
  case Element::I32:
    return "i32";
  case Element::I8:
    return "i8";
  case Element::Bool:
    return "bool";
  case Element::Index:
    return "i32"; // how the language sees it
  }
  return "?";
}

std::optional<Element> elementFromSpelling(StringRef word) {
  for (Element e : {Element::F32, Element::F16, Element::BF16, Element::I32,
                    Element::I8, Element::Bool})
    if (spelling(e) == word)
      return e;
  return std::nullopt;
}

Element elementOf(mlir::Type type) {
  if (type.isF16())
    return Element::F16;
  if (type.isBF16())
    return Element::BF16;
  if (type.isInteger(32))
    return Element::I32;
  if (type.isInteger(8))
    return Element::I8;
  if (type.isInteger(1))
    return Element::Bool;
  if (type.isIndex() || type.isInteger(64))
    return Element::Index;
  return Element::F32;
}

mlir::Type toType(Element element, mlir::MLIRContext *context) {
  switch (element) {
  case Element::F32:
    return mlir::Float32Type::get(context);
  case Element::F16:
    return mlir::Float16Type::get(context);
  case Element::BF16:
    return mlir::BFloat16Type::get(context);
  case Element::I32:
    return mlir::IntegerType::get(context, 32);
  case Element::I8:
    return mlir::IntegerType::get(context, 8);
  case Element::Bool:
    return mlir::IntegerType::get(context, 1);
  case Element::Index:
    return mlir::IndexType::get(context);
  }
  return {};
}

Element computeElement(Element e) {
  if (isHalf(e))
    return Element::F32;
  if (e == Element::I8)
    return Element::I32;
  return e;
}

Value makeInt(SizeAttr size) { return Constant{size, std::nullopt}; }

Value makeInt(mlir::MLIRContext *context, int64_t value) {
  return makeInt(SizeAttr::constant(context, value));
}

Value makeFloat(double value) { return Constant{value, std::nullopt}; }
Value makeBool(bool value) { return Constant{value, std::nullopt}; }

ArrayPtr makeTensor(mlir::Value tensor, std::optional<Bounds> bounds) {
  auto type = cast<TensorType>(tensor.getType());
  auto array = std::make_shared<Array>();
  array->element = elementOf(type.getElementType());
  array->sizes.assign(type.getSizes().begin(), type.getSizes().end());
  array->tensor = tensor;
  array->isView = true;
  array->bounds = bounds;
  array->at = [tensor](Body &body, ArrayRef<mlir::Value> indices) {
    return widen(body,
                 attn::LoadOp::create(body.builder, body.loc, tensor, indices));
  };
  return array;
}

std::string describe(Element element, ArrayRef<SizeAttr> sizes) {
  std::string text = spelling(element).str();
  if (!sizes.empty())
    text += describeSizes(sizes);
  return text;
}

std::string describe(const Value &value) {
  if (const Constant *constant = value.constant()) {
    if (constant->isBool())
      return constant->truth() ? "true" : "false";
    if (constant->isFloat()) {
      std::string text;
      raw_string_ostream(text) << format("%g", constant->number());
      return "the number " + text;
    }
    if (std::optional<int64_t> integer = constant->integer())
      return "the integer " + std::to_string(*integer);
    return "the size " + describe(constant->size());
  }
  if (ArrayPtr array = value.array())
    return describe(array->element, array->sizes);
  if (value.list())
    return "a list";
  if (value.tuple())
    return "several results";
  return "nothing";
}

} // namespace attune::frontend
