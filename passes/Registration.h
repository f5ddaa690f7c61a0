// What drivers of MLIR must know of Attune.
#pragma once

#include "mlir/IR/DialectRegistry.h"

namespace attune {

/// The dialects of all phases.
void registerDialects(mlir::DialectRegistry &registry);

/// All passes by their names, and `attn-to-PHASE`: the whole way to a phase.
void registerPasses();

} // namespace attune
