#include "passes/SharedOperands.h"
#include "passes/ScheduleBuilder.h"
#include "passes/Stages.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

constexpr int64_t lanes = 4;

std::string axisOf(StageOp stage, int64_t axis) { return stage.getAxisName(axis).str(); }

bool has(StageOp stage, const std::string &axis) {
  for (int64_t a = 0; a < stage.getRank(); ++a)
    if (stage.getAxisName(a) == axis)
      return true;
  return false;
}

/// The stage that an operand is copied by; null where it has none.
StageOp copyOf(LoadOp load) {
  auto copy = load.getTensor().getDefiningOp<StageOp>();
  bool isCopy = copy && !copy.isReduction() && copy.getResult().hasOneUse() && copy.getRank() >= 2;
  return isCopy ? copy : StageOp();
}

/// The loops of a thread's rows: the one over its own, and the one that threads share.
struct RowLoops {
  std::string own, shared, tile;
  RowLoops(const std::string &row, const ThreadTile &tile, bool inStrips)
      : own(inStrips ? row + ".strip" : row), shared(inStrips ? row : row + ".group"),
        tile("tile " + row + (inStrips ? ".strip " + number(tile.rowThreads) : ".group " + number(tile.rows))) {}
};

/// How the threads of a block bring `sizes` elements of the operand, by axis, into what they share.
Directives share(StageOp operand, const std::string &level, ArrayRef<std::pair<std::string, int64_t>> sizes, const std::string &layout,
                 const ThreadTile &tile) {
  Directives directives{level, "in shared"};
  if (!layout.empty())
    directives.push_back("layout " + layout);
  std::string last = axis(operand, 0);
  std::string copies, threads;
  for (int64_t axis = operand.getRank(); axis-- > 0;) {
    std::string name = operand.getAxisName(axis).str();
    auto *size = llvm::find_if(sizes, [&](const auto &one) { return one.first == name; });
    if (size == sizes.end())
      continue;
    int64_t width = name == last ? lanes : 1, most = name == last ? tile.columnThreads : tile.rowThreads;
    int64_t count = size->second / width;
    if (count > most) {
      directives.push_back("tile " + name + ".part " + number(most * width));
      copies += " " + name + ".part";
    }
    threads += " " + name + " " + number(std::min(count, most));
  }
  directives.push_back("lanes " + last + " " + number(lanes));
  if (!copies.empty())
    directives.push_back("unroll" + copies);
  directives.push_back("thread" + threads);
  return directives;
}

/// All axes but `first`, which lies innermost and has `room` for its rows.
std::string layoutFrom(StageOp operand, const std::string &first, int64_t room) {
  std::string layout = first + (room ? " " + number(room) : "");
  for (int64_t axis = operand.getRank(); axis-- > 0;)
    if (operand.getAxisName(axis) != first)
      layout += " " + operand.getAxisName(axis).str();
  return layout;
}

} // namespace

std::optional<SharedProduct> matchSharedProduct(StageOp product, const UsualTerm &usual, int64_t rowAxis, const ThreadTile &tile,
                                                llvm::function_ref<bool(Value)> isThere) {
  std::optional<Product> factors = product.getReducer() == Reducer::Sum ? factorsOf(usual.value) : std::nullopt;
  if (!factors || !areMatrices(*factors, product) || product.getRank() < 2 || product.getReductionRank() != 1 || !tile.sharedDepth)
    return std::nullopt;
  std::optional<int64_t> steps = product.getAxisSize(product.getRank()).getConstant();
  if (!steps || *steps % tile.sharedDepth)
    return std::nullopt;
  std::string row = axisOf(product, rowAxis), column = axis(product, 0), depth = axisOf(product, product.getRank());
  SharedProduct shared{product, {}, {}, /*inStrips=*/false, usual.piece};
  for (LoadOp load : {factors->lhs, factors->rhs}) {
    StageOp copy = copyOf(load);
    if (!copy || has(copy, row) == has(copy, column) || !has(copy, depth))
      continue;
    // With the depth as neighbours, rows that are next to each other begin in banks next to each other.
    if (has(copy, row) && axis(copy, 0) == depth)
      shared.inStrips = true;
    if (llvm::all_of(readTensors(copy), isThere))
      (has(copy, row) ? shared.rows : shared.columns) = copy;
  }
  return shared.rows || shared.columns ? std::optional(shared) : std::nullopt;
}

Directives tilesOfThreads(StageOp stage, int64_t rowAxis, const ThreadTile &tile, bool inStrips, bool isVector, StringRef around) {
  RowLoops rows(axisOf(stage, rowAxis), tile, inStrips);
  std::string column = axis(stage, 0), strip = tile.vectors > 1 ? " " + column + ".strip" : "";
  std::string group = column + ".group", loops;
  if (!around.empty())
    loops = " " + group + " " + rows.shared + " " + group + ".thread " + rows.shared + ".thread " + around.str();
  Directives directives{rows.tile};
  if (!strip.empty())
    directives.push_back("tile" + strip + " " + number(tile.columnThreads * lanes));
  llvm::append_range(directives,
                     Directives{"tile " + column + ".group " + number(lanes),
                                isVector ? "lanes " + column + " " + number(lanes) : "unroll " + column,
                                "unroll " + rows.own + strip,
                                "order " + column + strip + " " + rows.own + loops,
                                "thread " + column + ".group " + number(tile.columnThreads) + " " + rows.shared + " " + number(tile.rowThreads)});
  return directives;
}

Directives turnsOfThreads(StageOp parts, int64_t rowAxis, const ThreadTile &tile, bool isVector) {
  std::string column = axis(parts, 0), strip = tile.vectors > 1 ? " " + column + ".strip" : "";
  Directives directives;
  if (!strip.empty())
    directives.push_back("tile" + strip + " " + number(tile.columnThreads * lanes));
  llvm::append_range(directives, Directives{"tile " + column + ".group " + number(lanes),
                                            isVector ? "lanes " + column + " " + number(lanes) : "unroll " + column,
                                            "unroll" + strip + " " + axisOf(parts, parts.getRank()),
                                            "thread " + column + ".group " + number(tile.columnThreads) + " " + axisOf(parts, rowAxis) + " " +
                                                number(tile.rowThreads)});
  return directives;
}

SharedDirectives tilesOfProduct(SharedProduct shared, int64_t rowAxis, const std::string &level, const ThreadTile &tile) {
  StageOp product = shared.product;
  std::string row = axisOf(product, rowAxis), column = axis(product, 0), depth = axisOf(product, product.getRank());
  RowLoops loops(row, tile, shared.inStrips);
  std::string strip = tile.vectors > 1 ? " " + column + ".strip" : "";
  int64_t rows = tile.rows * tile.rowThreads, columns = tile.vectors * lanes * tile.columnThreads;
  SharedDirectives found;
  found.product = {level, loops.tile};
  if (!strip.empty())
    found.product.push_back("tile" + strip + " " + number(tile.columnThreads * lanes));
  llvm::append_range(found.product,
                     Directives{"tile " + depth + ".block " + number(tile.sharedDepth),
                                "lanes " + column + " " + number(lanes),
                                "unroll " + loops.own + strip + " " + depth + " " + number(tile.depthUnroll),
                                "order" + strip + " " + loops.own + " " + depth + " " + column + " " + loops.shared + " " + column + ".thread " +
                                    loops.shared + ".thread " + depth + ".block",
                                "thread " + column + " " + number(tile.columnThreads) + " " + loops.shared + " " + number(tile.rowThreads),
                                "in register"});
  std::string inside = "at " + product.getName().str() + (shared.piece.empty() ? "" : "." + shared.piece) + "." + depth + ".block";
  if (StageOp copy = shared.rows) {
    std::string layout = axis(copy, 0) == depth ? layoutFrom(copy, depth, tile.sharedDepth + lanes) : "";
    found.rows = share(copy, inside, {{row, rows}, {depth, tile.sharedDepth}}, layout, tile);
  }
  if (StageOp copy = shared.columns) {
    // They are read in vectors of columns.
    std::string layout = axis(copy, 0) != column ? layoutFrom(copy, column, columns + lanes) : "";
    found.columns = share(copy, inside, {{column, columns}, {depth, tile.sharedDepth}}, layout, tile);
  }
  return found;
}

} // namespace attune
