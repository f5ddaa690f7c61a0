#include "schedule/Kernels.h"
#include "schedule/ScheduleFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace attune {

std::string patternOf(StringRef path) {
  SmallVector<StringRef> parts;
  path.split(parts, '.');
  for (StringRef &part : parts)
    if (!part.empty() && llvm::all_of(part, llvm::isDigit))
      part = "*";
  return llvm::join(parts, ".");
}

std::vector<NamedKernel> namedKernels(func::FuncOp function) {
  std::vector<NamedKernel> kernels;
  llvm::StringMap<unsigned> count, number;
  for (auto op : function.getOps<attn::KernelOp>()) {
    kernels.push_back({op, op.getName().str(), op.getName().str()});
    ++count[op.getName()];
  }
  for (NamedKernel &kernel : kernels)
    if (count[kernel.name] > 1)
      kernel.numbered += "." + std::to_string(++number[kernel.name]);
  return kernels;
}

std::vector<NamedKernel> kernelsOf(const KernelBlock &block, func::FuncOp function) {
  std::vector<NamedKernel> kernels = namedKernels(function);
  auto isOne = [&](const NamedKernel &kernel, llvm::function_ref<bool(StringRef, StringRef)> fits) {
    return fits(block.pattern, kernel.name) || fits(block.pattern, kernel.numbered);
  };
  bool isCalled = llvm::any_of(kernels, [&](const NamedKernel &kernel) { return isOne(kernel, pathIsCalled); });
  llvm::erase_if(kernels, [&](const NamedKernel &kernel) { return !isOne(kernel, isCalled ? pathIsCalled : pathMatches); });
  return kernels;
}

func::FuncOp functionOf(const FunctionBlock &block, ModuleOp module) {
  for (func::FuncOp function : scheduledFunctions(module)) {
    bool isModel = function->hasAttr(attn::modelAttrName);
    if (block.kind == FunctionBlock::Prepare ? !isModel
                                             : isModel && (block.kind == FunctionBlock::First || function.getName() == block.model))
      return function;
  }
  return {};
}

std::vector<func::FuncOp> scheduledFunctions(ModuleOp module) {
  std::vector<func::FuncOp> functions;
  for (StringRef attribute : {attn::modelAttrName, attn::prepareAttrName})
    for (auto function : module.getOps<func::FuncOp>())
      if (function->hasAttr(attribute))
        functions.push_back(function);
  return functions;
}

} // namespace attune
