// The kernels of general.mlir against loops.
#include "Cases.h"
#include <gtest/gtest.h>

using namespace kernel_test;

namespace {

using Buf = halide_buffer_t *;

class General : public ::testing::TestWithParam<const char *> {
protected:
  std::mt19937 random{5};
  std::string folder = std::string(mkdtemp((::testing::TempDir() + "general_XXXXXX").data()));
  KernelLibrary load(const char *kernel) {
    return KernelLibrary(ATTN_KERNELC, folder, std::string(KERNEL_SOURCES) + "/general.mlir", kernel, GetParam());
  }
};
INSTANTIATE_TEST_SUITE_P(Targets, General, ::testing::Values("x86-64-v3", "host"));

constexpr int width = 29;

TEST_P(General, Gather) {
  KernelLibrary library = load("gather");
  for (int tokens = 1; tokens <= 70; ++tokens) {
    int batch = 1 + tokens % 3, count = batch * tokens;
    Side side = tokens % 2 ? Side::End : Side::Start;
    GuardedArray<int32_t> ids(count, side);
    Floats table(100 * width, side), positions(70 * width, side), result(count * width, side);
    fill(table, random);
    fill(positions, random);
    for (int i = 0; i < count; ++i)
      ids[i] = random() % 100;
    // Out of range: anything but a crash. attn.check_index refuses it before.
    std::vector<int32_t> clean(ids.get(), ids.get() + count);
    ids[0] = INT32_MAX, ids[count - 1] = INT32_MIN;
    Buffer i(ids.get(), {batch, tokens}), t(table.get(), {100, width}), p(positions.get(), {70, width}),
        out(result.get(), {batch, tokens, width});
    ASSERT_EQ((library.call<Buf, Buf, Buf, int32_t, int32_t, Buf>(i, t, p, batch, tokens, out)), "");
    std::copy(clean.begin(), clean.end(), ids.get());
    ASSERT_EQ((library.call<Buf, Buf, Buf, int32_t, int32_t, Buf>(i, t, p, batch, tokens, out)), "");
    for (int row = 0; row < count; ++row) {
      double x[width], mean = 0, variance = 0;
      for (int c = 0; c < width; ++c)
        mean += x[c] = table[ids[row] * width + c] + positions[row % tokens * width + c];
      mean /= width;
      for (double v : x)
        variance += (v - mean) * (v - mean) / width;
      for (int c = 0; c < width; ++c)
        ASSERT_NEAR(result[row * width + c], (x[c] - mean) / std::sqrt(variance + 1e-5), 1e-5) << tokens;
    }
  }
}

TEST_P(General, Pool) {
  KernelLibrary library = load("pool");
  for (int tokens = 1; tokens <= 70; ++tokens) {
    int batch = 1 + tokens % 3;
    Side side = tokens % 2 ? Side::End : Side::Start;
    Floats x(batch * tokens * width, side), result(batch * width, side);
    Bools valid(batch * tokens, side);
    fill(x, random);
    for (size_t i = 0; i < valid.size(); ++i)
      valid[i] = random() % 2;
    Buffer in(x.get(), {batch, tokens, width}), v(valid.get(), {batch, tokens}), out(result.get(), {batch, width});
    ASSERT_EQ((library.call<Buf, Buf, int32_t, int32_t, Buf>(in, v, batch, tokens, out)), "");
    for (int b = 0; b < batch; ++b)
      for (int c = 0; c < width; ++c) {
        double sum = 0;
        for (int t = 0; t < tokens; ++t)
          sum += valid[b * tokens + t] ? x[(b * tokens + t) * width + c] : 0;
        ASSERT_NEAR(result[b * width + c], sum, 1e-5);
      }
  }
}

TEST_P(General, ScaledSums) {
  for (const char *kernel : {"scaled", "scaled_arms"}) {
    KernelLibrary library = load(kernel);
    for (int tokens = 1; tokens <= 40; ++tokens) {
      int batch = 1 + tokens % 3;
      Side side = tokens % 2 ? Side::End : Side::Start;
      Floats x(batch * tokens * width, side), m(batch * tokens, side), result(batch * width, side);
      Bools valid(batch * tokens, side);
      fill(x, random);
      fill(m, random, 60); // exponents that no sum of exponentials would stand
      for (size_t i = 0; i < valid.size(); ++i)
        valid[i] = random() % 2;
      Buffer in(x.get(), {batch, tokens, width}), e(m.get(), {batch, tokens}), v(valid.get(), {batch, tokens}), out(result.get(), {batch, width});
      ASSERT_EQ((library.call<Buf, Buf, Buf, int32_t, int32_t, Buf>(in, e, v, batch, tokens, out)), "");
      for (int b = 0; b < batch; ++b)
        for (int c = 0; c < width; ++c) {
          double sum = 0, total = 0;
          for (int i = b * tokens; i < (b + 1) * tokens; ++i) {
            double weight = valid[i] ? std::exp(double(m[i])) : 0;
            sum += weight * x[i * width + c];
            total += weight;
          }
          ASSERT_NEAR(result[b * width + c], total > 0 ? sum / total : 0, 1e-5) << kernel << " " << tokens;
        }
    }
  }
}

TEST_P(General, SplitRows) {
  KernelLibrary library = load("split_rows");
  for (int tokens = 1; tokens <= 40; ++tokens) {
    int batch = 1 + tokens % 5, rows = batch * tokens;
    Side side = tokens % 2 ? Side::End : Side::Start;
    Floats x(rows * width, side), result(rows * width, side);
    fill(x, random, 8);
    Buffer in(x.get(), {batch, tokens, width}), out(result.get(), {width, rows});
    ASSERT_EQ((library.call<Buf, int32_t, int32_t, Buf>(in, batch, tokens, out)), "");
    for (int row = 0; row < rows; ++row)
      for (int c = 0; c < width; ++c)
        ASSERT_NEAR(result[c * rows + row], std::tanh(double(x[row * width + c])), 1e-6);
  }
}

TEST_P(General, Flags) {
  KernelLibrary library = load("flags.v1");
  for (int rows = 1; rows <= 40; ++rows) {
    Floats x(rows * width, Side::End);
    GuardedArray<int32_t> n(rows, Side::End);
    Bools result(rows * 3, Side::End);
    fill(x, random);
    for (int i = 0; i < rows; ++i)
      n[i] = int(random() % 2000) - 1000;
    Buffer in(x.get(), {rows, width}), numbers(n.get(), {rows}), out(result.get(), {rows, 3});
    ASSERT_EQ((library.call<Buf, Buf, int32_t, Buf>(in, numbers, rows, out)), "");
    for (int i = 0; i < rows; ++i) {
      float sum = 0;
      for (int c = 0; c < width; ++c)
        sum += x[i * width + c];
      bool positive = sum > 0, even = n[i] % 2 == 0;
      ASSERT_EQ(result[i * 3], positive);
      ASSERT_EQ(result[i * 3 + 1], positive && even);
      ASSERT_EQ(result[i * 3 + 2], !positive);
    }
  }
}

TEST_P(General, Total) {
  KernelLibrary library = load("total");
  for (int rows = 1; rows <= 40; ++rows) {
    Floats x(rows * width, Side::End), result(1, Side::End);
    fill(x, random);
    Buffer in(x.get(), {rows, width}), out(result.get(), {});
    ASSERT_EQ((library.call<Buf, int32_t, Buf>(in, rows, out)), "");
    double total = 0;
    for (int i = 0; i < rows; ++i)
      total += *std::max_element(&x[i * width], &x[i * width] + width);
    ASSERT_NEAR(result[0], total, 1e-4);
  }
}

TEST_P(General, Repeated) {
  KernelLibrary library = load("repeated");
  for (int rows = 1; rows <= 9; ++rows) {
    Floats x(rows * width, Side::End), result(width, Side::End);
    fill(x, random);
    Buffer in(x.get(), {rows, width}), out(result.get(), {width});
    ASSERT_EQ((library.call<Buf, int32_t, Buf>(in, rows, out)), "");
    for (int c = 0; c < width; ++c) {
      double sum = 0;
      for (int i = 0; i < rows; ++i)
        sum += x[i * width + c];
      ASSERT_NEAR(result[c], sum * 9 * rows, 1e-3);
    }
  }
}

TEST_P(General, ArmsWhereConditionsDoNotHold) {
  KernelLibrary library = load("opposite");
  for (int rows = 1; rows <= 9; ++rows) {
    Floats x(rows * width, Side::End), result(width, Side::End);
    fill(x, random);
    Buffer in(x.get(), {rows, width}), out(result.get(), {width});
    ASSERT_EQ((library.call<Buf, int32_t, Buf>(in, rows, out)), "");
    for (int c = 0; c < width; ++c) {
      double sum = 0;
      for (int i = 0; i < rows; ++i) {
        double first = x[i * width];
        sum += (std::abs(first) < 0.5 ? 2 : first < 0 ? 0 : 1) * x[i * width + c];
      }
      ASSERT_NEAR(result[c], sum, 1e-5);
    }
  }
}

TEST_P(General, Pieces) {
  KernelLibrary library = load("pieces");
  for (int rows = 1; rows <= 20; ++rows) {
    Side side = rows % 2 ? Side::End : Side::Start;
    Floats x(rows * width, side), result(rows * width, side);
    fill(x, random, 4);
    Buffer in(x.get(), {rows, width}), out(result.get(), {rows, width});
    ASSERT_EQ((library.call<Buf, int32_t, Buf>(in, rows, out)), "");
    for (int i = 0; i < rows; ++i) {
      float total = 0;
      for (int c = 0; c < width; ++c)
        total += x[i * width + c];
      for (int c = 0; c < width; ++c) {
        float e = x[i * width + c], expected = i < 3 ? e : total > 0 ? e * e + 4 * e : -4;
        ASSERT_NEAR(result[i * width + c], expected, 1e-5) << "row " << i << " of " << rows;
      }
    }
  }
}

TEST_P(General, Sparse) {
  KernelLibrary library = load("sparse");
  for (int rows = 1; rows <= 40; ++rows) {
    Side side = rows % 2 ? Side::End : Side::Start;
    Floats x(rows * width, side), result(width, side);
    Bools kept(rows, side);
    fill(x, random);
    for (int i = 0; i < rows; ++i) {
      kept[i] = random() % 3 == 0;
      for (int c = 0; c < width && !kept[i]; ++c)
        x[i * width + c] = NAN; // must not be read, or not count
    }
    Buffer in(x.get(), {rows, width}), mask(kept.get(), {rows}), out(result.get(), {width});
    ASSERT_EQ((library.call<Buf, Buf, int32_t, Buf>(in, mask, rows, out)), "");
    for (int c = 0; c < width; ++c) {
      double sum = 0;
      for (int i = 0; i < rows; ++i)
        sum += kept[i] ? 2.0 * x[i * width + c] : 0.0;
      ASSERT_NEAR(result[c], sum, 1e-5) << rows;
    }
  }
}

TEST_P(General, Integers) {
  KernelLibrary library = load("integers");
  const int32_t ends[] = {INT32_MIN, INT32_MIN + 1, INT32_MAX, INT32_MAX - 5, 0, 1, -2, 7, -7, 1 << 30};
  for (int rows = 1; rows <= 70; ++rows) {
    Side side = rows % 2 ? Side::End : Side::Start;
    GuardedArray<int32_t> x(rows, side), y(rows, side), table(width, side), result(9 * rows, side);
    auto draw = [&] { return random() % 2 ? ends[random() % std::size(ends)] : static_cast<int32_t>(random()); };
    for (int i = 0; i < rows; ++i) {
      x[i] = draw();
      y[i] = draw();
    }
    for (int i = 0; i < width; ++i)
      table[i] = static_cast<int32_t>(random());
    Buffer a(x.get(), {rows}), b(y.get(), {rows}), t(table.get(), {width}), out(result.get(), {9, rows});
    ASSERT_EQ((library.call<Buf, Buf, Buf, int32_t, Buf>(a, b, t, rows, out)), "");
    for (int i = 0; i < rows; ++i) {
      int64_t p = x[i], q = y[i];
      auto floor = [](int64_t n, int64_t d) { return d == 0 ? 0 : n / d - (n % d != 0 && (n < 0) != (d < 0)); };
      auto clamped = [&](int64_t index) { return table[std::clamp<int64_t>(index, 0, width - 1)]; };
      const int64_t expected[] = {p + q, p - q, p * q, floor(p, q), p - floor(p, q) * q, p - floor(p, -3) * -3,
                                  i - 9 < p, clamped(p), clamped(2 * i - 20)};
      for (int n = 0; n < 9; ++n)
        ASSERT_EQ(result[n * rows + i], static_cast<int32_t>(expected[n])) << n << " of " << p << " and " << q;
    }
  }
}

} // namespace
