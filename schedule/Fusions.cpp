#include "schedule/Fusions.h"
#include "schedule/ScheduleFile.h"

using namespace mlir;
using llvm::StringRef;

namespace attune {

using attn::FusionAttr;
using attn::FusionKind;

Fusions::Fusions(func::FuncOp function) : function(function) {
  if (auto all = function->getParentOfType<ModuleOp>()->getAttrOfType<ArrayAttr>(attn::fusionAttrName))
    for (Attribute choice : all)
      if (auto fusion = dyn_cast<FusionAttr>(choice))
        choices.push_back(fusion);
}

bool stageMatches(StringRef pattern, StringRef stage) {
  return pathMatches(pattern, stage) || pattern == stage.split('.').first;
}

bool Fusions::any(FusionKind kind, StringRef stage, StringRef kernel) {
  bool found = false;
  for (auto [number, choice] : llvm::enumerate(choices)) {
    if (choice.getKind() != kind || !pathMatches(choice.getKernel(), kernel) ||
        (!stage.empty() && !stageMatches(choice.getStage(), stage)))
      continue;
    met.push_back(number);
    found = true;
  }
  return found;
}

SmallVector<unsigned> Fusions::fusesInto(StringRef kernel) const {
  SmallVector<unsigned> found;
  for (auto [number, choice] : llvm::enumerate(choices))
    if (choice.getKind() == FusionKind::Fuse && pathMatches(choice.getKernel(), kernel))
      found.push_back(number);
  return found;
}

void Fusions::writeDown() {
  if (choices.empty())
    return;
  if (auto before = function->getAttrOfType<DenseI64ArrayAttr>(attn::fusionMetAttrName))
    met.append(before.asArrayRef().begin(), before.asArrayRef().end());
  llvm::sort(met);
  met.erase(llvm::unique(met), met.end());
  function->setAttr(attn::fusionMetAttrName, DenseI64ArrayAttr::get(function.getContext(), met));
}

} // namespace attune
