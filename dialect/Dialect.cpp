#include "dialect/Attn.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FoldInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialect/AttnDialect.cpp.inc"
#include "dialect/AttnEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialect/AttnTypes.cpp.inc"

using namespace mlir;

namespace attune::attn {

namespace {
/// Bodies keep their constants: a kernel is what its bodies say, without a
/// look outside.
struct BodyConstants : DialectFoldInterface {
  using DialectFoldInterface::DialectFoldInterface;
  bool shouldMaterializeInto(Region *region) const override {
    return isa<StageOp, ReduceOp, AttentionOp>(region->getParentOp());
  }
};
} // namespace

void AttnDialect::initialize() {
  addInterfaces<BodyConstants>();
  registerAttributes();
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "dialect/AttnOps.cpp.inc"
      >();
}

void AttnDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialect/AttnTypes.cpp.inc"
      >();
}

Operation *AttnDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                            Type type, Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

SizeAttr TensorType::getElementCount() const {
  return product(getContext(), getSizes());
}

bool TensorType::hasConstantSizes() const {
  return llvm::all_of(getSizes(),
                      [](SizeAttr size) { return size.getConstant(); });
}

LogicalResult
TensorType::verify(function_ref<InFlightDiagnostic()> emitError,
                   Type elementType, ArrayRef<SizeAttr> sizes) {
  bool known = elementType.isF32() || elementType.isF16() ||
               elementType.isBF16() || elementType.isInteger(32) ||
               elementType.isInteger(8) || elementType.isInteger(1);
  if (!known)
    return emitError() << "element type " << elementType
                       << " is none of f32, f16, bf16, i32, i8, i1";
  for (SizeAttr size : sizes)
    if (std::optional<int64_t> value = size.getConstant(); value && *value < 0)
      return emitError() << "size " << *value << " is negative";
  return success();
}

void TensorType::print(AsmPrinter &printer) const {
  printer << '<' << getElementType() << ", [";
  llvm::interleaveComma(getSizes(), printer,
                        [&](SizeAttr size) { size.printBare(printer); });
  printer << "]>";
}

Type TensorType::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  Type elementType;
  SmallVector<SizeAttr> sizes;
  if (parser.parseLess() || parser.parseType(elementType) ||
      parser.parseComma() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                     [&]() -> ParseResult {
                                       FailureOr<SizeAttr> size =
                                           SizeAttr::parseBare(parser);
                                       if (failed(size))
                                         return failure();
                                       sizes.push_back(*size);
                                       return success();
                                     }) ||
      parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    elementType, sizes);
}

} // namespace attune::attn
