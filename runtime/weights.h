// The tensors of a model's weights, found in safetensors files and checked.
#ifndef ATTUNE_RUNTIME_WEIGHTS_H
#define ATTUNE_RUNTIME_WEIGHTS_H

#include "description.h"
#include "memory.h"
#include "safetensors.h"

#include <string>
#include <vector>

namespace attune::runtime {

struct Weights {
  /// In the order of the description. They point into the files, or into `copies` where
  /// a tensor had to be widened or moved to an address that its type allows.
  std::vector<const void *> data;
  /// Remarks for the user, one a line; "" when there are none.
  std::string notes;

  std::vector<SafetensorsFile> files;
  std::vector<AlignedMemory> copies;
};

/// Every tensor comes from the first of `paths` that has it, then from the embedded
/// file (null if none).
Error loadWeights(const std::vector<FixedTensor> &wanted,
                  const std::vector<std::string> &paths, const void *embedded,
                  uint64_t embeddedSize, Weights &weights);

/// Random values of a size that keeps a model's numbers finite.
Error drawWeights(const std::vector<FixedTensor> &wanted, uint64_t seed,
                  Weights &weights);

} // namespace attune::runtime

#endif
