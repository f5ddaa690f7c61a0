// The numbers of default schedules, by vector width, with where they come from.
#pragma once

#include "codegen/target/Target.h"

namespace attune {

/// How a product multiplies: element by element in f32, whatever it reads, or
/// pairs of bf16 at once.
enum class Multiplication { F32, BF16Dot };

/// Register tiles of products. MR x NR accumulators, NR / lanes vectors of the
/// weights and one broadcast must fit the registers (32 of 512 bits, 16 of 256).
/// Measured: docs/performance.md.
struct ProductTable {
  int64_t lanes;       // f32 in a vector
  int64_t rows;        // MR
  int64_t columns;     // NR, where it divides the width
  int64_t depthSteps;  // steps of the reduction that one instruction takes
  int64_t depthUnroll; // times that this is unrolled
  int64_t rowBlock;    // rows of one task
  int64_t wholeRowBlock; // the same where they are whole
  int64_t nearBytes;   // of what a near cache holds: rows read for each panel, or weights for each block
  int64_t fewRows;     // up to here the product of such tasks has tasks of its own

  static ProductTable of(const TargetInfo &target, Multiplication how = Multiplication::F32);
};

/// Forms of attention, and their register tiles. Measured: docs/performance.md.
struct AttentionTable {
  int64_t lanes;
  int64_t queryTile;    // queries of one task, along which lanes lie
  int64_t leastTile;    // where they are known to be fewer
  int64_t wideFeatures; // with more of them tiles have as many fewer queries; 0: never
  int64_t queryVectors; // score tile in registers: vectors of queries …
  int64_t keys;         // … by keys
  bool dividesInTiles;  // a score's tanh or erf, whose division waits beside the next tile
  int64_t steps;        // terms of a sum that one instruction takes
  int64_t valueRows;    // value tile in registers: queries, at least …
  int64_t valueSums;    // … and as many as make so many vectors of sums, as they wait for each other …
  int64_t valueVectors; // … by vectors of features, at most
  bool copiesOperands;  // keys and values, where there are chunks, head by head
  bool copiesRowValues; // values, where a tile has all keys
  bool widensCopies;    // of 16-bit operands, which takes operations each time they are read
  bool selectsValues;   // those of dropped pairs are left out where they are added
  bool joinsStatistics; // of a chunk's row, as storing each beside every feature takes longer
  bool storesFactors;   // of chunks or segments relative to their row: else they are computed where they are read
  int64_t chunksTogether; // that a task adds up one after another before it stores anything; 1: each is stored
  int64_t denseChunk;   // keys of a chunk where all are kept
  int64_t maskedChunk;  // the same where `keep` may leave chunks out
  int64_t rowKeys;      // up to here such keys are taken at once; 0: never
  int64_t farBytes;     // of a head's keys and values, which more queries of a task share, if they are more; 0: never
  int64_t farTile;      // these queries …
  int64_t farChunk;     // … by so many keys, where a head has features up to farFeatures, and as many fewer where more
  int64_t farFeatures;  // of a key and its value
  int64_t fewQueries;   // up to here queries are taken one by one, with all heads …
  int64_t fewChunk;     // … and threads share chunks of so many keys

  static AttentionTable of(const TargetInfo &target, Multiplication how = Multiplication::F32);
};

} // namespace attune
