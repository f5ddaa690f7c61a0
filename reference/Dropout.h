// Philox4x32-10, and the steps of bodies that draw with it.
#pragma once

#include "reference/Array.h"
#include "mlir/IR/MLIRContext.h"
#include <array>
#include <cstdint>
#include <optional>

namespace attune::reference {

using PhiloxCounter = std::array<uint32_t, 4>;
using PhiloxKey = std::array<uint32_t, 2>;

/// Four random words that depend on counter and key alone. Salmon, Moraes, Dror,
/// Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
PhiloxCounter philox(PhiloxCounter counter, PhiloxKey key);

/// The input of a model that is its seed: two words, or none.
Array seedInput(mlir::MLIRContext *context, std::optional<uint64_t> seed);

} // namespace attune::reference
