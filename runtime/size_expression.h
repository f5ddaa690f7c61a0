// Sizes that are known when the binary runs: expressions over an entry's size symbols.
// All arithmetic on them is checked for overflow.
#ifndef ATTUNE_RUNTIME_SIZE_EXPRESSION_H
#define ATTUNE_RUNTIME_SIZE_EXPRESSION_H

#include "error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace attune::runtime {

/// Sizes and element counts stay below this: kernels index with 32-bit integers.
constexpr int64_t sizeLimit = int64_t(1) << 31;

inline bool addOverflows(int64_t a, int64_t b, int64_t &result) {
  return __builtin_add_overflow(a, b, &result);
}
inline bool mulOverflows(int64_t a, int64_t b, int64_t &result) {
  return __builtin_mul_overflow(a, b, &result);
}

/// The product of `sizes`; false if one is negative or the product overflows.
bool elementCount(const int64_t *sizes, size_t rank, int64_t &count);

class SizeExpression {
public:
  enum class Operation : uint8_t {
    constant,
    symbol,
    add,
    mul,
    floordiv,
    ceildiv,
    mod
  };

  /// The deepest nesting that is read and the most values that evaluation holds.
  static constexpr size_t maxDepth = 64;

  SizeExpression() = default;
  explicit SizeExpression(int64_t value) : SizeExpression(Operation::constant, value) {}
  static SizeExpression symbol(size_t index) {
    return SizeExpression(Operation::symbol, static_cast<int64_t>(index));
  }
  static SizeExpression binary(Operation operation, const SizeExpression &left,
                               const SizeExpression &right);

  /// False if a step overflows or divides by 0. Allocates nothing.
  bool evaluate(const int64_t *symbols, int64_t &result) const;

  bool isConstant() const {
    return steps.size() == 1 && steps[0].operation == Operation::constant;
  }
  bool isSymbol() const {
    return steps.size() == 1 && steps[0].operation == Operation::symbol;
  }
  /// Of a constant its value, of a symbol its index.
  int64_t value() const { return steps[0].value; }
  void collectSymbols(std::vector<bool> &used) const;
  size_t depth() const { return stackDepth; }

  /// As people write it: "batch * tokens".
  std::string toText(const std::vector<std::string> &symbolNames) const;

private:
  struct Step {
    Operation operation;
    int64_t value; // of a constant, or a symbol's index
  };
  SizeExpression(Operation operation, int64_t value)
      : steps{{operation, value}}, stackDepth(1) {}

  std::vector<Step> steps; // postfix
  size_t stackDepth = 0;
};

} // namespace attune::runtime

#endif
