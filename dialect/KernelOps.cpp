// Text, builders and verifiers of kernels and calls.
#include "dialect/BareText.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "dialect/AttnOps.cpp.inc"

namespace attune::attn {

// ---- kernel ----

void KernelOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                     ValueRange inputs, Type result) {
  build(builder, state, name, inputs, result, builder.getUnitAttr(),
        builder.getUnitAttr());
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(state.regions.front().get());
  for (Value input : inputs)
    block->addArgument(input.getType(), input.getLoc());
}

void KernelOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                     ValueRange inputs, Type result,
                     ArrayRef<Attribute> schedules,
                     ArrayRef<Attribute> conditions) {
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.name = builder.getStringAttr(name);
  properties.schedules = builder.getArrayAttr(schedules);
  properties.conditions = builder.getArrayAttr(conditions);
  state.addOperands(inputs);
  state.addTypes(result);
  for (size_t i = 0; i < schedules.size(); ++i)
    state.addRegion();
}

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  Properties &properties = result.getOrAddProperties<Properties>();
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  Type resultType;
  if (parser.parseAttribute(name) ||
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren,
          [&]() -> ParseResult {
            OpAsmParser::Argument argument;
            OpAsmParser::UnresolvedOperand operand;
            if (parser.parseArgument(argument) || parser.parseEqual() ||
                parser.parseOperand(operand) ||
                parser.parseColonType(argument.type) ||
                parser.resolveOperand(operand, argument.type, result.operands))
              return failure();
            arguments.push_back(argument);
            return success();
          }) ||
      parser.parseArrow() || parser.parseType(resultType))
    return failure();
  properties.name = name;
  result.addTypes(resultType);
  SmallVector<Attribute> schedules, conditions;
  auto region = [&] {
    return parser.parseRegion(*result.addRegion(), arguments);
  };
  if (failed(parser.parseOptionalKeyword("variant"))) {
    schedules.push_back(builder.getUnitAttr());
    conditions.push_back(builder.getUnitAttr());
    if (region())
      return failure();
  } else {
    do {
      Attribute schedule;
      Attribute condition = builder.getUnitAttr();
      if (succeeded(parser.parseOptionalKeyword("when"))) {
        FailureOr<ConditionAttr> parsed = ConditionAttr::parseBare(parser);
        if (failed(parsed))
          return failure();
        condition = *parsed;
      }
      if (parser.parseKeyword("schedule"))
        return failure();
      schedule = ScheduleAttr::parse(parser, {});
      if (!schedule || region())
        return failure();
      schedules.push_back(schedule);
      conditions.push_back(condition);
    } while (succeeded(parser.parseOptionalKeyword("variant")));
  }
  properties.schedules = builder.getArrayAttr(schedules);
  properties.conditions = builder.getArrayAttr(conditions);
  return parser.parseOptionalAttrDict(result.attributes);
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printAttributeWithoutType(getNameAttr());
  printer << " (";
  // All bodies have the same arguments; the first one's names stand for them.
  Region &first = getVariants().front();
  llvm::interleaveComma(llvm::zip(first.getArguments(), getInputs()), printer,
                        [&](auto pair) {
                          auto [argument, input] = pair;
                          printer << argument << " = " << input << " : "
                                  << input.getType();
                        });
  printer << ") -> " << getResult().getType();
  for (auto [i, region] : llvm::enumerate(getVariants())) {
    if (ScheduleAttr schedule = getSchedule(i)) {
      printer.printNewline();
      printer << "  variant";
      if (ConditionAttr condition = getCondition(i)) {
        printer << " when ";
        condition.printBare(printer);
      }
      printer << " schedule";
      schedule.print(printer);
    }
    // Bodies after the first take over its arguments' names.
    if (i > 0)
      printer.shadowRegionArgs(region, first.getArguments());
    printer << ' ';
    printer.printRegion(region, /*printEntryBlockArgs=*/false);
  }
  printer.printOptionalAttrDict((*this)->getDiscardableAttrDictionary().getValue());
}

LogicalResult KernelOp::verify() {
  size_t count = getVariants().size();
  if (count == 0 || getSchedules().size() != count ||
      getConditions().size() != count)
    return emitOpError("needs at least one variant, with a schedule and a "
                       "condition for each");
  // The generic form can hold anything.
  if (!llvm::all_of(getSchedules(), llvm::IsaPred<ScheduleAttr, UnitAttr>))
    return emitOpError("has a schedule that is none: ") << getSchedules();
  if (!llvm::all_of(getConditions(), llvm::IsaPred<ConditionAttr, UnitAttr>))
    return emitOpError("has a condition that is none: ") << getConditions();
  for (auto [i, region] : llvm::enumerate(getVariants())) {
    if (count > 1 && !getSchedule(i))
      return emitOpError("has several variants, but variant ")
             << i << " has no schedule";
    if (static_cast<bool>(getCondition(i)) != (i + 1 < count))
      return emitOpError("needs a condition on every variant but the last");
    if (TypeRange(region.getArgumentTypes()) != TypeRange(getInputs().getTypes()))
      return emitOpError("has inputs and body arguments of different types");
    llvm::DenseSet<StringAttr> names;
    for (StageOp stage : region.getOps<StageOp>())
      if (!names.insert(stage.getNameAttr()).second)
        return emitOpError("has two stages called ") << stage.getNameAttr();
    auto yield = dyn_cast<YieldOp>(region.front().back());
    if (!yield || yield.getNumOperands() != 1 ||
        yield.getOperand(0).getType() != getResult().getType())
      return emitOpError("must yield one ") << getResult().getType();
  }
  return success();
}

// ---- call ----

ParseResult CallOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  Properties &properties = result.getOrAddProperties<Properties>();
  StringAttr name;
  SmallVector<Attribute> kernels, conditions;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  FunctionType type;
  if (parser.parseAttribute(name) ||
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Square, [&]() -> ParseResult {
            StringAttr symbol;
            Attribute condition = builder.getUnitAttr();
            if (parser.parseSymbolName(symbol))
              return failure();
            if (succeeded(parser.parseOptionalKeyword("when"))) {
              FailureOr<ConditionAttr> parsed = ConditionAttr::parseBare(parser);
              if (failed(parsed))
                return failure();
              condition = *parsed;
            }
            kernels.push_back(FlatSymbolRefAttr::get(symbol));
            conditions.push_back(condition);
            return success();
          }))
    return failure();
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseOperandList(operands, OpAsmParser::Delimiter::Paren))
    return failure();
  if (parseBareBindings(parser, properties.sizes))
    return failure();
  if (parser.parseColonType(type) ||
      parser.resolveOperands(operands, type.getInputs(), loc, result.operands) ||
      parser.addTypesToList(type.getResults(), result.types))
    return failure();
  properties.name = name;
  properties.kernels = builder.getArrayAttr(kernels);
  properties.conditions = builder.getArrayAttr(conditions);
  return parser.parseOptionalAttrDict(result.attributes);
}

void CallOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printAttributeWithoutType(getNameAttr());
  printer << " [";
  for (unsigned i = 0; i < getKernels().size(); ++i) {
    if (i)
      printer << ", ";
    printer.printSymbolName(getKernel(i).getValue());
    if (ConditionAttr condition = getCondition(i)) {
      printer << " when ";
      condition.printBare(printer);
    }
  }
  printer << "] (" << getInputs() << ')';
  if (!getSizes().empty()) {
    printer << ' ';
    printBareBindings(printer, *this, getSizes());
  }
  printer << " : ";
  printer.printFunctionalType(*this);
  printer.printOptionalAttrDict((*this)->getDiscardableAttrDictionary().getValue());
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (getKernels().empty() || getKernels().size() != getConditions().size())
    return emitOpError("needs a kernel, and a condition for each");
  // The generic form can hold anything.
  if (!llvm::all_of(getKernels(), llvm::IsaPred<FlatSymbolRefAttr>))
    return emitOpError("must call symbols of kernels");
  for (NamedAttribute size : getSizes())
    if (!isa<SizeAttr>(size.getValue()))
      return emitOpError("must give sizes, but ")
             << size.getName() << " is " << size.getValue();
  if (!llvm::all_of(getConditions(), llvm::IsaPred<ConditionAttr, UnitAttr>))
    return emitOpError("has a condition that is none: ") << getConditions();
  auto bind = [&](TensorType type) -> TensorType { // Null once a size is negative.
    SmallVector<SizeAttr> sizes;
    for (SizeAttr size : type.getSizes())
      sizes.push_back(substitute(size, [&](StringAttr symbol) {
        return getSizes().getAs<SizeAttr>(symbol);
      }));
    if (failed(TensorType::verify([&] { return emitOpError(); }, type.getElementType(), sizes)))
      return {};
    return TensorType::get(type.getElementType(), sizes);
  };
  for (unsigned i = 0; i < getKernels().size(); ++i) {
    if (static_cast<bool>(getCondition(i)) != (i + 1 < getKernels().size()))
      return emitOpError("needs a condition on every kernel but the last");
    auto callee = dyn_cast_or_null<func::FuncOp>(
        tables.lookupNearestSymbolFrom(*this, getKernel(i)));
    if (!callee || !callee->hasAttr(kernelAttrName))
      return emitOpError("calls ") << getKernel(i) << ", which is not a kernel";
    if (callee.getNumArguments() != getInputs().size() ||
        callee.getNumResults() != 1)
      return emitOpError("gives ")
             << getInputs().size() << " tensors to " << getKernel(i)
             << ", which takes " << callee.getNumArguments();
    if (!llvm::all_of(callee.getArgumentTypes(), llvm::IsaPred<TensorType>) ||
        !isa<TensorType>(callee.getResultTypes()[0]))
      return emitOpError("calls ") << getKernel(i) << ", which is not on tensors";
    if (auto symbols = callee->getAttrOfType<ArrayAttr>(symbolsAttrName))
      for (StringAttr symbol : symbols.getAsRange<StringAttr>())
        if (!getSizes().get(symbol))
          return emitOpError("does not say what size ")
                 << symbol << " of " << getKernel(i) << " is";
    for (auto [expected, input] :
         llvm::zip(callee.getArgumentTypes(), getInputs())) {
      TensorType bound = bind(cast<TensorType>(expected));
      if (!bound)
        return failure();
      if (bound != input.getType())
        return emitOpError("gives ") << input.getType() << " where "
                                     << getKernel(i) << " takes " << expected;
    }
    TensorType result = bind(cast<TensorType>(callee.getResultTypes()[0]));
    if (!result)
      return failure();
    if (result != getResult().getType())
      return emitOpError("gets ")
             << getResult().getType() << ", but " << getKernel(i) << " gives "
             << callee.getResultTypes()[0];
  }
  return success();
}

} // namespace attune::attn
