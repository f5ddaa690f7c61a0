// a @ b.
#include "frontend/Arrays.h"

using namespace llvm;
using attune::attn::Reducer;

namespace attune::frontend {

namespace {

/// The operands of `@` and what becomes of their axes.
struct Product {
  ArrayPtr a, b;
  SmallVector<SizeAttr> leading; // of the result, without row and column
  bool hasRow, hasColumn;
  SizeAttr depth;
  Element compute;

  SmallVector<SizeAttr> sizes() const {
    SmallVector<SizeAttr> result(leading);
    if (hasRow)
      result.push_back(a->sizes[a->rank() - 2]);
    if (hasColumn)
      result.push_back(b->sizes.back());
    return result;
  }

  /// One contribution to the element at `indices`.
  mlir::Value term(Body &body, ArrayRef<mlir::Value> indices,
                   mlir::Value k) const {
    SmallVector<mlir::Value> left(indices.take_front(leading.size()));
    SmallVector<mlir::Value> right(left);
    if (hasRow)
      left.push_back(indices[leading.size()]);
    left.push_back(k);
    right.push_back(k);
    if (hasColumn)
      right.push_back(indices.back());
    mlir::Value x = convert(body, elementAt(body, *a, left), compute);
    mlir::Value y = convert(body, elementAt(body, *b, right), compute);
    return emit(body, Operation::Multiply, compute, {x, y});
  }
};

} // namespace

Value matrixProduct(ModelBuilder &mb, const Value &left, const Value &right) {
  if (left.isPoison() || right.isPoison())
    return {};
  ArrayPtr a = left.array(), b = right.array();
  if (!a || !b || a->rank() == 0 || b->rank() == 0)
    return mb.fail("'@' multiplies matrices and vectors, not " +
                   describe(left) + " and " + describe(right));
  if (a->element == Element::Bool || b->element == Element::Bool)
    return mb.fail("'@' does not take bools; cast them to numbers");
  Product product{a, b, {}, a->rank() > 1, b->rank() > 1, a->sizes.back(), {}};
  SizeAttr depth = b->sizes[product.hasColumn ? b->rank() - 2 : 0];
  if (depth != product.depth)
    return mb.fail("cannot multiply " + describe(left) + " by " +
                   describe(right) + ": the last size of the left, " +
                   describe(product.depth) + ", is not the " +
                   (product.hasColumn ? "last but one" : "only") +
                   " size of the right, " + describe(depth));
  auto batch = broadcast(ArrayRef(a->sizes).drop_back(product.hasRow ? 2 : 1),
                         ArrayRef(b->sizes).drop_back(product.hasColumn ? 2 : 1));
  if (!batch)
    return mb.fail("the leading sizes of " + describe(left) + " and " +
                   describe(right) + " do not match");
  product.leading = *batch;
  bool floats = isFloat(a->element) || isFloat(b->element);
  product.compute = floats ? Element::F32 : Element::I32;
  Element element = product.compute;
  if (isHalf(a->element) && a->element == b->element)
    element = a->element;

  if (mb.region) {
    auto result = std::make_shared<Array>();
    result->element = product.compute;
    result->sizes = product.sizes();
    result->depth = std::max(a->depth, b->depth) + 1;
    result->at = [product, &mb](Body &body, ArrayRef<mlir::Value> indices) {
      SmallVector<mlir::Value> mine(indices);
      return mb.reduceScalar(body, Reducer::Sum, product.depth, "d",
                             [&](Body &inner, mlir::Value k) {
                               return product.term(inner, mine, k);
                             });
    };
    return mb.finish(result, "product");
  }

  SmallVector<SizeAttr> sizes = product.sizes();
  SmallVector<std::string> axes = mb.axisNames(sizes);
  if (product.hasColumn)
    axes.back() = "column";
  for (size_t i = 0; i + (product.hasColumn ? 1 : 0) < sizes.size(); ++i)
    if (sizes[i].getConstant())
      axes[i] = i + (product.hasColumn ? 2 : 1) == sizes.size() ? "row" : "m";
  axes.push_back("depth");
  ModelBuilder::makeUnique(axes);
  ArrayPtr result = mb.reduceStage(
      "product", Reducer::Sum, product.compute, sizes, product.depth, axes,
      [&](Body &body, ArrayRef<mlir::Value> indices,
          ArrayRef<mlir::Value> reduced) {
        return product.term(body, indices, reduced[0]);
      });
  if (!result)
    return {};
  return castTo(mb, Value(result), element);
}

} // namespace attune::frontend
