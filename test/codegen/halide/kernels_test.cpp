// Kernels through attn-kernelc against double loops: all sizes, ragged ends,
// and arrays that touch pages without access.
#include "Cases.h"
#include <gtest/gtest.h>

using namespace kernel_test;

namespace {

std::string compilerPath() { return ATTN_KERNELC; }
std::string source(const char *name) { return std::string(KERNEL_SOURCES) + "/" + name + ".mlir"; }

/// Targets that are tried: `host`, and the least one.
const char *const targets[] = {"x86-64-v3", "host"};

std::string scratch() {
  static const std::string folder = [] {
    std::string name = ::testing::TempDir() + "kernels_XXXXXX";
    return std::string(mkdtemp(name.data()));
  }();
  return folder;
}

Side sideOf(int size) { return size % 2 ? Side::End : Side::Start; }

/// All sizes to 70, then around multiples of what tiles are made of.
std::vector<int> lengths(int most) {
  std::vector<int> result;
  for (int i = 1; i <= most; ++i)
    if (i <= 70 || (i % 16 <= 1 && i <= 200) || i % 64 <= 1 || i % 61 == 0 || i + 1 == most)
      result.push_back(i);
  return result;
}

class Kernels : public ::testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(Targets, Kernels, ::testing::ValuesIn(targets));

template <typename Case>
void checkProduct(const char *name, const char *target, int depth, int columns, int panel, double bound) {
  KernelLibrary library(compilerPath(), scratch(), source(name), name, target);
  std::mt19937 random(7);
  for (int rows : lengths(512)) {
    Case test(rows, depth, columns, panel, sideOf(rows), random);
    ASSERT_EQ(test.run(library), "") << rows << " rows";
    for (int row : {0, rows / 2, rows - 1})
      ASSERT_LT(test.error(row), bound) << "row " << row << " of " << rows;
  }
}

TEST_P(Kernels, ProductGelu) { checkProduct<ProductGelu>("product_gelu", GetParam(), 384, 1536, 48, 2e-5); }
TEST_P(Kernels, ProductNorm) { checkProduct<ProductNorm>("product_norm", GetParam(), 1536, 384, 48, 2e-5); }
TEST_P(Kernels, FewRowsNorm) { checkProduct<ProductNorm>("few_rows_norm", GetParam(), 1536, 384, 48, 2e-5); }
// Widths that no vector divides.
TEST_P(Kernels, OddProductGelu) { checkProduct<ProductGelu>("odd_product_gelu", GetParam(), 43, 101, 16, 2e-5); }
TEST_P(Kernels, OddProductNorm) { checkProduct<ProductNorm>("odd_product_norm", GetParam(), 57, 45, 16, 2e-5); }

void checkAttention(const char *name, const char *target, int heads, int depth) {
  KernelLibrary library(compilerPath(), scratch(), source(name), name, target);
  std::mt19937 random(11);
  for (int tokens : lengths(512)) {
    Attention test(1 + tokens % 3, tokens, heads, depth, sideOf(tokens), random);
    ASSERT_EQ(test.run(library), "") << tokens << " tokens";
    for (int i : {0, tokens / 2, tokens - 1})
      for (int h : {0, heads - 1})
        ASSERT_LT(test.error(test.batch - 1, h, i), 2e-5) << "token " << i << " of " << tokens << ", head " << h;
  }
}

TEST_P(Kernels, Attention) { checkAttention("attention", GetParam(), 12, 32); }
TEST_P(Kernels, OddAttention) { checkAttention("odd_attention", GetParam(), 5, 24); }

TEST_P(Kernels, WrongSizesAreErrors) {
  KernelLibrary library(compilerPath(), scratch(), source("product_gelu"), "product_gelu", GetParam());
  std::mt19937 random(3);
  ProductGelu test(8, 384, 1536, 48, Side::End, random);
  Buffer x(test.x.get(), {8, 384}), w(test.w.get(), test.packed()), bias(test.bias.get(), {1536}),
      out(test.result.get(), {8, 1536});
  std::string error = library.call<halide_buffer_t *, halide_buffer_t *, halide_buffer_t *, int32_t, halide_buffer_t *>(
      x, w, bias, 9, out);
  EXPECT_NE(error, "");
}

} // namespace
