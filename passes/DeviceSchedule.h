// Default schedules for devices.
#pragma once

#include "codegen/target/Target.h"
#include "dialect/Attn.h"

namespace attune {

/// Register tiles of a thread and the threads of a block. Columns are the last axis of a
/// stage, rows one before it. Measured: docs/performance.md.
struct ThreadTile {
  int64_t rows;            // of a thread, by vectors of four columns
  int64_t rowThreads;      // of a block …
  int64_t columnThreads;   // … the nearest ones
  int64_t depthUnroll;     // steps of a product's depth at once
  int64_t vectors = 1;     // of columns
  int64_t sharedDepth = 0; // steps of which a block's threads share the operands; 0: they read them themselves
  bool isOfParts = false;  // a block has one row, of which rowThreads sum parts of the depth
};
/// As many rows as give all multiprocessors work take the large tiles; fewer take those that
/// make more blocks.
constexpr ThreadTile largeTile{8, 8, 16, 4}, middleTile{4, 8, 16, 4}, smallTile{2, 8, 8, 4};
/// Of up to mostRowsOfParts rows, where nothing but loads on their way counts: the depth in parts.
constexpr ThreadTile tileOfParts{1, 32, 8, 16, 1, 0, true};
constexpr int64_t mostRowsOfParts = 4;
/// The same where the threads of a block share the operands, for many rows and for more.
constexpr ThreadTile sharedTile{4, 16, 8, 4, 2, 32}, largeSharedTile{8, 16, 8, 4, 2, 32};
/// Of attention, for a tile of queries by a chunk of keys, and by the features.
constexpr ThreadTile attentionTile{8, 8, 16, 4, 1, 32};
/// Of rows that a block has whole: a warp for each.
constexpr ThreadTile rowsTile{1, 4, 32, 4};

/// `tile` for a block of `rows` by `columns`; none where its threads do not share those out evenly, in
/// vectors, or one would have more than fits its registers.
std::optional<ThreadTile> evenTile(ThreadTile tile, int64_t rows, int64_t columns);

/// The schedule of a variant of a kernel whose body is `body`. Of `given`, the schedule that an
/// attention's stages came with, it takes which stages are computed by themselves, and
/// `pieces`, `sparse` and `skip`.
attn::ScheduleAttr deviceSchedule(mlir::Block &body, attn::ScheduleAttr given, const TargetInfo &target, const ThreadTile &tile);

/// Whether a schedule has blocks.
bool isForDevice(attn::ScheduleAttr schedule);

} // namespace attune
