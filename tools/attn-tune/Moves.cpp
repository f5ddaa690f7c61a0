#include "tools/attn-tune/Moves.h"
#include "tools/attn-tune/ScheduleDraft.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <set>

using namespace mlir;
using namespace attune::attn;

namespace attune::tune {
namespace {

/// The largest tile and the most copies that are worth trying: code and register
/// tiles past them are never fast.
constexpr int64_t mostTile = 4096, mostCopies = 64;
/// Pairs of changes of one schedule; their number grows with the square.
constexpr size_t mostPairs = 600;

/// A number in a schedule that may change.
struct Site {
  enum Kind { Tile, Unroll, Pack, Partial, Lanes } kind;
  unsigned entry, directive, argument;
  int64_t value;
  /// Elements of the axis that one of `value` stands for: the lanes of what is
  /// unrolled.
  int64_t scale = 1;
  const Axis *axis;

  int64_t extent() const { return value * scale; }
};

struct Change {
  unsigned site;
  int64_t value;
};
/// Changes that belong together.
using Edit = SmallVector<Change, 4>;

class Generator {
public:
  Generator(const KernelAxes &kernel, ScheduleAttr schedule, int64_t lanes)
      : kernel(kernel), schedule(schedule), context(schedule.getContext()), vector(lanes), draft(schedule) {
    collectSites();
  }

  std::vector<Move> run() {
    seen.insert(schedule);
    std::vector<Edit> edits = numberEdits();
    for (const Edit &edit : edits)
      add(edit);
    changeTails();
    changeOrders();
    changeParallel();
    changeLevels();
    changeReducedCopies();
    changeMemory();
    changePrefetches();
    size_t pairs = 0;
    for (size_t a = 0; a < edits.size(); ++a)
      for (size_t b = a + 1; b < edits.size() && pairs < mostPairs; ++b)
        if (pair(edits[a], edits[b])) {
          Edit both = edits[a];
          llvm::append_range(both, edits[b]);
          pairs += add(both);
        }
    return std::move(moves);
  }

private:
  // ---- numbers ----

  void collectSites() {
    for (auto [e, entry] : llvm::enumerate(draft.entries)) {
      const Stage *stage = kernel.find(entry.stage);
      if (!stage)
        continue;
      auto lanesOf = [&, &entry = entry](StringRef axis) {
        for (DirectiveAttr directive : entry.directives)
          if (directive.getKeyword() == "lanes" && wordOf(directive, 0) == axis)
            return numberOf(directive, 1).value_or(1);
        return int64_t(1);
      };
      for (auto [d, directive] : llvm::enumerate(entry.directives)) {
        auto site = [&, e = e, d = d](Site::Kind kind, StringRef axis, unsigned place, int64_t value, int64_t scale = 1) {
          if (const Axis *found = stage->find(axis))
            sites.push_back({kind, unsigned(e), unsigned(d), place, value, scale, found});
        };
        StringRef keyword = directive.getKeyword().getValue();
        if (keyword == "unroll") {
          for (const Unrolled &one : unrolledOf(directive))
            if (one.place)
              site(Site::Unroll, one.axis, *one.place, one.count, lanesOf(one.axis));
          continue;
        }
        auto axis = wordOf(directive, 0);
        auto number = numberOf(directive, 1);
        if (!axis || !number)
          continue;
        if (keyword == "tile")
          site(Site::Tile, axisOfLabel(*axis), 1, *number);
        else if (keyword == "pack")
          site(Site::Pack, *axis, 1, *number);
        else if (keyword == "partial")
          site(Site::Partial, *axis, 1, *number);
        else if (keyword == "lanes")
          site(Site::Lanes, *axis, 1, *number);
      }
    }
  }

  /// Lanes that the stage's loops along the axis are cut into.
  int64_t lanesOn(const Site &site) const {
    for (const Site &other : sites)
      if (other.kind == Site::Lanes && other.entry == site.entry && other.axis == site.axis)
        return other.value;
    return 1;
  }

  /// Other values for an extent along an axis, in steps of `step`.
  static std::set<int64_t> near(int64_t extent, int64_t size, int64_t step) {
    std::set<int64_t> values;
    for (int64_t value : {extent / 2, extent * 2, extent * 3 / 2, extent * 2 / 3, extent - step, extent + step, size})
      if (value >= step && value <= mostTile && value % step == 0 && value != extent &&
          value < std::max(size, extent) + step)
        values.insert(value);
    // Divisors of the axis leave no tail.
    for (int64_t value = extent + step; value <= std::min(4 * extent, size); value += step)
      if (size % value == 0) {
        values.insert(value);
        break;
      }
    return values;
  }

  std::set<int64_t> valuesOf(const Site &site) const {
    int64_t size = site.axis->size;
    switch (site.kind) {
    case Site::Tile: {
      int64_t step = lanesOn(site);
      return near(site.value, size, site.value % step == 0 ? step : 1);
    }
    case Site::Unroll: {
      std::set<int64_t> values;
      for (int64_t value : {site.value / 2, site.value * 2, site.value - 1, site.value + 1, site.value * 3 / 2})
        if (value >= 1 && value <= mostCopies && value != site.value && value * site.scale < size + site.scale)
          values.insert(value);
      return values;
    }
    case Site::Partial: {
      int64_t step = numberOf(draft.entries[site.entry].directives[site.directive], 2).value_or(1);
      std::set<int64_t> values;
      for (int64_t value : near(site.value, size, step))
        if (size % value == 0 && value <= mostCopies * step)
          values.insert(value);
      return values;
    }
    case Site::Lanes: {
      std::set<int64_t> values;
      for (int64_t value : {site.value / 2, site.value * 2})
        if (value >= 1 && value <= 4 * vector)
          values.insert(value);
      return values;
    }
    case Site::Pack: return {}; // with its panel alone
    }
    return {};
  }

  std::vector<Edit> numberEdits() {
    std::vector<Edit> edits;
    // What is cut alike along one axis changes together: a panel, its `pack` and
    // the register tile that fills it.
    std::map<std::pair<unsigned, int64_t>, SmallVector<unsigned>> alike;
    for (auto [i, site] : llvm::enumerate(sites))
      if (site.kind == Site::Tile || site.kind == Site::Pack || site.kind == Site::Unroll)
        alike[{site.axis->group, site.extent()}].push_back(i);
    for (auto &[key, members] : alike) {
      if (members.size() < 2)
        continue;
      int64_t step = 1, size = 0;
      for (unsigned i : members) {
        int64_t lanes = std::max(sites[i].scale, lanesOn(sites[i]));
        if (key.second % lanes == 0)
          step = std::max(step, lanes);
        size = std::max(size, sites[i].axis->size);
      }
      for (int64_t extent : near(key.second, size, step)) {
        Edit edit;
        for (unsigned i : members)
          if (extent % sites[i].scale == 0)
            edit.push_back({i, extent / sites[i].scale});
        if (edit.size() == members.size())
          edits.push_back(edit);
      }
    }
    for (auto [i, site] : llvm::enumerate(sites))
      for (int64_t value : valuesOf(site))
        edits.push_back({{unsigned(i), value}});
    return edits;
  }

  /// Whether two edits are about different axes of one stage: the sides of its
  /// tile, which only together stay within the registers.
  bool pair(const Edit &a, const Edit &b) const {
    bool meets = false;
    for (const Change &x : a)
      for (const Change &y : b) {
        if (sites[x.site].axis->group == sites[y.site].axis->group)
          return false;
        meets |= sites[x.site].entry == sites[y.site].entry;
      }
    return meets;
  }

  bool add(const Edit &edit) {
    Draft changed = draft;
    std::vector<std::string> what;
    for (const Change &change : edit) {
      const Site &site = sites[change.site];
      what.push_back(draft.entries[site.entry].stage + ": " + draft.entries[site.entry].directives[site.directive].str() +
                     " -> " + std::to_string(change.value));
      changed.setNumber(site.entry, site.directive, site.argument, change.value);
    }
    return add(changed, std::move(what));
  }

  // ---- other choices ----

  template <typename Visit> void forEachDirective(StringRef keyword, Visit visit) {
    for (auto [e, entry] : llvm::enumerate(draft.entries))
      for (auto [d, directive] : llvm::enumerate(entry.directives))
        if (directive.getKeyword() == keyword)
          visit(e, d, directive);
  }

  void replace(unsigned entry, unsigned place, DirectiveAttr by) {
    Draft changed = draft;
    DirectiveAttr &directive = changed.entries[entry].directives[place];
    std::string what = changed.entries[entry].stage + ": " + directive.str() + " -> " + by.str();
    directive = by;
    add(changed, {std::move(what)});
  }

  void changeTails() {
    for (StringRef keyword : {"tile", "lanes"})
      forEachDirective(keyword, [&](unsigned e, unsigned d, DirectiveAttr directive) {
        auto tail = wordOf(directive, 2);
        for (StringRef other : {"guard", "pad", "shift"})
          if (tail && *tail != other) {
            SmallVector<Attribute> arguments(directive.getArguments().getValue());
            arguments[2] = StringAttr::get(context, other);
            replace(e, d, makeDirective(context, keyword, arguments));
          }
      });
  }

  DirectiveAttr withWords(StringRef keyword, ArrayRef<StringRef> words) {
    SmallVector<Attribute> arguments;
    for (StringRef word : words)
      arguments.push_back(StringAttr::get(context, word));
    return makeDirective(context, keyword, arguments);
  }

  void changeOrders() {
    for (StringRef keyword : {"order", "layout"})
      forEachDirective(keyword, [&](unsigned e, unsigned d, DirectiveAttr directive) {
        SmallVector<StringRef> loops = wordsOf(directive);
        if (loops.size() != directive.getArguments().size())
          return; // the room that a row is given is for that order
        for (size_t i = 0; i + 1 < loops.size(); ++i) {
          std::swap(loops[i], loops[i + 1]);
          replace(e, d, withWords(keyword, loops));
          std::swap(loops[i], loops[i + 1]);
        }
      });
  }

  /// Loops of the stage that `order` and `parallel` can name.
  SmallVector<std::string> loopsOf(unsigned e) const {
    SmallVector<std::string> loops;
    const Stage *stage = kernel.find(draft.entries[e].stage);
    if (!stage)
      return loops;
    for (DirectiveAttr directive : draft.entries[e].directives)
      if (directive.getKeyword() == "tile")
        if (auto label = wordOf(directive, 0))
          loops.push_back(label->str());
    for (const Axis &axis : stage->axes)
      if (!axis.isReduced)
        loops.push_back(axis.name);
    return loops;
  }

  void changeParallel() {
    forEachDirective("parallel", [&](unsigned e, unsigned d, DirectiveAttr directive) {
      SmallVector<StringRef> loops = wordsOf(directive);
      if (loops.size() > 1)
        replace(e, d, withWords("parallel", ArrayRef(loops).drop_back()));
      for (size_t i = 0; i + 1 < loops.size(); ++i) {
        std::swap(loops[i], loops[i + 1]);
        replace(e, d, withWords("parallel", loops));
        std::swap(loops[i], loops[i + 1]);
      }
      for (const std::string &loop : loopsOf(e))
        if (!llvm::is_contained(loops, StringRef(loop))) {
          SmallVector<StringRef> more(loops);
          more.push_back(loop);
          replace(e, d, withWords("parallel", more));
        }
    });
  }

  void changeLevels() {
    forEachDirective("at", [&](unsigned e, unsigned d, DirectiveAttr directive) {
      auto level = wordOf(directive, 0);
      auto place = level ? kernel.findLoop(*level) : std::nullopt;
      if (!place)
        return;
      // "STAGE.PIECE." where the level is of a piece.
      std::string prefix = level->drop_back(place->second.size()).str();
      auto reader = llvm::find_if(draft.entries, [&](const Draft::Entry &entry) { return entry.stage == place->first->name; });
      if (reader == draft.entries.end())
        return;
      SmallVector<std::string> loops = loopsOf(reader - draft.entries.begin());
      loops.push_back("parallel");
      for (const std::string &loop : loops)
        if (loop != place->second)
          replace(e, d, withWords("at", {prefix + loop}));
    });
  }

  /// Steps of a reduction that `unroll` does not name yet.
  void changeReducedCopies() {
    for (auto [e, entry] : llvm::enumerate(draft.entries)) {
      const Stage *stage = kernel.find(entry.stage);
      auto has = [&, &entry = entry](StringRef keyword, StringRef axis) {
        return llvm::any_of(entry.directives, [&](DirectiveAttr directive) {
          return directive.getKeyword() == keyword && llvm::is_contained(wordsOf(directive), axis);
        });
      };
      for (const Axis &axis : stage ? ArrayRef<Axis>(stage->axes) : ArrayRef<Axis>()) {
        if (!axis.isReduced || has("unroll", axis.name) || has("partial", axis.name) || axis.size < 2)
          continue;
        for (int64_t count : {2, 4}) {
          Draft changed = draft;
          changed.entries[e].directives.push_back(makeDirective(
              context, "unroll",
              {StringAttr::get(context, axis.name), IntegerAttr::get(IntegerType::get(context, 64), count)}));
          add(changed, {entry.stage + ": unroll " + axis.name + " " + std::to_string(count)});
        }
      }
    }
  }

  void changeMemory() {
    forEachDirective("in", [&](unsigned e, unsigned d, DirectiveAttr directive) {
      for (StringRef memory : {"stack", "heap", "register"})
        if (wordOf(directive, 0) != memory)
          replace(e, d, withWords("in", memory));
    });
  }

  /// Of what reads panels: with it or without.
  void changePrefetches() {
    forEachDirective("pack", [&](unsigned e, unsigned, DirectiveAttr) {
      Draft changed = draft;
      SmallVector<DirectiveAttr> &directives = changed.entries[e].directives;
      auto found = llvm::find_if(directives, [](DirectiveAttr directive) { return directive.getKeyword() == "prefetch"; });
      bool isWithout = found == directives.end();
      if (isWithout)
        directives.push_back(makeDirective(context, "prefetch", {}));
      else
        directives.erase(found);
      add(changed, {changed.entries[e].stage + (isWithout ? ": prefetch" : ": no prefetch")});
    });
  }

  bool add(const Draft &changed, std::vector<std::string> what) {
    ScheduleAttr next = changed.build(context);
    if (!seen.insert(next).second)
      return false;
    moves.push_back({next, std::move(what)});
    return true;
  }

  const KernelAxes &kernel;
  ScheduleAttr schedule;
  MLIRContext *context;
  int64_t vector;
  Draft draft;
  std::vector<Site> sites;
  llvm::DenseSet<Attribute> seen;
  std::vector<Move> moves;
};

} // namespace

std::vector<Move> movesFrom(const KernelAxes &kernel, ScheduleAttr schedule, int64_t lanes) {
  return Generator(kernel, schedule, lanes).run();
}

std::vector<SmallVector<DirectiveAttr>> tilesNear(ArrayRef<DirectiveAttr> tiles) {
  std::vector<SmallVector<DirectiveAttr>> result;
  auto add = [&](size_t place, Attribute size) {
    SmallVector<DirectiveAttr> changed(tiles);
    changed[place] = makeDirective(size.getContext(), "tile", {tiles[place].getArguments()[0], size});
    result.push_back(std::move(changed));
  };
  for (auto [place, tile] : llvm::enumerate(tiles)) {
    MLIRContext *context = tile.getContext();
    auto number = [&](int64_t value) { return IntegerAttr::get(IntegerType::get(context, 64), value); };
    std::optional<int64_t> size = numberOf(tile, 1);
    bool isKey = wordOf(tile, 0) == "key";
    if (!size) {
      for (int64_t chunk : {128, 256, 512})
        add(place, number(chunk));
      continue;
    }
    if (*size > 1)
      add(place, number(*size / 2));
    if (*size < mostTile)
      add(place, number(*size * 2));
    if (isKey)
      add(place, StringAttr::get(context, "whole"));
  }
  return result;
}

} // namespace attune::tune
