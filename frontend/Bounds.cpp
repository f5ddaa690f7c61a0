// What is known about the least and the greatest of integers that a program
// computes, so that gathers with them need no check.
#include "frontend/Arrays.h"

using namespace llvm;

namespace attune::frontend {

namespace {

bool isAtMost(SizeAttr a, SizeAttr b) {
  SizeResult room = subtractSizes(b, a);
  return room && isNonNegative(room.size, Facts());
}

/// Whatever fits the type; indices are far from leaving 64 bits.
Bounds anything(Element element, mlir::MLIRContext *context) {
  int64_t most = element == Element::Index ? INT64_MAX / 2 : INT32_MAX;
  return {SizeAttr::constant(context, -most - 1),
          SizeAttr::constant(context, most), false};
}

Bounds boundsOf(const Value &value, mlir::MLIRContext *context) {
  if (ArrayPtr array = value.array())
    return array->bounds.value_or(anything(array->element, context));
  SizeAttr size = value.constant()->size();
  if (isSize(size))
    return {size, size, true};
  return anything(Element::Index, context); // It holds b, h, i or j.
}

/// One of the two that both are at most (at least); `otherwise` where neither
/// is known to be.
SizeAttr below(SizeAttr a, SizeAttr b, SizeAttr otherwise) {
  return isAtMost(a, b) ? a : isAtMost(b, a) ? b : otherwise;
}
SizeAttr above(SizeAttr a, SizeAttr b, SizeAttr otherwise) {
  return isAtMost(a, b) ? b : isAtMost(b, a) ? a : otherwise;
}

/// The one that says more where no order is known.
SizeAttr better(SizeAttr a, SizeAttr b) {
  std::optional<int64_t> value = b.getConstant();
  return value && (*value >= INT32_MAX || *value <= INT32_MIN) ? a : b;
}

/// The sum, or the difference; nothing where i32 may wrap around.
std::optional<Bounds> sum(bool add, const Bounds &a, const Bounds &b) {
  SizeResult least = add ? addSizes(a.least, b.least)
                         : subtractSizes(a.least, b.greatest);
  SizeResult greatest = add ? addSizes(a.greatest, b.greatest)
                            : subtractSizes(a.greatest, b.least);
  if (!least || !greatest)
    return std::nullopt;
  // Both at their ends at once is certain only where one is a single number.
  bool single = a.least == a.greatest || b.least == b.greatest;
  Bounds bounds{least.size, greatest.size,
                single && a.isAttained && b.isAttained};
  return fitI32(bounds) ? std::optional(bounds) : std::nullopt;
}

} // namespace

bool fitI32(const Bounds &bounds) {
  for (SizeAttr bound : {bounds.least, bounds.greatest})
    if (std::optional<int64_t> value = bound.getConstant())
      if (*value < INT32_MIN || *value > INT32_MAX)
        return false;
  return true;
}

std::optional<Bounds> boundsOf(Operation op, Element element,
                               ArrayRef<Value> operands,
                               mlir::MLIRContext *context) {
  if (operands.size() < 2)
    return std::nullopt;
  bool isSelect = op == Operation::Select;
  Bounds all = anything(element, context);
  Bounds a = boundsOf(operands[isSelect ? 1 : 0], context);
  Bounds b = boundsOf(operands[isSelect ? 2 : 1], context);
  switch (op) {
  case Operation::Add:
  case Operation::Subtract:
    return sum(op == Operation::Add, a, b);
  case Operation::Minimum:
    return Bounds{below(a.least, b.least, all.least),
                  below(a.greatest, b.greatest, better(a.greatest, b.greatest)),
                  false};
  case Operation::Maximum:
    return Bounds{above(a.least, b.least, better(a.least, b.least)),
                  above(a.greatest, b.greatest, all.greatest), false};
  case Operation::Select:
    return Bounds{below(a.least, b.least, all.least),
                  above(a.greatest, b.greatest, all.greatest), false};
  case Operation::Remainder: {
    // The remainder of a floor division by a positive number.
    SizeAttr one = SizeAttr::constant(context, 1);
    if (!isAtMost(one, b.least))
      return std::nullopt;
    SizeResult greatest = subtractSizes(b.greatest, one);
    if (!greatest)
      return std::nullopt;
    return Bounds{SizeAttr::constant(context, 0), greatest.size, false};
  }
  default:
    return std::nullopt;
  }
}

} // namespace attune::frontend
