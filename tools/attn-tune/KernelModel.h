// One kernel of a model as a model of its own, so that its schedules compile and
// run in a moment.
#pragma once

#include "mlir/IR/OwningOpRef.h"
#include "schedule/Kernels.h"
#include "tools/attn-tune/ModelInputs.h"

namespace attune::tune {

class KernelModel {
public:
  /// `kernel` is scheduled, `fused` the same one before that; its variant for the
  /// inputs' sizes is the one that is tuned. What the kernel reads of weights stays weights; all else becomes
  /// inputs: those of the model where it reads them, random ones otherwise.
  /// Files of inputs go to `folder`.
  static llvm::Expected<KernelModel> make(attn::KernelOp kernel, attn::KernelOp fused, const ModelInputs &inputs,
                                          llvm::StringRef folder);

  /// The same kernel made for other tiles, with the default schedule for them. An
  /// error where it cannot have them.
  llvm::Expected<KernelModel> withTiles(llvm::ArrayRef<attn::DirectiveAttr> tiles, llvm::StringRef target) const;

  unsigned variant() const { return chosen; }
  attn::KernelOp kernel() const { return original; }
  attn::ScheduleAttr defaultSchedule() const { return byDefault; }
  /// The options of a run.
  const std::vector<std::string> &inputOptions() const { return options; }

  /// IR at phase `scheduled` with this schedule in the place of the default.
  std::string text(attn::ScheduleAttr schedule) const;

private:
  attn::KernelOp original, isolated;
  attn::ScheduleAttr byDefault;
  unsigned chosen = 0;
  mlir::OwningOpRef<mlir::ModuleOp> module, fusedModule;
  std::vector<std::string> options;
};

} // namespace attune::tune
