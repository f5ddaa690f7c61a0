#include "passes/AttentionForm.h"
#include "dialect/BodyQueries.h"
#include "passes/DeviceSchedule.h"
#include "passes/SeparatedScore.h"
#include "passes/ShareUse.h"
#include "passes/Variants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

/// Pairs of a tile: each of the values that a task keeps of them takes 16 MB.
constexpr int64_t mostPairs = int64_t(1) << 22;

StringAttr word(MLIRContext *context, StringRef text) { return StringAttr::get(context, text); }

/// Changes forms as a schedule file asks.
class FormChooser {
public:
  FormChooser(AttentionOp op, const AttentionTable &table) : op(op), table(table), use(shareUse(op)) {}

  void chooseByDefault();
  LogicalResult apply(VariantAttr asked);

  SmallVector<AttentionVariant> variants;

private:
  ConditionAttr upTo(SizeAttr size, int64_t bound) { return ConditionAttr::get(op.getContext(), size, bound); }
  InFlightDiagnostic fail(VariantAttr asked) {
    return emitError(asked.getWhere()) << "attention '" << op.getName() << "': ";
  }
  void addFar(AttentionForm near);
  bool dependsOnQuery(Value condition);
  LogicalResult setTile(AttentionForm &form, DirectiveAttr tile, VariantAttr asked);
  LogicalResult check(AttentionForm &form, VariantAttr asked);
  static int64_t sharedTile(int64_t most, int64_t features);

  AttentionOp op;
  const AttentionTable &table;
  ShareUse use;
  size_t front = 0; ///< where new variants go
};

/// `most` queries, or as many fewer as have the sums of `features` features shared out evenly; `most` where none have.
int64_t FormChooser::sharedTile(int64_t most, int64_t features) {
  for (int64_t queries = most; queries >= attentionRowThreads; queries /= 2)
    if (keepsSums(queries, features))
      return queries;
  return most;
}

void FormChooser::chooseByDefault() {
  std::optional<int64_t> queries = op.getQueries().getConstant(), keys = op.getKeys().getConstant();
  int64_t most = queries ? llvm::PowerOf2Ceil(std::max<int64_t>(*queries, 1)) : table.queryTile;
  // No more sums for a tile where features are many.
  std::optional<int64_t> features = op.getFeatures().getConstant();
  bool isWide = table.wideFeatures && features && *features > table.wideFeatures;
  int64_t fewer = isWide ? llvm::PowerOf2Ceil(llvm::divideCeil(*features, table.wideFeatures)) : 1;
  int64_t queryTile = std::max(table.leastTile, std::min(table.queryTile / fewer, most));
  // Threads keep the sums of chunks that are together.
  if (table.chunksTogether > 1 && features)
    queryTile = sharedTile(queryTile, *features);
  // What is right without keys stays the first. As many queries are no work for any.
  if (!keys && op.getQueries() != op.getKeys())
    variants.push_back({{1, std::nullopt, true}, upTo(op.getKeys(), 0)});
  front = variants.size();
  if (use == ShareUse::Other) {
    op.emitRemark("attention \"") << op.getName() << "\": the weight is not proportional to what the normaliser "
                                  << "gives, so a tile keeps the scores of all its keys until their sum is known: "
                                  << "memory grows with the keys and no tile of the mask is skipped";
    variants.push_back({{queryTile, std::nullopt}, {}});
    return;
  }
  // As many keys as queries are few of both, which rows are as good for.
  bool mayBeFew = queries ? *queries <= table.fewQueries : op.getQueries() != op.getKeys();
  if (mayBeFew) {
    int64_t chunk = std::min(table.fewChunk, keys.value_or(table.fewChunk));
    variants.push_back({{1, std::max<int64_t>(chunk, 1)}, queries ? ConditionAttr() : upTo(op.getQueries(), table.fewQueries)});
    if (queries)
      return;
  }
  // Of keys that all queries keep, whole chunks fall away.
  Value keep = op.getYield(op.getKeep()).getOperand(0);
  bool keepsAll = keep.getDefiningOp<arith::ConstantOp>() != nullptr, isOfKeys = keepsAll || !dependsOnQuery(keep);
  int64_t chunk = isOfKeys ? table.denseChunk : table.maskedChunk;
  int64_t row = keepsAll ? table.denseChunk : table.rowKeys;
  // What bounds its exponents is known of chunks.
  if (isSeparable(op)) {
    variants.push_back({{queryTile, std::max<int64_t>(1, std::min(table.maskedChunk, keys.value_or(table.maskedChunk)))}, {}});
    return;
  }
  if (table.rowKeys > 0 && (!keys || *keys <= row)) {
    variants.push_back({{queryTile, std::nullopt}, keys ? ConditionAttr() : upTo(op.getKeys(), row)});
    if (keys)
      return;
  }
  chunk = std::max<int64_t>(1, std::min(chunk, keys.value_or(chunk)));
  variants.push_back({{queryTile, chunk}, {}});
  if (isOfKeys)
    addFar({queryTile, chunk});
}

bool FormChooser::dependsOnQuery(Value condition) {
  Value query = op.getKeep().getArgument(2);
  return isComputedFrom(condition, [&](Value part) { return part == query; });
}

/// Where the keys and values of a head are past a near cache each tile reads them from afar: tiles of more queries read them
/// less often, and larger chunks leave less of each to combine. `near` is the form for fewer keys, the last variant so far.
void FormChooser::addFar(AttentionForm near) {
  std::optional<int64_t> queries = op.getQueries().getConstant(), keys = op.getKeys().getConstant();
  std::optional<int64_t> depth = op.getDepth().getConstant(), features = op.getFeatures().getConstant();
  if (table.farBytes == 0 || !depth || !features || (queries && *queries < 2 * table.farTile))
    return;
  int64_t ofKey = std::max<int64_t>(1, *depth + *features);
  int64_t most = table.farBytes / (ofKey * int64_t(sizeof(float)));
  if (keys && *keys <= most)
    return;
  AttentionForm far{table.farTile, table.farChunk};
  while (*far.chunk / 2 >= *near.chunk && *far.chunk * ofKey > table.farChunk * table.farFeatures)
    *far.chunk /= 2;
  if (keys)
    variants.pop_back();
  else
    variants.back().condition = upTo(op.getKeys(), most);
  if (!queries && op.getQueries() != op.getKeys())
    variants.push_back({near, upTo(op.getQueries(), 2 * table.farTile)});
  variants.push_back({far, {}});
}

LogicalResult FormChooser::apply(VariantAttr asked) {
  SmallVector<ConditionAttr> conditions;
  for (const AttentionVariant &variant : variants)
    conditions.push_back(variant.condition);
  size_t place = llvm::find(conditions, asked.getCondition()) - conditions.begin();
  if (place == conditions.size()) {
    AttentionVariant added{variants[variantBehind(asked.getCondition(), conditions)].form, asked.getCondition(), true};
    place = placeOfVariant(asked.getCondition(), conditions, front);
    variants.insert(variants.begin() + place, added);
  }
  AttentionForm &form = variants[place].form;
  AttentionForm before = form;
  for (DirectiveAttr tile : asked.getTiles())
    if (failed(setTile(form, tile, asked)))
      return failure();
  variants[place].isAsked |= form.tile != before.tile || form.chunk != before.chunk;
  return check(form, asked);
}

LogicalResult FormChooser::setTile(AttentionForm &form, DirectiveAttr tile, VariantAttr asked) {
  ArrayAttr arguments = tile.getArguments();
  auto axis = arguments.size() == 2 ? dyn_cast<StringAttr>(arguments[0]) : StringAttr();
  auto number = axis ? dyn_cast<IntegerAttr>(arguments[1]) : IntegerAttr();
  bool isWhole = axis && arguments[1] == word(op.getContext(), "whole");
  if (!axis || (!number && !isWhole))
    return fail(asked) << "'" << tile.str() << "' is no tile: write 'tile AXIS NUMBER' or 'tile key whole'";
  if (axis != "query" && axis != "key")
    return fail(asked) << "'" << tile.str() << "': its tiles are of 'query' and of 'key'";
  if (form.isEmpty)
    return fail(asked) << "'" << tile.str() << "': without keys there is nothing to compute in tiles";
  if (number && number.getInt() < 1)
    return fail(asked) << "'" << tile.str() << "': a tile has 1 " << axis.getValue() << " at least";
  if (axis == "key") {
    form.chunk = number ? std::optional<int64_t>(number.getInt()) : std::nullopt;
    return success();
  }
  if (isWhole)
    return fail(asked) << "'" << tile.str() << "': tiles of queries are what threads share; give their number";
  form.tile = number.getInt();
  return success();
}

LogicalResult FormChooser::check(AttentionForm &form, VariantAttr asked) {
  if (asked.getTiles().empty() || form.isEmpty)
    return success();
  if (!form.isFew() && form.tile % table.lanes)
    return fail(asked) << "'tile query " << form.tile << "': vectors lie along the queries, so a tile has a multiple of "
                       << table.lanes << " of them, or 1";
  if (use == ShareUse::Other && (form.isFew() || form.chunk))
    return fail(asked) << "its weight needs the sum over all keys first, which chunks do not have: it takes 'tile key whole' "
                       << "and several queries";
  if (form.isFew() && !form.chunk)
    return fail(asked) << "'tile query 1': threads share the keys of a query, so 'tile key' must be a number";
  if (!form.chunk && isSeparable(op))
    return fail(asked) << "'tile key whole': what bounds the exponents of its scores is known of chunks of keys";
  int64_t keys = form.chunk.value_or(op.getKeys().getConstant().value_or(1));
  if (form.chunk && *form.chunk % table.steps && !form.isFew())
    return fail(asked) << "'tile key " << *form.chunk << "': sums of bf16 take their terms two by two, so a chunk has an even "
                       << "number of keys";
  int64_t step = std::max(table.keys, table.lanes);
  if (form.chunk && *form.chunk % step && form.chunk != op.getKeys().getConstant())
    return fail(asked) << "'tile key " << *form.chunk << "': register tiles have up to " << step
                       << " keys, so a chunk has a multiple of that";
  if (form.tile > mostPairs / keys)
    return fail(asked) << "a tile of " << form.tile << " queries by " << keys << " keys would not fit: "
                       << mostPairs << " pairs are the most";
  return success();
}

} // namespace

SmallVector<DirectiveAttr> AttentionForm::tiles(MLIRContext *context) const {
  if (isEmpty)
    return {};
  auto tile = [&](StringRef axis, std::optional<int64_t> size) {
    Attribute number = size ? Attribute(IntegerAttr::get(IntegerType::get(context, 64), *size)) : word(context, "whole");
    return DirectiveAttr::get(context, word(context, "tile"), ArrayAttr::get(context, {word(context, axis), number}));
  };
  return {tile("query", this->tile), tile("key", chunk)};
}

Multiplication multiplicationOf(AttentionOp op, const TargetInfo &target) {
  bool isBF16 = op.getValueType().getElementType().isBF16();
  return isBF16 && target.hasBF16Dot ? Multiplication::BF16Dot : Multiplication::F32;
}

FailureOr<SmallVector<AttentionVariant>> chooseForms(AttentionOp op, ArrayRef<VariantAttr> asked, const AttentionTable &table) {
  FormChooser chooser(op, table);
  chooser.chooseByDefault();
  for (VariantAttr variant : asked)
    if (failed(chooser.apply(variant)))
      return failure();
  return std::move(chooser.variants);
}

} // namespace attune
