// Products of matrices in float64 and f32.
#pragma once

#include <cstdint>
#include <vector>

namespace attune::reference {

/// The right-hand side, packed in panels of columns. Products and sums are
/// numbers of type T, each sum taken in the order of k; in f32 every product is
/// rounded before it is added.
template <typename T> class PackedColumns {
public:
  /// `columns` holds `count` columns of `depth` numbers each, one after another.
  void pack(const double *columns, int64_t count, int64_t depth);

  /// out[rowOffset[m] + columnOffset[n]] += sum over k of rows[m * depth + k] *
  /// column n [k].
  void multiplyInto(const double *rows, int64_t rowCount,
                    const int64_t *rowOffset, const int64_t *columnOffset,
                    double *out) const;

private:
  int64_t count = 0, depth = 0;
  std::vector<T> panels;
};

extern template class PackedColumns<double>;
extern template class PackedColumns<float>;

} // namespace attune::reference
