#ifndef ATTUNE_RUNTIME_MODEL_H
#define ATTUNE_RUNTIME_MODEL_H

#include "description.h"
#include "memory.h"
#include "program.h"
#include "weights.h"

#include <memory>

/// A program with its weights and what it computed from them; constant once it is open.
struct attn_model {
  const attn_program *program;
  attune::runtime::Description description;
  attune::runtime::Weights weights;
  attune::runtime::AlignedMemory preparedMemory;
  /// Pointers to the weights, then to the prepared tensors.
  std::vector<void *> constants;
};

namespace attune::runtime {

/// `seed` is null for weights from files, else random weights are drawn.
Error openModel(const attn_program *program, const std::vector<std::string> &files,
                const uint64_t *seed, std::unique_ptr<attn_model> &model);

} // namespace attune::runtime

#endif
