// Products of matrices in float64.
#pragma once

#include <cstdint>
#include <vector>

namespace attune::reference {

/// The right-hand side, packed in panels of columns.
class PackedColumns {
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
  std::vector<double> panels;
};

} // namespace attune::reference
