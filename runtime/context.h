#ifndef ATTUNE_RUNTIME_CONTEXT_H
#define ATTUNE_RUNTIME_CONTEXT_H

#include "model.h"
#include "run.h"
#include "workspace.h"

#include <optional>
#include <vector>

/// One entry of a model with its inputs and the memory of its runs.
struct attn_context {
  attn_context(const attn_model &model, size_t entryIndex);

  attune::runtime::Error bind(const char *name, const attn_tensor &tensor);
  /// The seed of the next runs, or none.
  void setSeed(std::optional<uint64_t> seed);
  attune::runtime::Error execute();
  attune::runtime::Error output(const char *name, attn_tensor &tensor) const;

  const attn_model &model;
  const attune::runtime::Entry &entry;
  attune::runtime::Run run;
  attune::runtime::Workspace workspace;

private:
  attune::runtime::Error checkBound() const;
  attune::runtime::Error checkTruthValues() const;

  attn_entry_function function;
  std::vector<std::vector<int64_t>> shapes; // of the inputs
  std::vector<const void *> data;           // of the inputs, null when not bound
  std::vector<int64_t> symbols;
  std::optional<uint64_t> seed;
  uint32_t seedWords[2] = {}; // the low half and the high half
  std::vector<void *> buffers; // what the entry is called with
  attune::runtime::Transfers transfers;
  bool planned = false;        // workspace and symbols are those of the shapes
  bool finished = false;       // the outputs are those of the last run
};

#endif
