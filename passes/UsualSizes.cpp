#include "passes/UsualSizes.h"
#include "dialect/Size.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

constexpr int64_t usualLength = 2048;

bool isCut(SizeAttr size) {
  return size.getExpr()
      .walk([](AffineExpr part) {
        bool divides = part.getKind() == AffineExprKind::FloorDiv || part.getKind() == AffineExprKind::CeilDiv || part.getKind() == AffineExprKind::Mod;
        return divides ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

} // namespace

UsualSizes::UsualSizes(Block &body) {
  for (auto stage : body.getOps<StageOp>())
    for (int64_t axis = 0; axis < stage.getRank() + stage.getReductionRank(); ++axis)
      if (SizeAttr size = stage.getAxisSize(axis); axis >= stage.getRank() || isCut(size))
        for (StringAttr symbol : size.getSymbols())
          sequences.insert(symbol.getValue());
}

int64_t UsualSizes::operator()(SizeAttr size, SizeAttr known, int64_t number) const {
  if (size == known)
    return number;
  auto valueOf = [&](StringRef name) -> std::optional<int64_t> {
    if (known && known == SizeAttr::symbol(known.getContext(), name))
      return number;
    return sequences.contains(name) ? usualLength : 1;
  };
  return evaluate(size, valueOf).value_or(1);
}

} // namespace attune
