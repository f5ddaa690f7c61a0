#include "codegen/halide/ElementTypes.h"
#include "codegen/halide/Floats.h"
#include "codegen/halide/Kernel.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/raw_ostream.h"

using Halide::Expr;
using mlir::Type;

namespace attune::kernels {
namespace {

Expr unsignedBits(Expr x) { return Halide::reinterpret<uint32_t>(x); }
Expr number(Expr bits) { return Halide::reinterpret<float>(bits); }
Expr bits(uint32_t value) { return Expr(value); }

Expr widenBF16(Expr half) { return number(Halide::cast<uint32_t>(half) << 16); }

/// To the nearest, ties to even; NaN stays NaN.
Expr narrowBF16(Expr x) {
  Expr all = unsignedBits(x);
  Expr nearest = (all + bits(0x7fff) + ((all >> 16) & bits(1))) >> 16;
  Expr nan = (all >> 16) | bits(0x40);
  return Halide::cast<uint16_t>(Halide::select((all & bits(0x7fffffff)) > bits(0x7f800000), nan, nearest));
}

// f16: 5 bits of exponent, biased by 15, and 10 of fraction (IEEE 754 binary16).

Expr widenF16(Expr half) {
  Expr all = Halide::cast<uint32_t>(half), magnitude = all & bits(0x7fff), sign = (all & bits(0x8000)) << 16;
  Expr normal = (magnitude << 13) + bits((127 - 15) << 23);
  Expr special = (magnitude << 13) | bits(0x7f800000); // infinity and NaN
  // No exponent: the fraction counts units of 2^-24.
  Expr small = unsignedBits(Halide::cast<float>(Halide::cast<int>(magnitude)) * 0x1p-24f);
  Expr wide = Halide::select(magnitude >= bits(0x7c00), special, magnitude < bits(0x400), small, normal);
  return number(wide | sign);
}

Expr narrowF16(Expr x) {
  Expr all = unsignedBits(x), magnitude = all & bits(0x7fffffff), sign = (all >> 16) & bits(0x8000);
  Expr nearest = (magnitude - bits((127 - 15) << 23) + bits(0xfff) + ((magnitude >> 13) & bits(1))) >> 13;
  // Below 2^-14, in units of 2^-24, which a float of less than 2^10 rounds by itself.
  Expr small = Halide::cast<uint32_t>(Halide::cast<int>(Halide::round(number(magnitude) * 0x1p24f)));
  Expr narrow = Halide::select(magnitude > bits(0x7f800000), bits(0x7e00),           // NaN
                               magnitude >= bits(0x477ff000), bits(0x7c00),          // 65520 and more: infinity
                               magnitude < bits((127 - 14) << 23), small, nearest);
  return Halide::cast<uint16_t>(narrow | sign);
}

} // namespace

bool ElementTypes::isEmulated(Type type) const {
  // CUDA has f16, but LLVM 21 makes nonsense of vectors of f32 that are narrowed to it.
  return device != Device::Processor && (type.isBF16() || type.isF16());
}

Halide::Type ElementTypes::value(Type type) const {
  if (type.isF32() || isEmulated(type))
    return Halide::Float(32);
  if (type.isF16())
    return Halide::Float(16);
  if (type.isBF16())
    return Halide::BFloat(16);
  if (type.isF64())
    return Halide::Float(64);
  if (type.isIndex())
    return Halide::Int(32);
  if (auto integer = mlir::dyn_cast<mlir::IntegerType>(type)) {
    unsigned width = integer.getWidth();
    if (width == 1)
      return Halide::Bool();
    if (width == 8 || width == 16 || width == 32 || width == 64)
      return Halide::Int(width);
  }
  std::string text;
  llvm::raw_string_ostream(text) << "kernels have no values of type " << type;
  throw KernelError(text);
}

Halide::Type ElementTypes::memory(Type type) const {
  if (type.isInteger(1))
    return Halide::UInt(8);
  return isEmulated(type) ? Halide::UInt(16) : value(type);
}

Expr ElementTypes::fromMemory(Type type, Expr element) const {
  if (type.isInteger(1))
    return element != Halide::cast<uint8_t>(0);
  if (!isEmulated(type))
    return element;
  if (type.isBF16())
    return widenBF16(element);
  return device == Device::CUDA ? Halide::cast<float>(Halide::reinterpret(Halide::Float(16), element)) : widenF16(element);
}

Expr ElementTypes::toMemory(Type type, Expr value) const {
  if (type.isInteger(1))
    return Halide::cast<uint8_t>(value);
  if (!isEmulated(type))
    return value;
  return type.isBF16() ? narrowBF16(value) : narrowF16(value);
}

Expr ElementTypes::rounded(Type type, Expr value) const {
  return isEmulated(type) ? fromMemory(type, toMemory(type, value)) : value;
}

} // namespace attune::kernels
