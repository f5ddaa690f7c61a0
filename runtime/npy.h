// NumPy's .npy files (numpy.lib.format), versions 1 to 3.
#ifndef ATTUNE_RUNTIME_NPY_H
#define ATTUNE_RUNTIME_NPY_H

#include "array.h"

#include <cstdio>
#include <string>

namespace attune::runtime {

/// Reads a little-endian array in C order. ml_dtypes' bfloat16, which NumPy stores as
/// "V2", is read as bf16.
Error readNpy(const std::string &path, Array &array);

/// The same for a file in memory called `name`; the array borrows `data` or copies it.
Error readNpy(const std::string &name, const void *data, size_t size, Array &array);

/// Writes a tensor, bf16 as f32 since NumPy has no such type. `path` is for messages.
Error writeNpy(FILE *file, const std::string &path, const attn_tensor &tensor);

} // namespace attune::runtime

#endif
