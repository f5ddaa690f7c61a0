#include "passes/DeviceKernel.h"
#include "passes/DeviceStages.h"
#include "passes/ScheduleBuilder.h"
#include "passes/Stages.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {

DeviceKernel::DeviceKernel(Block &body, ScheduleAttr given) : given(given) {
  out = body.getTerminator()->getOperand(0).getDefiningOp<StageOp>();
  for (auto stage : body.getOps<StageOp>()) {
    position[stage] = stages.size();
    stages.push_back(stage);
  }
  for (StageOp stage : stages)
    if (StageOp end = gridOfProduct(stage); end && end != out)
      apart.insert(end);
    else if (isSumOfColumns(stage) && stage != out)
      apart.insert(stage);
  for (StageOp stage : stages)
    if (scaledSumOf(stage))
      apart.insert(stage);
}

bool DeviceKernel::isOnItsOwn(StageOp stage) const {
  if (apart.contains(stage))
    return true;
  if (given)
    return static_cast<bool>(given.lookup(stage.getName()));
  llvm::SmallPtrSet<Operation *, 4> readers;
  for (Operation *user : stage->getUsers())
    readers.insert(user->getParentOfType<StageOp>());
  return readers.size() > 1 && isHeavy(stage);
}

StageOp DeviceKernel::gridOfProduct(StageOp product) const {
  if (given || !(isMatrixProduct(product) || isSumOfParts(product)))
    return {};
  StageOp end = product;
  for (;;) {
    StageOp next;
    for (Operation *user : end->getUsers()) {
      auto load = dyn_cast<LoadOp>(user);
      auto reader = load ? load->getParentOfType<StageOp>() : StageOp();
      if (!reader || reader.isReduction() || (next && reader != next) || load.getIndices() != reader.getAxisIndices())
        return end == product ? StageOp() : end;
      next = reader;
    }
    if (!next)
      return end;
    end = next;
  }
}

bool DeviceKernel::isSumOfColumns(StageOp stage) const {
  if (given || !stage.isReduction() || stage.getRank() < 2 || stage.getReductionRank() != 1 || isMatrixProduct(stage) ||
      stage.getAxisSize(stage.getRank()).getConstant())
    return false;
  return llvm::any_of(stage.getBodyBlock()->getOps<LoadOp>(), [&](LoadOp load) {
    return !load.getIndices().empty() && load.getIndices().back() == stage.getAxisIndices().back();
  });
}

Directives DeviceKernel::meaningOf(StageOp stage) const {
  Directives kept;
  if (auto entry = given ? given.lookup(stage.getName()) : StageScheduleAttr())
    for (DirectiveAttr directive : entry.getDirectives())
      if (StringRef keyword = directive.getKeyword().getValue(); keyword == "pieces" || keyword == "sparse" || keyword == "skip" || keyword == "full")
        kept.push_back(directive.str());
  return kept;
}

bool DeviceKernel::mustBeApart(StageOp stage) const {
  return isFact(stage) && llvm::any_of(stage->getUsers(), [&](Operation *user) {
    auto reader = user->getParentOfType<StageOp>();
    return !reader || !isFact(reader);
  });
}

bool DeviceKernel::isFact(StageOp stage) const {
  auto entry = given ? given.lookup(stage.getName()) : StageScheduleAttr();
  auto root = StringAttr::get(stage.getContext(), "root");
  return entry && llvm::any_of(entry.getDirectives(), [&](DirectiveAttr directive) {
    return directive.getKeyword() == "at" && directive.getArguments()[0] == root;
  });
}

StageOp DeviceKernel::onlyReaderInPlace(StageOp stage) const {
  StageOp reader;
  for (Operation *user : stage->getUsers()) {
    auto load = dyn_cast<LoadOp>(user);
    auto by = load ? load->getParentOfType<StageOp>() : StageOp();
    if (!by || (reader && by != reader) || by.isReduction() || load.getIndices().size() != static_cast<size_t>(by.getRank()))
      return {};
    for (auto [index, axis] : llvm::zip(load.getIndices(), by.getBody().getArguments()))
      if (index != axis)
        return {};
    reader = by;
  }
  bool isInlined = reader && reader != out && !isOnItsOwn(reader);
  return isInlined ? onlyReaderInPlace(reader) : reader;
}

SmallVector<StageOp> DeviceKernel::productsInPlace(StageOp stage) const {
  SmallVector<StageOp> found;
  if (stage.isReduction() || stage.getRank() < 2)
    return found;
  for (StageOp source : stages)
    if (source.isReduction() && source.getReducer() == Reducer::Sum && source.getRank() == stage.getRank() &&
        onlyReaderInPlace(source) == stage)
      found.push_back(source);
  return found;
}

DeviceKernel::RowAxis DeviceKernel::rowAxisOf(StageOp stage) const {
  if (given && stage == out)
    for (DirectiveAttr directive : given.getTiles())
      if (auto tile = dyn_cast<IntegerAttr>(directive.getArguments()[1]); tile && tile.getInt() > 1)
        for (int64_t axis = 0; axis + 1 < stage.getRank(); ++axis)
          if (directive.getArguments()[0] == StringAttr::get(given.getContext(), stage.getAxisName(axis)) && stage.getAxisName(axis) == "query")
            return {axis, tile.getInt()};
  return {stage.getRank() - 2, std::nullopt};
}

bool DeviceKernel::hasPredicate(StageOp stage) const {
  return llvm::any_of(meaningOf(stage), [](StringRef directive) { return directive == "skip" || directive.starts_with("pieces "); });
}

bool DeviceKernel::readsWithin(StageOp stage, StageOp source) const {
  llvm::SetVector<Operation *> within;
  within.insert(stage);
  for (size_t i = 0; i < within.size(); ++i)
    for (Value tensor : readTensors(within[i])) {
      auto read = tensor.getDefiningOp<StageOp>();
      if (read == source)
        return true;
      if (read && !apart.contains(read) && !mustBeApart(read))
        within.insert(read);
    }
  return false;
}

bool DeviceKernel::needsWholeRows(StageOp stage) const {
  if (stage.getRank() == 0)
    return false;
  unsigned last = stage.getRank() - 1;
  for (StageOp other : stages)
    if (other != stage && other.isReduction() && readsWithin(stage, other) && !mustBeApart(other)) {
      llvm::BitVector axes = axesAsked(other, stage);
      if (!axes.test(last) && axes.any())
        return true;
    }
  return false;
}

SmallVector<StageOp> DeviceKernel::productsOf(StageOp sums) const {
  SmallVector<StageOp> found;
  for (StageOp stage : stages)
    if (stage.getReducer() == Reducer::Sum && stage.getRank() == sums.getRank() && isForNothingBut(stage, sums))
      found.push_back(stage);
  return found;
}

bool DeviceKernel::isForNothingBut(StageOp stage, StageOp reader) const {
  return llvm::all_of(stage->getUsers(), [&](Operation *user) {
    auto by = user->getParentOfType<StageOp>();
    return by && (by == reader || (!by.isReduction() && !isOnItsOwn(by) && isForNothingBut(by, reader)));
  });
}

bool DeviceKernel::isPlain(StageOp stage) const {
  return isBare(stage) && !hasShortStrides(stage) && llvm::all_of(readTensors(stage), [&](Value tensor) {
    auto source = tensor.getDefiningOp<StageOp>();
    bool isInlined = source && !source.isReduction() && !isOnItsOwn(source);
    return !isInlined || isPlain(source);
  });
}

llvm::BitVector DeviceKernel::axesAsked(StageOp stage, StageOp grid) const {
  llvm::BitVector all(grid.getRank());
  for (int64_t axis = 0; axis < stage.getRank(); ++axis)
    all |= axesAsked(stage, axis, grid);
  return all;
}

llvm::BitVector DeviceKernel::axesAsked(StageOp stage, int64_t axis, StageOp grid) const {
  llvm::BitVector all(grid.getRank());
  for (Operation *user : stage->getUsers()) {
    auto load = dyn_cast<LoadOp>(user);
    auto reader = load ? load->getParentOfType<StageOp>() : StageOp();
    if (!reader)
      continue;
    llvm::BitVector axes = axesIn(load.getIndices()[axis], reader);
    for (unsigned a : axes.set_bits()) {
      if (a >= static_cast<unsigned>(reader.getRank()))
        continue;
      if (reader == grid)
        all.set(a);
      else if (position.lookup(reader) < position.lookup(grid))
        all |= axesAsked(reader, a, grid);
    }
  }
  return all;
}

} // namespace attune
