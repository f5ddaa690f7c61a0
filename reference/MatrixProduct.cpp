// Rows x columns in blocks of the inner axis that stay in the first-level
// cache, with a tile of the result in registers: Goto and van de Geijn, "Anatomy
// of High-Performance Matrix Multiplication", 2008.
#include "reference/MatrixProduct.h"
#include <algorithm>

namespace attune::reference {
namespace {

constexpr int64_t tileRows = 4, tileColumns = 8;
/// 256 x 8 numbers of a panel are 16 KiB.
constexpr int64_t depthBlock = 256;

/// One tile: `tile[r][c] = sum over k of rows[r][k] * panel[k][c]`.
__attribute__((always_inline)) inline void
tileProduct(const double *const *rows, const double *panel, int64_t depth,
            double (&tile)[tileRows][tileColumns]) {
  // The compiler keeps the tile in vector registers.
  double sums[tileRows][tileColumns] = {};
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t r = 0; r < tileRows; ++r)
      for (int64_t c = 0; c < tileColumns; ++c)
        sums[r][c] += rows[r][k] * panel[k * tileColumns + c];
  for (int64_t r = 0; r < tileRows; ++r)
    for (int64_t c = 0; c < tileColumns; ++c)
      tile[r][c] = sums[r][c];
}

using TileFunction = void (*)(const double *const *, const double *, int64_t,
                              double (&)[tileRows][tileColumns]);

void plainTile(const double *const *rows, const double *panel, int64_t depth,
               double (&tile)[tileRows][tileColumns]) {
  tileProduct(rows, panel, depth, tile);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void
avx2Tile(const double *const *rows, const double *panel, int64_t depth,
         double (&tile)[tileRows][tileColumns]) {
  tileProduct(rows, panel, depth, tile);
}
#endif

TileFunction chooseTile() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return avx2Tile;
#endif
  return plainTile;
}

} // namespace

void PackedColumns::pack(const double *columns, int64_t columnCount,
                         int64_t columnDepth) {
  count = columnCount;
  depth = columnDepth;
  int64_t panelCount = (count + tileColumns - 1) / tileColumns;
  panels.assign(panelCount * tileColumns * depth, 0);
  for (int64_t n = 0; n < count; ++n) {
    double *to = &panels[n / tileColumns * tileColumns * depth + n % tileColumns];
    for (int64_t k = 0; k < depth; ++k)
      to[k * tileColumns] = columns[n * depth + k];
  }
}

void PackedColumns::multiplyInto(const double *rows, int64_t rowCount,
                                 const int64_t *rowOffset,
                                 const int64_t *columnOffset,
                                 double *out) const {
  static const TileFunction tileFunction = chooseTile();
  for (int64_t k = 0; k < depth; k += depthBlock) {
    int64_t length = std::min(depthBlock, depth - k);
    for (int64_t n = 0; n < count; n += tileColumns) {
      const double *panel = &panels[n * depth + k * tileColumns];
      int64_t columnsHere = std::min(tileColumns, count - n);
      for (int64_t m = 0; m < rowCount; m += tileRows) {
        // Rows past the end repeat the last one; their sums are dropped.
        const double *tileOf[tileRows];
        for (int64_t r = 0; r < tileRows; ++r)
          tileOf[r] = rows + std::min(m + r, rowCount - 1) * depth + k;
        double tile[tileRows][tileColumns];
        tileFunction(tileOf, panel, length, tile);
        int64_t rowsHere = std::min(tileRows, rowCount - m);
        for (int64_t r = 0; r < rowsHere; ++r)
          for (int64_t c = 0; c < columnsHere; ++c)
            out[rowOffset[m + r] + columnOffset[n + c]] += tile[r][c];
      }
    }
  }
}

} // namespace attune::reference
