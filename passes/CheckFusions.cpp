#include "passes/Passes.h"
#include "passes/Targets.h"
#include "dialect/Suggestion.h"
#include "schedule/Kernels.h"
#include "schedule/ScheduleFile.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_CHECKFUSIONS
#include "passes/Passes.h.inc"

namespace {

struct CheckFusions : impl::CheckFusionsBase<CheckFusions> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<TargetInfo> info = targetOf(module, target);
    if (failed(info))
      return signalPassFailure();
    auto all = module->getAttrOfType<ArrayAttr>(fusionAttrName);
    if (!all)
      return;
    SmallVector<FusionAttr> choices;
    for (Attribute choice : all)
      if (auto fusion = dyn_cast<FusionAttr>(choice))
        choices.push_back(fusion);
    llvm::SmallBitVector met(choices.size());
    for (auto function : module.getOps<func::FuncOp>())
      if (auto numbers = function->getAttrOfType<DenseI64ArrayAttr>(fusionMetAttrName)) {
        for (int64_t number : numbers.asArrayRef())
          if (number >= 0 && number < static_cast<int64_t>(met.size()))
            met.set(number);
        function->removeAttr(fusionMetAttrName);
      }
    for (auto [number, choice] : llvm::enumerate(choices))
      if (!met[number]) {
        explain(choice);
        signalPassFailure();
      } else if (info->isDevice() && choice.getKind() == FusionKind::Fuse && fusesAttention(choice)) {
        emitError(choice.getWhere()) << "attention '" << choice.getStage().getValue() << "' and what '" << choice.getKernel().getValue()
                                     << "' computes of it are launches of their own on a device: its blocks have tiles of one head, and "
                                     << "a product reads all";
        signalPassFailure();
      }
    module->removeAttr(fusionAttrName);
  }

  /// Whether an attention is in the kernel of what follows it.
  bool fusesAttention(FusionAttr choice) {
    for (func::FuncOp function : scheduledFunctions(getOperation()))
      for (const NamedKernel &kernel : namedKernels(function)) {
        bool isIn = false;
        kernel.op->walk([&](AttentionOp attention) { isIn |= pathMatches(choice.getStage(), attention.getName()); });
        if (isIn && pathMatches(choice.getKernel(), kernel.name))
          return true;
      }
    return false;
  }

  void explain(FusionAttr choice) {
    SmallVector<std::string> names; // those of all layers once
    bool isKernel = false;
    for (func::FuncOp function : scheduledFunctions(getOperation()))
      for (const NamedKernel &kernel : namedKernels(function)) {
        isKernel |= pathMatches(choice.getKernel(), kernel.name);
        if (!llvm::is_contained(names, kernel.pattern()))
          names.push_back(kernel.pattern());
      }
    InFlightDiagnostic error = emitError(choice.getWhere());
    if (choice.getKind() == FusionKind::Separate)
      error << "no product '" << choice.getKernel().getValue() << "' would be joined with others"
            << suggestionAmong(choice.getKernel(), names);
    else if (!isKernel)
      error << "there is no kernel '" << choice.getKernel().getValue() << "'" << suggestionAmong(choice.getKernel(), names);
    else if (choice.getKind() == FusionKind::Join)
      error << "'" << choice.getKernel().getValue() << "' is no join of products";
    else
      error << "nothing called '" << choice.getStage().getValue() << "' follows in kernel '" << choice.getKernel().getValue() << "'";
  }
};

} // namespace
} // namespace attune
