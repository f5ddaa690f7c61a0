#include "tools/attn-bench/Result.h"
#include "runtime/message.h"
#include "tools/attn-bench/JsonFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace llvm;

namespace attune::bench {
namespace {

constexpr int64_t formatVersion = 1;
/// The first field, by which a result is known.
constexpr StringLiteral mark = "attn_bench";

/// Six digits after the point: nanoseconds of a time in milliseconds.
void writeNumber(json::OStream &os, StringRef name, double value) {
  os.attributeBegin(name);
  os.rawValue(formatv("{0:f6}", value).str());
  os.attributeEnd();
}

void writeRate(json::OStream &os, StringRef name, double value) {
  if (value > 0)
    writeNumber(os, name, value);
  else
    os.attribute(name, nullptr);
}

void writeTexts(json::OStream &os, StringRef name, const std::map<std::string, std::string> &texts) {
  os.attributeObject(name, [&] {
    for (const auto &[key, text] : texts)
      os.attribute(key, text);
  });
}

/// What was measured, as the table had it.
void writeCase(json::OStream &os, const Case &one) {
  os.attribute("name", one.name);
  if (!one.source)
    os.attribute("model", one.model);
  if (!one.entry.empty())
    os.attribute("entry", one.entry);
  writeTexts(os, "set", one.constants);
  writeTexts(os, "inputs", one.inputs);
  os.attributeArray("weights", [&] {
    for (const std::string &file : one.weights)
      os.value(file);
    if (one.weights.empty())
      os.value(one.randomWeights);
  });
  if (!one.schedule.empty())
    os.attribute("schedule", one.schedule);
  if (!one.precision.empty())
    os.attribute("precision", one.precision);
}

void writeCaseResult(json::OStream &os, const CaseResult &one, const runtime::MachinePeak &peak) {
  writeCase(os, one.measured);
  if (!one.problem.empty()) {
    os.attribute("error", one.problem);
    return;
  }
  os.attribute("samples", static_cast<int64_t>(one.time.count));
  writeNumber(os, "min_ms", one.time.least);
  writeNumber(os, "lower_quartile_ms", one.time.lowerQuartile);
  writeNumber(os, "median_ms", one.time.median);
  writeNumber(os, "upper_quartile_ms", one.time.upperQuartile);
  writeRate(os, "flops", one.flops);
  writeRate(os, "bytes", one.bytes);
  writeRate(os, "gflops", one.gflops());
  writeRate(os, "gbytes_per_s", one.gbytesPerSecond());
  writeRate(os, "of_peak_gflops", peak.gflops > 0 ? one.gflops() / peak.gflops : 0);
  writeRate(os, "of_peak_gbytes_per_s",
            peak.gbytesPerSecond > 0 ? one.gbytesPerSecond() / peak.gbytesPerSecond : 0);
}

void writePeaks(json::OStream &os, StringRef name, const std::vector<runtime::MachinePeak> &peaks,
                double runtime::MachinePeak::*part) {
  os.attributeArray(name, [&] {
    for (const runtime::MachinePeak &peak : peaks)
      os.rawValue(formatv("{0:f3}", peak.*part).str());
  });
}

/// Reads the fields of one object; the first problem stays.
class Reader {
public:
  Reader(const json::Object &object, std::string place) : object(object), place(std::move(place)) {}

  double number(StringRef name, double least) {
    const json::Value *value = find(name, "a number");
    if (!value)
      return 0;
    auto number = value->getAsNumber();
    if (!number || !std::isfinite(*number) || *number < least) {
      fail(name, number ? "is too small" : "expected a number, found " + kindOf(*value).str());
      return 0;
    }
    return *number;
  }

  std::string text(StringRef name) {
    const json::Value *value = find(name, "a text");
    auto text = value ? value->getAsString() : std::nullopt;
    if (value && !text)
      fail(name, "expected a text, found " + kindOf(*value).str());
    return text.value_or("").str();
  }

  /// Texts by name; none where the field is not there.
  std::map<std::string, std::string> texts(StringRef name) {
    std::map<std::string, std::string> result;
    const json::Value *value = object.get(name);
    if (!value)
      return result;
    const json::Object *fields = value->getAsObject();
    if (!fields)
      fail(name, "expected an object, found " + kindOf(*value).str());
    else
      for (const auto &[key, text] : *fields)
        if (auto given = text.getAsString())
          result[key.str()] = given->str();
        else
          fail(name, "expected texts in it, found " + kindOf(text).str());
    return result;
  }

  const json::Array &array(StringRef name) {
    static const json::Array none;
    const json::Value *value = find(name, "a list");
    if (value && !value->getAsArray())
      fail(name, "expected a list, found " + kindOf(*value).str());
    return value && value->getAsArray() ? *value->getAsArray() : none;
  }

  std::vector<double> numbers(StringRef name) {
    std::vector<double> result;
    for (const json::Value &value : array(name)) {
      if (!value.getAsNumber())
        fail(name, "expected numbers in it, found " + kindOf(value).str());
      result.push_back(value.getAsNumber().value_or(0));
    }
    return result;
  }

  void fail(StringRef name, const std::string &what) {
    if (problem.empty())
      problem = place + ": \"" + name.str() + "\": " + what;
  }

  std::string problem;

private:
  const json::Value *find(StringRef name, StringRef what) {
    const json::Value *value = object.get(name);
    if (!value)
      fail(name, "is missing, " + what.str());
    return value;
  }

  const json::Object &object;
  std::string place;
};

/// "" or what is wrong.
std::string readCase(const json::Object &object, const std::string &place, CaseResult &one) {
  Reader reader(object, place);
  one.measured.name = reader.text("name");
  Reader fields(object, place + ": case " + runtime::quote(one.measured.name));
  one.measured.constants = fields.texts("set");
  one.measured.inputs = fields.texts("inputs");
  if (object.get("error")) {
    one.problem = fields.text("error");
  } else {
    one.time.count = static_cast<size_t>(fields.number("samples", 1));
    one.time.least = fields.number("min_ms", 0);
    one.time.lowerQuartile = fields.number("lower_quartile_ms", one.time.least);
    one.time.median = fields.number("median_ms", one.time.lowerQuartile);
    one.time.upperQuartile = fields.number("upper_quartile_ms", one.time.median);
    for (auto [name, value] : {std::pair("flops", &one.flops), std::pair("bytes", &one.bytes)})
      if (const json::Value *given = object.get(name); given && given->kind() != json::Value::Null)
        *value = fields.number(name, 0);
  }
  return reader.problem.empty() ? fields.problem : reader.problem;
}

} // namespace

runtime::MachinePeak Result::peak() const {
  runtime::MachinePeak best{0, 0};
  for (const runtime::MachinePeak &peak : peaks)
    best = {std::max(best.gflops, peak.gflops), std::max(best.gbytesPerSecond, peak.gbytesPerSecond)};
  return best;
}

bool Result::anyFailed() const {
  return any_of(cases, [](const CaseResult &one) { return !one.problem.empty(); });
}

void writeResult(raw_ostream &out, const Result &result) {
  json::OStream os(out, 2);
  runtime::MachinePeak best = result.peak();
  os.object([&] {
    os.attribute(mark, formatVersion);
    os.attribute("target", result.target);
    os.attribute("processor", result.processor);
    os.attribute("threads", result.threads);
    os.attribute("rounds", result.rounds);
    os.attributeObject("peak", [&] {
      writePeaks(os, "gflops", result.peaks, &runtime::MachinePeak::gflops);
      writePeaks(os, "gbytes_per_s", result.peaks, &runtime::MachinePeak::gbytesPerSecond);
    });
    os.attributeArray("cases", [&] {
      for (const CaseResult &one : result.cases)
        os.object([&] { writeCaseResult(os, one, best); });
    });
  });
  out << "\n";
}

Expected<Result> readResult(const std::string &path) {
  auto object = readJsonFile(path);
  if (!object)
    return object.takeError();
  const json::Value *version = object->get(mark);
  if (!version)
    return createStringError(path + " is no result of attn-bench" +
                             (object->get("cases") ? ": it looks like a table, which attn-bench measures "
                                                     "and writes with --output=RESULT.json"
                                                   : ""));
  if (version->getAsInteger() != formatVersion)
    return createStringError(path + " is a result of another version of attn-bench");
  Result result;
  Reader reader(*object, path);
  result.target = reader.text("target");
  result.processor = reader.text("processor");
  result.threads = static_cast<int>(std::min(reader.number("threads", 1), 1e9));
  result.rounds = static_cast<int>(std::min(reader.number("rounds", 1), 1e9));
  if (const json::Object *peak = object->getObject("peak")) {
    Reader peaks(*peak, path + ": \"peak\"");
    std::vector<double> gflops = peaks.numbers("gflops"), gbytes = peaks.numbers("gbytes_per_s");
    if (!peaks.problem.empty())
      return createStringError(peaks.problem);
    for (size_t i = 0; i < std::min(gflops.size(), gbytes.size()); ++i)
      result.peaks.push_back({gflops[i], gbytes[i]});
  } else {
    reader.fail("peak", "is missing, an object");
  }
  for (const auto &[i, value] : enumerate(reader.array("cases"))) {
    const json::Object *fields = value.getAsObject();
    if (!fields) {
      reader.fail("cases", "expected objects in it, found " + kindOf(value).str());
      break;
    }
    std::string problem = readCase(*fields, path, result.cases.emplace_back());
    if (!problem.empty())
      return createStringError(problem);
  }
  if (!reader.problem.empty())
    return createStringError(reader.problem);
  return result;
}

} // namespace attune::bench
