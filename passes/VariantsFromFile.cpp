#include "passes/Passes.h"
#include "passes/Targets.h"
#include "dialect/Suggestion.h"
#include "schedule/Kernels.h"
#include "schedule/ScheduleFile.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_VARIANTSFROMFILE
#include "passes/Passes.h.inc"

namespace {

/// Each variant is a copy of the kernel's stages, to be compiled.
constexpr size_t mostVariants = 32;

/// The symbols of the sizes of what a kernel reads and gives.
llvm::SetVector<StringRef> symbolsOf(KernelOp kernel) {
  llvm::SetVector<StringRef> symbols;
  auto add = [&](Type type) {
    for (SizeAttr size : cast<TensorType>(type).getSizes())
      for (StringAttr symbol : size.getSymbols())
        symbols.insert(symbol.getValue());
  };
  llvm::for_each(kernel.getInputs().getTypes(), add);
  add(kernel.getResult().getType());
  return symbols;
}

struct VariantsFromFile : impl::VariantsFromFileBase<VariantsFromFile> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(apply()))
      signalPassFailure();
  }

  // Targets, models and kernels that are not there are for `attn-schedule-from-file` to tell.
  LogicalResult apply() {
    FailureOr<TargetInfo> info = targetOf(getOperation(), target);
    if (failed(info))
      return failure();
    FailureOr<ScheduleFile> schedules = readScheduleFile(file, &getContext());
    if (failed(schedules))
      return failure();
    const TargetBlock *section = sectionOf(*schedules, *info);
    if (!section)
      return success();
    for (const FunctionBlock &block : section->functions)
      if (func::FuncOp function = functionOf(block, getOperation()))
        for (const KernelBlock &kernel : block.kernels)
          if (kernel.condition || !kernel.tiles.empty())
            for (const NamedKernel &named : kernelsOf(kernel, function))
              if (failed(note(kernel, named)))
                return failure();
    return success();
  }

  LogicalResult note(const KernelBlock &block, const NamedKernel &kernel) {
    ConditionAttr condition;
    if (block.condition) {
      FailureOr<ConditionAttr> parsed = parseCondition(*block.condition, block.where);
      if (failed(parsed))
        return failure();
      condition = *parsed;
      llvm::SetVector<StringRef> symbols = symbolsOf(kernel.op);
      if (condition.getSize().getSymbols().empty())
        return emitError(block.where) << "'" << block.condition->size << "' is the same for all inputs, so no variant can depend on it";
      for (StringAttr symbol : condition.getSize().getSymbols())
        if (!symbols.contains(symbol.getValue()))
          return emitError(block.where) << "kernel '" << kernel.numbered << "' has no size '" << symbol.getValue() << "'"
                                        << suggestionAmong(symbol.getValue(), symbols.getArrayRef());
    }
    KernelOp op = kernel.op;
    SmallVector<Attribute> asked;
    if (auto before = op->getAttrOfType<ArrayAttr>(variantsAttrName))
      llvm::append_range(asked, before);
    if (asked.size() == mostVariants)
      return emitError(block.where) << "kernel '" << kernel.numbered << "' would have more than " << mostVariants << " variants";
    asked.push_back(VariantAttr::get(&getContext(), condition, block.tiles, cast<LocationAttr>(Attribute(block.where))));
    op->setAttr(variantsAttrName, ArrayAttr::get(&getContext(), asked));
    return success();
  }
};

} // namespace
} // namespace attune
