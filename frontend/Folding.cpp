// Constant folding: the first half of Scalars.h.
#include "frontend/Scalars.h"

#include <cfloat>
#include <cmath>

using namespace llvm;

namespace attune::frontend {

StringRef nameOf(Operation op) {
  switch (op) {
  case Operation::Add:
    return "add";
  case Operation::Subtract:
    return "subtract";
  case Operation::Multiply:
    return "multiply";
  case Operation::Divide:
    return "divide";
  case Operation::Remainder:
    return "remainder";
  case Operation::Negate:
    return "negate";
  case Operation::Absolute:
    return "abs";
  case Operation::Minimum:
    return "min";
  case Operation::Maximum:
    return "max";
  case Operation::Sqrt:
    return "sqrt";
  case Operation::Rsqrt:
    return "rsqrt";
  case Operation::Exp:
    return "exp";
  case Operation::Log:
    return "log";
  case Operation::Sin:
    return "sin";
  case Operation::Cos:
    return "cos";
  case Operation::Tanh:
    return "tanh";
  case Operation::Erf:
    return "erf";
  case Operation::Sigmoid:
    return "sigmoid";
  case Operation::Floor:
    return "floor";
  case Operation::Ceil:
    return "ceil";
  case Operation::Round:
    return "round";
  case Operation::Power:
    return "pow";
  case Operation::Relu:
    return "relu";
  case Operation::Equal:
    return "equal";
  case Operation::NotEqual:
    return "not_equal";
  case Operation::Less:
    return "less";
  case Operation::LessEqual:
    return "less_equal";
  case Operation::Greater:
    return "greater";
  case Operation::GreaterEqual:
    return "greater_equal";
  case Operation::And:
    return "and";
  case Operation::Or:
    return "or";
  case Operation::Not:
    return "not";
  case Operation::Select:
    return "select";
  }
  return "?";
}

bool isComparison(Operation op) {
  return op >= Operation::Equal && op <= Operation::GreaterEqual;
}
bool isLogic(Operation op) {
  return op == Operation::And || op == Operation::Or || op == Operation::Not;
}
bool isFloatFunction(Operation op) {
  return op >= Operation::Sqrt && op <= Operation::Power;
}

static FoldResult known(double value) {
  return {Constant{value, std::nullopt}, {}};
}
static FoldResult known(bool value) {
  return {Constant{value, std::nullopt}, {}};
}
static FoldResult known(SizeResult size) {
  if (!size)
    return {std::nullopt, size.error};
  return {Constant{size.size, std::nullopt}, {}};
}

static double compute(Operation op, double x, double y) {
  switch (op) {
  case Operation::Add:
    return x + y;
  case Operation::Subtract:
    return x - y;
  case Operation::Multiply:
    return x * y;
  case Operation::Divide:
    return x / y;
  case Operation::Remainder:
    return x - std::floor(x / y) * y;
  case Operation::Negate:
    return -x;
  case Operation::Absolute:
    return std::fabs(x);
  case Operation::Minimum:
    return std::isnan(x) || std::isnan(y) ? NAN : std::min(x, y);
  case Operation::Maximum:
    return std::isnan(x) || std::isnan(y) ? NAN : std::max(x, y);
  case Operation::Sqrt:
    return std::sqrt(x);
  case Operation::Rsqrt:
    return 1 / std::sqrt(x);
  case Operation::Exp:
    return std::exp(x);
  case Operation::Log:
    return std::log(x);
  case Operation::Sin:
    return std::sin(x);
  case Operation::Cos:
    return std::cos(x);
  case Operation::Tanh:
    return std::tanh(x);
  case Operation::Erf:
    return std::erf(x);
  case Operation::Sigmoid:
    return 1 / (1 + std::exp(-x));
  case Operation::Floor:
    return std::floor(x);
  case Operation::Ceil:
    return std::ceil(x);
  case Operation::Round:
    return std::nearbyint(x);
  case Operation::Power:
    return std::pow(x, y);
  case Operation::Relu:
    return x < 0 ? 0 : x;
  default:
    return NAN;
  }
}

static FoldResult foldComparison(Operation op, SizeAttr a, SizeAttr b,
                                 const Facts &facts) {
  if (op == Operation::Greater || op == Operation::GreaterEqual) {
    std::swap(a, b);
    op = op == Operation::Greater ? Operation::Less : Operation::LessEqual;
  }
  SizeResult above = subtractSizes(b, a), below = subtractSizes(a, b);
  if (!above || !below)
    return {std::nullopt, above.error + below.error};
  bool equal = a == b;
  switch (op) {
  case Operation::Equal:
  case Operation::NotEqual:
    if (equal)
      return known(op == Operation::Equal);
    if (isPositive(above.size, facts) || isPositive(below.size, facts))
      return known(op == Operation::NotEqual);
    return {};
  case Operation::Less:
    if (isPositive(above.size, facts))
      return known(true);
    if (isNonNegative(below.size, facts))
      return known(false);
    return {};
  default: // LessEqual
    if (isNonNegative(above.size, facts))
      return known(true);
    if (isPositive(below.size, facts))
      return known(false);
    return {};
  }
}

static FoldResult foldIntegers(Operation op, ArrayRef<SizeAttr> v,
                               const Facts &facts) {
  mlir::MLIRContext *context = v[0].getContext();
  SizeAttr zero = SizeAttr::constant(context, 0);
  auto smaller = [&](SizeAttr a, SizeAttr b) -> FoldResult {
    SizeResult difference = subtractSizes(b, a);
    if (!difference)
      return {std::nullopt, difference.error};
    if (isNonNegative(difference.size, facts))
      return known(SizeResult{a, {}});
    difference = subtractSizes(a, b);
    if (difference && isNonNegative(difference.size, facts))
      return known(SizeResult{b, {}});
    return {};
  };
  switch (op) {
  case Operation::Add:
    return known(addSizes(v[0], v[1]));
  case Operation::Subtract:
    return known(subtractSizes(v[0], v[1]));
  case Operation::Multiply:
    return known(multiplySizes(v[0], v[1]));
  case Operation::Divide:
    return known(floorDivideSizes(v[0], v[1], facts));
  case Operation::Remainder:
    return known(remainderOfSizes(v[0], v[1], facts));
  case Operation::Negate:
    return known(subtractSizes(zero, v[0]));
  case Operation::Minimum:
    return smaller(v[0], v[1]);
  case Operation::Maximum: {
    FoldResult least = smaller(v[0], v[1]);
    if (!least.value)
      return least;
    SizeAttr other = least.value->size() == v[0] ? v[1] : v[0];
    return known(SizeResult{other, {}});
  }
  case Operation::Relu:
  case Operation::Absolute: {
    if (isNonNegative(v[0], facts))
      return known(SizeResult{v[0], {}});
    SizeResult negated = subtractSizes(zero, v[0]);
    if (!negated)
      return known(negated);
    if (isNonNegative(negated.size, facts))
      return known(op == Operation::Relu ? SizeResult{zero, {}} : negated);
    return {};
  }
  default:
    return foldComparison(op, v[0], v[1], facts);
  }
}

FoldResult fold(Operation op, ArrayRef<Constant> operands, const Facts &facts) {
  if (op == Operation::Select) {
    if (!operands[0].isBool())
      return {};
    return {operands[operands[0].truth() ? 1 : 2], {}};
  }
  if (operands[0].isBool()) {
    bool a = operands[0].truth(), b = operands.size() > 1 && operands[1].truth();
    switch (op) {
    case Operation::And:
      return known(a && b);
    case Operation::Or:
      return known(a || b);
    case Operation::Not:
      return known(!a);
    case Operation::Equal:
      return known(a == b);
    default:
      return known(a != b);
    }
  }
  // A common type by cast stays; two different ones widen like tensors do.
  std::optional<Element> type;
  for (const Constant &operand : operands)
    if (operand.type && (!type || *type == *operand.type))
      type = operand.type;
    else if (operand.type)
      type = Element::F32;
  bool integers = llvm::all_of(operands, [](auto &c) { return c.isInt(); });
  FoldResult result;
  if (integers && !isFloatFunction(op)) {
    SmallVector<SizeAttr> sizes;
    for (const Constant &operand : operands)
      sizes.push_back(operand.size());
    result = foldIntegers(op, sizes, facts);
    // What is too much for an expression of b, h, i and j can be computed.
    bool isComputed = !llvm::all_of(sizes, isSize);
    bool dividesByZero = (op == Operation::Divide || op == Operation::Remainder) &&
                         sizes[1].isConstant(0);
    if (!result.error.empty() && isComputed && !dividesByZero)
      return {};
  } else {
    SmallVector<double> numbers;
    for (const Constant &operand : operands) {
      if (operand.isFloat()) {
        numbers.push_back(operand.number());
        continue;
      }
      std::optional<int64_t> integer = operand.integer();
      if (!integer)
        return {}; // the root of a dim, say
      numbers.push_back(static_cast<double>(*integer));
    }
    double x = numbers[0], y = numbers.size() > 1 ? numbers[1] : 0;
    switch (op) {
    case Operation::Equal:
      return known(x == y);
    case Operation::NotEqual:
      return known(x != y);
    case Operation::Less:
      return known(x < y);
    case Operation::LessEqual:
      return known(x <= y);
    case Operation::Greater:
      return known(x > y);
    case Operation::GreaterEqual:
      return known(x >= y);
    default:
      result = known(compute(op, x, y));
    }
    if (type && isInteger(*type))
      type = std::nullopt;
  }
  if (result.value && !result.value->isBool())
    result.value->type = type;
  return result;
}

FoldResult foldCast(const Constant &constant, Element to,
                    mlir::MLIRContext *context) {
  Constant result = constant;
  result.type = to;
  if (isFloat(to)) {
    if (constant.isBool())
      result.value = constant.truth() ? 1.0 : 0.0;
    else if (std::optional<int64_t> integer = constant.integer())
      result.value = static_cast<double>(*integer);
    else if (constant.isInt())
      return {}; // a dim
    return {result, {}};
  }
  if (to == Element::Bool) {
    if (constant.isFloat())
      result.value = constant.number() != 0;
    else if (constant.isInt()) {
      if (!constant.integer())
        return {};
      result.value = *constant.integer() != 0;
    }
    return {result, {}};
  }
  double value = 0;
  if (constant.isBool())
    value = constant.truth();
  else if (constant.isFloat())
    value = std::trunc(constant.number());
  else if (std::optional<int64_t> integer = constant.integer())
    value = static_cast<double>(*integer);
  else
    return {result, {}}; // a dim; the program knows it as an i32
  double limit = to == Element::I8 ? 128 : 2147483648.0;
  if (!(value >= -limit && value < limit))
    return {std::nullopt, "this value does not fit " + spelling(to).str()};
  result.value = SizeAttr::constant(context, static_cast<int64_t>(value));
  return {result, {}};
}

} // namespace attune::frontend
