// Text and verifiers of the ops of phase `host`.
#include "dialect/BareText.h"

using namespace mlir;

namespace attune::attn {

ParseResult parseBareSizeList(OpAsmParser &parser, ArrayAttr &sizes) {
  SmallVector<Attribute> list;
  if (parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Square, [&]() -> ParseResult {
            FailureOr<SizeAttr> size = SizeAttr::parseBare(parser);
            if (failed(size))
              return failure();
            list.push_back(*size);
            return success();
          }))
    return failure();
  sizes = parser.getBuilder().getArrayAttr(list);
  return success();
}

void printBareSizeList(OpAsmPrinter &printer, Operation *, ArrayAttr sizes) {
  printer << '[';
  llvm::interleaveComma(sizes.getAsRange<SizeAttr>(), printer,
                        [&](SizeAttr size) { size.printBare(printer); });
  printer << ']';
}

ParseResult parseBareBindings(OpAsmParser &parser, DictionaryAttr &bindings) {
  NamedAttrList list;
  if (succeeded(parser.parseOptionalKeyword("sizes")) &&
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
            std::string symbol;
            SMLoc loc = parser.getCurrentLocation();
            if (parser.parseKeywordOrString(&symbol) || parser.parseEqual())
              return failure();
            FailureOr<SizeAttr> size = SizeAttr::parseBare(parser);
            if (failed(size))
              return failure();
            if (list.get(symbol))
              return parser.emitError(loc) << "size '" << symbol << "' is given twice";
            list.append(symbol, *size);
            return success();
          }))
    return failure();
  bindings = list.getDictionary(parser.getContext());
  return success();
}

void printBareBindings(OpAsmPrinter &printer, Operation *, DictionaryAttr bindings) {
  if (bindings.empty())
    return;
  printer << "sizes (";
  llvm::interleaveComma(bindings, printer, [&](NamedAttribute size) {
    printer.printKeywordOrString(size.getName());
    printer << " = ";
    cast<SizeAttr>(size.getValue()).printBare(printer);
  });
  printer << ')';
}

MemRefType bufferType(TensorType type) {
  SmallVector<int64_t> shape;
  for (SizeAttr size : type.getSizes())
    shape.push_back(size.getConstant().value_or(ShapedType::kDynamic));
  return MemRefType::get(shape, type.getElementType());
}

namespace {

/// Whether `type` is the dense memory of a tensor with these sizes.
LogicalResult verifySizes(Operation *op, ArrayAttr sizes, Type type) {
  auto memory = dyn_cast<MemRefType>(type);
  if (!memory)
    return op->emitOpError("needs a ranked buffer, but gives ") << type;
  SmallVector<SizeAttr> list = llvm::to_vector(sizes.getAsRange<SizeAttr>());
  if (failed(TensorType::verify([&] { return op->emitOpError(); }, memory.getElementType(), list)))
    return failure();
  MemRefType expected =
      bufferType(TensorType::get(memory.getElementType(), list));
  if (memory != expected)
    return op->emitOpError("gives ") << memory << " where its sizes ask for " << expected;
  return success();
}

} // namespace

LogicalResult TemporaryOp::verify() {
  if (getFirst() > getLast() || static_cast<int64_t>(getFirst()) < 0)
    return emitOpError("is alive from call ")
           << static_cast<int64_t>(getFirst()) << " to call "
           << static_cast<int64_t>(getLast());
  return verifySizes(*this, getSizes(), getResult().getType());
}

LogicalResult ViewOp::verify() {
  auto source = dyn_cast<MemRefType>(getSource().getType());
  if (!source || !source.getLayout().isIdentity())
    return emitOpError("needs dense row-major memory, but gets ")
           << getSource().getType();
  if (source.getElementType() != cast<BaseMemRefType>(getResult().getType()).getElementType())
    return emitOpError("changes the element type");
  return verifySizes(*this, getSizes(), getResult().getType());
}

LogicalResult BufferOp::verifySymbolUses(SymbolTableCollection &tables) {
  Operation *target = tables.lookupNearestSymbolFrom(*this, getSourceAttr());
  TensorType type;
  if (auto weight = dyn_cast_or_null<WeightOp>(target))
    type = cast<TensorType>(weight.getType());
  else if (auto prepared = dyn_cast_or_null<PreparedOp>(target))
    type = cast<TensorType>(prepared.getType());
  else
    return emitOpError("names ")
           << getSourceAttr() << ", which is neither a weight nor a prepared tensor";
  if (bufferType(type) != getResult().getType())
    return emitOpError("has type ")
           << getResult().getType() << ", but " << getSourceAttr() << " is " << type;
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto callee = dyn_cast_or_null<func::FuncOp>(
      tables.lookupNearestSymbolFrom(*this, getKernelAttr()));
  if (!callee || !callee->hasAttr(kernelAttrName))
    return emitOpError("launches ") << getKernelAttr() << ", which is not a kernel";
  if (callee.getNumArguments() != getInputs().size() || callee.getNumResults() != 1)
    return emitOpError("gives ")
           << getInputs().size() << " inputs to " << getKernelAttr()
           << ", which takes " << callee.getNumArguments();
  if (!llvm::all_of(callee.getArgumentTypes(), llvm::IsaPred<TensorType>) ||
      !isa<TensorType>(callee.getResultTypes()[0]))
    return emitOpError("launches ") << getKernelAttr() << ", which is not on tensors";
  // The generic form can hold anything.
  for (NamedAttribute size : getSizes())
    if (!isa<SizeAttr>(size.getValue()))
      return emitOpError("must give sizes, but ")
             << size.getName() << " is " << size.getValue();
  auto bound = [&](Type type) -> MemRefType { // Null once a size is negative.
    auto tensor = cast<TensorType>(type);
    SmallVector<SizeAttr> sizes;
    for (SizeAttr size : tensor.getSizes())
      sizes.push_back(substitute(size, [&](StringAttr symbol) {
        return getSizes().getAs<SizeAttr>(symbol);
      }));
    if (failed(TensorType::verify([&] { return emitOpError(); }, tensor.getElementType(), sizes)))
      return {};
    return bufferType(TensorType::get(tensor.getElementType(), sizes));
  };
  for (auto [input, type] : llvm::zip(getInputs(), callee.getArgumentTypes())) {
    MemRefType expected = bound(type);
    if (!expected)
      return failure();
    if (input.getType() != expected)
      return emitOpError("gives ") << input.getType() << " where "
                                   << getKernelAttr() << " takes " << type;
  }
  MemRefType expected = bound(callee.getResultTypes()[0]);
  if (!expected)
    return failure();
  if (getOutput().getType() != expected)
    return emitOpError("writes to ") << getOutput().getType() << ", but "
                                     << getKernelAttr() << " gives "
                                     << callee.getResultTypes()[0];
  if (auto symbols = callee->getAttrOfType<ArrayAttr>(symbolsAttrName))
    for (StringAttr symbol : symbols.getAsRange<StringAttr>())
      if (!getSizes().getAs<SizeAttr>(symbol))
        return emitOpError("does not say what size ")
               << symbol << " of " << getKernelAttr() << " is";
  return success();
}

LogicalResult CheckIndicesOp::verify() {
  auto memory = dyn_cast<MemRefType>(getIndices().getType());
  if (!memory || !memory.getElementType().isInteger(32) ||
      !memory.getLayout().isIdentity())
    return emitOpError("checks dense i32 indices, but they are ")
           << getIndices().getType();
  if (getIfAny() && memory.getRank() != 0)
    return emitOpError("checks one number with 'if_any', not ") << memory;
  return success();
}

} // namespace attune::attn
