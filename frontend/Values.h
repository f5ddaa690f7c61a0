// What an expression of the language evaluates to while a model is built.
#ifndef ATTUNE_FRONTEND_VALUES_H
#define ATTUNE_FRONTEND_VALUES_H

#include "frontend/Sizes.h"

#include "mlir/IR/Builders.h"

#include <functional>
#include <memory>
#include <variant>

namespace attune::frontend {

/// Element types, and Index for integers of indices and sizes, which only exist
/// inside bodies: an index where 32 bits hold it, an i64 where they may not.
enum class Element { F32, F16, BF16, I32, I8, Bool, Index };

llvm::StringRef spelling(Element element);
std::optional<Element> elementFromSpelling(llvm::StringRef word);
Element elementOf(mlir::Type type);
mlir::Type toType(Element element, mlir::MLIRContext *context);
inline bool isHalf(Element e) { return e == Element::F16 || e == Element::BF16; }
inline bool isFloat(Element e) { return e == Element::F32 || isHalf(e); }
inline bool isInteger(Element e) {
  return e == Element::I32 || e == Element::I8 || e == Element::Index;
}
/// The type that arithmetic on `e` is done in: half floats widen to f32 and i8
/// to i32.
Element computeElement(Element e);

/// Where scalar operations are emitted: inside the body of a stage, of a
/// reduction, or of an attention region.
struct Body {
  mlir::OpBuilder &builder;
  mlir::Location loc;
  /// Values of the index symbols "%b", "%h", "%i", "%j".
  const llvm::StringMap<mlir::Value> *indices = nullptr;

  mlir::MLIRContext *context() const { return builder.getContext(); }
};

/// No integer is less than `least` or greater than `greatest`.
struct Bounds {
  SizeAttr least, greatest;
  /// Some integers are as small and as great as that.
  bool isAttained = false;
};

/// A tensor, or elements that are computed where they are used: views, scalars
/// that depend on sizes, feature vectors of an attention definition.
struct Array {
  Element element = Element::F32;
  llvm::SmallVector<SizeAttr> sizes;
  /// The element at some indices, in the type that `computeElement` names.
  std::function<mlir::Value(Body &, llvm::ArrayRef<mlir::Value>)> at;
  /// The tensor in IR; null until somebody needs one.
  mutable mlir::Value tensor;
  /// Reading an element costs no more than a load: emitting `at` at every use
  /// is as good as a tensor of its own.
  bool isView = false;
  /// False where elements come from indices and sizes alone.
  bool loads = true;
  /// Functions that call one another inside `at`.
  unsigned depth = 0;
  std::optional<Bounds> bounds;
  /// The weight or the model's input that this is, for messages.
  std::string name;

  size_t rank() const { return sizes.size(); }
};
using ArrayPtr = std::shared_ptr<const Array>;

/// A number or truth value known when compiling (a size counts as known).
struct Constant {
  std::variant<SizeAttr, double, bool> value;
  /// Set by a cast such as i32(0); a plain literal takes the type beside it.
  std::optional<Element> type;

  bool isInt() const { return std::holds_alternative<SizeAttr>(value); }
  bool isFloat() const { return std::holds_alternative<double>(value); }
  bool isBool() const { return std::holds_alternative<bool>(value); }
  SizeAttr size() const { return std::get<SizeAttr>(value); }
  double number() const { return std::get<double>(value); }
  bool truth() const { return std::get<bool>(value); }
  /// The value of an integer without symbols.
  std::optional<int64_t> integer() const {
    return isInt() ? size().getConstant() : std::nullopt;
  }
};

struct Value;

struct List {
  std::vector<Value> elements;
};

/// The results of a function with several of them.
struct Tuple {
  std::vector<std::string> names;
  std::vector<Value> elements;
};

/// Poison stands for what an error left without a value; using it is silent.
struct Poison {};

struct Value {
  std::variant<Poison, Constant, ArrayPtr, List, Tuple> data;

  Value() = default;
  Value(Constant constant) : data(std::move(constant)) {}
  Value(ArrayPtr array) : data(std::move(array)) {}
  Value(List list) : data(std::move(list)) {}
  Value(Tuple tuple) : data(std::move(tuple)) {}

  bool isPoison() const { return std::holds_alternative<Poison>(data); }
  const Constant *constant() const { return std::get_if<Constant>(&data); }
  ArrayPtr array() const {
    auto *array = std::get_if<ArrayPtr>(&data);
    return array ? *array : nullptr;
  }
  const List *list() const { return std::get_if<List>(&data); }
  const Tuple *tuple() const { return std::get_if<Tuple>(&data); }
};

Value makeInt(SizeAttr size);
Value makeInt(mlir::MLIRContext *context, int64_t value);
Value makeFloat(double value);
Value makeBool(bool value);
/// A tensor of the IR.
ArrayPtr makeTensor(mlir::Value tensor, std::optional<Bounds> bounds = {});

/// "f32[batch, tokens, 384]", "the integer 3", "a list".
std::string describe(const Value &value);
std::string describe(Element element, llvm::ArrayRef<SizeAttr> sizes);

} // namespace attune::frontend

#endif
