// Which of several schedules runs for how many rows.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <cstddef>
#include <cstdint>
#include <optional>

namespace attune {

struct RowVariant {
  size_t candidate;
  std::optional<int64_t> most; ///< rows; none: any number
};

/// Of `candidates` schedules those that are worth compiling, by rows, from `fewest` on: where one runs it is about as
/// fast as any, by what `cycles` says of a candidate and a number of rows.
llvm::SmallVector<RowVariant> chooseByRows(size_t candidates, int64_t fewest, llvm::function_ref<double(size_t, int64_t)> cycles);

} // namespace attune
