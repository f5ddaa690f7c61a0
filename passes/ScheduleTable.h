// The numbers of default schedules, by vector width, with where they come from.
#pragma once

#include "codegen/target/Target.h"

namespace attune {

/// Register tiles of f32 products. MR x NR accumulators, NR / lanes vectors of
/// the weights and one broadcast must fit the registers (32 of 512 bits, 16 of
/// 256). Measured: docs/performance.md.
struct ProductTable {
  int64_t lanes;       // f32 in a vector
  int64_t rows;        // MR
  int64_t columns;     // NR, where it divides the width
  int64_t depthUnroll; // steps of the reduction unrolled
  int64_t rowBlock;    // rows of one task
  int64_t normBlock;   // the same where rows are reduced after the product
  int64_t fewRows;     // up to here a task takes `rows` alone, to have several

  static ProductTable of(const TargetInfo &target);
};

/// Forms of attention, and their register tiles. Measured: docs/performance.md.
struct AttentionTable {
  int64_t lanes;
  int64_t queryTile;    // queries of one task, along which lanes lie
  int64_t queryVectors; // score tile in registers: vectors of queries …
  int64_t keys;         // … by keys
  int64_t valueRows;    // value tile in registers: queries …
  int64_t valueVectors; // … by vectors of features, at most
  int64_t denseChunk;   // keys of a chunk where all are kept
  int64_t maskedChunk;  // the same where `keep` may leave chunks out
  int64_t rowKeys;      // up to here such keys are taken at once
  int64_t fewQueries;   // up to here queries are taken one by one …
  int64_t fewChunk;     // … and threads share chunks of so many keys

  static AttentionTable of(const TargetInfo &target);
};

} // namespace attune
