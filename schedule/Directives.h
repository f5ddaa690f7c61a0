// The directives of a stage, read and sorted by what they decide. Their words
// and meanings are in docs/schedules.md.
#pragma once

#include "schedule/ScheduleError.h"
#include <optional>

namespace attune {

/// What happens where a factor does not divide a loop.
enum class Tail { Default, Guard, Pad, Shift };

enum class Memory { Stack, Heap, Register, Shared };

/// Each entry keeps the directive that it was read from, for messages.
struct StageDirectives {
  struct Level {
    std::string loop; ///< root or STAGE.LOOP
    attn::DirectiveAttr from;
  };
  struct Names {
    std::vector<std::string> names;
    attn::DirectiveAttr from;
    explicit operator bool() const { return !names.empty(); }
  };
  struct Tile {
    std::string axis, loop; ///< `loop` runs over pieces of `count` elements of `axis`
    int64_t count;
    Tail tail;
    attn::DirectiveAttr from;
  };
  struct Lanes {
    std::string axis;
    int64_t count;
    Tail tail;
    attn::DirectiveAttr from;
  };
  struct Copies {
    std::string axis;
    int64_t count; ///< 0: the whole loop
    attn::DirectiveAttr from;
  };
  struct Threads {
    std::string loop; ///< each of `count` threads takes every count-th iteration
    int64_t count;
    attn::DirectiveAttr from;
  };
  struct Resident {
    int64_t blocks; ///< that a multiprocessor has room for at the same time
    attn::DirectiveAttr from;
  };
  struct PartialSums {
    std::string axis;
    int64_t count, lanes;
    attn::DirectiveAttr from;
  };
  struct Layout : Names {
    std::vector<int64_t> room; ///< by name: elements from one row along it to the next, 0 for as many as there are
  };
  struct Place {
    Memory memory;
    attn::DirectiveAttr from;
  };

  std::optional<Level> at, store;
  std::optional<Place> place;
  attn::DirectiveAttr inlined, registers, sparse, skip, prefetch; ///< null where not given
  Names full, order, parallel;
  Layout layout;
  std::optional<Names> block; ///< none: not a grid of blocks; no names: one block
  std::optional<Resident> resident; ///< none: as many as the registers of threads leave room for
  Names pieces; ///< the axis, then a name for each arm
  std::vector<Tile> tiles;
  std::vector<Lanes> lanes;
  std::vector<Copies> unroll;
  std::vector<Threads> threads; ///< neighbours in the first loop are neighbours in a block
  std::optional<PartialSums> partial;
};

/// A ScheduleError for words that no directive is made of.
llvm::Expected<StageDirectives> readDirectives(attn::StageScheduleAttr schedule);

} // namespace attune
