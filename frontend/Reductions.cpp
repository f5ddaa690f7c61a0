#include "frontend/Arrays.h"
#include "frontend/Limits.h"

using namespace llvm;
using attune::attn::Reducer;

namespace attune::frontend {

StringRef nameOf(Reduction reduction) {
  switch (reduction) {
  case Reduction::Sum:
    return "sum";
  case Reduction::Mean:
    return "mean";
  case Reduction::Max:
    return "max";
  case Reduction::Min:
    return "min";
  }
  return "?";
}

static Reducer reducerOf(Reduction reduction) {
  if (reduction == Reduction::Max)
    return Reducer::Max;
  if (reduction == Reduction::Min)
    return Reducer::Min;
  return Reducer::Sum;
}

//===-- Axes ---------------------------------------------------------------===//

std::optional<unsigned> axisOfSize(ModelBuilder &mb, const Array &array,
                                   SizeAttr size) {
  std::optional<unsigned> found;
  for (auto [axis, mine] : llvm::enumerate(array.sizes)) {
    if (mine != size)
      continue;
    if (found) {
      mb.fail("two axes of " + describe(array.element, array.sizes) +
              " have size " + describe(size) + "; say which, as in 'axis " +
              Twine(*found) + "'");
      return std::nullopt;
    }
    found = axis;
  }
  if (!found)
    mb.fail("no axis of " + describe(array.element, array.sizes) +
            " has size " + describe(size));
  return found;
}

std::optional<unsigned> axisNumber(ModelBuilder &mb, const Array &array,
                                   int64_t axis) {
  int64_t rank = array.rank();
  if (axis < -rank || axis >= rank) {
    mb.fail("there is no axis " + Twine(axis) + " in " +
            describe(array.element, array.sizes));
    return std::nullopt;
  }
  return axis < 0 ? axis + rank : axis;
}

//===-- Reductions ---------------------------------------------------------===//

Value reduceFeatures(ModelBuilder &mb, Reduction reduction,
                     const Value &operand) {
  if (operand.isPoison())
    return {};
  ArrayPtr array = operand.array();
  if (!array || array->rank() != 1)
    return mb.fail("'" + nameOf(reduction) +
                   "' closes a feature vector, but this is " +
                   describe(operand));
  if (array->element == Element::Bool)
    return mb.fail("'" + nameOf(reduction) + "' does not take bools");
  Element compute = computeElement(array->element);
  if (reduction == Reduction::Mean)
    compute = Element::F32;
  auto result = std::make_shared<Array>();
  result->element = compute;
  result->depth = array->depth + 1;
  result->at = [&mb, array, compute, reduction](Body &body,
                                                ArrayRef<mlir::Value>) {
    return mb.reduceScalar(body, reducerOf(reduction), array->sizes[0], "e",
                           [&](Body &inner, mlir::Value e) {
                             return convert(inner, array->at(inner, {e}),
                                            compute);
                           });
  };
  Value sum = mb.finish(result, nameOf(reduction));
  if (reduction != Reduction::Mean)
    return sum;
  return elementwise(mb, Operation::Divide, {sum, makeInt(array->sizes[0])});
}

/// Aligns the axes of a `where` with those of the operand by their sizes:
/// valid[batch, tokens] lies on the first two axes of x[batch, tokens, width].
/// The result has the operand's rank, with 1 where the mask has no axis.
static ArrayPtr alignMask(ModelBuilder &mb, const ArrayPtr &mask,
                          const Array &operand) {
  SmallVector<unsigned> axes; // of the operand, for each of the mask's
  unsigned ways = 0;
  SmallVector<unsigned> chosen;
  std::function<void(unsigned, unsigned)> search = [&](unsigned i,
                                                       unsigned from) {
    if (ways > 1)
      return;
    if (i == mask->rank()) {
      ++ways;
      axes = chosen;
      return;
    }
    for (unsigned axis = from; axis < operand.rank(); ++axis) {
      if (operand.sizes[axis] != mask->sizes[i])
        continue;
      chosen.push_back(axis);
      search(i + 1, axis + 1);
      chosen.pop_back();
    }
  };
  search(0, 0);
  if (ways != 1) {
    // Several ways, or sizes of 1: align trailing axes as everywhere else.
    auto sizes = broadcast(operand.sizes, mask->sizes);
    if (!sizes || ArrayRef(*sizes) != ArrayRef(operand.sizes)) {
      mb.fail(ways == 0
                  ? "the sizes of the condition " +
                        describe(mask->element, mask->sizes) +
                        " are not among those of " +
                        describe(operand.element, operand.sizes)
                  : "the condition " + describe(mask->element, mask->sizes) +
                        " fits several axes of " +
                        describe(operand.element, operand.sizes) +
                        "; reshape it to the same number of axes");
      return nullptr;
    }
    axes.clear();
    for (unsigned i = 0; i < mask->rank(); ++i)
      axes.push_back(operand.rank() - mask->rank() + i);
  }
  auto result = std::make_shared<Array>(*mask);
  result->tensor = {};
  result->sizes.assign(operand.rank(), SizeAttr::constant(mb.context(), 1));
  for (auto [i, axis] : llvm::enumerate(axes))
    result->sizes[axis] = mask->sizes[i];
  result->at = [mask, axes](Body &body, ArrayRef<mlir::Value> indices) {
    SmallVector<mlir::Value> mine;
    for (unsigned axis : axes)
      mine.push_back(indices[axis]);
    return elementAt(body, *mask, mine);
  };
  return result;
}

namespace {

class AxisReducer {
public:
  AxisReducer(ModelBuilder &mb, Reduction reduction, const Array &operand,
              ArrayRef<ReducedAxis> axes)
      : mb(mb), reduction(reduction), operand(operand),
        axes(axes.begin(), axes.end()) {
    llvm::sort(this->axes, [](auto &a, auto &b) { return a.axis < b.axis; });
  }

  /// A reduction of `element(indices of the operand)`, where `full` are the
  /// sizes of the operand or, for a count, of the mask.
  Value run(StringRef what, Element compute, ArrayRef<SizeAttr> full,
            function_ref<mlir::Value(Body &, ArrayRef<mlir::Value>)> element) {
    SmallVector<SizeAttr> sizes, reduced;
    SmallVector<std::string> names = mb.axisNames(operand.sizes);
    SmallVector<std::string> outer, inner;
    for (auto [axis, size] : llvm::enumerate(full)) {
      const ReducedAxis *found = find(axis);
      if (!found || found->keep) {
        sizes.push_back(found ? SizeAttr::constant(mb.context(), 1) : size);
        outer.push_back(found ? names[axis] + "_one" : names[axis]);
      }
      if (found) {
        // The operand's own size: a mask may lack the axis.
        reduced.push_back(operand.sizes[axis]);
        inner.push_back(names[axis]);
      }
    }
    outer.append(inner.begin(), inner.end());
    ModelBuilder::makeUnique(outer);
    ArrayPtr result = mb.reduceStage(
        what, reducerOf(reduction), compute, sizes, reduced, outer,
        [&](Body &body, ArrayRef<mlir::Value> kept,
            ArrayRef<mlir::Value> summed) {
          SmallVector<mlir::Value> indices;
          size_t k = 0, r = 0;
          for (size_t axis = 0; axis < operand.rank(); ++axis) {
            const ReducedAxis *found = find(axis);
            if (!found || found->keep)
              ++k;
            indices.push_back(found ? summed[r++] : kept[k - 1]);
          }
          return element(body, indices);
        });
    return result ? Value(result) : Value();
  }

private:
  const ReducedAxis *find(unsigned axis) const {
    for (const ReducedAxis &candidate : axes)
      if (candidate.axis == axis)
        return &candidate;
    return nullptr;
  }

  ModelBuilder &mb;
  Reduction reduction;
  const Array &operand;
  SmallVector<ReducedAxis> axes;
};

} // namespace

/// What a dropped element contributes: nothing.
static Constant identityOf(ModelBuilder &mb, Reduction reduction,
                           Element compute) {
  if (compute == Element::F32) {
    double infinity = std::numeric_limits<double>::infinity();
    return {reduction == Reduction::Max   ? -infinity
            : reduction == Reduction::Min ? infinity
                                          : 0.0,
            {}};
  }
  int64_t value = reduction == Reduction::Max   ? INT32_MIN
                  : reduction == Reduction::Min ? INT32_MAX
                                                : 0;
  return {SizeAttr::constant(mb.context(), value), {}};
}

Value reduce(ModelBuilder &mb, Reduction reduction, const Value &value,
             ArrayRef<ReducedAxis> axes, const Value *where) {
  if (value.isPoison() || (where && where->isPoison()))
    return {};
  ArrayPtr operand = value.array();
  if (!operand)
    return mb.fail("'" + nameOf(reduction) + "' reduces a tensor, not " +
                   describe(value));
  if (mb.region)
    return mb.fail("an attention definition sums feature vectors with '" +
                   nameOf(reduction) + "(x)', without 'over' or 'along'");
  if (operand->element == Element::Bool)
    return mb.fail("'" + nameOf(reduction) +
                   "' does not take bools; cast them, as in i32(x)");
  for (size_t i = 0; i < axes.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (axes[i].axis == axes[j].axis)
        return mb.fail("the same axis is reduced twice");
  ArrayPtr mask;
  if (where) {
    mask = where->array();
    if (!mask || mask->element != Element::Bool)
      return mb.fail("'where' takes a bool tensor, not " + describe(*where));
    if (!(mask = alignMask(mb, mask, *operand)))
      return {};
  }
  Element compute = computeElement(operand->element);
  if (compute == Element::Index)
    compute = Element::I32;
  if (reduction == Reduction::Mean)
    compute = Element::F32;
  AxisReducer reducer(mb, reduction, *operand, axes);
  Value result = reducer.run(
      reduction == Reduction::Mean ? "sum" : nameOf(reduction), compute,
      operand->sizes, [&](Body &body, ArrayRef<mlir::Value> indices) {
        mlir::Value x = convert(body, operand->at(body, indices), compute);
        if (!mask)
          return x;
        mlir::Value keep = elementAt(body, *mask, indices);
        mlir::Value nothing =
            emitConstant(body, identityOf(mb, reduction, compute), compute);
        return emit(body, Operation::Select, compute, {keep, x, nothing});
      });
  if (result.isPoison())
    return {};
  if (reduction == Reduction::Mean && !mask) {
    SizeAttr count = SizeAttr::constant(mb.context(), 1);
    for (const ReducedAxis &axis : axes) {
      SizeResult product = multiplySizes(count, operand->sizes[axis.axis]);
      if (!product)
        return mb.fail(product.error);
      count = product.size;
    }
    result = elementwise(mb, Operation::Divide, {result, makeInt(count)},
                         "mean");
  } else if (reduction == Reduction::Mean) {
    Value count = reducer.run(
        "count", Element::F32, mask->sizes,
        [&](Body &body, ArrayRef<mlir::Value> indices) {
          return convert(body, elementAt(body, *mask, indices), Element::F32);
        });
    if (count.isPoison())
      return {};
    // A mean over nothing is 0.
    auto mean = std::make_shared<Array>();
    ArrayPtr sum = result.array(), kept = count.array();
    mean->sizes = sum->sizes;
    mean->at = [sum, kept](Body &body, ArrayRef<mlir::Value> indices) {
      mlir::Value n = elementAt(body, *kept, indices);
      mlir::Value zero = floatConstant(body, 0);
      mlir::Value none = emit(body, Operation::Equal, Element::F32, {n, zero});
      mlir::Value quotient = emit(body, Operation::Divide, Element::F32,
                                  {elementAt(body, *sum, indices), n});
      return emit(body, Operation::Select, Element::F32,
                  {none, zero, quotient});
    };
    result = mb.finish(mean, "mean");
  }
  if (isHalf(operand->element))
    return castTo(mb, result, operand->element);
  return result;
}

} // namespace attune::frontend
