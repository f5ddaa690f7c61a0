// The memory of runs of one entry: its outputs and temporaries, packed into one arena
// for the actual sizes. On a device, its inputs as well.
#ifndef ATTUNE_RUNTIME_WORKSPACE_H
#define ATTUNE_RUNTIME_WORKSPACE_H

#include "description.h"
#include "tensor_memory.h"

#include <vector>

namespace attune::runtime {

class Workspace {
public:
  /// `device` is null where the entry runs on the processor.
  explicit Workspace(const Entry &entry, Device *device = nullptr)
      : entry(entry), device(device), arena(device) {}

  /// Makes room for the values of the entry's size symbols.
  Error plan(const std::vector<int64_t> &symbols);

  struct Place {
    void *tensor; ///< what the entry is called with
    void *host;   ///< of outputs: where the processor reads them
    uint64_t bytes;
  };
  const std::vector<Place> &outputs() const { return outputPlaces; }
  const std::vector<Place> &temporaries() const { return temporaryPlaces; }
  /// On a device: of the inputs, then of the seed where the entry has one.
  const std::vector<Place> &inputs() const { return inputPlaces; }
  const std::vector<int64_t> &outputSizes(size_t output) const {
    return outputShapes[output];
  }

private:
  Error measure(const SizedTensor &tensor, const std::vector<int64_t> &symbols,
                std::vector<int64_t> &sizes, uint64_t &bytes) const;

  const Entry &entry;
  Device *device;
  TensorMemory arena, hostOutputs;
  std::vector<Place> inputPlaces, outputPlaces, temporaryPlaces;
  std::vector<std::vector<int64_t>> outputShapes;
};

} // namespace attune::runtime

#endif
