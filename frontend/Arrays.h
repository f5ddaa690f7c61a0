// What the language does with tensors: each function takes values, reports
// mistakes at the builder's current place, and gives a value (or poison).
// Outside attention definitions results are stages; inside they are scalars
// and feature vectors that are emitted where they are used.
#ifndef ATTUNE_FRONTEND_ARRAYS_H
#define ATTUNE_FRONTEND_ARRAYS_H

#include "frontend/ModelBuilder.h"

namespace attune::frontend {

/// `op` element by element, with broadcasting; `name` names the stage.
Value elementwise(ModelBuilder &mb, Operation op, llvm::ArrayRef<Value> operands,
                  llvm::StringRef name = {});
Value castTo(ModelBuilder &mb, const Value &value, Element element);
/// A constant as an array of rank 0; null with an error for what is neither.
ArrayPtr toArray(ModelBuilder &mb, const Value &value, const llvm::Twine &what);
/// A constant filled with one number.
Value filled(ModelBuilder &mb, const Constant &constant, Element element,
             llvm::ArrayRef<SizeAttr> sizes);

/// The sizes of `a` and `b` together, trailing axes aligned.
std::optional<llvm::SmallVector<SizeAttr>>
broadcast(llvm::ArrayRef<SizeAttr> a, llvm::ArrayRef<SizeAttr> b);
/// An element of `array` at the trailing ones of `indices`, axes of size 1
/// read at 0.
mlir::Value elementAt(Body &body, const Array &array,
                      llvm::ArrayRef<mlir::Value> indices);

/// What is known about the integers of type `element` that `op` gives.
std::optional<Bounds> boundsOf(Operation op, Element element,
                               llvm::ArrayRef<Value> operands,
                               mlir::MLIRContext *context);

/// False where some integers within `bounds` may be no i32.
bool fitI32(const Bounds &bounds);

/// a @ b.
Value matrixProduct(ModelBuilder &mb, const Value &a, const Value &b);

enum class Reduction { Sum, Mean, Max, Min };
llvm::StringRef nameOf(Reduction reduction);

/// One axis that is reduced: by size or by number, removed or kept.
struct ReducedAxis {
  unsigned axis = 0;
  bool keep = false;
};
Value reduce(ModelBuilder &mb, Reduction reduction, const Value &operand,
             llvm::ArrayRef<ReducedAxis> axes, const Value *where);
/// Closes a feature vector of an attention definition.
Value reduceFeatures(ModelBuilder &mb, Reduction reduction,
                     const Value &operand);

/// The one axis of `array` that has `size`.
std::optional<unsigned> axisOfSize(ModelBuilder &mb, const Array &array,
                                   SizeAttr size);
/// Axis number `axis`, counted from the end where negative.
std::optional<unsigned> axisNumber(ModelBuilder &mb, const Array &array,
                                   int64_t axis);

Value reshape(ModelBuilder &mb, const Value &operand,
              llvm::ArrayRef<SizeAttr> sizes);
Value transpose(ModelBuilder &mb, const Value &operand,
                llvm::ArrayRef<unsigned> permutation);
Value slice(ModelBuilder &mb, const Value &operand, unsigned axis,
            SizeAttr first, SizeAttr last);
Value concat(ModelBuilder &mb, llvm::ArrayRef<ArrayPtr> parts, unsigned axis);
Value range(ModelBuilder &mb, SizeAttr first, SizeAttr last);

/// One place of `x[…]`.
struct IndexValue {
  enum Kind { Element, Range, Whole } kind = Whole;
  Value value;           // of Element: an integer or an array of integers
  SizeAttr first, last;  // of Range
  const struct Expr *expr = nullptr;
  llvm::SMRange where;
};
Value index(ModelBuilder &mb, const ArrayPtr &table,
            llvm::ArrayRef<IndexValue> places, llvm::StringRef tableText);

} // namespace attune::frontend

#endif
