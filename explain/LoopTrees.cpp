#include "explain/LoopTrees.h"

namespace attune {
namespace {

class TreeBuilder {
public:
  explicit TreeBuilder(const KernelPlan &plan) : plan(plan) {}

  /// Stages that are computed at `level`, at root where there is none.
  void addStagesAt(const std::optional<LoopLevel> &level, std::vector<LoopTree> &into) const {
    for (size_t i = 0; i < plan.stages.size(); ++i)
      if (!plan.stages[i].isInlined && plan.stages[i].at == level)
        addStage(i, into);
  }

private:
  void addStage(size_t index, std::vector<LoopTree> &into) const {
    const StagePlan &stage = plan.stages[index];
    LoopTree &tree = into.emplace_back(LoopTree{LoopTree::Stage, stage.shape.name, details(stage), {}});
    if (stage.tiles)
      return addLoops(index, Definition::Tiles, 0, *stage.tiles, tree.inside);
    if (stage.update)
      return addLoops(index, Definition::Update, 0, *stage.update, tree.inside);
    addLoops(index, Definition::Start, 0, *stage.start, tree.inside);
    for (size_t piece = 0; piece < stage.pieces.size(); ++piece) {
      LoopTree &arm = tree.inside.emplace_back(
          LoopTree{LoopTree::Stage, stage.shape.name + "." + stage.directives.pieces.names[piece + 1], "a piece", {}});
      addLoops(index, Definition::Piece, piece, stage.pieces[piece], arm.inside);
    }
  }

  static std::string details(const StagePlan &stage) {
    if (stage.shape.isResult)
      return "the result";
    if (stage.hasPartialSums)
      return "in " + std::to_string(stage.directives.partial->count) + " partial sums, vectors of " +
             std::to_string(stage.directives.partial->lanes);
    std::string ahead = stage.directives.prefetch ? ", the next panel fetched ahead" : "";
    if (stage.tiles)
      return "in register tiles" + ahead;
    return stage.shape.isReduction ? "a reduction" + ahead : "";
  }

  void addLoops(size_t index, Definition definition, size_t piece, const LoopNest &nest, std::vector<LoopTree> &into) const {
    std::vector<LoopTree> *body = &into;
    llvm::ArrayRef<Loop> loops = nest.getLoops();
    for (size_t i = loops.size(); i-- > 0;) {
      const Loop &loop = loops[i];
      body->push_back(LoopTree{LoopTree::Loop, loop.name, details(loop), {}});
      body = &body->back().inside;
      addStagesAt(LoopLevel{index, definition, piece, loop.id}, *body);
      if (definition == Definition::Tiles && loop.id == plan.stages[index].tileLoop)
        addLoops(index, Definition::Update, 0, *plan.stages[index].update, *body);
    }
  }

  static std::string details(const Loop &loop) {
    std::string count = loop.length ? std::to_string(*loop.length) : "";
    switch (loop.kind) {
    case Loop::Serial: return loop.isReduced ? "adds" : count;
    case Loop::Vector: return count.empty() ? "a vector" : "a vector of " + count;
    case Loop::Unrolled: return count.empty() ? "unrolled" : count + " copies";
    case Loop::Parallel: return "parallel";
    case Loop::Block: return "blocks";
    case Loop::Thread: return count + " threads";
    }
    return "";
  }

  const KernelPlan &plan;
};

} // namespace

std::vector<LoopTree> loopTrees(const KernelPlan &plan) {
  std::vector<LoopTree> trees;
  TreeBuilder(plan).addStagesAt(std::nullopt, trees);
  return trees;
}

} // namespace attune
