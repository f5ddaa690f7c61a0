// Text, builders and verifiers of stages and bodies.
#include "dialect/BareText.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace attune::attn {

ParseResult parseBareSize(OpAsmParser &parser, SizeAttr &size) {
  FailureOr<SizeAttr> parsed = SizeAttr::parseBare(parser);
  if (failed(parsed))
    return failure();
  size = *parsed;
  return success();
}

void printBareSize(OpAsmPrinter &printer, Operation *, SizeAttr size) {
  size.printBare(printer);
}

ParseResult parseAxes(OpAsmParser &parser, AxisList &axes) {
  Builder &builder = parser.getBuilder();
  return parser.parseCommaSeparatedList(
      OpAsmParser::Delimiter::Square, [&]() -> ParseResult {
        OpAsmParser::Argument index;
        if (parser.parseArgument(index))
          return failure();
        index.type = builder.getIndexType();
        // The axis is called like the value, unless `as` says otherwise.
        StringRef name = index.ssaName.name.drop_front();
        std::string other;
        if (succeeded(parser.parseOptionalKeyword("as"))) {
          if (parser.parseKeywordOrString(&other))
            return failure();
          name = other;
        }
        if (parser.parseColon())
          return failure();
        FailureOr<SizeAttr> size = SizeAttr::parseBare(parser);
        if (failed(size))
          return failure();
        axes.indices.push_back(index);
        axes.names.push_back(builder.getStringAttr(name));
        axes.sizes.push_back(*size);
        return success();
      });
}

void printAxes(OpAsmPrinter &printer, ArrayRef<BlockArgument> indices,
               ArrayRef<Attribute> names, ArrayRef<SizeAttr> sizes) {
  printer << '[';
  for (auto [i, index] : llvm::enumerate(indices)) {
    if (i)
      printer << ", ";
    std::string text;
    llvm::raw_string_ostream os(text);
    printer.printOperand(index, os);
    StringRef name = cast<StringAttr>(names[i]).getValue();
    printer << text;
    if (StringRef(text).drop_front() != name) {
      printer << " as ";
      printer.printKeywordOrString(name);
    }
    printer << ": ";
    sizes[i].printBare(printer);
  }
  printer << ']';
}

ParseResult parsePath(OpAsmParser &parser, StringAttr &path) {
  if (failed(parser.parseOptionalKeyword("at")))
    return success();
  return parser.parseAttribute(path);
}

void printPath(OpAsmPrinter &printer, StringAttr path) {
  if (!path)
    return;
  printer << " at ";
  printer.printAttributeWithoutType(path);
}

namespace {

using BodyBuilder = function_ref<Value(OpBuilder &, Location, ValueRange)>;
using ValuesBuilder =
    function_ref<SmallVector<Value>(OpBuilder &, Location, ValueRange)>;

void buildBody(OpBuilder &builder, OperationState &state, unsigned indexCount,
               ValuesBuilder body) {
  Region *region = state.addRegion();
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(region);
  for (unsigned i = 0; i < indexCount; ++i)
    block->addArgument(builder.getIndexType(), state.location);
  YieldOp::create(builder, state.location,
                  body(builder, state.location, block->getArguments()));
}

auto oneValue(BodyBuilder body) {
  return [body](OpBuilder &builder, Location loc, ValueRange indices) {
    return SmallVector<Value>{body(builder, loc, indices)};
  };
}

ArrayAttr sizeArray(Builder &builder, ArrayRef<SizeAttr> sizes) {
  return builder.getArrayAttr(
      SmallVector<Attribute>(sizes.begin(), sizes.end()));
}

/// A body yields a value of each of `types` and has one index for each of
/// `count` axes.
LogicalResult verifyBody(Operation *op, Region &body, unsigned count,
                         ArrayRef<Type> types) {
  if (body.getNumArguments() != count)
    return op->emitOpError("has ")
           << count << " axes, but its body has " << body.getNumArguments()
           << " indices";
  for (BlockArgument argument : body.getArguments())
    if (!argument.getType().isIndex())
      return op->emitOpError("has a body whose indices are not of type index");
  auto yield = dyn_cast<YieldOp>(body.front().back());
  if (!yield || yield.getNumOperands() != types.size()) {
    auto error = op->emitOpError("needs a body that yields ");
    return types.size() == 1 ? error << "one value" : error << types.size() << " values";
  }
  for (auto [value, type] : llvm::zip(yield.getValues(), types))
    if (value.getType() != type)
      return op->emitOpError("is of ")
             << type << ", but its body yields " << value.getType();
  return success();
}

LogicalResult verifyAxisNames(Operation *op, ArrayAttr axes) {
  llvm::StringSet<> seen;
  for (StringRef axis : axes.getAsValueRange<StringAttr>())
    if (!seen.insert(axis).second)
      return op->emitOpError("has two axes called '") << axis << "'";
  return success();
}

void nameIndices(Region &body, ArrayAttr axes, OpAsmSetValueNameFn setName) {
  for (auto [index, axis] :
       llvm::zip(body.getArguments(), axes.getAsValueRange<StringAttr>()))
    setName(index, axis);
}

YieldOp yieldOf(Region &body) {
  return cast<YieldOp>(body.front().getTerminator());
}

} // namespace

// ---- stage ----

void StageOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                    TensorType type, ArrayRef<StringRef> axes, BodyBuilder body) {
  build(builder, state, name, type, axes, std::nullopt, {}, body);
}

void StageOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                    ArrayRef<TensorType> types, ArrayRef<StringRef> axes,
                    ValuesBuilder body) {
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.name = builder.getStringAttr(name);
  properties.axes = builder.getStrArrayAttr(axes);
  properties.reductionSizes = builder.getArrayAttr({});
  state.addTypes(SmallVector<Type>(types.begin(), types.end()));
  buildBody(builder, state, axes.size(), body);
}

void StageOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                    TensorType type, ArrayRef<StringRef> axes,
                    std::optional<Reducer> reducer,
                    ArrayRef<SizeAttr> reductionSizes, BodyBuilder body) {
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.name = builder.getStringAttr(name);
  properties.axes = builder.getStrArrayAttr(axes);
  if (reducer)
    properties.reducer = ReducerAttr::get(builder.getContext(), *reducer);
  properties.reductionSizes = sizeArray(builder, reductionSizes);
  state.addTypes(type);
  buildBody(builder, state, axes.size(), oneValue(body));
}

void StageOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                    ArrayRef<TensorType> types, ArrayRef<StringRef> axes,
                    Reducer reducer, ArrayRef<SizeAttr> reductionSizes,
                    ValuesBuilder body) {
  build(builder, state, name, types, axes, body);
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.reducer = ReducerAttr::get(builder.getContext(), reducer);
  properties.reductionSizes = sizeArray(builder, reductionSizes);
}

StringRef StageOp::getAxisName(unsigned axis) {
  return cast<StringAttr>(getAxes()[axis]).getValue();
}

SizeAttr StageOp::getAxisSize(unsigned axis) {
  if (axis < getRank())
    return getType().getSize(axis);
  return cast<SizeAttr>(getReductionSizes()[axis - getRank()]);
}

YieldOp StageOp::getYield() { return yieldOf(getBody()); }

void StageOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  std::string name = getName().str();
  std::replace(name.begin(), name.end(), '.', '_');
  if ((*this)->getNumResults())
    setName(getResult(), name);
}

void StageOp::getAsmBlockArgumentNames(Region &region,
                                       OpAsmSetValueNameFn setName) {
  nameIndices(region, getAxes(), setName);
}

ParseResult StageOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  StringAttr name;
  AxisList axes;
  Properties &properties = result.getOrAddProperties<Properties>();
  if (parser.parseAttribute(name) || parseAxes(parser, axes))
    return failure();
  size_t rank = axes.sizes.size();
  StringRef word;
  if (succeeded(parser.parseOptionalKeyword(&word, {"sum", "max", "min", "scaled_sum"}))) {
    properties.reducer =
        ReducerAttr::get(builder.getContext(), *symbolizeReducer(word));
    if (parseAxes(parser, axes))
      return failure();
  }
  if (parser.parseRegion(*result.addRegion(), axes.indices))
    return failure();
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<Type> elements;
  StringAttr path;
  if (parser.parseColonTypeList(elements) || parsePath(parser, path) ||
      parser.parseOptionalAttrDict(result.attributes))
    return failure();
  properties.path = path;
  properties.name = name;
  properties.axes = builder.getArrayAttr(axes.names);
  properties.reductionSizes =
      sizeArray(builder, ArrayRef(axes.sizes).drop_front(rank));
  for (Type element : elements) {
    TensorType type = TensorType::getChecked(
        [&] { return parser.emitError(loc); }, builder.getContext(), element,
        ArrayRef(axes.sizes).take_front(rank));
    if (!type)
      return failure();
    result.addTypes(type);
  }
  return success();
}

void StageOp::print(OpAsmPrinter &printer) {
  SmallVector<SizeAttr> sizes;
  for (unsigned i = 0; i < getAxes().size(); ++i)
    sizes.push_back(getAxisSize(i));
  SmallVector<BlockArgument> indices(getBody().getArguments());
  ArrayRef<Attribute> names = getAxes().getValue();
  size_t rank = getRank();
  printer << ' ';
  printer.printAttributeWithoutType(getNameAttr());
  printer << ' ';
  printAxes(printer, ArrayRef(indices).take_front(rank), names.take_front(rank),
            ArrayRef(sizes).take_front(rank));
  if (std::optional<Reducer> reducer = getReducer()) {
    printer << ' ' << stringifyReducer(*reducer) << ' ';
    printAxes(printer, ArrayRef(indices).drop_front(rank),
              names.drop_front(rank), ArrayRef(sizes).drop_front(rank));
  }
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
  printer << " : ";
  llvm::interleaveComma(getElementTypes(), printer);
  printPath(printer, getPathAttr());
  printer.printOptionalAttrDict((*this)->getDiscardableAttrDictionary().getValue());
}

SmallVector<Type> StageOp::getElementTypes() {
  return llvm::map_to_vector((*this)->getResultTypes(), [](Type type) {
    return cast<TensorType>(type).getElementType();
  });
}

/// attn.tile_kinds: two conditions, and the axes that they do without.
static LogicalResult verifyTileKinds(StageOp stage, Attribute kinds) {
  if (stage->getNumResults() != 2 || stage.isReduction() ||
      !llvm::all_of(stage.getElementTypes(), [](Type type) { return type.isInteger(1); }))
    return stage.emitOpError("has '") << tileKindsAttrName << "', but not two conditions for results";
  auto axes = dyn_cast<DictionaryAttr>(kinds);
  if (!axes)
    return stage.emitOpError("'") << tileKindsAttrName << "' is not a dictionary of axes with their sizes";
  for (NamedAttribute axis : axes) {
    if (!isa<SizeAttr>(axis.getValue()))
      return stage.emitOpError("'") << tileKindsAttrName << "' gives axis '" << axis.getName().getValue() << "' no size";
    if (llvm::is_contained(stage.getAxes().getAsValueRange<StringAttr>(), axis.getName().getValue()))
      return stage.emitOpError("'") << tileKindsAttrName << "' repeats axis '" << axis.getName().getValue() << "', which the stage has";
  }
  return success();
}

LogicalResult StageOp::verify() {
  if ((*this)->getNumResults() == 0)
    return emitOpError("needs at least one result");
  for (Type type : (*this)->getResultTypes())
    if (cast<TensorType>(type).getSizes() != getType().getSizes())
      return emitOpError("has results of unequal sizes");
  bool isScaled = getReducer() == Reducer::ScaledSum;
  if (isReduction() && !isScaled && (*this)->getNumResults() != 1)
    return emitOpError("reduces, and can have one result only");
  if (isScaled && ((*this)->getNumResults() < 2 || !llvm::all_of(getElementTypes(), [](Type type) { return type.isF32(); })))
    return emitOpError("adds scaled numbers, and needs results of f32: those, and the exponent they share");
  if (static_cast<int64_t>(getAxes().size()) != getRank() + getReductionRank())
    return emitOpError("names ") << getAxes().size() << " axes, but has "
                                 << getRank() + getReductionRank();
  if (isReduction() != (getReductionRank() > 0))
    return emitOpError(
        "needs a reducer (sum, max, min, scaled_sum) exactly when it has reduced axes");
  if (Attribute kinds = (*this)->getAttr(tileKindsAttrName); kinds && failed(verifyTileKinds(*this, kinds)))
    return failure();
  return verifyAxisNames(*this, getAxes());
}

LogicalResult StageOp::verifyRegions() {
  return verifyBody(*this, getBody(), getAxes().size(), getElementTypes());
}

// ---- load ----

void LoadOp::build(OpBuilder &builder, OperationState &state, Value tensor,
                   ValueRange indices) {
  state.addOperands(tensor);
  state.addOperands(indices);
  state.addTypes(cast<TensorType>(tensor.getType()).getElementType());
}

LogicalResult LoadOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                       ValueRange operands, DictionaryAttr,
                                       OpaqueProperties, RegionRange,
                                       SmallVectorImpl<Type> &types) {
  auto type =
      operands.empty() ? TensorType() : dyn_cast<TensorType>(operands[0].getType());
  if (!type)
    return failure();
  types.push_back(type.getElementType());
  return success();
}

LogicalResult LoadOp::verify() {
  auto type = cast<TensorType>(getTensor().getType());
  if (static_cast<int64_t>(getIndices().size()) != type.getRank())
    return emitOpError("has ") << getIndices().size() << " indices, but "
                               << type << " has rank " << type.getRank();
  if (getResult().getType() != type.getElementType())
    return emitOpError("gives ") << getResult().getType()
                                 << ", but elements are " << type.getElementType();
  return success();
}

// ---- size ----

OpFoldResult SizeOp::fold(FoldAdaptor) {
  if (std::optional<int64_t> value = getSize().getConstant())
    return IntegerAttr::get(IndexType::get(getContext()), *value);
  return {};
}

// ---- reduce ----

void ReduceOp::build(OpBuilder &builder, OperationState &state, Reducer reducer,
                     ArrayRef<StringRef> axes, ArrayRef<SizeAttr> sizes,
                     BodyBuilder body) {
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.reducer = ReducerAttr::get(builder.getContext(), reducer);
  properties.axes = builder.getStrArrayAttr(axes);
  properties.sizes = sizeArray(builder, sizes);
  buildBody(builder, state, axes.size(), oneValue(body));
  state.addTypes(yieldOf(*state.regions.front()).getOperand(0).getType());
}

YieldOp ReduceOp::getYield() { return yieldOf(getBody()); }

void ReduceOp::getAsmBlockArgumentNames(Region &region,
                                        OpAsmSetValueNameFn setName) {
  nameIndices(region, getAxes(), setName);
}

ParseResult ReduceOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  Properties &properties = result.getOrAddProperties<Properties>();
  SMLoc loc = parser.getCurrentLocation();
  StringRef word;
  AxisList axes;
  Type type;
  if (parser.parseKeyword(&word))
    return failure();
  std::optional<Reducer> reducer = symbolizeReducer(word);
  if (!reducer || reducer == Reducer::ScaledSum) // of several values
    return parser.emitError(loc, "expected sum, max or min");
  if (parseAxes(parser, axes) ||
      parser.parseRegion(*result.addRegion(), axes.indices) ||
      parser.parseColonType(type) ||
      parser.parseOptionalAttrDict(result.attributes))
    return failure();
  properties.reducer = ReducerAttr::get(builder.getContext(), *reducer);
  properties.axes = builder.getArrayAttr(axes.names);
  properties.sizes = sizeArray(builder, axes.sizes);
  result.addTypes(type);
  return success();
}

void ReduceOp::print(OpAsmPrinter &printer) {
  SmallVector<SizeAttr> sizes(getSizes().getAsRange<SizeAttr>());
  SmallVector<BlockArgument> indices(getBody().getArguments());
  printer << ' ' << stringifyReducer(getReducer()) << ' ';
  printAxes(printer, indices, getAxes().getValue(), sizes);
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
  printer << " : " << getResult().getType();
  printer.printOptionalAttrDict((*this)->getDiscardableAttrDictionary().getValue());
}

LogicalResult ReduceOp::verify() {
  if (getAxes().empty() || getAxes().size() != getSizes().size())
    return emitOpError("needs a name and a size for each of its axes, and at least one");
  if (failed(verifyAxisNames(*this, getAxes())))
    return failure();
  return verifyBody(*this, getBody(), getAxes().size(), {getResult().getType()});
}

// ---- reshape ----

LogicalResult ReshapeOp::verify() {
  auto from = cast<TensorType>(getSource().getType());
  auto to = cast<TensorType>(getResult().getType());
  if (from.getElementType() != to.getElementType())
    return emitOpError("cannot turn ") << from.getElementType() << " into "
                                       << to.getElementType();
  if (from.getElementCount() != to.getElementCount())
    return emitOpError("has ")
           << from.getElementCount().str() << " elements before and "
           << to.getElementCount().str() << " after";
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getSource().getType() == getResult().getType())
    return getSource();
  if (auto inner = getSource().getDefiningOp<ReshapeOp>()) {
    getSourceMutable().assign(inner.getSource());
    return getResult();
  }
  return {};
}

} // namespace attune::attn
