#include "reference/MatrixProduct.h"
#include <gtest/gtest.h>
#include <random>

namespace attune::reference {
namespace {

TEST(MatrixProduct, IsWhatLoopsGive) {
  // Sizes around the tiles' and the blocks' edges.
  std::mt19937 engine(1);
  std::uniform_int_distribution<int> digits(-9, 9);
  for (int64_t rows : {1, 3, 4, 5, 9})
    for (int64_t columns : {1, 7, 8, 9, 17})
      for (int64_t depth : {1, 2, 255, 256, 257, 600}) {
        std::vector<double> a(rows * depth), b(columns * depth);
        for (double &x : a)
          x = digits(engine);
        for (double &x : b)
          x = digits(engine);
        // The result is transposed, with a gap after each row.
        std::vector<int64_t> rowOffset, columnOffset;
        for (int64_t m = 0; m < rows; ++m)
          rowOffset.push_back(m);
        for (int64_t n = 0; n < columns; ++n)
          columnOffset.push_back(n * (rows + 1));
        std::vector<double> out(columns * (rows + 1), 0.5);
        PackedColumns<double> packed;
        packed.pack(b.data(), columns, depth);
        packed.multiplyInto(a.data(), rows, rowOffset.data(),
                            columnOffset.data(), out.data());
        for (int64_t n = 0; n < columns; ++n) {
          for (int64_t m = 0; m < rows; ++m) {
            double sum = 0.5;
            for (int64_t k = 0; k < depth; ++k)
              sum += a[m * depth + k] * b[n * depth + k];
            ASSERT_EQ(out[n * (rows + 1) + m], sum)
                << rows << " x " << columns << " x " << depth;
          }
          ASSERT_EQ(out[n * (rows + 1) + rows], 0.5);
        }
      }
}

} // namespace
} // namespace attune::reference
