// Text of sizes, conditions and schedules.
#include "dialect/Attn.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#define GET_ATTRDEF_CLASSES
#include "dialect/AttnAttributes.cpp.inc"

using namespace mlir;

namespace attune::attn {
namespace {

bool isBareName(StringRef name) {
  if (name.empty() || !(llvm::isAlpha(name[0]) || name[0] == '_'))
    return false;
  return llvm::all_of(name, [](char c) {
    return llvm::isAlnum(c) || c == '_' || c == '$' || c == '.';
  });
}

void printName(llvm::raw_ostream &os, StringRef name) {
  if (isBareName(name)) {
    os << name;
    return;
  }
  os << '"';
  llvm::printEscapedString(name, os);
  os << '"';
}

ParseResult parseName(AsmParser &parser, std::string &name) {
  StringRef keyword;
  if (succeeded(parser.parseOptionalKeyword(&keyword))) {
    name = keyword.str();
    return success();
  }
  return parser.parseString(&name);
}

// ---- sizes ----

enum Precedence { Sum, Factor };

void printExpr(llvm::raw_ostream &os, ArrayRef<StringAttr> symbols,
               AffineExpr expr, Precedence context) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    os << constant.getValue();
    return;
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    printName(os, symbols[symbol.getPosition()]);
    return;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  AffineExpr lhs = binary.getLHS(), rhs = binary.getRHS();
  bool sum = expr.getKind() == AffineExprKind::Add;
  bool parentheses = sum && context == Factor;
  if (parentheses)
    os << '(';
  if (sum) {
    printExpr(os, symbols, lhs, Sum);
    auto constant = dyn_cast<AffineConstantExpr>(rhs);
    if (constant && constant.getValue() < 0) {
      os << " - " << -static_cast<uint64_t>(constant.getValue());
    } else {
      os << " + ";
      printExpr(os, symbols, rhs, Sum);
    }
  } else {
    auto factor = [&](AffineExpr e) {
      // A product inside a division needs its own parentheses.
      bool nested = isa<AffineBinaryOpExpr>(e) &&
                    !(expr.getKind() == AffineExprKind::Mul &&
                      e.getKind() == AffineExprKind::Mul && e == lhs);
      if (nested)
        os << '(';
      printExpr(os, symbols, e, nested ? Sum : Factor);
      if (nested)
        os << ')';
    };
    factor(lhs);
    switch (expr.getKind()) {
    case AffineExprKind::Mul: os << " * "; break;
    case AffineExprKind::FloorDiv: os << " floordiv "; break;
    case AffineExprKind::CeilDiv: os << " ceildiv "; break;
    default: os << " mod "; break;
    }
    factor(rhs);
  }
  if (parentheses)
    os << ')';
}

/// Nesting past this is refused, so that no text can exhaust the stack.
constexpr unsigned maxSizeNesting = 64;

FailureOr<SizeAttr> parseSum(AsmParser &parser, unsigned nesting);

FailureOr<SizeAttr> parseOperand(AsmParser &parser, unsigned nesting) {
  MLIRContext *context = parser.getContext();
  if (nesting > maxSizeNesting)
    return parser.emitError(parser.getCurrentLocation(), "size is nested more than ")
           << maxSizeNesting << " levels deep";
  if (succeeded(parser.parseOptionalLParen())) {
    FailureOr<SizeAttr> inner = parseSum(parser, nesting + 1);
    if (failed(inner) || parser.parseRParen())
      return failure();
    return inner;
  }
  int64_t value;
  OptionalParseResult integer = parser.parseOptionalInteger(value);
  if (integer.has_value()) {
    if (failed(*integer))
      return failure();
    return SizeAttr::constant(context, value);
  }
  std::string name;
  if (parseName(parser, name))
    return failure();
  return SizeAttr::symbol(context, name);
}

FailureOr<SizeAttr> parseFactors(AsmParser &parser, unsigned nesting) {
  FailureOr<SizeAttr> lhs = parseOperand(parser, nesting);
  while (succeeded(lhs)) {
    SMLoc loc = parser.getCurrentLocation();
    StringRef word;
    bool times = succeeded(parser.parseOptionalStar());
    if (!times && failed(parser.parseOptionalKeyword(
                      &word, {"floordiv", "ceildiv", "mod"})))
      break;
    FailureOr<SizeAttr> rhs = parseOperand(parser, nesting);
    if (failed(rhs))
      return failure();
    if (times) {
      lhs = *lhs * *rhs;
      continue;
    }
    if (std::optional<int64_t> by = rhs->getConstant(); by && *by <= 0)
      return parser.emitError(loc, "division of a size by ") << *by;
    lhs = word == "floordiv"  ? floorDiv(*lhs, *rhs)
          : word == "ceildiv" ? ceilDiv(*lhs, *rhs)
                              : mod(*lhs, *rhs);
  }
  return lhs;
}

FailureOr<SizeAttr> parseSum(AsmParser &parser, unsigned nesting) {
  FailureOr<SizeAttr> lhs = parseFactors(parser, nesting);
  while (succeeded(lhs)) {
    bool plus = succeeded(parser.parseOptionalPlus());
    if (!plus && failed(parser.parseOptionalMinus()))
      break;
    FailureOr<SizeAttr> rhs = parseFactors(parser, nesting);
    if (failed(rhs))
      return failure();
    lhs = plus ? *lhs + *rhs : *lhs - *rhs;
  }
  return lhs;
}

} // namespace

std::string SizeAttr::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  printExpr(os, getSymbols(), getExpr(), Sum);
  return text;
}

void SizeAttr::printBare(AsmPrinter &printer) const { printer << str(); }

FailureOr<SizeAttr> SizeAttr::parseBare(AsmParser &parser) {
  return parseSum(parser, 0);
}

void SizeAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printBare(printer);
  printer << '>';
}

Attribute SizeAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<SizeAttr> size = parseBare(parser);
  if (failed(size) || parser.parseGreater())
    return {};
  return *size;
}

// ---- conditions ----

void ConditionAttr::printBare(AsmPrinter &printer) const {
  printer << '[';
  getSize().printBare(printer);
  printer << "] at_most " << getBound();
}

FailureOr<ConditionAttr> ConditionAttr::parseBare(AsmParser &parser) {
  int64_t bound;
  if (parser.parseLSquare())
    return failure();
  FailureOr<SizeAttr> size = SizeAttr::parseBare(parser);
  if (failed(size) || parser.parseRSquare() || parser.parseKeyword("at_most") ||
      parser.parseInteger(bound))
    return failure();
  return ConditionAttr::get(parser.getContext(), *size, bound);
}

void ConditionAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printBare(printer);
  printer << '>';
}

Attribute ConditionAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<ConditionAttr> condition = parseBare(parser);
  if (failed(condition) || parser.parseGreater())
    return {};
  return *condition;
}

// ---- schedules ----

std::string DirectiveAttr::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  printName(os, getKeyword());
  for (Attribute argument : getArguments()) {
    os << ' ';
    if (auto integer = dyn_cast<IntegerAttr>(argument))
      os << integer.getInt();
    else
      printName(os, cast<StringAttr>(argument));
  }
  return text;
}

void DirectiveAttr::printBare(AsmPrinter &printer) const { printer << str(); }

/// What follows a directive's keyword.
static FailureOr<DirectiveAttr> parseArguments(AsmParser &parser, StringRef keyword) {
  MLIRContext *context = parser.getContext();
  StringAttr keywordAttr = StringAttr::get(context, keyword);
  SmallVector<Attribute> arguments;
  while (true) {
    int64_t value;
    OptionalParseResult integer = parser.parseOptionalInteger(value);
    if (integer.has_value()) {
      if (failed(*integer))
        return failure();
      arguments.push_back(
          IntegerAttr::get(IntegerType::get(context, 64), value));
      continue;
    }
    StringRef word;
    std::string quoted;
    if (succeeded(parser.parseOptionalKeyword(&word)))
      arguments.push_back(StringAttr::get(context, word));
    else if (succeeded(parser.parseOptionalString(&quoted)))
      arguments.push_back(StringAttr::get(context, quoted));
    else
      break;
  }
  return DirectiveAttr::get(context, keywordAttr,
                            ArrayAttr::get(context, arguments));
}

FailureOr<DirectiveAttr> DirectiveAttr::parseBare(AsmParser &parser) {
  StringRef keyword;
  if (parser.parseKeyword(&keyword))
    return failure();
  return parseArguments(parser, keyword);
}

void DirectiveAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printBare(printer);
  printer << '>';
}

Attribute DirectiveAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<DirectiveAttr> directive = parseBare(parser);
  if (failed(directive) || parser.parseGreater())
    return {};
  return *directive;
}

void StageScheduleAttr::printBare(AsmPrinter &printer) const {
  std::string name;
  llvm::raw_string_ostream os(name);
  printName(os, getStage());
  printer << name << " {";
  llvm::interleave(
      getDirectives(), [&](DirectiveAttr d) { d.printBare(printer); },
      [&] { printer << ", "; });
  printer << '}';
}

/// What follows a stage's name and `{`.
static FailureOr<StageScheduleAttr> parseDirectives(AsmParser &parser, StringRef stage) {
  SmallVector<DirectiveAttr> directives;
  while (failed(parser.parseOptionalRBrace())) {
    FailureOr<DirectiveAttr> directive = DirectiveAttr::parseBare(parser);
    if (failed(directive))
      return failure();
    directives.push_back(*directive);
    // MLIR's lexer has no semicolon: directives are separated by commas.
    if (failed(parser.parseOptionalComma())) {
      if (parser.parseRBrace())
        return failure();
      break;
    }
  }
  return StageScheduleAttr::get(parser.getContext(),
                                StringAttr::get(parser.getContext(), stage),
                                directives);
}

FailureOr<StageScheduleAttr> StageScheduleAttr::parseBare(AsmParser &parser) {
  std::string name;
  if (parseName(parser, name) || parser.parseLBrace())
    return failure();
  return parseDirectives(parser, name);
}

void StageScheduleAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printBare(printer);
  printer << '>';
}

Attribute StageScheduleAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<StageScheduleAttr> stage = parseBare(parser);
  if (failed(stage) || parser.parseGreater())
    return {};
  return *stage;
}

StageScheduleAttr ScheduleAttr::lookup(StringRef stage) const {
  for (StageScheduleAttr entry : getStages())
    if (entry.getStage().getValue() == stage)
      return entry;
  return {};
}

void ScheduleAttr::print(AsmPrinter &printer) const {
  printer << '<';
  for (DirectiveAttr tile : getTiles()) {
    tile.printBare(printer);
    printer << (tile == getTiles().back() && getStages().empty() ? "" : ", ");
  }
  llvm::interleaveComma(getStages(), printer,
                        [&](StageScheduleAttr s) { s.printBare(printer); });
  printer << '>';
}

Attribute ScheduleAttr::parse(AsmParser &parser, Type) {
  SmallVector<DirectiveAttr> tiles;
  SmallVector<StageScheduleAttr> stages;
  auto parseItem = [&]() -> ParseResult {
    std::string name;
    SMLoc loc = parser.getCurrentLocation();
    if (parseName(parser, name))
      return failure();
    if (succeeded(parser.parseOptionalLBrace())) {
      FailureOr<StageScheduleAttr> stage = parseDirectives(parser, name);
      if (succeeded(stage))
        stages.push_back(*stage);
      return LogicalResult(stage);
    }
    if (name != "tile" || !stages.empty())
      return parser.emitError(loc, "expected a stage and '{', or, before all stages, 'tile'");
    FailureOr<DirectiveAttr> tile = parseArguments(parser, name);
    if (succeeded(tile))
      tiles.push_back(*tile);
    return LogicalResult(tile);
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, parseItem))
    return {};
  return ScheduleAttr::get(parser.getContext(), tiles, stages);
}

// ---- variants ----

void VariantAttr::print(AsmPrinter &printer) const {
  printer << '<';
  for (DirectiveAttr tile : getTiles()) {
    tile.printBare(printer);
    printer << ", ";
  }
  if (getCondition()) {
    printer << "when ";
    getCondition().printBare(printer);
    printer << ", ";
  }
  printer << "at " << Attribute(getWhere()) << '>';
}

Attribute VariantAttr::parse(AsmParser &parser, Type) {
  ConditionAttr condition;
  SmallVector<DirectiveAttr> tiles;
  LocationAttr where;
  SMLoc loc = parser.getCurrentLocation();
  auto parseItem = [&]() -> ParseResult {
    StringRef keyword;
    if (parser.parseKeyword(&keyword))
      return failure();
    if (keyword == "tile") {
      FailureOr<DirectiveAttr> tile = parseArguments(parser, keyword);
      if (succeeded(tile))
        tiles.push_back(*tile);
      return LogicalResult(tile);
    }
    if (keyword == "when" && !condition) {
      FailureOr<ConditionAttr> parsed = ConditionAttr::parseBare(parser);
      if (succeeded(parsed))
        condition = *parsed;
      return LogicalResult(parsed);
    }
    if (keyword == "at" && !where)
      return parser.parseAttribute(where);
    return parser.emitError(loc, "expected 'tile', one 'when' and one 'at', not '") << keyword << "'";
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, parseItem))
    return {};
  if (!where) {
    parser.emitError(loc, "a variant needs its place: 'at loc(…)'");
    return {};
  }
  return VariantAttr::get(parser.getContext(), condition, tiles, where);
}

// ---- fusion ----

/// The word between the stage and the kernel; none where there is no stage.
static StringRef fusionWord(FusionKind kind) {
  switch (kind) {
  case FusionKind::Fuse: return "into";
  case FusionKind::Split: return "from";
  case FusionKind::Join:
  case FusionKind::Separate: break;
  }
  return "";
}

void FusionAttr::print(AsmPrinter &printer) const {
  printer << '<' << stringifyFusionKind(getKind()) << ' ';
  if (StringRef word = fusionWord(getKind()); !word.empty()) {
    printer.printAttributeWithoutType(getStage());
    printer << ' ' << word << ' ';
  }
  printer.printAttributeWithoutType(getKernel());
  printer << " at " << Attribute(getWhere()) << '>';
}

Attribute FusionAttr::parse(AsmParser &parser, Type) {
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword(&keyword))
    return {};
  std::optional<FusionKind> kind = symbolizeFusionKind(keyword);
  if (!kind) {
    parser.emitError(loc, "expected join, separate, fuse or split, not '") << keyword << "'";
    return {};
  }
  StringAttr stage = StringAttr::get(parser.getContext(), ""), kernel;
  LocationAttr where;
  if (StringRef word = fusionWord(*kind); !word.empty())
    if (parser.parseAttribute(stage) || parser.parseKeyword(word))
      return {};
  if (parser.parseAttribute(kernel) || parser.parseKeyword("at") || parser.parseAttribute(where) || parser.parseGreater())
    return {};
  return FusionAttr::get(parser.getContext(), *kind, stage, kernel, where);
}

void AttnDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/AttnAttributes.cpp.inc"
      >();
}

} // namespace attune::attn
