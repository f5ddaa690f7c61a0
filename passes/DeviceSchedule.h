// Default schedules for devices.
#pragma once

#include "codegen/target/Target.h"
#include "passes/UsualSizes.h"
#include "schedule/Legality.h"

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
/// Where threads read the operands themselves.
constexpr ThreadTile largeTile{8, 8, 16, 4};
/// Of a product, among which costs decide by the rows that there are: few make few blocks, and what is read again
/// for each block counts where they are many. The last one is for all.
constexpr ThreadTile productTiles[] = {{2, 8, 8, 4},        {2, 8, 8, 32},        {4, 8, 16, 4},       {2, 8, 8, 4, 1, 32},
                                       {4, 8, 16, 4, 1, 32}, {4, 16, 8, 4, 2, 32}, {8, 16, 8, 4, 2, 32}};
/// Of very few rows, where nothing but loads on their way counts: the depth in parts. Its stages are others, so that
/// the rows are the same for all targets, which schedule files may serve.
constexpr ThreadTile tileOfParts{1, 32, 8, 16, 1, 0, true};
constexpr int64_t mostRowsOfParts = 4;
/// Of attention, for a tile of queries by a chunk of keys, and by the features: many features have more threads.
constexpr int64_t attentionRowThreads = 8;
constexpr ThreadTile attentionTiles[] = {{8, attentionRowThreads, 16, 4, 1, 32},
                                         {8, attentionRowThreads, 16, 4, 1, 16},
                                         {8, attentionRowThreads, 32, 4, 1, 32},
                                         {8, attentionRowThreads, 32, 4, 1, 16}};
/// Of rows that a block has whole: a warp for each.
constexpr ThreadTile rowsTile{1, 4, 32, 4};

/// `tile` for a block of `rows` by `columns`; none where its threads do not share those out evenly, in
/// vectors, or one would have more than fits its registers.
std::optional<ThreadTile> evenTile(ThreadTile tile, int64_t rows, int64_t columns);

/// The schedule of a variant of a kernel whose body is `body`. Of `given`, the schedule that an
/// attention's stages came with, it takes which stages are computed by themselves, and
/// `pieces`, `sparse` and `skip`.
attn::ScheduleAttr deviceSchedule(mlir::Block &body, attn::ScheduleAttr given, const TargetInfo &target, const ThreadTile &tile);

/// A legal one, and what it costs.
struct DeviceCandidate {
  attn::ScheduleAttr schedule;
  ScheduledKernel planned;
  UsualSizes usual; ///< of the kernel

  /// Where `rows` are so many, or of null for usual sizes.
  double cycles(const TargetInfo &target, attn::SizeAttr rows, int64_t number) const;
};
/// None where none is legal.
std::optional<DeviceCandidate> deviceCandidate(mlir::Block &body, attn::ScheduleAttr given, const TargetInfo &target, const ThreadTile &tile);

/// The schedule of an attention, in the tiles that cost least of those with the fewest launches: what would be stored
/// between others are the scores, whose memory grows with the square of the length.
attn::ScheduleAttr attentionSchedule(mlir::Block &body, attn::ScheduleAttr given, const TargetInfo &target);
/// Whether its sums over several chunks fit the registers of threads in any of those.
bool keepsSums(int64_t queries, int64_t features);

/// Whether a schedule has blocks.
bool isForDevice(attn::ScheduleAttr schedule);

} // namespace attune
