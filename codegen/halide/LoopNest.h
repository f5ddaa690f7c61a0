// The loops of one definition of a Func, by the names that schedules use.
#pragma once

#include "codegen/halide/Kernel.h"

namespace attune::kernels {

enum class Tail { Default, Guard, Pad, Shift };

/// Collects directives and applies them to a Halide::Stage. Loops are kept
/// innermost first; an axis that is tiled keeps its name for the inner loop.
class LoopNest {
public:
  /// `guarded`: writes past the end are not allowed (the kernel's result).
  /// `isPiece`: the definition is an update that covers part of the stage.
  LoopNest(Halide::Stage stage, std::string owner, bool guarded, bool isPiece = false);

  void add(const Axis &axis, Halide::VarOrRVar variable);

  bool has(const std::string &loop) const;
  Halide::VarOrRVar get(const std::string &loop) const;
  bool isReduced(const std::string &loop) const;
  std::string list() const;

  void tile(const std::string &axis, const std::string &outer, int64_t factor, Tail tail);
  /// Loops named here take each other's places, innermost first; others stay.
  void order(const std::vector<std::string> &loops);
  /// Right after what is vectorised and unrolled.
  void moveInnermost(const std::vector<std::string> &loops);
  void moveOutermost(const std::vector<std::string> &loops);
  /// The vector loop becomes the innermost; what remains keeps the name.
  void lanes(const std::string &loop, int64_t count, Tail tail);
  /// `count` 0: the whole loop. Reduced loops last: they are cut in place.
  void unroll(const std::string &loop, int64_t count);
  /// Outermost first; they become the outermost loops, and one where possible.
  /// The innermost of what results is the loop `parallel`.
  void parallel(const std::vector<std::string> &loops);

  Halide::Stage &halide() { return stage; }
  /// The innermost loop that is none of these.
  Halide::VarOrRVar innermostExcept(const std::vector<std::string> &loops) const;

private:
  struct Loop {
    std::string name;
    Halide::VarOrRVar variable;
    std::optional<int64_t> extent; ///< where it is constant and never cut
    /// Part of a loop that was vectorised or unrolled: schedules cannot name it.
    bool consumed = false;
  };
  Loop &find(const std::string &name);
  const Loop &find(const std::string &name) const;
  Halide::TailStrategy tailFor(const Loop &loop, int64_t factor, Tail tail) const;
  Halide::VarOrRVar fresh(const Loop &like, const std::string &name) const;
  void reorder();
  void consume(const std::string &loop, const std::string &inner, int64_t count, Tail tail);
  void split(const std::string &loop, int64_t factor, Tail tail, const std::string &outer, const std::string &inner);

  Halide::Stage stage;
  std::string owner;
  bool guarded, isPiece;
  std::vector<Loop> loops;
};

} // namespace attune::kernels
