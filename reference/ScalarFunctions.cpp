#include "reference/ScalarFunctions.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <cmath>

namespace attune::reference {

int64_t wrap(int64_t value, unsigned width) {
  switch (width) {
  case 1: return value & 1;
  case 8: return static_cast<int8_t>(value);
  case 16: return static_cast<int16_t>(value);
  case 32: return static_cast<int32_t>(value);
  default: return value;
  }
}

namespace {

// ---- one function over lanes for each signature ----

template <double (*F)(double)> void float1(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.floatResult[i] = F(l.floats[0][i]);
}
template <double (*F)(double, double)> void float2(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.floatResult[i] = F(l.floats[0][i], l.floats[1][i]);
}
template <int64_t (*F)(int64_t)> void integer1(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.integerResult[i] = F(l.integers[0][i]);
}
template <int64_t (*F)(int64_t, int64_t)> void integer2(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.integerResult[i] = F(l.integers[0][i], l.integers[1][i]);
}
template <bool (*F)(double, double)> void compareFloats(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.integerResult[i] = F(l.floats[0][i], l.floats[1][i]);
}
template <double (*F)(int64_t)> void toFloat(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.floatResult[i] = F(l.integers[0][i]);
}
/// Toward zero, clamped to [low, high] of the result's type.
void toInteger(const Lanes &l, double low, double high) {
  for (int64_t i = 0; i < l.count; ++i) {
    double x = l.floats[0][i];
    l.integerResult[i] =
        std::isnan(x) ? 0 : static_cast<int64_t>(std::clamp(x, low, high));
  }
}
/// Models have no integers past 32 bits.
void toSigned(const Lanes &l) {
  double end = std::ldexp(1, std::min(l.width, 32u) - 1);
  toInteger(l, -end, end - 1);
}
void toUnsigned(const Lanes &l) {
  toInteger(l, 0, std::ldexp(1, std::min(l.width, 32u)) - 1);
}

void selectFloat(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.floatResult[i] = l.integers[0][i] ? l.floats[1][i] : l.floats[2][i];
}
void selectInteger(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.integerResult[i] = l.integers[0][i] ? l.integers[1][i] : l.integers[2][i];
}
/// The bits of an f32.
void bitsOfFloat(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.integerResult[i] = llvm::bit_cast<int32_t>(static_cast<float>(l.floats[0][i]));
}
void floatOfBits(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.floatResult[i] = llvm::bit_cast<float>(static_cast<int32_t>(l.integers[0][i]));
}
void fusedMultiplyAdd(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.floatResult[i] = std::fma(l.floats[0][i], l.floats[1][i], l.floats[2][i]);
}
void powerOfInteger(const Lanes &l) {
  for (int64_t i = 0; i < l.count; ++i)
    l.floatResult[i] = std::pow(l.floats[0][i], l.integers[1][i]);
}

// ---- floats ----

double sameFloat(double x) { return x; }
double addFloat(double a, double b) { return a + b; }
double subFloat(double a, double b) { return a - b; }
double mulFloat(double a, double b) { return a * b; }
double divFloat(double a, double b) { return a / b; }
double remFloat(double a, double b) { return std::fmod(a, b); }
double negate(double x) { return -x; }
double maximum(double a, double b) {
  return std::isnan(a) ? a : std::isnan(b) ? b : std::max(a, b);
}
double minimum(double a, double b) {
  return std::isnan(a) ? a : std::isnan(b) ? b : std::min(a, b);
}
double maxNumber(double a, double b) { return std::fmax(a, b); }
double minNumber(double a, double b) { return std::fmin(a, b); }
double reciprocalRoot(double x) { return 1 / std::sqrt(x); }
double power(double a, double b) { return std::pow(a, b); }
double copySign(double a, double b) { return std::copysign(a, b); }
double arcTangent2(double a, double b) { return std::atan2(a, b); }

#define ATTUNE_MATH(NAME)                                                      \
  double NAME##Of(double x) { return std::NAME(x); }
ATTUNE_MATH(exp) ATTUNE_MATH(exp2) ATTUNE_MATH(expm1) ATTUNE_MATH(log)
ATTUNE_MATH(log2) ATTUNE_MATH(log10) ATTUNE_MATH(log1p) ATTUNE_MATH(sqrt)
ATTUNE_MATH(cbrt) ATTUNE_MATH(erf) ATTUNE_MATH(erfc) ATTUNE_MATH(sin)
ATTUNE_MATH(cos) ATTUNE_MATH(tan) ATTUNE_MATH(asin) ATTUNE_MATH(acos)
ATTUNE_MATH(atan) ATTUNE_MATH(sinh) ATTUNE_MATH(cosh) ATTUNE_MATH(tanh)
ATTUNE_MATH(fabs) ATTUNE_MATH(floor) ATTUNE_MATH(ceil) ATTUNE_MATH(trunc)
ATTUNE_MATH(round)
#undef ATTUNE_MATH
/// Half to even, whatever the rounding mode is.
double roundEven(double x) {
  double away = std::round(x);
  if (std::fabs(x - std::trunc(x)) != 0.5)
    return away;
  return 2 * std::round(x / 2);
}

bool isOrdered(double a, double b) { return !std::isnan(a) && !std::isnan(b); }
bool never(double, double) { return false; }
bool always(double, double) { return true; }
bool ordered(double a, double b) { return isOrdered(a, b); }
bool unordered(double a, double b) { return !isOrdered(a, b); }
bool oeq(double a, double b) { return a == b; }
bool ogt(double a, double b) { return a > b; }
bool oge(double a, double b) { return a >= b; }
bool olt(double a, double b) { return a < b; }
bool ole(double a, double b) { return a <= b; }
bool one(double a, double b) { return isOrdered(a, b) && a != b; }
bool ueq(double a, double b) { return !isOrdered(a, b) || a == b; }
bool ugt(double a, double b) { return !(a <= b); }
bool uge(double a, double b) { return !(a < b); }
bool ult(double a, double b) { return !(a >= b); }
bool ule(double a, double b) { return !(a > b); }
bool une(double a, double b) { return a != b; }

// ---- integers: arithmetic without sign, so that overflow wraps ----

uint64_t bits(int64_t x) { return static_cast<uint64_t>(x); }
int64_t sameInteger(int64_t x) { return x; }
int64_t add(int64_t a, int64_t b) { return bits(a) + bits(b); }
int64_t sub(int64_t a, int64_t b) { return bits(a) - bits(b); }
int64_t mul(int64_t a, int64_t b) { return bits(a) * bits(b); }
int64_t div(int64_t a, int64_t b) {
  if (b == 0)
    return 0;
  return b == -1 ? sub(0, a) : a / b;
}
int64_t rem(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }
int64_t floorDiv(int64_t a, int64_t b) {
  return sub(div(a, b), rem(a, b) != 0 && (a < 0) != (b < 0));
}
int64_t ceilDiv(int64_t a, int64_t b) {
  return add(div(a, b), rem(a, b) != 0 && (a < 0) == (b < 0));
}
int64_t divUnsigned(int64_t a, int64_t b) { return b ? bits(a) / bits(b) : 0; }
int64_t remUnsigned(int64_t a, int64_t b) { return b ? bits(a) % bits(b) : 0; }
int64_t ceilDivUnsigned(int64_t a, int64_t b) {
  return add(divUnsigned(a, b), remUnsigned(a, b) != 0);
}
int64_t max(int64_t a, int64_t b) { return std::max(a, b); }
int64_t min(int64_t a, int64_t b) { return std::min(a, b); }
int64_t maxUnsigned(int64_t a, int64_t b) { return std::max(bits(a), bits(b)); }
int64_t minUnsigned(int64_t a, int64_t b) { return std::min(bits(a), bits(b)); }
int64_t bitAnd(int64_t a, int64_t b) { return a & b; }
int64_t bitOr(int64_t a, int64_t b) { return a | b; }
int64_t bitXor(int64_t a, int64_t b) { return a ^ b; }
int64_t shiftLeft(int64_t a, int64_t b) {
  return bits(b) < 64 ? bits(a) << b : 0;
}
int64_t shiftRight(int64_t a, int64_t b) {
  return a >> std::min<uint64_t>(bits(b), 63);
}
int64_t shiftRightUnsigned(int64_t a, int64_t b) {
  return bits(b) < 64 ? bits(a) >> b : 0;
}
int64_t absolute(int64_t a) { return a < 0 ? sub(0, a) : a; }
/// Squaring, so that any exponent ends; negative ones truncate to 0, 1 or -1.
int64_t integerPower(int64_t base, int64_t exponent) {
  if (exponent < 0)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  int64_t result = 1;
  for (uint64_t left = exponent; left; left >>= 1, base = mul(base, base))
    if (left & 1)
      result = mul(result, base);
  return result;
}
int64_t eq(int64_t a, int64_t b) { return a == b; }
int64_t ne(int64_t a, int64_t b) { return a != b; }
int64_t slt(int64_t a, int64_t b) { return a < b; }
int64_t sle(int64_t a, int64_t b) { return a <= b; }
int64_t sgt(int64_t a, int64_t b) { return a > b; }
int64_t sge(int64_t a, int64_t b) { return a >= b; }
int64_t unsignedLess(int64_t a, int64_t b) { return bits(a) < bits(b); }
int64_t unsignedAtMost(int64_t a, int64_t b) { return bits(a) <= bits(b); }
int64_t unsignedMore(int64_t a, int64_t b) { return bits(a) > bits(b); }
int64_t unsignedAtLeast(int64_t a, int64_t b) { return bits(a) >= bits(b); }

// ---- conversions ----

double fromSigned(int64_t x) { return static_cast<double>(x); }
double fromUnsigned(int64_t x) { return static_cast<double>(bits(x)); }
const llvm::StringMap<ScalarFunction> &table() {
  using P = Progression;
  constexpr auto noSign = ScalarFunction::Unsigned, sign = ScalarFunction::Signed;
  static const llvm::StringMap<ScalarFunction> functions = {
      {"arith.addf", {float2<addFloat>}},
      {"arith.subf", {float2<subFloat>}},
      {"arith.mulf", {float2<mulFloat>}},
      {"arith.divf", {float2<divFloat>}},
      {"arith.remf", {float2<remFloat>}},
      {"arith.negf", {float1<negate>}},
      {"arith.maximumf", {float2<maximum>}},
      {"arith.minimumf", {float2<minimum>}},
      {"arith.maxnumf", {float2<maxNumber>}},
      {"arith.minnumf", {float2<minNumber>}},
      {"arith.extf", {float1<sameFloat>}},
      {"arith.truncf", {float1<sameFloat>}},
      {"arith.bitcast.f32.i32", {bitsOfFloat}},
      {"arith.bitcast.i32.f32", {floatOfBits}},
      {"arith.select.float", {selectFloat}},
      {"arith.select.integer", {selectInteger}},
      {"arith.cmpf.false", {compareFloats<never>}},
      {"arith.cmpf.true", {compareFloats<always>}},
      {"arith.cmpf.ord", {compareFloats<ordered>}},
      {"arith.cmpf.uno", {compareFloats<unordered>}},
      {"arith.cmpf.oeq", {compareFloats<oeq>}},
      {"arith.cmpf.ogt", {compareFloats<ogt>}},
      {"arith.cmpf.oge", {compareFloats<oge>}},
      {"arith.cmpf.olt", {compareFloats<olt>}},
      {"arith.cmpf.ole", {compareFloats<ole>}},
      {"arith.cmpf.one", {compareFloats<one>}},
      {"arith.cmpf.ueq", {compareFloats<ueq>}},
      {"arith.cmpf.ugt", {compareFloats<ugt>}},
      {"arith.cmpf.uge", {compareFloats<uge>}},
      {"arith.cmpf.ult", {compareFloats<ult>}},
      {"arith.cmpf.ule", {compareFloats<ule>}},
      {"arith.cmpf.une", {compareFloats<une>}},

      {"arith.addi", {integer2<add>, P::Add}},
      {"arith.subi", {integer2<sub>, P::Sub}},
      {"arith.muli", {integer2<mul>, P::Mul}},
      {"arith.divsi", {integer2<div>, P::None, sign}},
      {"arith.remsi", {integer2<rem>, P::Remainder, sign}},
      {"arith.floordivsi", {integer2<floorDiv>, P::FloorDiv, sign}},
      {"arith.ceildivsi", {integer2<ceilDiv>, P::None, sign}},
      {"arith.divui", {integer2<divUnsigned>, P::None, noSign}},
      {"arith.remui", {integer2<remUnsigned>, P::None, noSign}},
      {"arith.ceildivui", {integer2<ceilDivUnsigned>, P::None, noSign}},
      {"arith.maxsi", {integer2<max>, P::None, sign}},
      {"arith.minsi", {integer2<min>, P::None, sign}},
      {"arith.maxui", {integer2<maxUnsigned>, P::None, noSign}},
      {"arith.minui", {integer2<minUnsigned>, P::None, noSign}},
      {"arith.andi", {integer2<bitAnd>}},
      {"arith.ori", {integer2<bitOr>}},
      {"arith.xori", {integer2<bitXor>}},
      {"arith.shli", {integer2<shiftLeft>}},
      {"arith.shrsi", {integer2<shiftRight>, P::None, sign}},
      {"arith.shrui", {integer2<shiftRightUnsigned>, P::None, noSign}},
      {"arith.cmpi.eq", {integer2<eq>}},
      {"arith.cmpi.ne", {integer2<ne>}},
      {"arith.cmpi.slt", {integer2<slt>, P::None, sign}},
      {"arith.cmpi.sle", {integer2<sle>, P::None, sign}},
      {"arith.cmpi.sgt", {integer2<sgt>, P::None, sign}},
      {"arith.cmpi.sge", {integer2<sge>, P::None, sign}},
      {"arith.cmpi.ult", {integer2<unsignedLess>, P::None, noSign}},
      {"arith.cmpi.ule", {integer2<unsignedAtMost>, P::None, noSign}},
      {"arith.cmpi.ugt", {integer2<unsignedMore>, P::None, noSign}},
      {"arith.cmpi.uge", {integer2<unsignedAtLeast>, P::None, noSign}},
      {"arith.index_cast", {integer1<sameInteger>, P::Copy, sign}},
      {"arith.index_castui", {integer1<sameInteger>, P::None, noSign}},
      {"arith.extsi", {integer1<sameInteger>, P::Copy, sign}},
      {"arith.extui", {integer1<sameInteger>, P::None, noSign}},
      {"arith.trunci", {integer1<sameInteger>, P::Copy}},
      {"arith.sitofp", {toFloat<fromSigned>, P::None, sign}},
      {"arith.uitofp", {toFloat<fromUnsigned>, P::None, noSign}},
      {"arith.fptosi", {toSigned}},
      {"arith.fptoui", {toUnsigned}},

      {"math.exp", {float1<expOf>}},
      {"math.exp2", {float1<exp2Of>}},
      {"math.expm1", {float1<expm1Of>}},
      {"math.log", {float1<logOf>}},
      {"math.log2", {float1<log2Of>}},
      {"math.log10", {float1<log10Of>}},
      {"math.log1p", {float1<log1pOf>}},
      {"math.sqrt", {float1<sqrtOf>}},
      {"math.rsqrt", {float1<reciprocalRoot>}},
      {"math.cbrt", {float1<cbrtOf>}},
      {"math.erf", {float1<erfOf>}},
      {"math.erfc", {float1<erfcOf>}},
      {"math.sin", {float1<sinOf>}},
      {"math.cos", {float1<cosOf>}},
      {"math.tan", {float1<tanOf>}},
      {"math.asin", {float1<asinOf>}},
      {"math.acos", {float1<acosOf>}},
      {"math.atan", {float1<atanOf>}},
      {"math.sinh", {float1<sinhOf>}},
      {"math.cosh", {float1<coshOf>}},
      {"math.tanh", {float1<tanhOf>}},
      {"math.atan2", {float2<arcTangent2>}},
      {"math.absf", {float1<fabsOf>}},
      {"math.floor", {float1<floorOf>}},
      {"math.ceil", {float1<ceilOf>}},
      {"math.trunc", {float1<truncOf>}},
      {"math.round", {float1<roundOf>}},
      {"math.roundeven", {float1<roundEven>}},
      {"math.copysign", {float2<copySign>}},
      {"math.powf", {float2<power>}},
      {"math.fpowi", {powerOfInteger}},
      {"math.fma", {fusedMultiplyAdd}},
      {"math.absi", {integer1<absolute>}},
      {"math.ipowi", {integer2<integerPower>}},
  };
  return functions;
}

} // namespace

ScalarFunction findScalarFunction(llvm::StringRef name) {
  auto found = table().find(name);
  return found == table().end() ? ScalarFunction() : found->second;
}

} // namespace attune::reference
