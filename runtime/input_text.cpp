#include "input_text.h"
#include "element_type.h"
#include "half.h"
#include "message.h"
#include "npy.h"
#include "size_expression.h"

#include <charconv>
#include <cmath>
#include <cstring>

namespace attune::runtime {

const char *const inputForms = "NAME=@FILE.npy, NAME=2x128xi32=VALUE[,VALUE...] or "
                               "NAME=2x128xf32=random[:SEED[:LOW..HIGH]] "
                               "(integers: whole numbers)";

namespace {

template <typename Number> bool number(std::string_view text, Number &value) {
  const char *end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, value);
  return !text.empty() && code == std::errc() && stop == end;
}

bool value(std::string_view text, double &result) {
  if (text == "true" || text == "false") {
    result = text == "true";
    return true;
  }
  return number(text, result);
}

/// The least and most of a type's values; infinite for floats.
RandomRange limitsOf(attn_type type) {
  switch (type) {
  case ATTN_I32:
    return {-2147483648.0, 2147483647.0};
  case ATTN_I8:
    return {-128, 127};
  case ATTN_BOOL:
    return {0, 1};
  default:
    return {-HUGE_VAL, HUGE_VAL};
  }
}

std::string fitProblem(attn_type type, double value) {
  RandomRange limits = limitsOf(type);
  bool integer = std::isfinite(limits.low);
  if (integer && !(value >= limits.low && value <= limits.high &&
                   value == std::floor(value)))
    return text(value, " is no ", typeName(type));
  return "";
}

/// "2x128xi32"
bool parseType(std::string_view rest, InputText &input) {
  while (true) {
    size_t x = rest.find('x');
    if (x == std::string_view::npos)
      break;
    int64_t size;
    if (!number(rest.substr(0, x), size) || size < 0)
      return false;
    input.sizes.push_back(size);
    rest.remove_prefix(x + 1);
  }
  std::optional<attn_type> type = typeFromName(rest);
  if (!type || !isModelType(*type))
    return false;
  input.type = *type;
  return true;
}

/// What follows "random" or "integers".
std::string parseRandom(std::string_view rest, InputText &input) {
  input.range = inputRange(input.type);
  if (rest.empty())
    return "";
  rest.remove_prefix(1); // the colon
  size_t colon = rest.find(':');
  input.hasSeed = true;
  if (!number(rest.substr(0, colon), input.seed))
    return "the seed " + quote(rest.substr(0, colon)) + " is no number";
  if (colon == std::string_view::npos)
    return "";
  rest.remove_prefix(colon + 1);
  size_t dots = rest.find("..");
  double low, high;
  if (dots == std::string_view::npos || !number(rest.substr(0, dots), low) ||
      !number(rest.substr(dots + 2), high) || !std::isfinite(low) ||
      !std::isfinite(high) || low >= high)
    return "the range " + quote(rest) + " is not LOW..HIGH";
  RandomRange limits = limitsOf(input.type);
  if (low < limits.low || high - 1 > limits.high)
    return "the range " + quote(rest) + " is past " + typeName(input.type);
  input.range = {low, high};
  return "";
}

void store(attn_type type, double value, void *data, size_t index) {
  switch (type) {
  case ATTN_F32:
    static_cast<float *>(data)[index] = static_cast<float>(value);
    break;
  case ATTN_F16:
    static_cast<uint16_t *>(data)[index] = floatToHalf(static_cast<float>(value));
    break;
  case ATTN_BF16:
    static_cast<uint16_t *>(data)[index] = floatToBfloat(static_cast<float>(value));
    break;
  case ATTN_I32:
    static_cast<int32_t *>(data)[index] = static_cast<int32_t>(value);
    break;
  case ATTN_I8:
    static_cast<int8_t *>(data)[index] = static_cast<int8_t>(value);
    break;
  default:
    static_cast<uint8_t *>(data)[index] = value != 0;
  }
}

} // namespace

std::string parseInputText(const std::string &whole, InputText &input) {
  std::string_view rest = whole;
  size_t equals = rest.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return "must be " + std::string(inputForms);
  input = InputText();
  input.name = rest.substr(0, equals);
  rest.remove_prefix(equals + 1);
  if (!rest.empty() && rest[0] == '@') {
    input.path = rest.substr(1);
    return input.path.empty() ? "names no file" : "";
  }
  equals = rest.find('=');
  if (equals == std::string_view::npos || !parseType(rest.substr(0, equals), input))
    return "must be " + std::string(inputForms) +
           ", with sizes and one of the types f32, f16, bf16, i32, i8, bool";
  int64_t elements;
  if (!elementCount(input.sizes.data(), input.sizes.size(), elements) ||
      elements >= sizeLimit)
    return "has sizes that are too large: tensors have less than 2^31 elements";
  rest.remove_prefix(equals + 1);
  for (std::string_view word : {"random", "integers"})
    if (rest.substr(0, word.size()) == word &&
        (rest.size() == word.size() || rest[word.size()] == ':')) {
      input.isWhole = word == "integers";
      return parseRandom(rest.substr(word.size()), input);
    }
  while (true) {
    size_t comma = rest.find(',');
    double element;
    if (!value(rest.substr(0, comma), element))
      return "has the value " + quote(rest.substr(0, comma)) + ", which is no number";
    if (std::string problem = fitProblem(input.type, element); !problem.empty())
      return "has a value of another type: " + problem;
    input.values.push_back(element);
    if (comma == std::string_view::npos)
      break;
    rest.remove_prefix(comma + 1);
  }
  if (input.values.size() != 1 &&
      input.values.size() != static_cast<uint64_t>(elements))
    return text("has ", input.values.size(), " values for ", elements, " elements");
  return "";
}

Error makeInput(const InputText &input, uint64_t seed, Array &array) {
  if (!input.path.empty())
    return readNpy(input.path, array);
  if (Error error = Array::allocate(input.type, input.sizes, array))
    return error;
  void *data = array.memory.data();
  if (input.values.empty()) {
    fillRandom(input.type, input.range, seedOf(input.hasSeed ? input.seed : seed,
                                               input.hasSeed ? "" : input.name),
               data, array.elements);
    if (input.isWhole)
      for (int64_t i = 0; i < array.elements; ++i)
        store(input.type, std::floor(elementAt(array.tensor(), i)), data, static_cast<size_t>(i));
    return Error();
  }
  size_t last = input.values.size() - 1;
  for (size_t i = 0; i < static_cast<size_t>(array.elements); ++i)
    store(input.type, input.values[std::min(i, last)], data, i);
  return Error();
}

} // namespace attune::runtime
