// The tensors of a model's weights, found in safetensors files and checked.
#ifndef ATTUNE_RUNTIME_WEIGHTS_H
#define ATTUNE_RUNTIME_WEIGHTS_H

#include "description.h"
#include "memory.h"
#include "safetensors.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace attune::runtime {

struct Weights {
  /// In the order of the description. They point into the files, or into `copies` where
  /// a tensor had to be widened or moved to an address that its type allows. A copy that
  /// the preparation alone reads is there from the first call that does to the last.
  std::vector<const void *> data;
  /// Remarks for the user, one a line; "" when there are none.
  std::string notes;

  std::vector<SafetensorsFile> files;
  std::vector<AlignedMemory> copies;

  /// Around each call of the preparation: makes the copies that are first read by it, and
  /// gives back the memory of what nothing reads after it.
  void beforeCall(int64_t call) const;
  void afterCall(int64_t call) const;

  /// Gives back files and copies that a device has by now; remarks stay.
  void forgetData();

  /// Adds a tensor that `make` writes, now or before the call that first reads it.
  Error addCopy(const WeightTensor &tensor, std::function<void(uint8_t *)> make);

private:
  struct Late {
    size_t copy;
    std::function<void(uint8_t *)> make;
  };
  std::map<int64_t, std::vector<Late>> lateByFirstCall;
  std::map<int64_t, std::vector<size_t>> lateByLastCall;
};

/// Every tensor comes from the first of `paths` that has it, then from the embedded
/// file (null if none).
Error loadWeights(const std::vector<WeightTensor> &wanted,
                  const std::vector<std::string> &paths, const void *embedded,
                  uint64_t embeddedSize, Weights &weights);

/// Random values of a size that keeps a model's numbers finite.
Error drawWeights(const std::vector<WeightTensor> &wanted, uint64_t seed,
                  Weights &weights);

} // namespace attune::runtime

#endif
