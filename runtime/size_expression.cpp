#include "size_expression.h"

#include <algorithm>

namespace attune::runtime {

using Operation = SizeExpression::Operation;

bool elementCount(const int64_t *sizes, size_t rank, int64_t &count) {
  count = 1;
  bool overflow = false, empty = false;
  for (size_t i = 0; i < rank; ++i) {
    if (sizes[i] < 0)
      return false;
    empty |= sizes[i] == 0;
    overflow |= mulOverflows(count, sizes[i], count);
  }
  // [0, 2^62, 2^62] has no elements, whatever the order of multiplication.
  if (empty)
    count = 0;
  return empty || !overflow;
}

SizeExpression SizeExpression::binary(Operation operation,
                                      const SizeExpression &left,
                                      const SizeExpression &right) {
  SizeExpression result;
  result.steps = left.steps;
  result.steps.insert(result.steps.end(), right.steps.begin(), right.steps.end());
  result.steps.push_back({operation, 0});
  result.stackDepth = std::max(left.stackDepth, right.stackDepth + 1);
  return result;
}

static bool apply(Operation operation, int64_t a, int64_t b, int64_t &result) {
  if (operation == Operation::add)
    return !addOverflows(a, b, result);
  if (operation == Operation::mul)
    return !mulOverflows(a, b, result);
  if (b == 0 || (a == INT64_MIN && b == -1))
    return false;
  int64_t quotient = a / b, rest = a % b;
  bool inexactBelow = rest != 0 && ((rest < 0) != (b < 0));
  if (operation == Operation::floordiv)
    result = quotient - inexactBelow;
  else if (operation == Operation::ceildiv)
    result = quotient + (rest != 0 && !inexactBelow);
  else
    result = inexactBelow ? rest + b : rest;
  return true;
}

bool SizeExpression::evaluate(const int64_t *symbols, int64_t &result) const {
  int64_t stack[maxDepth + 1];
  size_t top = 0;
  for (const Step &step : steps) {
    if (step.operation == Operation::constant)
      stack[top++] = step.value;
    else if (step.operation == Operation::symbol)
      stack[top++] = symbols[step.value];
    else {
      --top;
      if (!apply(step.operation, stack[top - 1], stack[top], stack[top - 1]))
        return false;
    }
  }
  result = stack[0];
  return true;
}

void SizeExpression::collectSymbols(std::vector<bool> &used) const {
  for (const Step &step : steps)
    if (step.operation == Operation::symbol)
      used[step.value] = true;
}

std::string
SizeExpression::toText(const std::vector<std::string> &symbolNames) const {
  struct Part {
    std::string text;
    int strength; // 0 sum, 1 product, 2 atom
  };
  std::vector<Part> stack;
  for (const Step &step : steps) {
    if (step.operation == Operation::constant) {
      stack.push_back({std::to_string(step.value), 2});
      continue;
    }
    if (step.operation == Operation::symbol) {
      stack.push_back({symbolNames[step.value], 2});
      continue;
    }
    Part right = std::move(stack.back());
    stack.pop_back();
    Part &left = stack.back();
    auto wrapped = [](const Part &part, int least) {
      return part.strength < least ? "(" + part.text + ")" : part.text;
    };
    switch (step.operation) {
    case Operation::add:
      left = {wrapped(left, 0) + " + " + wrapped(right, 1), 0};
      break;
    case Operation::mul:
      left = {wrapped(left, 1) + " * " + wrapped(right, 2), 1};
      break;
    case Operation::floordiv:
      left = {wrapped(left, 1) + " / " + wrapped(right, 2), 1};
      break;
    case Operation::mod:
      left = {wrapped(left, 1) + " % " + wrapped(right, 2), 1};
      break;
    default:
      left = {"ceildiv(" + left.text + ", " + right.text + ")", 2};
    }
  }
  return stack.empty() ? "" : stack[0].text;
}

} // namespace attune::runtime
