#include "schedule/ScheduleFile.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using llvm::StringRef;

namespace attune {

/// Whether one part of a path fits that of a pattern, whose braces are alternatives where there may be such.
static bool partMatches(StringRef pattern, StringRef part, std::optional<size_t> alternatives) {
  if (pattern == part)
    return true;
  auto glob = llvm::GlobPattern::create(pattern, alternatives);
  if (glob)
    return glob->match(part);
  llvm::consumeError(glob.takeError());
  return false;
}

/// Cut at the dots that stand in no braces.
static SmallVector<StringRef> partsOf(StringRef path) {
  SmallVector<StringRef> parts;
  unsigned depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i < path.size(); ++i) {
    depth += path[i] == '{';
    depth -= path[i] == '}' && depth;
    if (path[i] == '.' && !depth) {
      parts.push_back(path.slice(begin, i));
      begin = i + 1;
    }
  }
  parts.push_back(path.drop_front(begin));
  return parts;
}

static bool pathFits(StringRef pattern, StringRef path, ArrayRef<std::optional<size_t>> alternatives) {
  SmallVector<StringRef> patterns = partsOf(pattern), parts = partsOf(path);
  return patterns.size() == parts.size() && llvm::all_of(llvm::zip(patterns, parts), [&](auto pair) {
    return llvm::any_of(alternatives, [&](std::optional<size_t> most) { return partMatches(std::get<0>(pair), std::get<1>(pair), most); });
  });
}

bool pathMatches(StringRef pattern, StringRef path) {
  constexpr size_t mostAlternatives = 1024;
  return pathFits(pattern, path, {std::nullopt, mostAlternatives});
}

bool pathIsCalled(StringRef pattern, StringRef path) { return pathFits(pattern, path, {std::nullopt}); }

const TargetBlock *ScheduleFile::find(StringRef target) const {
  for (const TargetBlock &block : targets)
    if (block.target == target)
      return &block;
  return nullptr;
}

FailureOr<attn::ConditionAttr> parseCondition(const Condition &condition, Location where) {
  MLIRContext *context = where.getContext();
  std::string text = "#attn.size<" + condition.size + ">";
  attn::SizeAttr size;
  {
    ScopedDiagnosticHandler quiet(context, [](Diagnostic &) { return success(); });
    size = dyn_cast_or_null<attn::SizeAttr>(parseAttribute(text, context));
  }
  if (!size)
    return emitError(where) << "'" << condition.size << "' is no size: write names and numbers with +, -, *, floordiv, ceildiv, mod",
           failure();
  return attn::ConditionAttr::get(context, size, condition.bound);
}

namespace {

bool isWordCharacter(char c) { return llvm::isAlnum(c) || c == '_' || c == '.' || c == '-' || c == '+' || c == '*'; }

class Parser {
public:
  Parser(StringRef text, StringRef path, MLIRContext *context) : text(text), path(path), context(context) {}

  FailureOr<ScheduleFile> parse() {
    ScheduleFile file;
    file.path = path.str();
    for (skip(); !atEnd(); skip()) {
      Location where = here();
      std::string name;
      if (isKeyword("fusion")) {
        if (failed(keyword("fusion")) || failed(block([&] { return parseFusion(file); })))
          return failure();
        continue;
      }
      if (!isKeyword("target"))
        return static_cast<void>(expected("'fusion' or 'target'")), failure();
      if (failed(keyword("target")) || failed(word("the name of a target", name)))
        return failure();
      if (file.find(name))
        return fail(where) << "target '" << name << "' has a section already", failure();
      TargetBlock target{name, {}, where};
      if (failed(block([&] { return parseTarget(target); })))
        return failure();
      file.targets.push_back(std::move(target));
    }
    return file;
  }

private:
  // ---- text ----

  bool atEnd() const { return next == text.size(); }
  char peek() const { return atEnd() ? '\0' : text[next]; }
  /// Past blanks and comments; past ends of lines where those mean nothing.
  void skip(bool lines = true) {
    while (!atEnd()) {
      char c = peek();
      if (c == '#')
        next = std::min(text.find('\n', next), text.size());
      else if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n'))
        ++next;
      else
        return;
    }
  }
  Location here() const {
    StringRef before = text.take_front(next);
    unsigned line = before.count('\n') + 1, column = next - (before.rfind('\n') + 1) + 1;
    return FileLineColLoc::get(context, path, line, column);
  }
  InFlightDiagnostic fail(Location where) { return emitError(where); }
  /// What stands here, for messages.
  std::string found() const {
    if (atEnd())
      return "the end of the file";
    if (peek() == '\n')
      return "the end of the line";
    StringRef word = text.substr(next).take_while(isWordCharacter);
    return "'" + (word.empty() ? text.substr(next, 1) : word).str() + "'";
  }
  LogicalResult expected(const llvm::Twine &what) { return fail(here()) << "expected " << what << ", not " << found(); }

  LogicalResult keyword(StringRef wanted) {
    skip();
    if (text.substr(next).take_while(isWordCharacter) != wanted)
      return expected("'" + wanted + "'");
    next += wanted.size();
    return success();
  }
  bool isKeyword(StringRef wanted) {
    skip();
    return text.substr(next).take_while(isWordCharacter) == wanted;
  }
  /// A word, or text in quotes.
  LogicalResult word(const llvm::Twine &what, std::string &result) {
    skip();
    if (peek() == '"') {
      size_t end = text.find_first_of("\"\n", next + 1);
      if (end == StringRef::npos || text[end] == '\n')
        return fail(here()) << "this text has no closing quote", failure();
      result = text.slice(next + 1, end).str();
      next = end + 1;
      return success();
    }
    StringRef taken = text.substr(next).take_while(isWordCharacter);
    if (taken.empty())
      return expected(what);
    next += taken.size();
    result = taken.str();
    return success();
  }
  /// `{`, items until `}`.
  LogicalResult block(llvm::function_ref<LogicalResult()> item) {
    skip();
    if (peek() != '{')
      return expected("'{'");
    ++next;
    for (skip(); peek() != '}'; skip())
      if (atEnd())
        return expected("'}'");
      else if (failed(item()))
        return failure();
    ++next;
    return success();
  }

  // ---- grammar ----

  /// `separate KERNEL`, `split STAGE from KERNEL`, …
  LogicalResult parseFusion(ScheduleFile &file) {
    Location where = here();
    std::string word, stage, kernel;
    for (StringRef known : {"join", "separate", "fuse", "split"})
      if (isKeyword(known))
        word = known.str();
    if (word.empty())
      return expected("'join', 'separate', 'fuse' or 'split'");
    attn::FusionKind kind = *attn::symbolizeFusionKind(word);
    bool hasStage = kind == attn::FusionKind::Fuse || kind == attn::FusionKind::Split;
    if (failed(keyword(word)))
      return failure();
    if (hasStage && (failed(this->word("the name of a stage or a kernel", stage)) ||
                     failed(keyword(kind == attn::FusionKind::Fuse ? "into" : "from"))))
      return failure();
    if (failed(this->word("the name of a kernel", kernel)))
      return failure();
    file.fusions.push_back(attn::FusionAttr::get(context, kind, StringAttr::get(context, stage),
                                                 StringAttr::get(context, kernel), where));
    return success();
  }

  LogicalResult parseTarget(TargetBlock &target) {
    Location where = here();
    if (isKeyword("kernel")) {
      if (target.functions.empty() || target.functions.back().kind != FunctionBlock::First)
        target.functions.push_back({FunctionBlock::First, "", {}, where});
      return parseKernel(target.functions.back());
    }
    FunctionBlock function{FunctionBlock::Prepare, "", {}, where};
    if (isKeyword("model")) {
      function.kind = FunctionBlock::Named;
      if (failed(keyword("model")) || failed(word("the name of a model", function.model)))
        return failure();
    } else if (!isKeyword("prepare")) {
      return expected("'kernel', 'model' or 'prepare'");
    } else if (failed(keyword("prepare"))) {
      return failure();
    }
    if (failed(block([&] { return parseKernel(function); })))
      return failure();
    target.functions.push_back(std::move(function));
    return success();
  }

  LogicalResult parseKernel(FunctionBlock &function) {
    KernelBlock kernel{"", {}, {}, {}, here()};
    if (failed(keyword("kernel")) || failed(word("the name of a kernel", kernel.pattern)))
      return failure();
    if (isKeyword("when")) {
      next += StringRef("when").size();
      size_t end = text.find_first_of("{\n", next), compare = text.slice(next, end).find("<=");
      int64_t bound;
      StringRef condition = text.slice(next, end);
      if (compare == StringRef::npos || condition.take_front(compare).trim().empty() ||
          condition.drop_front(compare + 2).trim().getAsInteger(10, bound) || bound < 0) {
        skip(false);
        return fail(here()) << "a condition is 'SIZE <= NUMBER', as in 'when batch * tokens <= 64'", failure();
      }
      kernel.condition = Condition{condition.take_front(compare).trim().str(), bound};
      next = std::min(end, text.size());
    }
    if (failed(block([&] { return parseStage(kernel); })))
      return failure();
    function.kernels.push_back(std::move(kernel));
    return success();
  }

  /// `STAGE { … }`, or `tile AXIS NUMBER, AXIS NUMBER` of the kernel as a whole.
  LogicalResult parseStage(KernelBlock &kernel) {
    Location where = here();
    std::string name;
    bool isQuoted = peek() == '"';
    if (failed(word("the name of a stage", name)))
      return failure();
    skip(false);
    if (name == "tile" && !isQuoted && peek() != '{')
      return parseTiles(kernel, where);
    for (const StageBlock &other : kernel.stages)
      if (other.schedule.getStage() == name)
        return fail(where) << "stage '" << name << "' has directives already", failure();
    SmallVector<attn::DirectiveAttr> directives;
    std::vector<Location> places;
    auto directive = [&] {
      places.push_back(here());
      return parseDirective(directives);
    };
    if (failed(block(directive)))
      return failure();
    auto schedule = attn::StageScheduleAttr::get(context, StringAttr::get(context, name), directives);
    kernel.stages.push_back({schedule, where, std::move(places)});
    return success();
  }

  LogicalResult parseTiles(KernelBlock &kernel, Location where) {
    while (true) {
      std::string axis, size;
      if (failed(word("an axis", axis)) || failed(word("a number or 'whole'", size)))
        return failure();
      int64_t number;
      Attribute count = StringAttr::get(context, size);
      if (!StringRef(size).getAsInteger(10, number))
        count = IntegerAttr::get(IntegerType::get(context, 64), number);
      for (attn::DirectiveAttr other : kernel.tiles)
        if (cast<StringAttr>(other.getArguments()[0]).getValue() == axis)
          return fail(where) << "the tile of '" << axis << "' has a size already";
      kernel.tiles.push_back(attn::DirectiveAttr::get(context, StringAttr::get(context, "tile"),
                                                      ArrayAttr::get(context, {StringAttr::get(context, axis), count})));
      skip(false);
      if (peek() != ',')
        return success();
      ++next;
    }
  }

  /// Words and numbers up to a comma, the end of the line or of the block.
  LogicalResult parseDirective(SmallVectorImpl<attn::DirectiveAttr> &directives) {
    std::string keyword;
    if (failed(word("a directive", keyword)))
      return failure();
    SmallVector<Attribute> arguments;
    for (skip(false); !atEnd() && peek() != ',' && peek() != '\n' && peek() != '}'; skip(false)) {
      bool quoted = peek() == '"';
      std::string argument;
      if (failed(word("a word, a number, ',' or '}'", argument)))
        return failure();
      int64_t number;
      if (!quoted && !StringRef(argument).getAsInteger(10, number))
        arguments.push_back(IntegerAttr::get(IntegerType::get(context, 64), number));
      else
        arguments.push_back(StringAttr::get(context, argument));
    }
    if (peek() == ',')
      ++next;
    directives.push_back(
        attn::DirectiveAttr::get(context, StringAttr::get(context, keyword), ArrayAttr::get(context, arguments)));
    return success();
  }

  StringRef text, path;
  MLIRContext *context;
  size_t next = 0;
};

} // namespace

/// People write schedule files; a larger one is a mistake.
static constexpr size_t mostBytes = size_t(16) << 20;

FailureOr<ScheduleFile> readScheduleFile(StringRef path, MLIRContext *context) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true, /*RequiresNullTerminator=*/false);
  Location begin = FileLineColLoc::get(context, path, 1, 1);
  if (!buffer)
    return emitError(begin) << "cannot read the schedule file: " << buffer.getError().message(), failure();
  if ((*buffer)->getBufferSize() > mostBytes)
    return emitError(begin) << "this is no schedule file: it has more than 16 MB", failure();
  return parseScheduleFile((*buffer)->getBuffer(), path, context);
}

FailureOr<ScheduleFile> parseScheduleFile(StringRef text, StringRef path, MLIRContext *context) {
  return Parser(text, path, context).parse();
}

} // namespace attune
