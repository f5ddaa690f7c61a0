// x[…]: elements, ranges and gathers, and the proof or check that every index
// lies in its table. What guards a gather of a definition, GatherChecks.cpp sees.
#include "frontend/Arrays.h"
#include "frontend/Limits.h"

#include "dialect/Attn.h"

using namespace llvm;

namespace attune::frontend {

namespace {

class Indexer {
public:
  Indexer(ModelBuilder &mb, const ArrayPtr &table, StringRef text)
      : mb(mb), table(table), text(text) {}

  Value run(ArrayRef<IndexValue> places) {
    if (places.size() > table->rank())
      return mb.fail(describe(table->element, table->sizes) + " has " +
                     Twine(table->rank()) + " axes, but " +
                     Twine(places.size()) + " indices are given");
    for (auto [axis, place] : llvm::enumerate(places))
      if (!addPlace(axis, place))
        return {};
    for (unsigned axis = places.size(); axis < table->rank(); ++axis)
      keepAxis(axis, SizeAttr::constant(mb.context(), 0), table->sizes[axis]);
    return build();
  }

private:
  /// What an index in an attention definition must be below, for messages too.
  struct Bound {
    SizeAttr size;
    std::string what;
    SMRange where;
  };

  /// How the index of one axis of the table comes about.
  struct Source {
    enum { Fixed, Gather, Axis } kind = Axis;
    SizeAttr size;        // Fixed: the index; Axis: the offset
    ArrayPtr indices;     // Gather
    unsigned axis = 0;    // Axis: of the result, gathered axes not counted
    std::optional<Bound> bound; // where sizes do not prove the index
  };

  bool addPlace(unsigned axis, const IndexValue &place) {
    mb.where = place.where;
    if (place.kind == IndexValue::Whole) {
      keepAxis(axis, SizeAttr::constant(mb.context(), 0), table->sizes[axis]);
      return true;
    }
    if (place.kind == IndexValue::Range) {
      Value part = slice(mb, Value(table), axis, place.first, place.last);
      if (part.isPoison())
        return false;
      keepAxis(axis, place.first, part.array()->sizes[axis]);
      return true;
    }
    if (const Constant *constant = place.value.constant()) {
      if (!constant->isInt()) {
        mb.fail("an index must be an integer, not " + describe(place.value));
        return false;
      }
      if (!checkConstant(axis, constant->size(), place))
        return false;
      sources.push_back({Source::Fixed, constant->size(), nullptr, 0,
                         std::exchange(unproved, std::nullopt)});
      return true;
    }
    ArrayPtr indices = place.value.array();
    if (!indices || !isInteger(indices->element)) {
      mb.fail("an index must be an integer, not " + describe(place.value));
      return false;
    }
    if (!checkArray(axis, indices, place))
      return false;
    if (!gathersAt)
      gathersAt = kept.size();
    auto sizes = broadcast(gathered, indices->sizes);
    if (!sizes) {
      mb.fail("the sizes of the indices do not match");
      return false;
    }
    gathered = *sizes;
    sources.push_back({Source::Gather, {}, indices, 0,
                       std::exchange(unproved, std::nullopt)});
    return true;
  }

  void keepAxis(unsigned axis, SizeAttr offset, SizeAttr size) {
    Source source;
    source.size = offset;
    source.axis = kept.size();
    sources.push_back(source);
    kept.push_back(size);
  }

  std::string tableName() const {
    return table->name.empty() ? text.str() : table->name;
  }

  std::string extent(unsigned axis) const {
    return (tableName() + " has " + describe(table->sizes[axis]) +
            (axis == 0 ? " rows" : " elements on axis " + std::to_string(axis)));
  }

  /// An index known when compiling, or from sizes and the indices of a pair.
  bool checkConstant(unsigned axis, SizeAttr index, const IndexValue &place) {
    SizeAttr size = table->sizes[axis];
    SizeResult above = subtractSizes(size, index);
    if (!above) {
      mb.fail(above.error);
      return false;
    }
    // What `keep` says is no help here: dropped pairs read too.
    Facts facts;
    facts.indexEnd = mb.facts().indexEnd;
    bool low = isNonNegative(index, facts), high = isPositive(above.size, facts);
    if (low && high)
      return true;
    if (!isSize(index)) {
      need(place, size, extent(axis));
      return true;
    }
    SizeResult below = subtractSizes(SizeAttr::constant(mb.context(), -1), index);
    SizeResult beyond = subtractSizes(index, size);
    if ((below && isNonNegative(below.size, facts)) ||
        (beyond && isNonNegative(beyond.size, facts))) {
      mb.fail("the index " + describe(index) + " is outside the table: " +
              extent(axis));
      return false;
    }
    checkAtRun(index, index, size, axis);
    return true;
  }

  /// Checks for the run that `least >= 0` and `greatest < size`, as far as
  /// sizes do not already say so.
  void checkAtRun(SizeAttr least, SizeAttr greatest, SizeAttr size,
                  unsigned axis) {
    SizeAttr one = SizeAttr::constant(mb.context(), 1);
    SizeAttr zero = SizeAttr::constant(mb.context(), 0);
    SizeResult negated = subtractSizes(zero, least);
    SizeResult end = addSizes(greatest, one);
    if (!negated || !end) {
      mb.fail(negated.error + end.error);
      return;
    }
    if (!isNonNegative(least, Facts()))
      mb.checkSize(negated.size, zero, extent(axis) + ", counted from 0");
    SizeResult room = subtractSizes(size, end.size);
    if (!room || !isNonNegative(room.size, Facts()))
      mb.checkSize(end.size, size, extent(axis));
  }

  bool checkArray(unsigned axis, const ArrayPtr &indices,
                  const IndexValue &place) {
    SizeAttr size = table->sizes[axis];
    if (indices->bounds && isSize(indices->bounds->least) &&
        isSize(indices->bounds->greatest)) {
      const Bounds &bounds = *indices->bounds;
      SizeResult beyond = subtractSizes(bounds.least, size);
      SizeResult below = subtractSizes(SizeAttr::constant(mb.context(), -1),
                                       bounds.greatest);
      if ((beyond && isNonNegative(beyond.size, Facts())) ||
          (below && isNonNegative(below.size, Facts()))) {
        mb.fail("the indices from " + describe(bounds.least) + " to " +
                describe(bounds.greatest) + " are outside the table: " +
                extent(axis));
        return false;
      }
      SizeResult room = subtractSizes(size, bounds.greatest);
      if (isNonNegative(bounds.least, Facts()) && room &&
          isPositive(room.size, Facts()))
        return true;
      // A dropped pair may hold any index, so a bound that fails proves
      // nothing inside a definition.
      if (!mb.region && bounds.isAttained) {
        checkAtRun(bounds.least, bounds.greatest, size, axis);
        return true;
      }
    }
    if (mb.region) {
      need(place, size, extent(axis));
      return true;
    }
    mlir::Value tensor = asI32(indices);
    if (!tensor)
      return false;
    std::string what = indices->name;
    if (what.empty())
      what = "indices of " + tableName();
    mb.checkIndex(tensor, size, what);
    return true;
  }

  mlir::Value asI32(const ArrayPtr &indices) {
    Value cast = castTo(mb, Value(indices), Element::I32);
    return cast.isPoison() ? mlir::Value()
                           : mb.materialize(cast.array(), "indices");
  }

  /// Leaves it to the definition's guards, or to a check before the attention.
  void need(const IndexValue &place, SizeAttr size, const Twine &what) {
    unproved = Bound{size, what.str(), place.where};
  }

  /// `value` where it lies in the table; something that does elsewhere.
  static mlir::Value guard(ModelBuilder &mb, Body &body, mlir::Value value,
                           const Source &source) {
    const Bound &bound = *source.bound;
    bool isWide = value.getType().isInteger(64);
    mlir::Value index = toIndex(body, value);
    mlir::Value clamped =
        attn::ClampOp::create(body.builder, body.loc,
                              body.builder.getIndexType(), index, bound.size);
    if (mb.region)
      mb.region->gathers.push_back({clamped, isWide ? value : index,
                                    source.size, bound.size, bound.what,
                                    bound.where});
    return clamped;
  }

  Value build() {
    auto result = std::make_shared<Array>();
    result->element = table->element;
    result->loads = table->loads;
    result->depth = table->depth + 1;
    result->isView = table->isView;
    result->bounds = table->bounds;
    if (result->bounds)
      result->bounds->isAttained = false;
    unsigned first = gathersAt.value_or(0), count = gathered.size();
    result->sizes.assign(kept.begin(), kept.begin() + first);
    result->sizes.append(gathered.begin(), gathered.end());
    result->sizes.append(kept.begin() + first, kept.end());
    if (gathersAt) {
      result->isView = false;
      for (const Source &source : sources)
        if (source.indices) {
          result->loads |= source.indices->loads;
          result->depth =
              std::max(result->depth, source.indices->depth + 1);
        }
    } else if (!result->sizes.empty()) {
      result->name = table->name;
    }
    ArrayPtr from = table;
    SmallVector<Source> how = sources;
    result->at = [&mb = mb, from, how, first,
                  count](Body &body, ArrayRef<mlir::Value> indices) {
      SmallVector<mlir::Value> mine;
      ArrayRef<mlir::Value> shared = indices.slice(first, count);
      for (const Source &source : how) {
        mlir::Value index;
        if (source.kind == Source::Fixed) {
          index = source.bound
                      ? guard(mb, body, emitInteger(body, source.size), source)
                      : emitSize(body, source.size);
        } else if (source.kind == Source::Gather) {
          index = elementAt(body, *source.indices, shared);
          index = source.bound ? guard(mb, body, index, source)
                               : toIndex(body, index);
        } else {
          index = indices[source.axis < first ? source.axis
                                              : source.axis + count];
          if (!source.size.isConstant(0))
            index = mlir::arith::AddIOp::create(body.builder, body.loc, index,
                                                emitSize(body, source.size));
        }
        mine.push_back(index);
      }
      return from->at(body, mine);
    };
    return mb.finish(result, "gather");
  }

  ModelBuilder &mb;
  ArrayPtr table;
  StringRef text;
  SmallVector<Source> sources;
  SmallVector<SizeAttr> kept, gathered;
  std::optional<unsigned> gathersAt;
  std::optional<Bound> unproved;
};

} // namespace

Value index(ModelBuilder &mb, const ArrayPtr &table,
            ArrayRef<IndexValue> places, StringRef text) {
  return Indexer(mb, table, text).run(places);
}

} // namespace attune::frontend
