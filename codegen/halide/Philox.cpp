#include "codegen/halide/Philox.h"

using Halide::Expr;

namespace attune::kernels {
namespace {

Expr wide(uint64_t value) { return Halide::Internal::make_const(Halide::UInt(64), value); }

} // namespace

// Words are the low halves of 64-bit numbers all the way: a vector of those is
// what multiplies 32-bit words into whole products, and nothing has to be put
// together or taken apart between rounds. High halves hold whatever they hold.
Expr philoxWord(Expr c0, Expr c1, Expr c2, Expr k0, Expr k1) {
  auto times = [](Expr word, uint32_t factor) { return (word & wide(UINT32_MAX)) * wide(factor); };
  auto key = [](Expr word, uint32_t step) { return Halide::cast<uint64_t>(word + Expr(step)); };
  c0 = Halide::cast<uint64_t>(c0);
  c1 = Halide::cast<uint64_t>(c1);
  c2 = Halide::cast<uint64_t>(c2);
  Expr c3 = wide(0);
  for (uint32_t round = 0; round < 10; ++round) {
    Expr first = times(c0, 0xD2511F53), second = times(c2, 0xCD9E8D57);
    c0 = (second >> 32) ^ c1 ^ key(k0, round * uint32_t(0x9E3779B9));
    c1 = second;
    c2 = (first >> 32) ^ c3 ^ key(k1, round * uint32_t(0xBB67AE85));
    c3 = first;
  }
  return Halide::cast<uint32_t>(c0);
}

// 24 bits, since a signed integer of them converts in one instruction and exactly.
Expr uniform(Expr word) { return Halide::cast<float>(Halide::cast<int32_t>(word >> 8)) * 0x1p-24f; }

} // namespace attune::kernels
