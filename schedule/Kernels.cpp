#include "schedule/Kernels.h"
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

std::vector<func::FuncOp> scheduledFunctions(ModuleOp module) {
  std::vector<func::FuncOp> functions;
  for (StringRef attribute : {attn::modelAttrName, attn::prepareAttrName})
    for (auto function : module.getOps<func::FuncOp>())
      if (function->hasAttr(attribute))
        functions.push_back(function);
  return functions;
}

} // namespace attune
