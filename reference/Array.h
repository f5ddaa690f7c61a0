// Tensors as the interpreter's callers give and get them.
#pragma once

#include "mlir/IR/Types.h"
#include <cstdint>
#include <vector>

namespace attune::reference {

/// Row-major. Floats of every width are held as float64, unrounded but in the
/// plain mode; integers and bools (0 or 1) are exact.
struct Array {
  mlir::Type elementType;
  std::vector<int64_t> shape;
  std::vector<double> data;
};

} // namespace attune::reference
