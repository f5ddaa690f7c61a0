#include "passes/ScheduleTable.h"

namespace attune {

// Named one by one: a list of numbers alone once lost one of them, and all
// after it moved up.

ProductTable ProductTable::of(const TargetInfo &target, Multiplication how) {
  ProductTable table;
  table.depthSteps = 1;
  table.rowBlock = 64;
  table.wholeRowBlock = 32;
  table.fewRows = 64;
  if (target.vectorBits >= 512) {
    table.lanes = 16;
    table.rows = 8;
    table.columns = 48;
    table.depthUnroll = 2;
    table.nearBytes = int64_t(2) << 20;
  } else {
    table.lanes = 8;
    table.rows = 4;
    table.columns = 24;
    table.depthUnroll = 4;
    table.nearBytes = int64_t(1) << 20;
  }
  if (how == Multiplication::BF16Dot) {
    table.rows = 12;
    table.columns = 32;
    table.depthSteps = 2;
    table.depthUnroll = 1;
    table.rowBlock = 48;
    table.wholeRowBlock = 24;
  }
  return table;
}

/// Blocks take the place of tasks, and threads that of vectors. No attention is taken in
/// whole rows, whose scores would not fit what the threads of a block share.
static AttentionTable onDevice() {
  AttentionTable table;
  table.lanes = table.queryVectors = table.keys = 4;
  table.steps = 1;
  table.leastTile = 4;
  table.queryTile = table.denseChunk = table.maskedChunk = table.fewChunk = 64;
  table.wideFeatures = 128;
  table.valueRows = 4;
  table.valueSums = 0;
  table.valueVectors = 1 << 20; // no panels: threads share the features
  table.copiesOperands = table.copiesRowValues = false;
  table.dividesInTiles = false;
  table.widensCopies = false; // what a block shares is scarce
  table.selectsValues = true;
  table.joinsStatistics = true;
  table.storesFactors = false; // a grid takes longer than the exponentials
  table.chunksTogether = 4;
  table.rowKeys = 0;
  table.farBytes = table.farTile = table.farChunk = table.farFeatures = 0;
  table.fewQueries = 4;
  return table;
}

AttentionTable AttentionTable::of(const TargetInfo &target, Multiplication how) {
  if (target.isDevice())
    return onDevice();
  AttentionTable table;
  table.widensCopies = true;
  table.selectsValues = false;
  table.joinsStatistics = false;
  table.storesFactors = true;
  table.chunksTogether = 1;
  table.wideFeatures = 0;
  table.queryTile = table.leastTile = 32;
  table.steps = 1;
  table.queryVectors = 2;
  table.valueVectors = 4;
  table.valueRows = 2;
  table.copiesOperands = true;
  table.denseChunk = table.maskedChunk = table.rowKeys = 128;
  table.fewQueries = 4;
  table.fewChunk = 128;
  table.farBytes = target.vectorBits >= 512 ? int64_t(3) << 20 : 0;
  table.farTile = 128;
  table.farChunk = 1024;
  table.farFeatures = 128;
  if (target.vectorBits >= 512) {
    table.lanes = 16;
    table.keys = 8;
    table.valueSums = 16;
    table.dividesInTiles = true;
    table.copiesRowValues = false;
    table.maskedChunk = 96;
  } else {
    table.lanes = 8;
    table.keys = 4;
    table.valueSums = 8;
    table.dividesInTiles = false;
    table.copiesRowValues = true;
  }
  if (how == Multiplication::BF16Dot) {
    table.steps = 2;
    table.queryTile = table.leastTile = 64;
    table.maskedChunk = 128;
  }
  return table;
}

} // namespace attune
