#include "tools/attn-bench/ResultComparison.h"
#include "tools/attn-bench/Columns.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <cmath>

using namespace llvm;

namespace attune::bench {
namespace {

/// Half the way between quartiles is 0.67 standard deviations of a normal
/// spread: three times that is two of them.
constexpr double spreads = 3;
/// Less than this is never called a change: a program that is started or built
/// anew lies elsewhere in memory, which no spread within one result shows.
constexpr double leastNoise = 0.02;

double driftOf(double older, double newer) {
  return older > 0 && newer > 0 ? std::abs(newer / older - 1) : 0;
}

/// How far the machine itself went between the results, by the peak that the
/// case is nearer to.
double machineDrift(const CaseResult &one, const runtime::MachinePeak &older,
                    const runtime::MachinePeak &newer) {
  double arithmetic = older.gflops > 0 ? one.gflops() / older.gflops : 0;
  double reading = older.gbytesPerSecond > 0 ? one.gbytesPerSecond() / older.gbytesPerSecond : 0;
  return reading > arithmetic ? driftOf(older.gbytesPerSecond, newer.gbytesPerSecond)
                              : driftOf(older.gflops, newer.gflops);
}

/// The medians must be apart by more than noise, and the least times too: a slow
/// spell during one of the results moves its median alone.
Verdict judge(const CaseResult &older, const CaseResult &newer, double ratio, double noise) {
  double least = older.time.least > 0 ? newer.time.least / older.time.least : 1;
  if (ratio > 1 + noise && least > 1 + leastNoise)
    return Verdict::Slower;
  if (1 / ratio > 1 + noise && least * (1 + leastNoise) < 1)
    return Verdict::Faster;
  return Verdict::Same;
}

CaseComparison compareCase(const CaseResult &older, const CaseResult &newer,
                           const runtime::MachinePeak &olderPeak, const runtime::MachinePeak &newerPeak) {
  CaseComparison result{newer.measured.name, older.time.median, newer.time.median};
  if (!older.problem.empty() || !newer.problem.empty()) {
    result.verdict = Verdict::Failed;
  } else if (older.measured.inputs != newer.measured.inputs ||
             older.measured.constants != newer.measured.constants) {
    result.verdict = Verdict::OtherWork;
  } else if (older.time.median > 0 && newer.time.median > 0) {
    result.ratio = newer.time.median / older.time.median;
    result.noise = std::max(leastNoise, spreads * std::hypot(older.time.spread(), newer.time.spread())) +
                   machineDrift(older, olderPeak, newerPeak);
    result.verdict = judge(older, newer, result.ratio, result.noise);
  }
  return result;
}

} // namespace

StringRef verdictName(Verdict verdict) {
  switch (verdict) {
  case Verdict::Same: return "same";
  case Verdict::Faster: return "faster";
  case Verdict::Slower: return "slower";
  case Verdict::OtherWork: return "other work";
  case Verdict::Failed: return "failed";
  case Verdict::Gone: return "gone";
  case Verdict::Added: return "added";
  }
  return "";
}

std::vector<CaseComparison> compareResults(const Result &older, const Result &newer) {
  auto find = [](const Result &result, StringRef name) {
    return find_if(result.cases, [&](const CaseResult &one) { return one.measured.name == name; });
  };
  runtime::MachinePeak olderPeak = older.peak(), newerPeak = newer.peak();
  std::vector<CaseComparison> result;
  for (const CaseResult &one : newer.cases) {
    auto before = find(older, one.measured.name);
    if (before != older.cases.end())
      result.push_back(compareCase(*before, one, olderPeak, newerPeak));
    else
      result.push_back({one.measured.name, 0, one.time.median, 0, 0, Verdict::Added});
  }
  for (const CaseResult &one : older.cases)
    if (find(newer, one.measured.name) == newer.cases.end())
      result.push_back({one.measured.name, one.time.median, 0, 0, 0, Verdict::Gone});
  return result;
}

std::string machineRemarks(const Result &older, const Result &newer) {
  std::string text;
  auto remark = [&](StringRef what, const std::string &before, const std::string &after) {
    if (before != after)
      text += formatv("{0}: {1} before, {2} now\n", what, before, after);
  };
  remark("processor", older.processor, newer.processor);
  remark("target", older.target, newer.target);
  remark("threads", std::to_string(older.threads), std::to_string(newer.threads));
  runtime::MachinePeak before = older.peak(), after = newer.peak();
  auto drift = [&](StringRef what, double old, double now) {
    if (driftOf(old, now) > leastNoise)
      text += formatv("peak of {0}: {1:f1} before, {2:f1} now; counted as noise\n", what, old, now);
  };
  drift("arithmetic, GFLOP/s", before.gflops, after.gflops);
  drift("reading memory, GB/s", before.gbytesPerSecond, after.gbytesPerSecond);
  return text;
}

void printComparison(raw_ostream &os, ArrayRef<CaseComparison> cases) {
  Columns columns({{"case", true}, {"old ms"}, {"new ms"}, {"ratio"}, {"noise"}, {"verdict", true}});
  std::map<Verdict, size_t> counts;
  for (const CaseComparison &one : cases) {
    ++counts[one.verdict];
    columns.add({one.name, milliseconds(one.oldMedian), milliseconds(one.newMedian),
                 one.ratio > 0 ? formatv("{0:f3}", one.ratio).str() : "-",
                 one.noise > 0 ? formatv("{0:f3}", one.noise).str() : "-", verdictName(one.verdict).str()});
  }
  columns.print(os);
  ListSeparator separator;
  for (auto [verdict, count] : counts)
    os << separator << count << " " << verdictName(verdict);
  os << "\n";
}

void writeComparison(raw_ostream &out, ArrayRef<CaseComparison> cases) {
  json::OStream os(out, 2);
  auto number = [&](StringRef name, double value) {
    os.attributeBegin(name);
    os.rawValue(value > 0 ? formatv("{0:f6}", value).str() : "null");
    os.attributeEnd();
  };
  os.object([&] {
    os.attributeArray("cases", [&] {
      for (const CaseComparison &one : cases)
        os.object([&] {
          os.attribute("name", one.name);
          number("old_ms", one.oldMedian);
          number("new_ms", one.newMedian);
          number("ratio", one.ratio);
          number("noise", one.noise);
          os.attribute("verdict", verdictName(one.verdict));
        });
    });
  });
  out << "\n";
}

} // namespace attune::bench
