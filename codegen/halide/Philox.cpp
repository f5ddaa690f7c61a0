#include "codegen/halide/Philox.h"

using Halide::Expr;

namespace attune::kernels {
namespace {

Expr low(Expr product) { return Halide::cast<uint32_t>(product); }
Expr high(Expr product) { return Halide::cast<uint32_t>(product >> 32); }
Expr times(Expr word, uint32_t factor) { return Halide::cast<uint64_t>(word) * Halide::cast<uint64_t>(Expr(factor)); }

} // namespace

Expr philoxWord(Expr c0, Expr c1, Expr c2, Expr k0, Expr k1) {
  Expr c3 = Expr(uint32_t(0));
  for (uint32_t round = 0; round < 10; ++round) {
    Expr first = times(c0, 0xD2511F53), second = times(c2, 0xCD9E8D57);
    c0 = high(second) ^ c1 ^ (k0 + Expr(round * uint32_t(0x9E3779B9)));
    c1 = low(second);
    c2 = high(first) ^ c3 ^ (k1 + Expr(round * uint32_t(0xBB67AE85)));
    c3 = low(first);
  }
  return c0;
}

// 24 bits, since a signed integer of them converts in one instruction and exactly.
Expr uniform(Expr word) { return Halide::cast<float>(Halide::cast<int32_t>(word >> 8)) * 0x1p-24f; }

} // namespace attune::kernels
