#include "passes/AttentionSchedule.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

std::string number(int64_t value) { return std::to_string(value); }

/// Vectors of features that the register tile of the values takes at most; wider
/// ones take several tiles.
constexpr int64_t maxValueVectors = 4;

} // namespace

AttentionSchedule::AttentionSchedule(AttentionOp op, StringRef result,
                                     const AttentionTable &table)
    : features(op.getFeatures()), table(table), result(result.str()),
      task("at " + result.str() + ".parallel"), schedule(op.getContext()) {}

std::string AttentionSchedule::lanesOf(StringRef axis) const {
  return ("lanes " + axis + " ").str() + number(table.lanes);
}

void AttentionSchedule::addAlongQueries(StringRef stage, bool reducesKeys) {
  if (reducesKeys)
    schedule.add(stage, {task, "order query key", lanesOf("query")});
  else
    schedule.add(stage, {task, lanesOf("query")});
}

void AttentionSchedule::addSum(StringRef stage, StringRef feature) {
  schedule.add(stage, {task, "registers", lanesOf("query"),
                       "unroll query " + number(table.queryVectors),
                       "unroll key " + number(table.keys),
                       ("unroll " + feature + " 4").str()});
}

void AttentionSchedule::addInnerSum(StringRef stage, StringRef feature, bool ofQuery) {
  if (ofQuery)
    schedule.add(stage, {task, lanesOf(feature)});
  else
    schedule.add(stage, {"at root", lanesOf(feature), "parallel batch head"});
}

void AttentionSchedule::addValues() {
  int64_t vectors = llvm::divideCeil(features.getConstant().value_or(1), table.lanes);
  schedule.add("values", {task, "registers", lanesOf("feature"),
                          "unroll feature " + number(std::min(vectors, maxValueVectors)),
                          "unroll query " + number(table.valueRows), "unroll key 2"});
}

void AttentionSchedule::addResult() {
  std::optional<int64_t> width = features.getConstant();
  bool whole = width && *width % table.lanes == 0;
  schedule.add(result, {"tile query.tile " + number(table.queryTile) + " guard",
                        "order feature query query.tile head batch",
                        lanesOf("feature") + (whole ? "" : " guard"),
                        "parallel batch head query.tile"});
}

} // namespace attune
