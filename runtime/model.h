#ifndef ATTUNE_RUNTIME_MODEL_H
#define ATTUNE_RUNTIME_MODEL_H

#include "description.h"
#include "device.h"
#include "program.h"
#include "tensor_memory.h"
#include "weights.h"

#include <memory>

/// A program with its weights and what it computed from them; constant once it is open.
struct attn_model {
  const attn_program *program;
  attune::runtime::Description description;
  attune::runtime::Weights weights;
  /// Where the kernels run and the tensors lie; null for the processor.
  std::unique_ptr<attune::runtime::Device> device;
  /// Prepared tensors; on a device, the weights that entries read as well.
  attune::runtime::TensorMemory memory;
  /// Pointers to the weights, or their handles, then to the prepared tensors.
  std::vector<void *> constants;
};

namespace attune::runtime {

/// `seed` is null for weights from files, else random weights are drawn.
Error openModel(const attn_program *program, const std::vector<std::string> &files,
                const uint64_t *seed, std::unique_ptr<attn_model> &model);

} // namespace attune::runtime

#endif
