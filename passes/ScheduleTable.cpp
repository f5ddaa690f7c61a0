#include "passes/ScheduleTable.h"

namespace attune {

// Named one by one: a list of numbers alone once lost one of them, and all
// after it moved up.

ProductTable ProductTable::of(const TargetInfo &target) {
  ProductTable table;
  table.depthUnroll = 2;
  table.rowBlock = 32;
  table.normBlock = 16;
  table.fewRows = 64;
  if (target.vectorBits >= 512) {
    table.lanes = 16;
    table.rows = 8;
    table.columns = 48;
  } else {
    table.lanes = 8;
    table.rows = 4;
    table.columns = 24;
  }
  return table;
}

AttentionTable AttentionTable::of(const TargetInfo &target) {
  AttentionTable table;
  table.queryTile = 32;
  table.queryVectors = 2;
  table.valueVectors = 4;
  table.denseChunk = 512;
  table.rowKeys = 128;
  table.fewQueries = 4;
  table.fewChunk = 256;
  if (target.vectorBits >= 512) {
    table.lanes = 16;
    table.keys = 8;
    table.valueRows = 4;
    table.maskedChunk = 96;
  } else {
    table.lanes = 8;
    table.keys = 4;
    table.valueRows = 2;
    table.maskedChunk = 128;
  }
  return table;
}

} // namespace attune
