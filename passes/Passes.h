// Attune's passes; Passes.td is the table of contents.
#pragma once

#include "dialect/Attn.h"
#include "mlir/Pass/Pass.h"

namespace attune {
using attn::TensorType; // rather than MLIR's own
#define GEN_PASS_DECL
#include "passes/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"
} // namespace attune
