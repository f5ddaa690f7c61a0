#include "schedule/Directives.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using llvm::StringRef;

namespace attune {
namespace {

using attn::DirectiveAttr;

constexpr int64_t mostElements = 1 << 20; ///< of a tile, a vector or copies of a body

constexpr StringRef vocabulary[] = {"at",     "store", "inline", "in",    "full",     "layout",    "tile",    "pieces", "sparse",
                                    "skip",   "lanes", "order",  "parallel", "block",     "resident", "thread",  "registers", "partial",   "unroll", "pack", "prefetch"};

/// Reads the arguments of a directive in order. Once something is missing,
/// `problem` says what, and what is read means nothing.
class Arguments {
public:
  explicit Arguments(DirectiveAttr directive) : arguments(directive.getArguments().getValue()) {}

  std::string problem;

  bool done() const { return next == arguments.size(); }
  bool atNumber() const { return !done() && isa<IntegerAttr>(arguments[next]); }
  bool atWord() const { return !done() && isa<StringAttr>(arguments[next]); }

  std::string word(const llvm::Twine &what) {
    if (!atWord())
      return fail("needs " + what), "";
    return cast<StringAttr>(arguments[next++]).str();
  }
  int64_t number(const llvm::Twine &what) {
    // More digits than a number holds are a word.
    bool isLarge = atWord() && llvm::all_of(cast<StringAttr>(arguments[next]).getValue(), llvm::isDigit);
    if (!atNumber() && !isLarge)
      return fail("needs " + what), 1;
    int64_t value = isLarge ? 0 : cast<IntegerAttr>(arguments[next++]).getInt();
    if (value < 1 || value > mostElements)
      return fail("has a number that is not between 1 and " + llvm::Twine(mostElements)), 1;
    return value;
  }
  std::vector<std::string> words(const llvm::Twine &what) {
    std::vector<std::string> result;
    while (atWord())
      result.push_back(word(what));
    if (result.empty())
      fail("needs " + what);
    return result;
  }
  Tail tail() {
    if (done())
      return Tail::Default;
    std::string name = word("guard, pad or shift");
    auto known = llvm::StringSwitch<std::optional<Tail>>(name)
                     .Case("guard", Tail::Guard)
                     .Case("pad", Tail::Pad)
                     .Case("shift", Tail::Shift)
                     .Default(std::nullopt);
    if (!known)
      fail("knows guard, pad and shift, not '" + llvm::Twine(name) + "'");
    return known.value_or(Tail::Default);
  }
  void fail(const llvm::Twine &why) {
    if (problem.empty())
      problem = why.str();
  }

private:
  ArrayRef<Attribute> arguments;
  size_t next = 0;
};

class Reader {
public:
  explicit Reader(attn::StageScheduleAttr schedule) : stage(schedule.getStage()) {}

  llvm::Error read(DirectiveAttr directive) {
    Arguments arguments(directive);
    StringRef keyword = directive.getKeyword().getValue();
    if (!llvm::is_contained(vocabulary, keyword))
      return llvm::make_error<ScheduleError>("unknown directive '" + directive.str() + "'; there are " +
                                                 llvm::join(llvm::ArrayRef(vocabulary), ", "),
                                             stage, directive);
    read(keyword, directive, arguments);
    if (arguments.problem.empty() && !arguments.done())
      arguments.fail("has too many arguments");
    // One answer to each question.
    bool repeats = keyword == "tile" || keyword == "lanes" || keyword == "unroll";
    if (arguments.problem.empty() && !repeats && llvm::is_contained(seen, keyword))
      arguments.fail("stands beside another '" + keyword + "': a stage has one");
    seen.push_back(keyword);
    if (arguments.problem.empty())
      return llvm::Error::success();
    return llvm::make_error<ScheduleError>("'" + directive.str() + "' " + arguments.problem, stage, directive);
  }

  StageDirectives result;

private:
  void read(StringRef keyword, DirectiveAttr from, Arguments &arguments) {
    if (keyword == "at") {
      result.at = {arguments.word("a loop"), from};
    } else if (keyword == "store") {
      result.store = {arguments.word("a loop"), from};
    } else if (keyword == "inline") {
      result.inlined = from;
    } else if (keyword == "registers") {
      result.registers = from;
    } else if (keyword == "sparse") {
      result.sparse = from;
    } else if (keyword == "skip") {
      result.skip = from;
    } else if (keyword == "prefetch") {
      result.prefetch = from;
    } else if (keyword == "in") {
      readPlace(from, arguments);
    } else if (keyword == "full") {
      result.full = {arguments.words("axes"), from};
    } else if (keyword == "layout") {
      readLayout(from, arguments);
    } else if (keyword == "order") {
      result.order = {arguments.words("loops"), from};
    } else if (keyword == "parallel") {
      result.parallel = {arguments.words("loops"), from};
    } else if (keyword == "block") {
      result.block = {arguments.done() ? std::vector<std::string>() : arguments.words("loops"), from};
    } else if (keyword == "resident") {
      result.resident = {arguments.number("the number of blocks"), from};
    } else if (keyword == "thread") {
      do {
        std::string loop = arguments.word("a loop");
        int64_t threads = arguments.number("a number of threads after each loop");
        result.threads.push_back({loop, threads, from});
      } while (arguments.atWord());
    } else if (keyword == "pieces") {
      readPieces(from, arguments);
    } else if (keyword == "tile") {
      readTile(from, arguments);
    } else if (keyword == "lanes") {
      std::string axis = arguments.word("an axis");
      int64_t count = arguments.number("the number of lanes");
      result.lanes.push_back({axis, count, arguments.tail(), from});
    } else if (keyword == "unroll") {
      do {
        std::string axis = arguments.word("an axis");
        if (llvm::any_of(result.unroll, [&](const StageDirectives::Copies &other) { return other.axis == axis && !other.count; }))
          arguments.fail("stands beside an 'unroll' of the whole of '" + axis + "': nothing is left of it");
        result.unroll.push_back({axis, arguments.atNumber() ? arguments.number("a count") : 0, from});
      } while (arguments.atWord());
    } else if (keyword == "partial") {
      std::string axis = arguments.word("a reduced axis");
      int64_t count = arguments.number("the number of partial sums");
      int64_t lanes = arguments.number("the lanes of a vector");
      if (count % lanes)
        arguments.fail("needs a number of partial sums that its lanes divide");
      result.partial = {axis, count, lanes, from};
    } else { // pack, which the program is changed by before loops are
      arguments.word("an axis");
      arguments.number("the width of a panel");
      if (arguments.atNumber())
        arguments.number("how many steps of the depth lie beside each other");
    }
  }

  void readLayout(DirectiveAttr from, Arguments &arguments) {
    result.layout.from = from;
    do {
      result.layout.names.push_back(arguments.word("axes"));
      result.layout.room.push_back(arguments.atNumber() ? arguments.number("room for a row") : 0);
    } while (arguments.atWord());
  }

  void readPlace(DirectiveAttr from, Arguments &arguments) {
    std::string where = arguments.word("stack, heap, register or shared");
    auto memory = llvm::StringSwitch<std::optional<Memory>>(where)
                      .Case("stack", Memory::Stack)
                      .Case("heap", Memory::Heap)
                      .Case("register", Memory::Register)
                      .Case("shared", Memory::Shared)
                      .Default(std::nullopt);
    if (memory)
      result.place = {*memory, from};
    else
      arguments.fail("knows stack, heap, register and shared, not '" + llvm::Twine(where) + "'");
  }

  void readPieces(DirectiveAttr from, Arguments &arguments) {
    result.pieces = {arguments.words("an axis and names"), from};
    ArrayRef<std::string> names = result.pieces.names;
    if (names.size() == 1)
      arguments.fail("needs a name for each piece after the axis");
    for (size_t i = 1; i < names.size(); ++i)
      if (llvm::is_contained(names.slice(1, i - 1), names[i]))
        arguments.fail("has two pieces called '" + llvm::Twine(names[i]) + "'");
  }

  void readTile(DirectiveAttr from, Arguments &arguments) {
    std::string loop = arguments.word("AXIS.LABEL");
    auto [axis, label] = StringRef(loop).split('.');
    if (axis.empty() || label.empty())
      arguments.fail("needs AXIS.LABEL, a name for the loop over tiles");
    int64_t count = arguments.number("the size of a tile");
    result.tiles.push_back({axis.str(), loop, count, arguments.tail(), from});
  }

  StringRef stage;
  SmallVector<StringRef> seen;
};

} // namespace

llvm::Expected<StageDirectives> readDirectives(attn::StageScheduleAttr schedule) {
  Reader reader(schedule);
  for (DirectiveAttr directive : schedule.getDirectives())
    if (llvm::Error error = reader.read(directive))
      return std::move(error);
  return std::move(reader.result);
}

} // namespace attune
