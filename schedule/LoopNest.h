// The loops of one definition of a stage, by the names that schedules use, and
// the steps that make them of the stage's axes.
#pragma once

#include "schedule/Directives.h"
#include "llvm/ADT/SmallVector.h"

namespace attune {

struct Loop {
  enum Kind { Serial, Vector, Unrolled, Parallel, Block, Thread };

  std::string name;
  unsigned id;                          ///< in its nest
  llvm::SmallVector<unsigned, 2> axes;  ///< of the stage, reduced ones after the others
  bool isReduced;                       ///< it does not run over elements of the stage, one each
  std::optional<int64_t> extent;        ///< where it is constant, and all iterations are whole
  std::optional<int64_t> length;        ///< where it is constant
  Kind kind = Serial;
  int64_t copies = 1; ///< that UnrollBy makes of its body
  /// The innermost of the parallel loops or blocks: schedules may call it `parallel` or `block`.
  bool isTask = false;
  /// How many tiles it runs inside of, each within the one before.
  unsigned depth = 0;
  /// Part of a loop that was vectorised or unrolled: schedules cannot name it.
  bool consumed = false;

  bool isCalled(llvm::StringRef other) const {
    return !consumed && (name == other || (isTask && other == (kind == Block ? "block" : "parallel")));
  }
};

/// One change of loops; a back end makes the same one to its own.
struct LoopStep {
  enum Kind {
    Split,     ///< loops[0] becomes an outer loops[1] and an inner loops[2] of `factor`
    Fuse,      ///< loops[0], inside, and loops[1] become loops[2]
    Reorder,   ///< all loops, innermost first
    Vectorize, ///< loops[0], whose extent is constant
    Unroll,    ///< loops[0], whole
    UnrollBy,  ///< loops[0], `factor` copies, with a test of each
    Parallel,  ///< loops[0]
    Block,     ///< loops[0], or none: all runs in one thread of one block
    Thread,    ///< loops[0]
    Atomic     ///< a reduced loop may become a vector
  };
  Kind kind;
  llvm::SmallVector<unsigned, 4> loops;
  int64_t factor = 0;
  Tail tail = Tail::Default; ///< of Split: never Default
};

/// Dimensions of a grid of blocks.
inline constexpr size_t mostBlockLoops = 3;

/// Loops are kept innermost first; an axis that is tiled keeps its name for the
/// inner loop. Operations that cannot be leave `problem` and change nothing.
class LoopNest {
public:
  /// `guarded`: writes past the end are not allowed (the kernel's result).
  /// `isUpdate`: the definition adds to what another one set, or sets part of it.
  LoopNest(std::string owner, bool guarded, bool isUpdate = false);

  /// `extent`: where the loop's length is known and nothing asks for another.
  void add(llvm::StringRef axis, unsigned position, std::optional<int64_t> size, bool isReduced);

  bool has(llvm::StringRef loop) const { return lookup(loop); }
  /// Null where there is none that schedules can name.
  const Loop *lookup(llvm::StringRef loop) const;
  /// Of what the nest is made now, whatever schedules can name.
  const Loop *byId(unsigned id) const;
  bool isReduced(llvm::StringRef loop) const;
  std::string list() const;

  void tile(llvm::StringRef axis, llvm::StringRef outer, int64_t factor, Tail tail);
  /// Loops named here take each other's places, innermost first; others stay.
  void order(llvm::ArrayRef<std::string> loops);
  /// Right after what is vectorised and unrolled.
  void moveInnermost(llvm::ArrayRef<std::string> loops);
  /// The vector loop becomes the innermost; what remains keeps the name.
  void lanes(llvm::StringRef loop, int64_t count, Tail tail);
  /// `count` 0: the whole loop. Reduced loops last: they are cut in place.
  void unroll(llvm::StringRef loop, int64_t count);
  /// Outermost first; they become the outermost loops, and one where possible.
  /// The innermost of what results is the loop `parallel`.
  void parallel(llvm::ArrayRef<std::string> loops) { makeTasks(loops, Loop::Parallel); }
  /// The same for the blocks of a device: the innermost loops are dimensions of their own,
  /// the others one. No loops make one block of one thread.
  void block(llvm::ArrayRef<std::string> loops);
  /// `count` threads share the loop: what is left of it keeps the name, inside of the loop
  /// over threads, which goes around all loops but earlier ones over threads.
  void thread(llvm::StringRef loop, int64_t count);
  /// Null where there is none.
  const Loop *innermostExcept(llvm::ArrayRef<std::string> loops) const;

  llvm::ArrayRef<Loop> getLoops() const { return loops; }
  llvm::ArrayRef<LoopStep> getSteps() const { return steps; }
  /// Of any loop that there ever was, by its id.
  llvm::ArrayRef<unsigned> axesOf(unsigned id) const { return axesById[id]; }
  unsigned getLoopCount() const { return axesById.size(); }
  /// Loops that were added; their ids come first.
  unsigned getAxisCount() const { return axisCount; }

  /// The first thing that could not be done; empty where all could.
  std::string problem;

private:
  Loop *find(llvm::StringRef name);
  unsigned newId(llvm::ArrayRef<unsigned> axes);
  void fail(const llvm::Twine &why);
  Tail tailFor(const Loop &loop, int64_t factor, Tail tail) const;
  void reorder();
  void moveOutermost(llvm::ArrayRef<std::string> loops);
  void makeTasks(llvm::ArrayRef<std::string> loops, Loop::Kind kind);
  /// Makes the outermost of the task loops, one of several: `all` are the task loops.
  bool join(llvm::ArrayRef<std::string> loops, Loop::Kind kind, llvm::StringRef word, llvm::ArrayRef<std::string> all);
  bool split(llvm::StringRef loop, int64_t factor, Tail tail, llvm::StringRef outer, llvm::StringRef inner);
  /// The innermost `count` steps of `loop` as a loop of their own kind.
  Loop *consume(llvm::StringRef loop, llvm::StringRef inner, int64_t count, Tail tail, Loop::Kind kind);

  std::string owner;
  bool guarded, isUpdate;
  std::vector<llvm::SmallVector<unsigned, 2>> axesById;
  unsigned axisCount = 0;
  std::vector<Loop> loops;
  std::vector<LoopStep> steps;
};

} // namespace attune
