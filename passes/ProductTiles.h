// Panels of columns and blocks of rows: what a task of a product takes.
#pragma once

#include "dialect/Attn.h"
#include "passes/ScheduleTable.h"

namespace attune {

/// Columns of a panel: multiples of the lanes up to the table's, weighing what
/// the last panel wastes against loads (a panel of v vectors takes 1 / v more
/// for each multiplication beside the rows').
int64_t panelWidth(int64_t width, const ProductTable &table);

/// One row has registers left, and memory is read faster from several places:
/// its tiles go along several panels, as long as there are enough tasks.
int64_t panelsOfTile(int64_t width, const ProductTable &table, int64_t rowBlock);

/// Rows of the tasks of a product.
struct RowTiles {
  int64_t block;    ///< of one task, with a panel of columns
  int64_t part = 0; ///< whose blocks come one after another for a panel, and all panels before the next; 0: of all rows
  int64_t most = 0; ///< rows that there can be; 0: any number
};

/// Weights come from memory once for all blocks of a part, whose rows a near cache holds for the next panel; where it
/// holds the weights, blocks are parts. Blocks make several tasks of few panels.
RowTiles rowTiles(attn::StageOp product, const ProductTable &table);

/// Rows that a near cache holds, of a known depth.
int64_t nearRows(attn::StageOp product, const ProductTable &table);

} // namespace attune
