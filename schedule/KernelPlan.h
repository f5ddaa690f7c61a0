// A schedule worked out: for each stage of a kernel its loops and where it is
// computed and kept. What is drawn, checked and compiled is this.
#pragma once

#include "schedule/LoopNest.h"

namespace attune {

/// A stage as schedules see it.
struct StageShape {
  struct Axis {
    std::string name;
    std::optional<int64_t> size; ///< where it is constant
  };
  std::string name;
  bool isResult = false;    ///< of the kernel
  bool isReduction = false;
  std::vector<Axis> axes;   ///< the reduced ones after the others
  size_t rank = 0;          ///< how many are not reduced
  std::vector<bool> unused; ///< by axis: a reduced one that nothing depends on has no loop
};

/// The definitions of a stage, each with loops of its own.
enum class Definition {
  Tiles,  ///< copies register tiles out, and has the loops around them
  Start,  ///< of a reduction; or the only definition
  Update, ///< what a reduction adds
  Piece   ///< an arm of `pieces`
};

/// A loop of a stage.
struct LoopLevel {
  size_t stage;
  Definition definition;
  size_t piece; ///< which, for Piece
  unsigned loop;
  bool operator==(const LoopLevel &other) const {
    return stage == other.stage && definition == other.definition && piece == other.piece && loop == other.loop;
  }
};

struct StagePlan {
  StageShape shape;
  bool isNamed = false;   ///< the schedule has an entry for it
  bool isInlined = false; ///< computed where it is read: it has no loops
  StageDirectives directives;
  std::optional<LoopNest> tiles, start, update;
  std::vector<LoopNest> pieces;
  /// In which loop of Tiles a register tile is made.
  std::optional<unsigned> tileLoop;
  std::optional<LoopLevel> at, store; ///< none: the root
  /// By axis, of what a block or a thread of a device keeps: how many elements it asks for.
  /// Back ends need not find out. Empty for all others.
  std::vector<int64_t> extents;
  /// `partial` has an effect: its axis has a loop.
  bool hasPartialSums = false;

  const LoopNest *nest(Definition definition, size_t piece) const;
};

struct KernelPlan {
  std::vector<StagePlan> stages; ///< producers before consumers

  const LoopNest &nest(const LoopLevel &level) const {
    return *stages[level.stage].nest(level.definition, level.piece);
  }
  /// Around a definition of a stage, outermost first: loops of other stages, and
  /// for a register tile those of Tiles.
  llvm::SmallVector<LoopLevel> around(size_t stage, Definition definition) const;
};

/// Stages in program order; `schedule` may be null. A ScheduleError says which
/// words cannot be followed.
llvm::Expected<KernelPlan> planKernel(std::vector<StageShape> stages, attn::ScheduleAttr schedule);

} // namespace attune
