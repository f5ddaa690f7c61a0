// Text and verifier of attention.
#include "dialect/BareText.h"

using namespace mlir;

namespace attune::attn {

YieldOp AttentionOp::getYield(Region &region) {
  return cast<YieldOp>(region.front().getTerminator());
}

void AttentionOp::getAsmBlockArgumentNames(Region &region,
                                           OpAsmSetValueNameFn setName) {
  StringRef names[] = {"b", "h", "i", "j", "s"};
  for (auto [argument, name] : llvm::zip(region.getArguments(), names))
    setName(argument, name);
}

ParseResult AttentionOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  StringAttr name;
  SmallVector<OpAsmParser::UnresolvedOperand, 3> operands;
  FunctionType type;
  SMLoc loc = parser.getCurrentLocation();
  Properties &properties = result.getOrAddProperties<Properties>();
  if (parser.parseAttribute(name) ||
      parser.parseOperandList(operands, 3) || parser.parseColonType(type) ||
      parser.resolveOperands(operands, type.getInputs(), loc, result.operands) ||
      parser.addTypesToList(type.getResults(), result.types))
    return failure();
  properties.name = name;
  for (StringRef word : {"score", "keep", "weight"}) {
    SmallVector<OpAsmParser::Argument> arguments;
    if (parser.parseKeyword(word) ||
        parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren))
      return failure();
    for (auto [i, argument] : llvm::enumerate(arguments))
      argument.type = i < 4 ? Type(builder.getIndexType()) : builder.getF32Type();
    if (parser.parseRegion(*result.addRegion(), arguments))
      return failure();
  }
  StringAttr path;
  if (parsePath(parser, path))
    return failure();
  properties.path = path;
  return parser.parseOptionalAttrDict(result.attributes);
}

void AttentionOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printAttributeWithoutType(getNameAttr());
  printer << ' ' << getOperands() << " : ";
  printer.printFunctionalType(*this);
  StringRef words[] = {"score", "keep", "weight"};
  for (auto [word, region] : llvm::zip(words, (*this)->getRegions())) {
    printer.printNewline();
    printer << "  " << word << " (";
    llvm::interleaveComma(region.getArguments(), printer,
                          [&](BlockArgument a) { printer.printOperand(a); });
    printer << ") ";
    printer.printRegion(region, /*printEntryBlockArgs=*/false);
  }
  printPath(printer, getPathAttr());
  printer.printOptionalAttrDict((*this)->getDiscardableAttrDictionary().getValue());
}

LogicalResult AttentionOp::verify() {
  TensorType q = getQueryType(), k = getKeyType(), v = getValueType();
  for (auto [what, type] :
       {std::pair("query", q), std::pair("key", k), std::pair("value", v)})
    if (type.getRank() != 4)
      return emitOpError() << what << " must have rank 4, but is " << type;
  auto same = [&](const char *what, const char *left, SizeAttr a,
                  const char *right, SizeAttr b) -> LogicalResult {
    if (a == b)
      return success();
    return emitOpError() << "has " << what << " " << a.str() << " in " << left
                         << " but " << b.str() << " in " << right;
  };
  if (failed(same("batch", "query", q.getSize(0), "key", k.getSize(0))) ||
      failed(same("batch", "query", q.getSize(0), "value", v.getSize(0))) ||
      failed(same("keys", "key", k.getSize(1), "value", v.getSize(1))) ||
      failed(same("kv_heads", "key", k.getSize(2), "value", v.getSize(2))) ||
      failed(same("depth", "query", q.getSize(3), "key", k.getSize(3))))
    return failure();
  std::optional<int64_t> heads = getHeads().getConstant(),
                         kvHeads = getKvHeads().getConstant();
  if (!heads || !kvHeads)
    return emitOpError("needs constant numbers of heads, but has ")
           << getHeads().str() << " and " << getKvHeads().str();
  if (*kvHeads < 1 || *heads % *kvHeads)
    return emitOpError("has ") << *heads << " heads, which " << *kvHeads
                               << " kv_heads do not divide";
  auto expected = TensorType::get(
      v.getElementType(), {getBatch(), getQueries(), getHeads(), getFeatures()});
  if (getType().getSizes() != expected.getSizes())
    return emitOpError("gives ") << getType() << ", but must give sizes of "
                                 << expected;
  return success();
}

LogicalResult AttentionOp::verifyRegions() {
  MLIRContext *context = getContext();
  struct { const char *word; Region &region; unsigned arguments; Type type; } bodies[] = {
      {"score", getScore(), 4, Float32Type::get(context)},
      {"keep", getKeep(), 4, IntegerType::get(context, 1)},
      {"weight", getWeight(), 5, Float32Type::get(context)}};
  for (auto &body : bodies) {
    if (body.region.getNumArguments() != body.arguments)
      return emitOpError() << body.word << " must have " << body.arguments
                           << " arguments, but has "
                           << body.region.getNumArguments();
    auto yield = dyn_cast<YieldOp>(body.region.front().back());
    if (!yield || yield.getNumOperands() != 1 ||
        yield.getOperand(0).getType() != body.type)
      return emitOpError() << body.word << " must yield one " << body.type;
  }
  unsigned normalizers = 0;
  getWeight().walk([&](NormalizeOp) { ++normalizers; });
  if (normalizers > 1)
    return emitOpError("weight has more than one normalizer");
  // A row has one sink: it knows neither the key nor its score.
  SmallVector<Value> work;
  getWeight().walk([&](NormalizeOp op) {
    if (op.getSink())
      work.push_back(op.getSink());
  });
  llvm::DenseSet<Value> seen;
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (!seen.insert(value).second)
      continue;
    if (value == getWeight().getArgument(3) || value == getWeight().getArgument(4))
      return emitOpError("has a sink that depends on the key or its score");
    Operation *source = value.getDefiningOp();
    if (source && getWeight().isAncestor(source->getParentRegion()))
      source->walk([&](Operation *inner) { llvm::append_range(work, inner->getOperands()); });
  }
  return success();
}

LogicalResult NormalizeOp::verify() {
  if (getSink() && getNormalizer() != Normalizer::Softmax)
    return emitOpError("takes a sink beside softmax alone");
  auto attention = (*this)->getParentOfType<AttentionOp>();
  if (!attention || !attention.getWeight().isAncestor((*this)->getParentRegion()))
    return emitOpError("must be in the weight of an attention");
  return success();
}

} // namespace attune::attn
