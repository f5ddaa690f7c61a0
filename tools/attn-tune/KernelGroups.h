// Kernels of a model that are one and the same, as in its layers.
#pragma once

#include "tools/attn-tune/KernelModel.h"
#include "llvm/Support/JSON.h"

namespace attune::tune {

struct KernelGroup {
  KernelModel model;
  std::string key;                ///< hash of what its times depend on
  std::vector<std::string> names; ///< of the kernels, as schedule files say them
  std::vector<std::string> shown; ///< as profiles say them
  double share = 0;               ///< of the model's time

  std::string name() const { return names.front(); }
};

/// Groups in the order of the program; `fused` is the model before its kernels
/// were scheduled. `circumstances` is what else times depend
/// on. Kernels that cannot stand alone are left out and reported to `warn`.
std::vector<KernelGroup> groupKernels(mlir::func::FuncOp model, mlir::func::FuncOp fused, const ModelInputs &inputs, llvm::StringRef circumstances,
                                      llvm::StringRef folder, llvm::function_ref<void(const llvm::Twine &)> warn);

/// The shares of the time in a profile, as compiled models print it; the group
/// with the largest comes first.
void shareTime(std::vector<KernelGroup> &groups, const llvm::json::Object &profile);

} // namespace attune::tune
