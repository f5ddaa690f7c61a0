#include "passes/AttentionSchedule.h"
#include "passes/AttentionBuilder.h"
#include "passes/DeviceSchedule.h"
#include "passes/ScheduleBuilder.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

/// Keys whose rows a task copies.
constexpr int64_t keysOfCopy = 128;

/// Partial sums in vectors: how many, in vectors of how many lanes; both divide
/// `size`.
std::pair<int64_t, int64_t> partialSums(int64_t size, int64_t lanes) {
  while (lanes > 1 && size % lanes)
    lanes /= 2;
  for (int64_t vectors : {4, 2})
    if (size % (lanes * vectors) == 0)
      return {lanes * vectors, lanes};
  return {lanes, lanes};
}

} // namespace

AttentionSchedule::AttentionSchedule(AttentionOp op, StringRef result, AttentionForm form,
                                     const AttentionTable &table, bool isInner)
    : features(op.getFeatures()), depth(op.getDepth()), form(form), table(table), result(result.str()), isInner(isInner),
      isOneTile(op.getQueries().getConstant().value_or(form.tile + 1) <= form.tile), schedule(op.getContext()) {}

std::string AttentionSchedule::lanesOf(StringRef axis) const {
  return ("lanes " + axis + " ").str() + number(table.lanes);
}

std::string AttentionSchedule::task() const {
  return "at " + result + (!isInner ? ".parallel" : form.isFew() ? ".head" : ".query.tile");
}

std::string AttentionSchedule::chunkLevel(const PairClass &pairs) const {
  if (!form.chunk)
    return task();
  return "at partials." + (pairs.name.empty() ? "" : pairs.name + ".") + (form.isFew() ? "parallel" : "chunk");
}

int64_t AttentionSchedule::queryVectors(unsigned sums) const {
  int64_t vectors = std::max<int64_t>(1, form.tile / table.lanes);
  int64_t most = std::min(vectors, sums > 1 ? int64_t(1) : table.queryVectors);
  while (vectors % most)
    --most;
  return most;
}

int64_t AttentionSchedule::keysOfTile(bool isPlain, unsigned sums) const {
  if (!isPlain)
    return std::min<int64_t>(table.keys, 4);
  return sums > 2 ? std::min<int64_t>(table.keys, 4) : table.keys;
}

int64_t AttentionSchedule::featureVectors() const {
  return llvm::divideCeil(features.getConstant().value_or(1), table.lanes);
}

int64_t AttentionSchedule::panelVectors() const {
  int64_t vectors = featureVectors(), panels = llvm::divideCeil(vectors, table.valueVectors);
  return llvm::divideCeil(vectors, panels);
}

int64_t AttentionSchedule::valueRows() const {
  int64_t rows = std::min(form.tile, std::max(table.valueRows, table.valueSums / panelVectors()));
  while (form.tile % rows)
    --rows;
  return rows;
}

void AttentionSchedule::addOfQuery(StringRef stage, StringRef lanesAxis) {
  schedule.add(stage, {form.isFew() ? "at root" : task(), lanesOf(lanesAxis)});
}

void AttentionSchedule::addQueryCopy(StringRef stage, StringRef axis, SizeAttr size) {
  // Vectors of four neighbours are transposed together.
  SmallVector<std::string> directives{task(), lanesOf("query")};
  if (std::optional<int64_t> count = size.getConstant(); count && *count % 4 == 0)
    directives.push_back(("unroll " + axis + " 4").str());
  schedule.add(stage, directives);
}

void AttentionSchedule::addWhole(StringRef stage, StringRef lanesAxis) {
  schedule.add(stage, {"at root", lanesOf(lanesAxis), "parallel batch head"});
}

void AttentionSchedule::addSum(StringRef stage, const PairClass &pairs, StringRef feature, bool isPlain,
                               StringRef scores, unsigned sums, bool ofPairs) {
  if (form.isFew()) {
    auto [count, lanes] = partialSums(depth.getConstant().value_or(1), table.lanes);
    if (lanes >= 4 && isPlain)
      schedule.add(stage, {chunkLevel(pairs), "order head key", ("partial " + feature + " ").str() + number(count) + " " + number(lanes)});
    else
      schedule.add(stage, {chunkLevel(pairs), "order key " + feature.str(), lanesOf("key")});
    return;
  }
  SmallVector<std::string> directives;
  if (!scores.empty())
    directives = {("at " + scores + ".query.block").str(), lanesOf("query"), "unroll query", "unroll key"};
  else
    directives = {chunkLevel(pairs), "registers", lanesOf("query"), "unroll query " + number(queryVectors(sums)),
                  "unroll key " + number(keysOfTile(isPlain, sums))};
  if (ofPairs)
    directives.push_back("lanes step 2");
  directives.push_back(("unroll " + feature + " ").str() + (isPlain ? "4" : "1"));
  schedule.add(stage, directives);
}

void AttentionSchedule::addQueryPairs(StringRef stage) { schedule.add(stage, {task(), "full step", "lanes step 2"}); }

void AttentionSchedule::addWeightPairs(StringRef stage, const PairClass &pairs) {
  schedule.add(stage, {chunkLevel(pairs), "full step", lanesOf("query"), "lanes step 2"});
}

void AttentionSchedule::addValuePairs(StringRef stage) {
  schedule.add(stage, {"at root", "full step", lanesOf("feature"), "lanes step 2", "parallel batch head"});
}

void AttentionSchedule::addScoresOfTiles(StringRef stage, const PairClass &pairs, bool isPlain, unsigned sums) {
  if (form.isFew())
    return addPairs(stage, pairs);
  // Chunks are whole tiles; rows are not.
  schedule.add(stage, {chunkLevel(pairs), "tile query.block " + number(queryVectors(sums) * table.lanes),
                       "tile key.block " + number(keysOfTile(isPlain, sums)) + (form.chunk ? "" : " pad"),
                       "order query key query.block key.block", lanesOf("query"), "unroll query", "unroll key"});
}

void AttentionSchedule::addPairs(StringRef stage, const PairClass &pairs) {
  if (form.isFew())
    schedule.add(stage, {chunkLevel(pairs), lanesOf("key")});
  else
    schedule.add(stage, {chunkLevel(pairs), lanesOf("query"), "unroll query " + number(queryVectors(1))});
}

void AttentionSchedule::addKeyReduction(StringRef stage, const PairClass &pairs) {
  if (form.isFew()) {
    auto [count, lanes] = partialSums(*form.chunk, table.lanes);
    schedule.add(stage, {chunkLevel(pairs), "partial key " + number(count) + " " + number(lanes)});
  } else {
    schedule.add(stage, {chunkLevel(pairs), "order query key", lanesOf("query"), "unroll query", "unroll key 4"});
  }
}

void AttentionSchedule::addValues(StringRef stage, const PairClass &pairs) {
  if (form.isFew())
    schedule.add(stage, {chunkLevel(pairs), "order feature head key", lanesOf("feature"), "unroll feature"});
  else
    addValues(stage, pairs, {"unroll key 2"});
}

void AttentionSchedule::addValuesOfKinds(StringRef stage, const PairClass &pairs, ArrayRef<StringRef> kinds) {
  schedule.add(stage, {chunkLevel(pairs), "pieces key " + llvm::join(kinds, " ")});
}

void AttentionSchedule::addValuesOfPairs(StringRef stage, const PairClass &pairs) {
  addValues(stage, pairs, {"lanes step 2", "unroll pair 2"});
}

void AttentionSchedule::addValues(StringRef stage, const PairClass &pairs, ArrayRef<std::string> terms) {
  SmallVector<std::string> directives;
  if (form.chunk)
    directives = {"at partials." + (pairs.name.empty() ? "" : pairs.name + ".") + "query.rows", lanesOf("feature"),
                  "unroll feature", "unroll query"};
  else
    directives = {task(), "registers", lanesOf("feature"), "unroll feature " + number(panelVectors()),
                  "unroll query " + number(valueRows())};
  llvm::append_range(directives, terms);
  schedule.add(stage, directives);
}

void AttentionSchedule::addOfKeys(StringRef stage, const PairClass &pairs) {
  schedule.add(stage, {chunkLevel(pairs), lanesOf("feature")});
}

void AttentionSchedule::addOperandCopy(StringRef stage, ArrayRef<StringRef> axes) {
  std::string order = "order";
  for (StringRef axis : llvm::reverse(axes))
    order += (" " + axis).str();
  schedule.add(stage, {"at root", "tile key.block " + number(keysOfCopy) + " guard", order + " key.block head batch",
                       lanesOf(axes.back()), "parallel batch head key.block"});
}

void AttentionSchedule::addKeyMagnitudes(StringRef stage, const PairClass &pairs) {
  addMagnitudes(stage, form.chunk ? "at root" : task(), "feature", features);
}

void AttentionSchedule::addInfiniteValues(StringRef stage, const PairClass &pairs) {
  schedule.add(stage, {chunkLevel(pairs), "skip", "order feature query key", lanesOf("feature")});
}

int64_t AttentionSchedule::chunksTogether() const {
  std::optional<int64_t> width = features.getConstant();
  // Their sums are in registers, which a thread's tile has to fit.
  bool areKept = !form.isFew() && width && keepsSums(form.tile, *width);
  return areKept ? table.chunksTogether : 1;
}

void AttentionSchedule::addSegment(bool skips) {
  SmallVector<std::string> directives{"at partials.segment"};
  if (skips)
    directives.push_back("skip");
  schedule.add("segment", directives);
}

void AttentionSchedule::addPartials(StringRef parts, ArrayRef<std::string> pieces) {
  SmallVector<std::string> directives;
  directives.push_back(form.isFew() ? "at root" : task());
  if (!pieces.empty()) {
    std::string text = ("pieces " + parts).str();
    for (const std::string &piece : pieces)
      text += " " + piece;
    directives.push_back(text);
    directives.push_back("sparse");
  }
  if (form.isFew()) {
    directives.push_back("order feature query head chunk tile batch");
    directives.push_back("parallel batch tile chunk");
  } else {
    directives.push_back("full query");
    directives.push_back("tile query.rows " + number(valueRows()));
    if (hasPanels())
      directives.push_back("tile feature.panel " + number(panelFeatures()) + " guard");
    directives.push_back(std::string("order feature query query.rows") + (hasPanels() ? " feature.panel" : "") +
                         " chunk tile head batch");
  }
  directives.push_back(lanesOf("feature"));
  directives.push_back("unroll feature");
  if (!form.isFew())
    directives.push_back("unroll query");
  schedule.add("partials", directives);
}

void AttentionSchedule::addRow(StringRef stage, StringRef parts, bool skips) {
  SmallVector<std::string> directives{task()};
  if (skips)
    directives.push_back("skip");
  if (!parts.empty())
    directives.push_back(("order query " + parts).str());
  if (!form.isFew())
    directives.push_back(lanesOf("query"));
  schedule.add(stage, directives);
}

void AttentionSchedule::addFactors(StringRef stage) {
  if (table.storesFactors)
    addRow(stage);
}

void AttentionSchedule::addCombinedValues(StringRef stage, StringRef parts, bool skips) {
  SmallVector<std::string> directives{task(), ("order feature " + parts + " query").str(), lanesOf("feature"), "unroll feature"};
  if (skips)
    directives.insert(directives.begin() + 1, "skip");
  schedule.add(stage, directives);
}

void AttentionSchedule::addTileFacts(StringRef stage, ArrayRef<StringRef> parallelAxes) {
  SmallVector<std::string> directives{"at root"};
  if (!parallelAxes.empty())
    directives.push_back("parallel " + llvm::join(parallelAxes, " "));
  schedule.add(stage, directives);
}

void AttentionSchedule::addTileMagnitudes(StringRef stage, StringRef feature, SizeAttr count) {
  addMagnitudes(stage, "at root", feature, count);
}

void AttentionSchedule::addMagnitudes(StringRef stage, StringRef level, StringRef feature, SizeAttr count) {
  auto [sums, lanes] = partialSums(count.getConstant().value_or(1), table.lanes);
  SmallVector<std::string> directives{level.str()};
  if (lanes > 1)
    directives.push_back(("partial " + feature + " ").str() + number(sums) + " " + number(lanes));
  schedule.add(stage, directives);
}

void AttentionSchedule::addZeros() { schedule.add(result, {lanesOf("feature") + " guard"}); }

void AttentionSchedule::addResult() {
  std::optional<int64_t> width = features.getConstant();
  bool whole = width && *width % table.lanes == 0;
  std::string lanes = lanesOf("feature") + (whole ? "" : " guard");
  SmallVector<std::string> directives{lanes};
  if (!form.isFew()) {
    // Inside a task whole tiles are kept, so that a task is known to have one.
    directives = {"tile query.tile " + number(form.tile) + (isInner ? " pad" : " guard"), "order feature query query.tile head batch", lanes};
    if (!isInner)
      directives.push_back("parallel batch head query.tile");
  } else if (!isInner) {
    directives.push_back("parallel batch query head");
  }
  schedule.add(result, directives);
}

} // namespace attune
