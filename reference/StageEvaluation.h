// Whole tensors from bodies.
#pragma once

#include "reference/BodyCompiler.h"
#include "reference/BodyEvaluator.h"

namespace attune::reference {

/// The indices [first, first + extent) of an argument of a program, and how far
/// apart its results lie in memory.
struct BoxAxis {
  unsigned argument;
  int64_t first, extent, stride;
};

/// The program's value at every point of `box` (the other arguments keep what
/// they have), written to `out`.
llvm::Error evaluateBox(BodyEvaluator &evaluator, llvm::ArrayRef<BoxAxis> box,
                        double *out);

/// The stage's results in order.
llvm::Expected<std::vector<TensorRef>> evaluateStage(attn::StageOp stage,
                                                     const Frame &frame);

llvm::Expected<TensorRef> evaluateAttention(attn::AttentionOp attention,
                                            const Frame &frame);

/// A `sum` over products of two values that do not depend on the same axes of
/// the result is a matrix product. False where the stage has no such form.
llvm::Expected<bool> evaluateContraction(attn::StageOp stage,
                                         llvm::ArrayRef<int64_t> extents,
                                         const Frame &frame, Tensor &result);

/// Lanes for a program's evaluator in a stage.
int64_t lanesFor(const BodyProgram &program);

} // namespace attune::reference
