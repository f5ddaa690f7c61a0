#include "tools/attn-bench/OperationCount.h"
#include "runtime/message.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace llvm;

namespace attune::bench {
namespace {

/// Parentheses and signs inside one another; people write a few.
constexpr unsigned deepest = 64;

/// By recursive descent. After the first problem every part gives 0.
class Evaluator {
public:
  Evaluator(StringRef text, const CountNames &names) : whole(text), rest(text), names(names) {}

  Expected<double> run() {
    double value = sum();
    if (problem.empty() && !peek().empty())
      unexpected();
    if (problem.empty() && !(std::isfinite(value) && value > 0))
      problem = "is no positive number";
    if (!problem.empty())
      return createStringError(problem);
    return value;
  }

private:
  double sum() {
    double value = product();
    while (true) {
      if (take('+'))
        value += product();
      else if (take('-'))
        value -= product();
      else
        return value;
    }
  }

  double product() {
    double value = signedOne();
    while (true) {
      if (take('*'))
        value *= signedOne();
      else if (take('/'))
        value /= signedOne();
      else
        return value;
    }
  }

  double signedOne() {
    if (++depth > deepest)
      return fail("nests too deeply");
    double value = take('-') ? -signedOne() : one();
    --depth;
    return value;
  }

  double one() {
    StringRef next = peek();
    if (take('(')) {
      double value = sum();
      if (!take(')'))
        return unexpected();
      return value;
    }
    if (!next.empty() && isDigit(next[0]))
      return number();
    if (!next.empty() && (isAlpha(next[0]) || next[0] == '_'))
      return named();
    return unexpected();
  }

  double number() {
    StringRef text = rest.take_while([](char c) { return isDigit(c) || c == '.'; });
    // An exponent, with its sign.
    StringRef after = rest.drop_front(text.size());
    if (!after.empty() && (after[0] == 'e' || after[0] == 'E')) {
      size_t length = 1 + (after.size() > 1 && (after[1] == '+' || after[1] == '-'));
      length += after.drop_front(length).take_while(isDigit).size();
      text = rest.take_front(text.size() + length);
    }
    double value = 0;
    if (text.getAsDouble(value) || !isDigit(text.back())) // LLVM takes "1e+" for 1.
      return fail("has '" + text.str() + "', which is no number");
    rest = rest.drop_front(text.size());
    return value;
  }

  double named() {
    std::string name = rest.take_while([](char c) { return isAlnum(c) || c == '_'; }).str();
    rest = rest.drop_front(name.size());
    if (!take('[')) {
      auto found = names.constants.find(name);
      return found != names.constants.end() ? found->second
                                            : unknown("constant in \"set\"", name, names.constants);
    }
    StringRef digits = peek().take_while(isDigit);
    unsigned axis = 0;
    if (digits.getAsInteger(10, axis))
      return fail("needs the number of an axis in '" + name + "[...]'");
    rest = rest.drop_front(digits.size());
    if (!take(']'))
      return unexpected();
    auto found = names.inputs.find(name);
    if (found == names.inputs.end())
      return unknown("input with sizes in the table", name, names.inputs);
    if (axis >= found->second.size())
      return fail("has '" + name + "[" + std::to_string(axis) + "]', but the input has " +
                  (found->second.empty() ? "no axes" : "axes 0 to " + std::to_string(found->second.size() - 1)));
    return static_cast<double>(found->second[axis]);
  }

  StringRef peek() {
    rest = rest.ltrim();
    return rest;
  }

  bool take(char c) {
    if (!problem.empty())
      return false;
    return peek().starts_with(StringRef(&c, 1)) && rest.consume_front(StringRef(&c, 1));
  }

  double fail(std::string text) {
    if (problem.empty())
      problem = std::move(text);
    rest = "";
    return 0;
  }

  double unexpected() {
    if (rest.empty())
      return fail("ends too early");
    return fail("has " + runtime::quote(std::string_view(rest.data(), 1)) + " at character " +
                std::to_string(rest.data() - whole.data() + 1) +
                ", which is out of place: it takes numbers, names, sizes as in q[1], + - * / and parentheses");
  }

  template <typename Values>
  double unknown(StringRef kind, const std::string &name, const Values &known) {
    std::vector<std::string_view> candidates;
    for (const auto &entry : known)
      candidates.push_back(entry.first);
    std::string close = runtime::closestName(name, candidates);
    return fail("names '" + name + "', and there is no such " + kind.str() +
                (close.empty() ? "" : "; did you mean '" + close + "'?"));
  }

  StringRef whole, rest;
  const CountNames &names;
  std::string problem;
  unsigned depth = 0;
};

} // namespace

Expected<double> evaluateCount(StringRef expression, const CountNames &names) {
  return Evaluator(expression, names).run();
}

} // namespace attune::bench
