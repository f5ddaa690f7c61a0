#include "codegen/halide/Padding.h"
#include <set>

using namespace mlir;
using attune::attn::LoadOp;
using attune::attn::ScheduleAttr;
using attune::attn::StageOp;
using attune::attn::StageScheduleAttr;

namespace attune::kernels {
namespace {

struct AxisFacts {
  bool exact = true;
  bool aligned = true;     ///< regions that are asked for start at `steps`
  std::set<int64_t> steps; ///< multiples at which loops of consumers may cut the axis
};

/// Factors by which a stage's own directives cut axis `name`; those that round
/// up go into `padded`, all of them into `all`.
void ownFactors(StageScheduleAttr entry, StringRef name, std::set<int64_t> &padded, std::set<int64_t> &all) {
  if (!entry)
    return;
  int64_t lanes = 1, unrolled = 1;
  auto integer = [](ArrayRef<Attribute> arguments, size_t i) -> int64_t {
    auto value = i < arguments.size() ? dyn_cast<IntegerAttr>(arguments[i]) : IntegerAttr();
    return value && value.getInt() > 0 ? value.getInt() : 1;
  };
  for (attn::DirectiveAttr directive : entry.getDirectives()) {
    StringRef keyword = directive.getKeyword().getValue();
    ArrayRef<Attribute> arguments = directive.getArguments().getValue();
    for (size_t i = 0; i < arguments.size(); ++i) {
      auto word = dyn_cast<StringAttr>(arguments[i]);
      if (!word || word.getValue().split('.').first != name)
        continue;
      bool guard = !arguments.empty() && arguments.back() == StringAttr::get(entry.getContext(), "guard");
      int64_t factor = integer(arguments, i + 1);
      if (keyword == "lanes")
        lanes = factor;
      else if (keyword == "unroll")
        unrolled = factor;
      if (keyword != "lanes" && keyword != "unroll" && keyword != "tile")
        continue;
      all.insert(factor);
      if (!guard)
        padded.insert(factor);
    }
  }
  padded.insert(lanes * unrolled);
  all.insert(lanes * unrolled);
  padded.erase(1);
}

} // namespace

llvm::DenseMap<Operation *, StageExtent> findExtents(ArrayRef<StageOp> stages, StageOp output, ScheduleAttr schedule) {
  llvm::DenseMap<Operation *, StageExtent> result;
  llvm::DenseMap<Operation *, std::vector<AxisFacts>> facts;
  for (StageOp stage : stages) {
    facts[stage].resize(stage.getRank());
    result[stage].exactAxes.assign(stage.getRank(), true);
  }
  // Consumers first: each tells its producers what it asks of them.
  for (StageOp stage : llvm::reverse(stages)) {
    StageScheduleAttr entry = schedule ? schedule.lookup(stage.getName()) : StageScheduleAttr();
    StageExtent &extent = result[stage];
    if (stage != output && (entry || stage.isReduction()))
      extent.exact = false;
    std::vector<AxisFacts> &own = facts[stage];
    llvm::DenseMap<Value, AxisFacts> axes;
    for (int64_t a = 0; a < stage.getRank(); ++a) {
      std::set<int64_t> padded, all;
      ownFactors(entry, stage.getAxisName(a), padded, all);
      std::optional<int64_t> size = stage.getAxisSize(a).getConstant();
      if (stage != output)
        for (int64_t factor : padded) {
          bool fits = size && *size % factor == 0 && own[a].aligned;
          for (int64_t step : own[a].steps)
            fits &= step % factor == 0;
          own[a].exact &= fits;
        }
      own[a].steps.insert(all.begin(), all.end());
      own[a].steps.erase(1);
      // How far a run-time axis is asked for is Halide's to infer: never rely on it.
      extent.exactAxes[a] = extent.exact || (own[a].exact && size);
      axes[stage.getAxisIndices()[a]] = own[a];
    }
    for (unsigned r = 0; r < stage.getReductionRank(); ++r) {
      AxisFacts reduced;
      std::set<int64_t> padded;
      ownFactors(entry, stage.getAxisName(stage.getRank() + r), padded, reduced.steps);
      reduced.steps.erase(1);
      axes[stage.getReductionIndices()[r]] = reduced;
    }
    stage.getBody().walk([&](LoadOp load) {
      auto producer = load.getTensor().getDefiningOp<StageOp>();
      if (!producer || !facts.count(producer))
        return;
      result[producer].exact &= extent.exact;
      for (auto [index, asked] : llvm::zip(load.getIndices(), facts[producer])) {
        auto axis = axes.find(index);
        if (axis != axes.end()) {
          asked.exact &= axis->second.exact;
          asked.steps.insert(axis->second.steps.begin(), axis->second.steps.end());
          continue;
        }
        // An expression: it may start anywhere, and is in range where all axes are.
        asked.aligned = false;
        for (auto &[value, fact] : axes)
          asked.exact &= fact.exact;
      }
    });
  }
  return result;
}

} // namespace attune::kernels
