// Scalar operations: folding of constants, and emission inside bodies.
#ifndef ATTUNE_FRONTEND_SCALARS_H
#define ATTUNE_FRONTEND_SCALARS_H

#include "frontend/Values.h"

namespace attune::frontend {

enum class Operation {
  // Arithmetic: numbers of one type.
  Add,
  Subtract,
  Multiply,
  Divide,
  Remainder,
  Negate,
  Absolute,
  Minimum,
  Maximum,
  // Functions on floats; integers turn into f32.
  Sqrt,
  Rsqrt,
  Exp,
  Log,
  Sin,
  Cos,
  Tanh,
  Erf,
  Sigmoid,
  Floor,
  Ceil,
  Round,
  Power,
  // Numbers that stay what they are.
  Relu,
  // Comparisons give bool.
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  // Logic on bools.
  And,
  Or,
  Not,
  // Condition, then, otherwise.
  Select,
};

/// How an operation is called in messages and stages: "add", "sqrt", "less".
llvm::StringRef nameOf(Operation op);
bool isComparison(Operation op);
bool isLogic(Operation op);
bool isFloatFunction(Operation op);

/// The value of `op` on constants. An empty result with an empty error means
/// that the value is known only when the program runs.
struct FoldResult {
  std::optional<Constant> value;
  std::string error;
};
FoldResult fold(Operation op, llvm::ArrayRef<Constant> operands,
                const Facts &facts);
/// A constant as another type: f32(3), i32(2.5) -> 2.
FoldResult foldCast(const Constant &constant, Element to,
                    mlir::MLIRContext *context);

/// Emits `op` on scalars, all of the type `element` (the condition of a select
/// apart): F32, I32, Index or Bool.
mlir::Value emit(Body &body, Operation op, Element element,
                 llvm::ArrayRef<mlir::Value> operands);
/// A scalar of type `from` as `to`; half floats and i8 included.
mlir::Value convert(Body &body, mlir::Value value, Element to);
/// What a load gives, in the type arithmetic is done in.
mlir::Value widen(Body &body, mlir::Value value);

/// A constant as a scalar of type F32, I32, Index or Bool.
mlir::Value emitConstant(Body &body, const Constant &constant, Element element);
/// A size expression, index symbols included, as an index: of what is one.
mlir::Value emitSize(Body &body, SizeAttr size);
/// The same where an index may not hold it.
mlir::Value emitInteger(Body &body, SizeAttr integer);
/// An integer scalar as an index.
mlir::Value toIndex(Body &body, mlir::Value value);

mlir::Value indexConstant(Body &body, int64_t value);
mlir::Value floatConstant(Body &body, double value);

} // namespace attune::frontend

#endif
