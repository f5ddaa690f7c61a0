#include "passes/RowSchedule.h"
#include "passes/Stages.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

/// Vector partial sums need lanes that divide the reduced size.
std::pair<int64_t, int64_t> partialSums(int64_t size, int64_t lanes) {
  while (lanes > 1 && size % lanes)
    lanes /= 2;
  for (int64_t vectors : {4, 3, 2})
    if (size % (lanes * vectors) == 0)
      return {lanes * vectors, lanes};
  return {lanes, lanes};
}

/// Whether the stage reads something contiguously along `index`.
bool readsAlong(StageOp stage, Value index) {
  bool found = false;
  stage.getBody().walk([&](LoadOp load) {
    found |= !load.getIndices().empty() && load.getIndices().back() == index;
  });
  return found;
}

/// Whether a reduction reads rows one after another, each along the stage's own last axis.
bool readsAcross(StageOp stage) {
  if (stage.getRank() == 0)
    return false;
  Value own = stage.getAxisIndices().back(), reduced = stage.getReductionIndices()[0];
  bool found = false;
  if (stage.getType().getSizes().back().isConstant(1))
    return found;
  stage.getBody().walk([&](LoadOp load) {
    found |= !load.getIndices().empty() && load.getIndices().back() == own && llvm::is_contained(load.getIndices(), reduced);
  });
  return found;
}

bool isHeavy(StageOp stage) {
  unsigned weight = 0, outside = 0;
  stage.getBody().walk([&](Operation *op) {
    if (auto load = dyn_cast<LoadOp>(op))
      outside += isa<BlockArgument>(load.getTensor());
    else if (isa<math::MathDialect>(op->getDialect()))
      weight += 8;
    else if (op->getNumResults() && isa<FloatType>(op->getResult(0).getType()) &&
             !isa<arith::ConstantOp>(op))
      ++weight;
  });
  return weight > 2 || outside > 1;
}

} // namespace

std::string laneTail(StageOp stage, int64_t lanes) {
  return columns(stage) && *columns(stage) % lanes == 0 ? "" : " guard";
}

ScheduleAttr rowwise(StageOp out, ArrayRef<StageOp> stages, int64_t rowsOfTask, int64_t lanes) {
  ScheduleBuilder schedule(out.getContext());
  Directives directives;
  std::string level = "root";
  int64_t rank = out.getRank();
  if (rank >= 1) {
    std::string column = axis(out, 0);
    if (rank >= 2) {
      std::string row = axis(out, 1);
      SizeAttr rows = out.getType().getSize(rank - 2);
      bool tiled = !rows.getConstant() || *rows.getConstant() > rowsOfTask;
      // With inner rows a task takes a few; a lone axis of batches stays whole.
      if (tiled && rank >= 3)
        directives.push_back("tile " + row + ".block " + number(rowsOfTask) + " guard");
      directives.push_back("lanes " + column + " " + number(lanes) + " guard");
      directives.push_back("parallel " + leadingAxes(out, 2) + row +
                           (tiled && rank >= 3 ? ".block" : ""));
      // A row that is not tiled is part of the one loop over tasks.
      level = out.getName().str() + "." + (tiled || rank == 2 ? row : "parallel");
    } else {
      directives.push_back("lanes " + column + " " + number(lanes) + " guard");
    }
  }
  schedule.add(out.getName(), directives);
  for (StageOp stage : stages)
    if (stage != out)
      addInner(schedule, stage, "at " + level, lanes);
  return schedule.build();
}

void addInner(ScheduleBuilder &schedule, StageOp stage, const std::string &level, int64_t lanes) {
  if (!stage.isReduction()) {
    if (readers(stage).size() > 1 && isHeavy(stage)) {
      Directives directives{level};
      if (stage.getRank() > 0)
        directives.push_back("lanes " + axis(stage, 0) + " " + number(lanes));
      schedule.add(stage.getName(), directives);
    }
    return;
  }
  Directives directives{level};
  std::string reduced = stage.getAxisName(stage.getRank()).str();
  bool alongRow = readsAlong(stage, stage.getBody().getArgument(stage.getRank())) && !readsAcross(stage);
  if (alongRow && stage.getReductionRank() == 1 && stage.getRank() > 0) {
    std::optional<int64_t> size = stage.getAxisSize(stage.getRank()).getConstant();
    if (size && stage.getReducer() == Reducer::Sum)
      if (auto [width, vector] = partialSums(*size, lanes); vector >= 4)
        directives.push_back("partial " + reduced + " " + number(width) + " " + number(vector));
  } else if (stage.getRank() > 0 && !stage.getType().getSizes().back().isConstant(1)) {
    directives.push_back("order " + axis(stage, 0) + " " + reduced);
    directives.push_back("lanes " + axis(stage, 0) + " " + number(lanes));
  }
  schedule.add(stage.getName(), directives);
}

} // namespace attune
