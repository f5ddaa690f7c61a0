// What stages are, as the schedules of devices ask.
#pragma once

#include "dialect/Attn.h"
#include "llvm/ADT/BitVector.h"

namespace attune {

/// What a sum adds in the usual of its pieces, the first, where `schedule` gives it such; else all that it adds.
struct UsualTerm {
  mlir::Value value;
  std::string piece; ///< its name; empty where there are no pieces
};
UsualTerm usualTerm(attn::StageOp sum, attn::ScheduleAttr schedule);

/// Whether its factors are read again for other rows or columns: a sum over a row is none.
bool isMatrixProduct(attn::StageOp stage);

/// A product of matrices whose depth is in parts.
bool isSumOfParts(attn::StageOp stage);

/// Whether it only moves elements, or widens them.
bool isCopy(attn::StageOp stage);

/// What reads the operand for the product's tile: nothing but that product, whose depth or
/// rows are neighbours in it.
bool isOperandOf(attn::StageOp stage, attn::StageOp product);

/// Whether it computes functions, or divides: more than what reads it again and again should.
bool isHeavy(attn::StageOp stage);

/// Nothing but loads, products and sums: a vector of it needs no conditions.
bool isBare(attn::StageOp stage);
bool isBare(mlir::Value element);

/// The scaled sum that a stage stores, the only one that reads it, at its own places.
attn::StageOp scaledSumOf(attn::StageOp stage);

/// Whether a reduction in parts reads every `parts`-th row of a tile: those of one thread.
bool takesTurns(attn::LoadOp load, attn::StageOp reader, int64_t rowAxis, int64_t parts);

/// Whether neighbours of the last axis lie a few elements apart in what the stage reads: a vector of them
/// becomes one of all between them, and OpenCL has no vectors of twelve.
bool hasShortStrides(attn::StageOp stage);

/// The axis of `reader`, of the reduced ones too, by whose steps the index goes on one by one: it is that axis,
/// or the axis added to what does not depend on it.
std::optional<unsigned> axisOfSteps(mlir::Value index, attn::StageOp reader);

/// Axes of `reader`, the reduced ones after the others, that an index of one of its loads depends on.
llvm::BitVector axesIn(mlir::Value index, attn::StageOp reader);
/// The same of all its indices.
llvm::BitVector axesIn(attn::LoadOp load, attn::StageOp reader);

} // namespace attune
