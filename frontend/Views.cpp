// Tensors seen under other axes: reshape, transpose, slice, concat, range.
#include "frontend/Arrays.h"
#include "frontend/Limits.h"

#include "dialect/Attn.h"

using namespace llvm;
using attune::attn::TensorType;

namespace attune::frontend {

/// An array that reads `source` at other indices.
static std::shared_ptr<Array> viewOf(const ArrayPtr &source) {
  auto view = std::make_shared<Array>(*source);
  view->tensor = {};
  view->depth = source->depth + 1;
  return view;
}

Value reshape(ModelBuilder &mb, const Value &operand,
              ArrayRef<SizeAttr> sizes) {
  if (const Constant *constant = operand.constant()) {
    ArrayPtr scalar = toArray(mb, operand, "the operand of reshape");
    for (SizeAttr size : sizes)
      if (!size.isConstant(1))
        return mb.fail("a single number has no elements for " +
                       describeSizes(sizes));
    return filled(mb, *constant, scalar->element, sizes);
  }
  ArrayPtr array = toArray(mb, operand, "the operand of reshape");
  if (!array || !mb.checkShape(array->element, sizes))
    return {};
  for (ArrayRef<SizeAttr> list : {ArrayRef(array->sizes), sizes}) {
    SizeAttr count = SizeAttr::constant(mb.context(), 1);
    for (SizeAttr size : list) {
      SizeResult product = multiplySizes(count, size);
      if (!product)
        return mb.fail(product.error);
      count = product.size;
    }
  }
  SizeAttr before = attn::product(mb.context(), array->sizes),
           after = attn::product(mb.context(), sizes);
  if (before != after)
    return mb.fail("cannot reshape " + describe(operand) + " to " +
                   describeSizes(sizes) + ": it has " + describe(before) +
                   " elements, not " + describe(after));
  if (ArrayRef(array->sizes) == sizes)
    return operand;
  mlir::Value tensor = mb.materialize(array, "copy");
  if (!tensor)
    return {};
  auto type = TensorType::get(toType(array->element, mb.context()), sizes);
  mlir::Value result =
      attn::ReshapeOp::create(mb.builder, mb.location(), type, tensor);
  auto reshaped = std::make_shared<Array>(*makeTensor(result, array->bounds));
  reshaped->name = array->name;
  return Value(ArrayPtr(reshaped));
}

Value transpose(ModelBuilder &mb, const Value &operand,
                ArrayRef<unsigned> permutation) {
  ArrayPtr array = operand.array();
  auto view = viewOf(array);
  SmallVector<unsigned> order(permutation);
  for (auto [to, from] : llvm::enumerate(order))
    view->sizes[to] = array->sizes[from];
  view->at = [array, order](Body &body, ArrayRef<mlir::Value> indices) {
    SmallVector<mlir::Value> mine(order.size());
    for (auto [to, from] : llvm::enumerate(order))
      mine[from] = indices[to];
    return array->at(body, mine);
  };
  return mb.finish(view, "transpose");
}

static mlir::Value shifted(Body &body, mlir::Value index, SizeAttr by) {
  if (by.isConstant(0))
    return index;
  return mlir::arith::AddIOp::create(body.builder, body.loc, index,
                                     emitSize(body, by));
}

/// Checks that `first..last` lies within `size`; emits a check for the run
/// where only that can tell.
static bool checkRange(ModelBuilder &mb, SizeAttr first, SizeAttr last,
                       SizeAttr size, StringRef what) {
  Facts facts;
  SizeAttr zero = SizeAttr::constant(mb.context(), 0);
  struct Part {
    SizeAttr low, high;
  };
  for (Part part : {Part{zero, first}, Part{first, last}, Part{last, size}}) {
    SizeResult room = subtractSizes(part.high, part.low);
    SizeResult excess = subtractSizes(part.low, part.high);
    if (!room || !excess) {
      mb.fail(room.error + excess.error);
      return false;
    }
    if (isNonNegative(room.size, facts))
      continue;
    if (isPositive(excess.size, facts)) {
      mb.fail("the range " + describe(first) + ".." + describe(last) +
              " is not within 0.." + describe(size));
      return false;
    }
    mb.checkSize(part.low, part.high,
                 "the range " + Twine(describe(first)) + ".." +
                     describe(last) + " of " + what);
  }
  return true;
}

Value slice(ModelBuilder &mb, const Value &operand, unsigned axis,
            SizeAttr first, SizeAttr last) {
  ArrayPtr array = operand.array();
  SizeResult size = subtractSizes(last, first);
  if (!size)
    return mb.fail(size.error);
  if (!checkRange(mb, first, last, array->sizes[axis],
                  array->name.empty() ? "a tensor" : array->name))
    return {};
  auto view = viewOf(array);
  view->sizes[axis] = size.size;
  if (view->bounds)
    view->bounds->isAttained = false;
  if (!mb.checkShape(view->element, view->sizes))
    return {};
  view->at = [array, axis, first](Body &body, ArrayRef<mlir::Value> indices) {
    SmallVector<mlir::Value> mine(indices);
    mine[axis] = shifted(body, mine[axis], first);
    return array->at(body, mine);
  };
  return mb.finish(view, "slice");
}

Value concat(ModelBuilder &mb, ArrayRef<ArrayPtr> parts, unsigned axis) {
  auto result = std::make_shared<Array>();
  result->element = parts[0]->element;
  result->sizes = parts[0]->sizes;
  SmallVector<SizeAttr> starts{SizeAttr::constant(mb.context(), 0)};
  for (auto [i, part] : llvm::enumerate(parts)) {
    SmallVector<SizeAttr> expected(parts[0]->sizes);
    if (part->rank() > axis)
      expected[axis] = part->sizes[axis];
    if (part->element != result->element ||
        ArrayRef(part->sizes) != ArrayRef(expected))
      return mb.fail("cannot join " +
                     describe(parts[0]->element, parts[0]->sizes) + " and " +
                     describe(part->element, part->sizes) + " on axis " +
                     Twine(axis) + "; all else must be equal");
    SizeResult end = addSizes(starts.back(), part->sizes[axis]);
    if (!end)
      return mb.fail(end.error);
    starts.push_back(end.size);
    result->depth = std::max(result->depth, part->depth + 1);
  }
  result->sizes[axis] = starts.back();
  SmallVector<ArrayPtr> kept(parts);
  result->at = [kept, starts, axis](Body &body,
                                    ArrayRef<mlir::Value> indices) {
    using namespace mlir::arith;
    // Every part is read inside its own range; a select takes the right one.
    mlir::Value value;
    for (size_t i = kept.size(); i-- > 0;) {
      SmallVector<mlir::Value> mine(indices);
      mlir::Value index = indices[axis];
      if (i > 0) {
        mlir::Value start = emitSize(body, starts[i]);
        index = MaxSIOp::create(body.builder, body.loc, index, start);
        index = SubIOp::create(body.builder, body.loc, index, start);
      }
      if (i + 1 < kept.size()) {
        mlir::Value last = emitSize(
            body, kept[i]->sizes[axis] -
                      SizeAttr::constant(body.context(), 1));
        index = MinSIOp::create(body.builder, body.loc, index, last);
      }
      mine[axis] = index;
      mlir::Value here = kept[i]->at(body, mine);
      if (!value) {
        value = here;
        continue;
      }
      mlir::Value end = emitSize(body, starts[i + 1]);
      mlir::Value inside = CmpIOp::create(
          body.builder, body.loc, CmpIPredicate::slt, indices[axis], end);
      value = SelectOp::create(body.builder, body.loc, inside, here, value);
    }
    return value;
  };
  return mb.finish(result, "concat");
}

Value range(ModelBuilder &mb, SizeAttr first, SizeAttr last) {
  SizeResult size = subtractSizes(last, first);
  if (!size)
    return mb.fail(size.error);
  auto array = std::make_shared<Array>();
  array->element = Element::I32;
  array->sizes.push_back(size.size);
  if (!mb.checkShape(Element::I32, array->sizes))
    return {};
  if (!isPositive(size.size, Facts()))
    mb.checkSize(SizeAttr::constant(mb.context(), 1), size.size,
                 "the length of range(" + Twine(describe(first)) + ", " +
                     describe(last) + ")");
  SizeAttr one = SizeAttr::constant(mb.context(), 1);
  array->bounds = Bounds{first, last - one, true};
  array->loads = false;
  array->isView = true;
  array->at = [first](Body &body, ArrayRef<mlir::Value> indices) {
    return convert(body, shifted(body, indices[0], first), Element::I32);
  };
  return mb.finish(array, "range");
}

} // namespace attune::frontend
