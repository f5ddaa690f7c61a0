#include "tools/attn-bench/JsonFile.h"
#include "codegen/link/Files.h"
#include "runtime/message.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace attune::bench {
namespace {

/// Tables and results are a few kilobytes.
constexpr uint64_t maxBytes = uint64_t(16) << 20;
/// LLVM's parser recurses on brackets without a limit of its own.
constexpr unsigned maxDepth = 64;

bool nestsTooDeeply(StringRef text) {
  unsigned depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') {
      while (++i < text.size() && text[i] != '"')
        i += text[i] == '\\';
    } else if (c == '[' || c == '{') {
      if (++depth > maxDepth)
        return true;
    } else if (depth && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return false;
}

/// LLVM writes "[3:5, byte=40]: Expected..." where tools write "3:5: Expected...".
std::string placed(std::string message) {
  StringRef rest = message;
  if (!rest.consume_front("["))
    return ": " + message;
  auto [place, what] = rest.split("]: ");
  return ":" + place.split(',').first.str() + ": " + what.str();
}

} // namespace

Expected<json::Object> readJsonFile(const std::string &path) {
  auto buffer = readFile(path, maxBytes);
  if (!buffer)
    return buffer.takeError();
  if (!*buffer)
    return createStringError(path + " has more than 16 MB: it is neither a table nor a result");
  StringRef text = (*buffer)->getBuffer();
  if (nestsTooDeeply(text))
    return createStringError(path + " nests brackets too deeply; at most " + Twine(maxDepth) + " are allowed");
  auto value = json::parse(text);
  if (!value)
    return createStringError(path + placed(toString(value.takeError())));
  if (json::Object *object = value->getAsObject())
    return std::move(*object);
  return createStringError(path + ": expected an object, found " + kindOf(*value));
}

StringRef kindOf(const json::Value &value) {
  switch (value.kind()) {
  case json::Value::Null: return "null";
  case json::Value::Boolean: return "true or false";
  case json::Value::Number: return "a number";
  case json::Value::String: return "a text";
  case json::Value::Array: return "a list";
  case json::Value::Object: return "an object";
  }
  return "nothing";
}

std::string unknownField(StringRef name, ArrayRef<StringRef> known) {
  std::vector<std::string_view> candidates(known.begin(), known.end());
  std::string close = runtime::closestName(name, candidates);
  return "unknown field " + runtime::quote(name) +
         (close.empty() ? "; the fields are " + join(known, ", ") : "; did you mean '" + close + "'?");
}

} // namespace attune::bench
