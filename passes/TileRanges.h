// What values and conditions can be over a whole tile: interval arithmetic on IR.
#pragma once

#include "dialect/Attn.h"
#include "mlir/IR/IRMapping.h"

namespace attune {

/// For values of a body, their least and greatest value while some of the
/// body's indices run through a tile. Bounds are computed by ops that `builder`
/// emits; they may be wider than the truth, never narrower.
class TileRanges {
public:
  /// A number, both ends included. They lie in the value's IntegerRange, so that
  /// what cannot wrap around for the value cannot for them.
  struct Range {
    mlir::Value low, high;
    explicit operator bool() const { return static_cast<bool>(low); }
  };
  /// A condition: whether it holds everywhere, and whether it may hold anywhere.
  struct Truth {
    mlir::Value always, ever;
  };
  /// Ends of a value that depends on data (of a condition 0 and 1, as integers),
  /// null where there are none.
  using DataRange = std::function<Range(mlir::Value)>;

  /// `running` are the indices that run and their ends; `fixed` maps all other
  /// values from outside the body that are not the same here.
  TileRanges(mlir::OpBuilder &builder, mlir::Location loc,
             llvm::DenseMap<mlir::Value, Range> running, mlir::IRMapping fixed,
             DataRange ofData)
      : builder(builder), loc(loc), ranges(std::move(running)), fixed(std::move(fixed)),
        ofData(std::move(ofData)) {
    for (auto &[value, range] : ranges)
      variable[value] = true;
  }

  Truth truthOf(mlir::Value condition);
  Range rangeOf(mlir::Value value);

  /// Conditions that nothing is known about.
  llvm::ArrayRef<mlir::Value> unknown() const { return unknownValues; }

private:
  bool varies(mlir::Value value);
  mlir::Value copy(mlir::Value value);
  Range compute(mlir::Value value);
  Range ofRemainder(Range whole, mlir::Value divisor);
  Truth computeTruth(mlir::Value condition);
  Truth truthOfData(mlir::Value condition);
  Truth compare(mlir::Operation *op, Range a, Range b);
  Range monotone(mlir::Operation *op, Range operand);
  Range corners(llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> at, Range a, Range b);
  Range exactly(mlir::Operation *op, Range a, Range b);
  Range widened(Range range);
  Range wrapped(Range range, mlir::Type type);
  mlir::Value least(mlir::Value a, mlir::Value b);
  mlir::Value greatest(mlir::Value a, mlir::Value b);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value truth(bool value);
  mlir::Value both(mlir::Value a, mlir::Value b);
  mlir::Value either(mlir::Value a, mlir::Value b);
  mlir::Value negate(mlir::Value a);
  mlir::Value zero(mlir::Type type);
  template <typename Op> mlir::Value emit(mlir::Value a, mlir::Value b) {
    return builder.createOrFold<Op>(loc, a, b);
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;
  llvm::DenseMap<mlir::Value, Range> ranges;
  llvm::DenseMap<mlir::Value, Truth> truths;
  llvm::DenseMap<mlir::Value, bool> variable;
  mlir::IRMapping fixed;
  DataRange ofData;
  llvm::SmallVector<mlir::Value> unknownValues;
};

} // namespace attune
