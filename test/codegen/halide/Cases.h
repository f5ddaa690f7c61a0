// The kernels of this folder: their inputs, and what they compute in double.
#pragma once

#include "KernelLibrary.h"
#include <algorithm>
#include <cmath>
#include <random>

namespace kernel_test {

using Floats = GuardedArray<float>;
using Bools = GuardedArray<uint8_t>;

inline void fill(Floats &values, std::mt19937 &random, float scale = 1.0f) {
  std::uniform_real_distribution<float> uniform(-0.5f * scale, 0.5f * scale);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = uniform(random);
}

/// x [rows, depth] times packed weights [columns / panel, depth, panel].
struct Product {
  int rows, depth, columns, panel;
  Floats x, w, bias, result;
  Product(int rows, int depth, int columns, int panel, Side side, std::mt19937 &random)
      : rows(rows), depth(depth), columns(columns), panel(panel), x(size_t(rows) * depth, side),
        w(size_t((columns + panel - 1) / panel) * panel * depth, side), bias(columns, side),
        result(size_t(rows) * columns, side) {
    fill(x, random);
    fill(w, random);
    fill(bias, random);
  }
  std::vector<int> packed() const { return {(columns + panel - 1) / panel, depth, panel}; }
  double sum(int row, int column) const {
    double s = bias[column];
    for (int k = 0; k < depth; ++k)
      s += double(x[size_t(row) * depth + k]) * w[(size_t(column / panel) * depth + k) * panel + column % panel];
    return s;
  }
};

struct ProductGelu : Product {
  using Product::Product;
  std::string run(KernelLibrary &library) {
    Buffer bx(x.get(), {rows, depth}), bw(w.get(), packed()), bb(bias.get(), {columns}),
        out(result.get(), {rows, columns});
    return library.call<halide_buffer_t *, halide_buffer_t *, halide_buffer_t *, int32_t, halide_buffer_t *>(
        bx, bw, bb, rows, out);
  }
  double error(int row) const {
    double worst = 0;
    for (int n = 0; n < columns; ++n) {
      double t = sum(row, n);
      worst = std::max(worst, std::abs(0.5 * t * (1 + std::erf(t / std::sqrt(2.0))) - result[size_t(row) * columns + n]));
    }
    return worst;
  }
};

struct ProductNorm : Product {
  Floats residual, gain, offset;
  ProductNorm(int rows, int depth, int columns, int panel, Side side, std::mt19937 &random)
      : Product(rows, depth, columns, panel, side, random), residual(size_t(rows) * columns, side),
        gain(columns, side), offset(columns, side) {
    fill(residual, random);
    fill(gain, random);
    fill(offset, random);
  }
  std::string run(KernelLibrary &library) {
    Buffer bx(x.get(), {rows, depth}), bw(w.get(), packed()), bb(bias.get(), {columns}),
        br(residual.get(), {rows, columns}), bg(gain.get(), {columns}), bo(offset.get(), {columns}),
        out(result.get(), {rows, columns});
    return library.call<halide_buffer_t *, halide_buffer_t *, halide_buffer_t *, halide_buffer_t *, halide_buffer_t *,
                        halide_buffer_t *, int32_t, halide_buffer_t *>(bx, bw, bb, br, bg, bo, rows, out);
  }
  double error(int row) const {
    std::vector<double> y(columns);
    double mean = 0, variance = 0, worst = 0;
    for (int n = 0; n < columns; ++n)
      mean += y[n] = sum(row, n) + residual[size_t(row) * columns + n];
    mean /= columns;
    for (double v : y)
      variance += (v - mean) * (v - mean) / columns;
    for (int n = 0; n < columns; ++n) {
      double r = (y[n] - mean) / std::sqrt(variance + 1e-12) * gain[n] + offset[n];
      worst = std::max(worst, std::abs(r - result[size_t(row) * columns + n]));
    }
    return worst;
  }
};

/// Joined query, key and value of `heads` heads; softmax over the valid keys.
struct Attention {
  int batch, tokens, heads, depth;
  Floats qkv, result;
  Bools valid;
  Attention(int batch, int tokens, int heads, int depth, Side side, std::mt19937 &random, bool all = false)
      : batch(batch), tokens(tokens), heads(heads), depth(depth), qkv(size_t(batch) * tokens * 3 * heads * depth, side),
        result(size_t(batch) * tokens * heads * depth, side), valid(size_t(batch) * tokens, side) {
    fill(qkv, random, 6.0f);
    for (int b = 0; b < batch; ++b) {
      // Lengths as in padded batches; one in eight rows has nothing to attend to.
      int length = all ? tokens : random() % 8 == 0 ? 0 : 1 + random() % tokens;
      bool holes = !all && random() % 2;
      for (int j = 0; j < tokens; ++j)
        valid[size_t(b) * tokens + j] = j < length && (!holes || random() % 4);
    }
  }
  std::string run(KernelLibrary &library) {
    Buffer in(qkv.get(), {batch, tokens, 3 * heads * depth}), mask(valid.get(), {batch, tokens}),
        out(result.get(), {batch, tokens, heads * depth});
    return library.call<halide_buffer_t *, halide_buffer_t *, int32_t, int32_t, halide_buffer_t *>(in, mask, batch,
                                                                                                   tokens, out);
  }
  float element(int part, int b, int t, int h, int e) const {
    return qkv[((size_t(b) * tokens + t) * 3 + part) * heads * depth + h * depth + e];
  }
  double error(int b, int h, int i) const {
    std::vector<double> s(tokens), y(depth);
    double top = -INFINITY, total = 0, worst = 0;
    for (int j = 0; j < tokens; ++j) {
      if (!valid[size_t(b) * tokens + j])
        continue;
      for (int e = 0; e < depth; ++e)
        s[j] += double(element(0, b, i, h, e)) * element(1, b, j, h, e);
      s[j] /= std::sqrt(double(depth));
      top = std::max(top, s[j]);
    }
    for (int j = 0; j < tokens; ++j) {
      if (!valid[size_t(b) * tokens + j])
        continue;
      double w = std::exp(s[j] - top);
      total += w;
      for (int e = 0; e < depth; ++e)
        y[e] += w * element(2, b, j, h, e);
    }
    for (int e = 0; e < depth; ++e) {
      double r = total > 0 ? y[e] / total : 0, got = result[(size_t(b) * tokens + i) * heads * depth + h * depth + e];
      // A row that keeps nothing is exactly 0.
      worst = std::max(worst, total > 0 ? std::abs(r - got) : got == 0 ? 0.0 : INFINITY);
    }
    return worst;
  }
};

} // namespace kernel_test
