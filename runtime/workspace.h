// The memory of runs of one entry: its outputs and temporaries, packed into one arena
// for the actual sizes.
#ifndef ATTUNE_RUNTIME_WORKSPACE_H
#define ATTUNE_RUNTIME_WORKSPACE_H

#include "description.h"
#include "memory.h"

#include <vector>

namespace attune::runtime {

class Workspace {
public:
  explicit Workspace(const Entry &entry) : entry(entry) {}

  /// Makes room for the values of the entry's size symbols.
  Error plan(const std::vector<int64_t> &symbols);

  /// Pointers to the outputs, then to the temporaries.
  const std::vector<void *> &pointers() const { return places; }
  const std::vector<int64_t> &outputSizes(size_t output) const {
    return outputShapes[output];
  }
  /// The bytes that the last plan uses.
  uint64_t bytes() const { return used; }

private:
  Error measure(const SizedTensor &tensor, const std::vector<int64_t> &symbols,
                std::vector<int64_t> &sizes, uint64_t &bytes) const;

  const Entry &entry;
  AlignedMemory memory;
  std::vector<void *> places;
  std::vector<std::vector<int64_t>> outputShapes;
  uint64_t used = 0;
};

} // namespace attune::runtime

#endif
