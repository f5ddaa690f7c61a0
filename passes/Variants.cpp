#include "passes/Variants.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {

SmallVector<VariantAttr> variantsAsked(KernelOp kernel) {
  SmallVector<VariantAttr> asked;
  if (auto all = kernel->getAttrOfType<ArrayAttr>(variantsAttrName))
    for (Attribute one : all)
      if (auto variant = dyn_cast<VariantAttr>(one))
        asked.push_back(variant);
  return asked;
}

size_t placeOfVariant(ConditionAttr condition, ArrayRef<ConditionAttr> conditions, size_t &front) {
  size_t place = front;
  for (auto [i, other] : llvm::enumerate(conditions)) {
    if (!other || other.getSize() != condition.getSize())
      continue;
    if (other.getBound() < condition.getBound()) {
      place = i + 1;
      continue;
    }
    place = std::min(place, i);
    break;
  }
  if (place <= front)
    ++front;
  return place;
}

size_t variantBehind(ConditionAttr condition, ArrayRef<ConditionAttr> conditions) {
  for (auto [i, other] : llvm::enumerate(conditions))
    if (other && other.getSize() == condition.getSize() && other.getBound() >= condition.getBound())
      return i;
  return conditions.size() - 1;
}

void noteChanged(KernelOp kernel, ArrayRef<int64_t> variants) {
  SmallVector<int64_t> changed(variants);
  if (auto before = kernel->getAttrOfType<DenseI64ArrayAttr>(changedVariantsAttrName))
    changed.append(before.asArrayRef().begin(), before.asArrayRef().end());
  llvm::sort(changed);
  changed.erase(llvm::unique(changed), changed.end());
  if (!changed.empty())
    kernel->setAttr(changedVariantsAttrName, DenseI64ArrayAttr::get(kernel.getContext(), changed));
}

} // namespace attune
