#include "schedule/Grids.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

namespace attune {

std::vector<Grid> gridsOf(const KernelPlan &plan, size_t stage) {
  std::vector<Grid> grids;
  for (size_t piece = 0; piece < plan.stages[stage].pieces.size(); ++piece)
    grids.push_back({stage, Definition::Piece, piece});
  if (grids.empty())
    for (Definition definition : {Definition::Tiles, Definition::Update, Definition::Start})
      if (plan.stages[stage].nest(definition, 0))
        grids.push_back({stage, definition, 0});
  return grids;
}

std::optional<LoopLevel> blockLoopOf(const KernelPlan &plan, const Grid &grid) {
  for (const Loop &loop : plan.stages[grid.stage].nest(grid.definition, grid.piece)->getLoops())
    if (loop.kind == Loop::Block)
      return LoopLevel{grid.stage, grid.definition, grid.piece, loop.id};
  return std::nullopt;
}

bool isInThread(const KernelPlan &plan, size_t stage) {
  return llvm::any_of(plan.around(stage, Definition::Tiles), [&](const LoopLevel &level) {
    return plan.nest(level).byId(level.loop)->kind == Loop::Thread;
  });
}

/// Kept for all threads of a block of the grid.
static bool isShared(const KernelPlan &plan, size_t index, const Grid &grid) {
  const StagePlan &stage = plan.stages[index];
  bool isElsewhere = stage.directives.place && (stage.directives.place->memory == Memory::Heap || stage.directives.place->memory == Memory::Register);
  if (stage.isInlined || !stage.at || isElsewhere)
    return false;
  LoopLevel outer = plan.around(index, Definition::Tiles).front();
  return outer.stage == grid.stage && outer.definition == grid.definition && outer.piece == grid.piece && !isInThread(plan, index);
}

std::vector<Grid> gridsOf(const KernelPlan &plan) {
  std::vector<Grid> grids;
  for (size_t i = 0; i < plan.stages.size(); ++i)
    if (!plan.stages[i].isInlined && !plan.stages[i].at)
      llvm::append_range(grids, gridsOf(plan, i));
  return grids;
}

std::vector<size_t> sharedIn(const KernelPlan &plan, const Grid &grid) {
  std::vector<size_t> shared;
  for (size_t i = 0; i < plan.stages.size(); ++i)
    if (isShared(plan, i, grid))
      shared.push_back(i);
  return shared;
}

bool isIn(const KernelPlan &plan, size_t index, const Grid &grid) {
  if (index == grid.stage)
    return true;
  const StagePlan &stage = plan.stages[index];
  if (stage.isInlined || !stage.at)
    return false;
  LoopLevel outer = plan.around(index, Definition::Tiles).front();
  return outer.stage == grid.stage && outer.definition == grid.definition && outer.piece == grid.piece;
}

int64_t threadsOf(const KernelPlan &plan, const Grid &grid) {
  std::vector<int64_t> along;
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    if (!isIn(plan, i, grid))
      continue;
    const auto &threads = plan.stages[i].directives.threads;
    along.resize(std::max(along.size(), threads.size()), 1);
    for (size_t d = 0; d < threads.size(); ++d)
      along[d] = std::max(along[d], threads[d].count);
  }
  int64_t count = 1;
  for (int64_t one : along)
    if (llvm::MulOverflow(count, one, count))
      return std::numeric_limits<int64_t>::max();
  return count;
}

} // namespace attune
