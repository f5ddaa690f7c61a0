#include "explain/MaskPicture.h"
#include "schedule/Kernels.h"
#include "llvm/Support/MathExtras.h"
#include <set>

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

constexpr int64_t mostTiles = 64;           ///< along an axis: more cannot be told apart
constexpr int64_t mostPairs = 1 << 18;      ///< looked at in a picture

/// A mask at one pair, by folding its operations.
class Mask {
public:
  Mask(AttentionOp attention, const llvm::StringMap<int64_t> &sizes) : sizes(sizes), keep(attention.getKeep().front()) {}

  /// None where an operation does not fold: `problem` says which.
  std::optional<bool> at(int64_t query, int64_t key) {
    values.clear();
    Type index = IndexType::get(keep.getParentOp()->getContext());
    int64_t indices[] = {0, 0, query, key};
    for (auto [argument, value] : llvm::zip(keep.getArguments(), indices))
      values[argument] = IntegerAttr::get(index, value);
    for (Operation &op : keep.without_terminator())
      if (!fold(op))
        return std::nullopt;
    auto result = dyn_cast_or_null<IntegerAttr>(values.lookup(keep.getTerminator()->getOperand(0)));
    return result ? std::optional(!result.getValue().isZero()) : std::nullopt;
  }

  std::string problem;

private:
  bool fold(Operation &op) {
    if (auto size = dyn_cast<SizeOp>(op)) {
      auto value = evaluate(size.getSize(), [&](StringRef symbol) -> std::optional<int64_t> {
        auto found = sizes.find(symbol);
        return found == sizes.end() ? std::nullopt : std::optional(found->getValue());
      });
      if (!value)
        return fail("the size " + size.getSize().str() + " is not known: give it with --size");
      values[size.getResult()] = IntegerAttr::get(size.getType(), *value);
      return true;
    }
    if (isa<LoadOp>(op))
      return fail("it depends on data: what it keeps is decided when the program runs");
    if (isa<WithinOp, ClampOp>(op)) {
      values[op.getResult(0)] = values.lookup(op.getOperand(0));
      return true;
    }
    SmallVector<Attribute> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.lookup(operand));
    SmallVector<OpFoldResult> results;
    if (op.getNumResults() != 1 || op.getNumRegions() || failed(op.fold(operands, results)))
      return fail("it computes '" + op.getName().getStringRef() + "'");
    Attribute result;
    if (!results.empty())
      result = isa<Attribute>(results[0]) ? cast<Attribute>(results[0]) : values.lookup(cast<Value>(results[0]));
    if (!result)
      return fail("it computes '" + op.getName().getStringRef() + "'");
    values[op.getResult(0)] = result;
    return true;
  }

  bool fail(const llvm::Twine &why) {
    problem = why.str();
    return false;
  }

  const llvm::StringMap<int64_t> &sizes;
  Block &keep;
  DenseMap<Value, Attribute> values;
};

MaskPicture pictureOf(AttentionOp attention, const llvm::StringMap<int64_t> &sizes, int64_t tileQueries, int64_t tileKeys) {
  MaskPicture picture;
  picture.name = attention.getName().str();
  auto value = [&](SizeAttr size) {
    return evaluate(size, [&](StringRef symbol) -> std::optional<int64_t> {
      auto found = sizes.find(symbol);
      return found == sizes.end() ? std::nullopt : std::optional(found->getValue());
    });
  };
  std::optional<int64_t> queries = value(attention.getQueries()), keys = value(attention.getKeys());
  if (!queries || !keys) {
    picture.problem = "how many queries and keys there are is not known: give sizes with --size";
    return picture;
  }
  if (*queries <= 0 || *keys <= 0) {
    picture.problem = "there are no pairs of queries and keys";
    return picture;
  }
  picture.queries = *queries;
  picture.keys = *keys;
  picture.tileQueries = std::max<int64_t>(tileQueries, llvm::divideCeil(*queries, mostTiles));
  picture.tileKeys = std::max<int64_t>(tileKeys, llvm::divideCeil(*keys, mostTiles));
  int64_t rows = llvm::divideCeil(*queries, picture.tileQueries), columns = llvm::divideCeil(*keys, picture.tileKeys);
  // Every pair where there are few, else as many of each tile as there is time for.
  int64_t each = std::max<int64_t>(4, mostPairs / (rows * columns));
  int64_t side = 2;
  while ((side + 1) * (side + 1) <= each)
    ++side;
  int64_t queriesSeen = std::max<int64_t>(2, std::min(side, picture.tileQueries));
  int64_t keysSeen = std::max<int64_t>(2, std::min(each / queriesSeen, picture.tileKeys));
  Mask mask(attention, sizes);
  for (int64_t row = 0; row < rows; ++row) {
    picture.rows.emplace_back();
    for (int64_t column = 0; column < columns; ++column) {
      int64_t firstQuery = row * picture.tileQueries, lastQuery = std::min(*queries, firstQuery + picture.tileQueries) - 1;
      int64_t firstKey = column * picture.tileKeys, lastKey = std::min(*keys, firstKey + picture.tileKeys) - 1;
      int64_t queryStep = std::max<int64_t>(1, llvm::divideCeil(lastQuery - firstQuery, queriesSeen - 1));
      int64_t keyStep = std::max<int64_t>(1, llvm::divideCeil(lastKey - firstKey, keysSeen - 1));
      picture.isSampled |= queryStep > 1 || keyStep > 1;
      bool any = false, all = true;
      for (int64_t query = firstQuery;; query = std::min(query + queryStep, lastQuery)) {
        for (int64_t key = firstKey;; key = std::min(key + keyStep, lastKey)) {
          std::optional<bool> kept = mask.at(query, key);
          if (!kept) {
            picture.problem = mask.problem;
            picture.rows.clear();
            return picture;
          }
          any |= *kept;
          all &= *kept;
          if (key == lastKey)
            break;
        }
        if (query == lastQuery)
          break;
      }
      picture.rows.back().push_back(all ? MaskPicture::Full : any ? MaskPicture::Cut : MaskPicture::Empty);
    }
  }
  return picture;
}

/// Tiles that a scheduled attention runs over: queries of a task, keys of a chunk, by
/// the names that decomposed attention has for them.
std::pair<int64_t, int64_t> tilesOf(KernelOp kernel) {
  std::pair<int64_t, int64_t> tiles{1, 1};
  unsigned last = kernel.getVariants().size() - 1;
  if (ScheduleAttr schedule = kernel.getSchedule(last))
    for (StageScheduleAttr stage : schedule.getStages())
      for (DirectiveAttr directive : stage.getDirectives())
        if (directive.str().rfind("tile query.tile ", 0) == 0)
          tiles.first = cast<IntegerAttr>(directive.getArguments()[1]).getInt();
  for (auto stage : kernel.getVariants()[last].getOps<StageOp>())
    for (unsigned axis = 0; axis < stage.getAxes().size(); ++axis)
      if (stage.getAxisName(axis) == "key")
        tiles.second = std::max(tiles.second, stage.getAxisSize(axis).getConstant().value_or(1));
  return tiles;
}

} // namespace

std::vector<MaskPicture> picturesOf(ModuleOp fused, ModuleOp scheduled, const llvm::StringMap<int64_t> &sizes) {
  std::vector<MaskPicture> masks;
  for (func::FuncOp function : scheduledFunctions(scheduled)) {
    std::set<std::string> seen; // layers have the same
    std::vector<NamedKernel> after = namedKernels(function);
    auto before = fused.lookupSymbol<func::FuncOp>(function.getName());
    for (const NamedKernel &kernel : before ? namedKernels(before) : std::vector<NamedKernel>())
      for (auto attention : KernelOp(kernel.op).getVariants().front().getOps<AttentionOp>()) {
        auto same = llvm::find_if(after, [&](const NamedKernel &other) { return other.numbered == kernel.numbered; });
        if (same == after.end() || !seen.insert(kernel.pattern()).second)
          continue;
        auto [queries, keys] = tilesOf(same->op);
        masks.push_back(pictureOf(attention, sizes, queries, keys));
        masks.back().name = kernel.pattern();
      }
  }
  return masks;
}

} // namespace attune
