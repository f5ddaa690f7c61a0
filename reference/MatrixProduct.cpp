// Rows x columns in blocks of the inner axis that stay in the first-level
// cache, with a tile of the result in registers: Goto and van de Geijn, "Anatomy
// of High-Performance Matrix Multiplication", 2008.
#include "reference/MatrixProduct.h"
#include <algorithm>
#include <type_traits>

namespace attune::reference {
namespace {

constexpr int64_t tileRows = 4, tileColumns = 8;
/// 256 x 8 numbers of a panel are 16 KiB.
constexpr int64_t depthBlock = 256;

template <typename T> using Tile = T[tileRows][tileColumns];

/// One tile: `tile[r][c] += sum over k of rows[r][k] * panel[k][c]`.
template <typename T>
__attribute__((always_inline)) inline void
tileProduct(const T *const *rows, const T *panel, int64_t depth, Tile<T> &tile) {
  // The compiler keeps the sums in vector registers.
  T sums[tileRows][tileColumns];
  for (int64_t r = 0; r < tileRows; ++r)
    for (int64_t c = 0; c < tileColumns; ++c)
      sums[r][c] = tile[r][c];
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t r = 0; r < tileRows; ++r)
      for (int64_t c = 0; c < tileColumns; ++c) {
        if constexpr (std::is_same_v<T, float>) {
          // A statement of its own is not fused with the sum.
          T product = rows[r][k] * panel[k * tileColumns + c];
          sums[r][c] += product;
        } else {
          sums[r][c] += rows[r][k] * panel[k * tileColumns + c];
        }
      }
  for (int64_t r = 0; r < tileRows; ++r)
    for (int64_t c = 0; c < tileColumns; ++c)
      tile[r][c] = sums[r][c];
}

template <typename T>
using TileFunction = void (*)(const T *const *, const T *, int64_t, Tile<T> &);

template <typename T>
void plainTile(const T *const *rows, const T *panel, int64_t depth, Tile<T> &tile) {
  tileProduct(rows, panel, depth, tile);
}

#if defined(__x86_64__)
template <typename T>
__attribute__((target("avx2,fma"))) void
avx2Tile(const T *const *rows, const T *panel, int64_t depth, Tile<T> &tile) {
  tileProduct(rows, panel, depth, tile);
}
#endif

template <typename T> TileFunction<T> chooseTile() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return avx2Tile<T>;
#endif
  return plainTile<T>;
}

} // namespace

template <typename T>
void PackedColumns<T>::pack(const double *columns, int64_t columnCount,
                            int64_t columnDepth) {
  count = columnCount;
  depth = columnDepth;
  int64_t panelCount = (count + tileColumns - 1) / tileColumns;
  panels.assign(panelCount * tileColumns * depth, 0);
  for (int64_t n = 0; n < count; ++n) {
    T *to = &panels[n / tileColumns * tileColumns * depth + n % tileColumns];
    for (int64_t k = 0; k < depth; ++k)
      to[k * tileColumns] = static_cast<T>(columns[n * depth + k]);
  }
}

template <typename T>
void PackedColumns<T>::multiplyInto(const double *rows, int64_t rowCount,
                                    const int64_t *rowOffset,
                                    const int64_t *columnOffset,
                                    double *out) const {
  static const TileFunction<T> tileFunction = chooseTile<T>();
  std::vector<T> narrow;
  const T *rowsOfT;
  if constexpr (std::is_same_v<T, double>) {
    rowsOfT = rows;
  } else {
    narrow.assign(rows, rows + rowCount * depth);
    rowsOfT = narrow.data();
  }
  for (int64_t k = 0; k < depth; k += depthBlock) {
    int64_t length = std::min(depthBlock, depth - k);
    for (int64_t n = 0; n < count; n += tileColumns) {
      const T *panel = &panels[n * depth + k * tileColumns];
      int64_t columnsHere = std::min(tileColumns, count - n);
      for (int64_t m = 0; m < rowCount; m += tileRows) {
        // Rows past the end repeat the last one; their sums are dropped.
        const T *tileOf[tileRows];
        for (int64_t r = 0; r < tileRows; ++r)
          tileOf[r] = rowsOfT + std::min(m + r, rowCount - 1) * depth + k;
        Tile<T> tile = {};
        int64_t rowsHere = std::min(tileRows, rowCount - m);
        for (int64_t r = 0; r < rowsHere; ++r)
          for (int64_t c = 0; c < columnsHere; ++c)
            tile[r][c] = static_cast<T>(out[rowOffset[m + r] + columnOffset[n + c]]);
        tileFunction(tileOf, panel, length, tile);
        for (int64_t r = 0; r < rowsHere; ++r)
          for (int64_t c = 0; c < columnsHere; ++c)
            out[rowOffset[m + r] + columnOffset[n + c]] = tile[r][c];
      }
    }
  }
}

template class PackedColumns<double>;
template class PackedColumns<float>;

} // namespace attune::reference
