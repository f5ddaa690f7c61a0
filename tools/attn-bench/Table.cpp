#include "tools/attn-bench/Table.h"
#include "runtime/input_text.h"
#include "runtime/message.h"
#include "tools/attn-bench/JsonFile.h"
#include "tools/attn-bench/OperationCount.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <charconv>
#include <set>

using namespace llvm;

namespace attune::bench {
namespace {

constexpr size_t maxCases = 10000, maxNameBytes = 200;

std::string expected(StringRef what, const json::Value &value) {
  return ("expected " + what + ", found " + kindOf(value)).str();
}

std::string takeText(const json::Value &value, std::string &text) {
  auto given = value.getAsString();
  if (!given)
    return expected("a text", value);
  text = given->str();
  return text.empty() ? "is empty" : "";
}

std::string takeTexts(const json::Value &value, StringRef what, std::vector<std::string> &texts) {
  const json::Array *list = value.getAsArray();
  if (!list)
    return expected("a list of " + what.str(), value);
  for (const json::Value &element : *list) {
    auto text = element.getAsString();
    if (!text)
      return expected("a list of " + what.str(), element) + " in it";
    texts.push_back(text->str());
  }
  return "";
}

/// "random" or "random:SEED".
bool isRandom(StringRef text) {
  uint64_t seed;
  return text == "random" || (text.consume_front("random:") && !text.getAsInteger(10, seed));
}

/// Options are NAME=VALUE.
bool isNoName(StringRef name) { return name.empty() || name.contains('='); }

/// As the language writes it: the shortest text that reads as the same number.
std::string numberText(const json::Value &value) {
  if (auto integer = value.getAsInteger())
    return std::to_string(*integer);
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, *value.getAsNumber()).ptr;
  return std::string(text, end);
}

std::string takeModel(const json::Value &value, Case &into) {
  into.source.reset();
  return takeText(value, into.model);
}

std::string takeSource(const json::Value &value, Case &into) {
  std::vector<std::string> lines;
  if (std::string problem = takeTexts(value, "lines", lines); !problem.empty())
    return problem;
  into.model.clear();
  into.source = join(lines, "\n") + "\n";
  return "";
}

std::string takeConstants(const json::Value &value, Case &into) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return expected("an object of constants, {\"layers\": 6}", value);
  for (const json::Object::value_type *element : json::sortedElements(*object)) {
    std::string name = element->first.str();
    const json::Value &constant = element->second;
    if (isNoName(name))
      return "constant " + runtime::quote(name) + ": that is no name";
    if (constant.kind() == json::Value::Null)
      into.constants.erase(name);
    else if (constant.kind() == json::Value::Number)
      into.constants[name] = numberText(constant);
    else if (auto truth = constant.getAsBoolean())
      into.constants[name] = *truth ? "true" : "false";
    else
      return "constant " + runtime::quote(name) + ": " + expected("a number, true or false", constant);
  }
  return "";
}

std::string takeInputs(const json::Value &value, Case &into) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return expected("an object of inputs, {\"x\": \"4x8xf32=random:1\"}", value);
  for (const json::Object::value_type *element : json::sortedElements(*object)) {
    std::string name = element->first.str();
    const json::Value &input = element->second;
    if (isNoName(name))
      return "input " + runtime::quote(name) + ": that is no name";
    if (input.kind() == json::Value::Null) {
      into.inputs.erase(name);
      continue;
    }
    auto text = input.getAsString();
    if (!text)
      return "input " + runtime::quote(name) + ": " + expected("a text, \"4x8xf32=random:1\"", input);
    runtime::InputText parsed;
    std::string problem = runtime::parseInputText(name + "=" + text->str(), parsed);
    if (!problem.empty())
      return "input " + runtime::quote(name) + ": " + runtime::quote(text->str()) + " " + problem;
    into.inputs[name] = text->str();
  }
  return "";
}

/// {"files": [FILE, …], "else": "random"}: the files where all of them are there.
std::string takeFilesOrElse(const json::Object &object, Case &into) {
  constexpr StringRef fields[] = {"files", "else"};
  for (const json::Object::value_type *entry : json::sortedElements(object))
    if (!is_contained(fields, StringRef(entry->first)))
      return unknownField(entry->first, fields);
  const json::Value *files = object.get("files"), *otherwise = object.get("else");
  if (!files || !otherwise)
    return std::string("needs ") + (files ? "\"else\"" : "\"files\"") + " in it";
  std::vector<std::string> names;
  if (std::string problem = takeTexts(*files, "files", names); !problem.empty())
    return "\"files\": " + problem;
  if (!isRandom(otherwise->getAsString().value_or("")))
    return "\"else\": expected \"random\" or \"random:SEED\"";
  if (all_of(names, [&](const std::string &name) { return sys::fs::exists(into.path(name)); }))
    into.weights = names;
  else
    into.randomWeights = otherwise->getAsString()->str();
  return "";
}

std::string takeWeights(const json::Value &value, Case &into) {
  into.weights.clear();
  into.randomWeights = Case().randomWeights;
  if (const json::Object *object = value.getAsObject())
    return takeFilesOrElse(*object, into);
  auto text = value.getAsString();
  if (text && isRandom(*text)) {
    into.randomWeights = text->str();
    return "";
  }
  if (text || value.kind() != json::Value::Array)
    return expected("a list of files, \"random\", \"random:SEED\" or {\"files\": [...], \"else\": \"random\"}",
                    value) +
           (text ? " " + runtime::quote(text->str()) : "");
  return takeTexts(value, "files", into.weights);
}

std::string takeCount(const json::Value &value, Case &into) {
  if (value.kind() != json::Value::Number)
    return value.kind() == json::Value::String ? takeText(value, into.count)
                                               : expected("a number or an expression", value);
  into.count = numberText(value);
  return "";
}

struct Field {
  StringRef name;
  /// Gives "" or what is wrong.
  std::string (*take)(const json::Value &value, Case &into);
  /// As if neither the case nor the table gave it.
  void (*drop)(Case &into);
};

const Field table[] = {
    {"about",
     [](const json::Value &value, Case &) {
       std::string ignored;
       return takeText(value, ignored);
     },
     [](Case &) {}},
    {"model", takeModel, [](Case &into) { into.model.clear(); }},
    {"source", takeSource, [](Case &into) { into.source.reset(); }},
    {"entry", [](const json::Value &value, Case &into) { return takeText(value, into.entry); },
     [](Case &into) { into.entry.clear(); }},
    {"set", takeConstants, [](Case &into) { into.constants.clear(); }},
    {"inputs", takeInputs, [](Case &into) { into.inputs.clear(); }},
    {"weights", takeWeights,
     [](Case &into) {
       into.weights.clear();
       into.randomWeights = Case().randomWeights;
     }},
    {"flops", takeCount, [](Case &into) { into.count.clear(); }},
    {"schedule", [](const json::Value &value, Case &into) { return takeText(value, into.schedule); },
     [](Case &into) { into.schedule.clear(); }},
    {"precision", [](const json::Value &value, Case &into) { return takeText(value, into.precision); },
     [](Case &into) { into.precision.clear(); }},
};

/// Takes the fields of an object, over what `into` has. `own` is the field that
/// this object has beside those of the table.
std::string takeFields(const json::Object &object, StringRef own, Case &into) {
  std::vector<StringRef> known{own};
  for (const Field &field : table)
    known.push_back(field.name);
  for (const json::Object::value_type *entry : json::sortedElements(object))
    if (!is_contained(known, StringRef(entry->first)))
      return unknownField(entry->first, known);
  auto gives = [&](StringRef name) {
    const json::Value *value = object.get(name);
    return value && value->kind() != json::Value::Null;
  };
  if (gives("model") && gives("source"))
    return "\"model\" and \"source\" exclude each other";
  for (const Field &field : table) {
    const json::Value *value = object.get(field.name);
    if (!value)
      continue;
    if (value->kind() == json::Value::Null)
      field.drop(into);
    else if (std::string problem = field.take(*value, into); !problem.empty())
      return "\"" + field.name.str() + "\": " + problem;
  }
  return "";
}

std::string takeName(const json::Object &object, Case &into) {
  const json::Value *name = object.get("name");
  if (!name)
    return "needs a \"name\"";
  if (std::string problem = takeText(*name, into.name); !problem.empty())
    return "\"name\": " + problem;
  if (into.name.size() > maxNameBytes)
    return "\"name\": is longer than " + std::to_string(maxNameBytes) + " bytes";
  if (any_of(into.name, [](unsigned char c) { return c < ' ' || c == 127; }))
    return "\"name\": has control characters";
  return "";
}

/// What can be said once the defaults are in place.
std::string finish(Case &into) {
  if (into.model.empty() && !into.source)
    return "needs a \"model\", the path of a .attn file, or a \"source\", its lines";
  if (into.count.empty())
    return "";
  CountNames names;
  for (const auto &[name, value] : into.constants) {
    double number;
    if (!StringRef(value).getAsDouble(number))
      names.constants[name] = number;
  }
  for (const auto &[name, value] : into.inputs) {
    runtime::InputText parsed;
    if (runtime::parseInputText(name + "=" + value, parsed).empty() && parsed.path.empty())
      names.inputs[name] = parsed.sizes;
  }
  auto count = evaluateCount(into.count, names);
  if (!count)
    return "\"flops\": " + runtime::quote(into.count) + " " + toString(count.takeError());
  into.flops = *count;
  return "";
}

} // namespace

std::string Case::path(StringRef file) const {
  if (sys::path::is_absolute(file))
    return file.str();
  SmallString<256> result(folder);
  sys::path::append(result, file);
  return result.str().str();
}

std::vector<std::string> Case::arguments() const {
  std::vector<std::string> result;
  for (const auto &[name, text] : inputs) {
    StringRef file = text;
    result.push_back("--input=" + name + "=" + (file.consume_front("@") ? "@" + path(file) : text));
  }
  for (const std::string &file : weights)
    result.push_back("--weights=" + path(file));
  if (weights.empty())
    result.push_back("--weights=" + randomWeights);
  return result;
}

Expected<std::vector<Case>> readTable(const std::string &path) {
  auto object = readJsonFile(path);
  if (!object)
    return object.takeError();
  auto fail = [&](const Twine &message) { return createStringError(path + ": " + message); };
  Case defaults;
  defaults.folder = sys::path::parent_path(path).str();
  if (std::string problem = takeFields(*object, "cases", defaults); !problem.empty())
    return fail(problem);
  const json::Value *value = object->get("cases");
  if (!value)
    return fail("needs \"cases\", a list of what is measured");
  const json::Array *list = value->getAsArray();
  if (!list)
    return fail("\"cases\": " + expected("a list", *value));
  if (list->empty() || list->size() > maxCases)
    return fail("\"cases\": has " + Twine(list->size()) + " cases; 1 to " + Twine(maxCases) + " are allowed");
  std::vector<Case> cases;
  std::set<std::string> names;
  for (const auto &[i, element] : enumerate(*list)) {
    const json::Object *fields = element.getAsObject();
    std::string label = "case " + std::to_string(i + 1);
    if (!fields)
      return fail(label + ": " + expected("an object", element));
    Case &one = cases.emplace_back(defaults);
    if (std::string problem = takeName(*fields, one); !problem.empty())
      return fail(label + ": " + problem);
    label = "case " + runtime::quote(one.name);
    if (!names.insert(one.name).second)
      return fail(label + ": \"name\": another case has it");
    std::string problem = takeFields(*fields, "name", one);
    if (problem.empty())
      problem = finish(one);
    if (!problem.empty())
      return fail(label + ": " + problem);
  }
  return cases;
}

} // namespace attune::bench
