#include "codegen/halide/Padding.h"
#include "dialect/BodyQueries.h"
#include "mlir/IR/Matchers.h"
#include <map>
#include <set>

using namespace mlir;
using attune::attn::LoadOp;
using attune::attn::ScheduleAttr;
using attune::attn::StageOp;
using attune::attn::StageScheduleAttr;

namespace attune::kernels {
namespace {

/// An axis of a scheduled stage that another stage's index follows, by itself
/// or by its remainder.
struct Origin {
  StageOp stage;
  unsigned axis;
  int64_t modulus; ///< 0: none
};

struct AxisFacts {
  bool exact = true;
  bool aligned = true;         ///< every region asked for starts as `origins` say
  std::vector<Origin> origins; ///< axes of scheduled consumers
  std::set<int64_t> steps;     ///< regions start at sums of multiples of these
};

/// How a schedule cuts one axis of one stage.
struct AxisCuts {
  std::map<std::string, int64_t> tiles; ///< by the name of the loop over tiles
  int64_t rest = 1;                     ///< lanes times copies
  std::set<int64_t> padded;             ///< factors that round up
};

int64_t integerAt(ArrayRef<Attribute> arguments, size_t i) {
  auto value = i < arguments.size() ? dyn_cast<IntegerAttr>(arguments[i]) : IntegerAttr();
  return value && value.getInt() > 0 && value.getInt() <= (1 << 20) ? value.getInt() : 1;
}

AxisCuts cutsOf(StageScheduleAttr entry, StringRef name) {
  AxisCuts cuts;
  if (!entry)
    return cuts;
  for (attn::DirectiveAttr directive : entry.getDirectives()) {
    StringRef keyword = directive.getKeyword().getValue();
    ArrayRef<Attribute> arguments = directive.getArguments().getValue();
    bool guard = !arguments.empty() && arguments.back() == StringAttr::get(entry.getContext(), "guard");
    for (size_t i = 0; i < arguments.size(); ++i) {
      auto word = dyn_cast<StringAttr>(arguments[i]);
      if (!word)
        continue;
      int64_t factor = integerAt(arguments, i + 1);
      if (keyword == "tile" && word.getValue().split('.').first == name) {
        cuts.tiles[word.str()] = factor;
        if (!guard)
          cuts.padded.insert(factor);
      } else if ((keyword == "lanes" || keyword == "unroll") && word.getValue() == name) {
        cuts.rest *= factor;
        if (!guard)
          cuts.padded.insert(factor);
      }
    }
  }
  cuts.padded.insert(cuts.rest);
  cuts.padded.erase(1);
  return cuts;
}

std::vector<std::string> wordsOf(StageScheduleAttr entry, StringRef keyword) {
  std::vector<std::string> words;
  for (attn::DirectiveAttr directive : entry.getDirectives())
    if (directive.getKeyword().getValue() == keyword)
      for (Attribute argument : directive.getArguments())
        if (auto word = dyn_cast<StringAttr>(argument))
          words.push_back(word.str());
  return words;
}

/// Multiples at which `axis` starts inside `loop` of the stage of `entry`, and
/// the widths of the tiles that `loop` is in.
void startsInside(StageScheduleAttr entry, StringRef axis, StringRef loop, std::set<int64_t> &steps,
                  std::set<int64_t> &tiles) {
  if (!entry) { // no loop is cut
    steps.insert(1);
    return;
  }
  AxisCuts cuts = cutsOf(entry, axis);
  std::string name = axis.str(), block = name + ".block";
  bool registers = llvm::any_of(entry.getDirectives(), [](auto d) { return d.getKeyword() == "registers"; });
  if (loop == "parallel") {
    for (const std::string &word : wordsOf(entry, "parallel")) {
      if (auto tile = cuts.tiles.find(word); tile != cuts.tiles.end())
        tiles.insert(tile->second);
      else if (word == name || (registers && word == block))
        steps.insert(cuts.rest);
    }
    steps.insert(tiles.begin(), tiles.end());
    return;
  }
  for (const auto &tile : cuts.tiles)
    tiles.insert(tile.second);
  steps.insert(tiles.begin(), tiles.end());
  // The loop over what lanes and copies leave may be around `loop` too, unless
  // the order puts it inside.
  std::vector<std::string> order = wordsOf(entry, "order");
  auto inner = llvm::find(order, registers ? block : name), outer = llvm::find(order, loop.str());
  bool inside = inner != order.end() && outer != order.end() && inner < outer;
  if (!inside)
    steps.insert(cuts.rest);
}

} // namespace

llvm::DenseMap<Operation *, StageExtent> findExtents(ArrayRef<StageOp> stages, StageOp output, ScheduleAttr schedule) {
  llvm::DenseMap<Operation *, StageExtent> result;
  llvm::DenseMap<Operation *, std::vector<AxisFacts>> facts;
  for (StageOp stage : stages) {
    facts[stage].resize(stage.getRank());
    result[stage].axes.assign(stage.getRank(), Reach::Exact);
  }
  auto entryOf = [&](StageOp stage) { return schedule ? schedule.lookup(stage.getName()) : StageScheduleAttr(); };
  // Consumers first: each tells its producers what it asks of them.
  for (StageOp stage : llvm::reverse(stages)) {
    StageScheduleAttr entry = entryOf(stage);
    bool inlined = stage != output && !stage.isReduction() && (!entry || llvm::any_of(entry.getDirectives(), [](auto d) {
      return d.getKeyword() == "inline";
    }));
    StageExtent &extent = result[stage];
    if (stage != output && !inlined)
      extent.exact = false;
    std::string level = "root";
    if (entry)
      for (const std::string &word : wordsOf(entry, "at"))
        level = word;
    std::vector<AxisFacts> &own = facts[stage];
    llvm::DenseMap<Value, AxisFacts> axes;
    for (int64_t a = 0; a < stage.getRank(); ++a) {
      std::optional<int64_t> size = stage.getAxisSize(a).getConstant();
      if (stage != output && !inlined) {
        if (level != "root")
          for (const Origin &origin : own[a].origins) {
            StageOp consumer = origin.stage;
            StringRef name = consumer.getName();
            std::set<int64_t> steps = facts[consumer][origin.axis].steps, tiles;
            if (StringRef(level).starts_with((name + ".").str()))
              startsInside(entryOf(consumer), consumer.getAxisName(origin.axis), StringRef(level).drop_front(name.size() + 1),
                           steps, tiles);
            // A guard keeps the consumer in the last tile, but asks for all of it.
            for (int64_t tile : tiles)
              own[a].exact &= !size || *size % tile == 0;
            own[a].steps.insert(steps.begin(), steps.end());
            if (origin.modulus)
              own[a].steps.insert(origin.modulus);
          }
        for (int64_t factor : cutsOf(entry, stage.getAxisName(a)).padded) {
          bool fits = size && *size % factor == 0 && (level == "root" || own[a].aligned);
          for (int64_t step : own[a].steps)
            fits &= step % factor == 0;
          own[a].exact &= fits;
        }
      }
      if (!inlined)
        own[a].origins = {{stage, static_cast<unsigned>(a), 0}};
      // How far a run-time axis is asked for is Halide's to infer: never rely on it.
      extent.axes[a] = extent.exact || (own[a].exact && size) ? Reach::Exact
                       : own[a].exact                         ? Reach::Unpadded
                                                              : Reach::Padded;
      axes[stage.getAxisIndices()[a]] = own[a];
    }
    // Reduced axes never leave their sizes; where a piece of one starts is not followed.
    for (BlockArgument index : stage.getReductionIndices())
      axes[index].aligned = false;
    stage.getBody().walk([&](LoadOp load) {
      auto producer = load.getTensor().getDefiningOp<StageOp>();
      if (!producer || !facts.count(producer))
        return;
      result[producer].exact &= extent.exact;
      for (auto [index, asked] : llvm::zip(load.getIndices(), facts[producer])) {
        APInt constant;
        if (matchPattern(index, m_ConstantInt(&constant))) {
          if (constant.isStrictlyPositive())
            asked.steps.insert(constant.getSExtValue());
          continue;
        }
        auto remainder = attn::matchRemainder(index);
        int64_t modulus = remainder ? remainder->modulus().value_or(0) : 0;
        auto axis = axes.find(modulus ? remainder->dividend : Value(index));
        if (axis == axes.end()) {
          // An expression: it may start anywhere, and is in range where all axes are.
          asked.aligned = false;
          for (auto &[other, fact] : axes)
            asked.exact &= fact.exact;
          continue;
        }
        asked.exact &= axis->second.exact;
        asked.aligned &= axis->second.aligned;
        for (Origin origin : axis->second.origins) {
          if (modulus && origin.modulus)
            asked.aligned = false;
          origin.modulus = modulus ? modulus : origin.modulus;
          asked.origins.push_back(origin);
        }
      }
    });
  }
  return result;
}

} // namespace attune::kernels
