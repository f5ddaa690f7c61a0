#include "passes/ProductTiles.h"
#include "dialect/KernelWork.h"
#include "passes/Stages.h"
#include <limits>

using namespace mlir;
using namespace attune::attn;

namespace attune {

int64_t panelWidth(int64_t width, const ProductTable &table) {
  int64_t best = table.lanes;
  double bestCost = std::numeric_limits<double>::infinity();
  for (int64_t panel = table.columns; panel >= table.lanes; panel -= table.lanes) {
    double loads = static_cast<double>(table.lanes) / panel;
    double cost = llvm::alignTo(width, panel) * (1 + loads / 2);
    if (cost < bestCost) {
      best = panel;
      bestCost = cost;
    }
  }
  return best;
}

int64_t panelsOfTile(int64_t width, const ProductTable &table, int64_t rowBlock) {
  constexpr int64_t most = 4, tasks = 8;
  int64_t panel = panelWidth(width, table), panels = rowBlock == 1 ? most : 1;
  while (panels > 1 && llvm::divideCeil(width, panel * panels) < tasks)
    panels /= 2;
  return panels;
}

RowTiles rowTiles(StageOp product, const ProductTable &table) {
  constexpr int64_t tasks = 8, ofRows = 128;
  int64_t width = columns(product).value_or(table.columns), panels = llvm::divideCeil(width, panelWidth(width, table));
  int64_t block = table.rowBlock;
  auto halves = [&] { return block % 2 == 0 && block / 2 % table.rows == 0; };
  while (panels * ofRows / block < tasks && halves())
    block /= 2;
  std::optional<int64_t> depth = product.getAxisSize(product.getRank()).getConstant();
  if (!depth)
    return {block, block};
  int64_t near = nearRows(product, table);
  while (block > near && halves())
    block /= 2;
  bool areWeightsNear = width <= near / 2;
  return {block, areWeightsNear || near < block ? block : block * static_cast<int64_t>(llvm::bit_floor<uint64_t>(near / block))};
}

int64_t nearRows(StageOp product, const ProductTable &table) {
  int64_t depth = *product.getAxisSize(product.getRank()).getConstant();
  return table.nearBytes / elementBytes(product.getElementTypes().front()) / std::max<int64_t>(depth, 1);
}

} // namespace attune
