// A tensor that owns its data: an input or an output of the command line.
#ifndef ATTUNE_RUNTIME_ARRAY_H
#define ATTUNE_RUNTIME_ARRAY_H

#include "attune.h"
#include "mapped_file.h"
#include "memory.h"

#include <vector>

namespace attune::runtime {

struct Array {
  attn_type type = ATTN_F32;
  std::vector<int64_t> sizes;
  int64_t elements = 0;
  const void *data = nullptr; // into one of the two below

  AlignedMemory memory;
  MappedFile file;

  /// Borrows this array.
  attn_tensor tensor() const {
    return {type, static_cast<int32_t>(sizes.size()), sizes.data(), data};
  }

  /// An array with any content.
  static Error allocate(attn_type type, std::vector<int64_t> sizes, Array &array);
};

/// The element as a number.
double elementAt(const attn_tensor &tensor, int64_t index);

} // namespace attune::runtime

#endif
