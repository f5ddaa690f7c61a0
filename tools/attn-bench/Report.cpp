#include "tools/attn-bench/Report.h"
#include "runtime/message.h"
#include "tools/attn-bench/Columns.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace attune::bench {
namespace {

/// On a quiet machine the arithmetic peak stays within a tenth: 216 to 232
/// GFLOP/s in docs/performance.md.
constexpr double quietPart = 0.85;

std::string number(double value, const char *format) {
  return value > 0 ? formatv(format, value).str() : "-";
}

std::string share(double rate, double peak) {
  return rate > 0 && peak > 0 ? formatv("{0:f0}%", 100 * rate / peak).str() : "-";
}

/// "216.1 to 232.0"
std::string rangeOf(const Result &result, double runtime::MachinePeak::*part) {
  auto [least, most] = std::minmax_element(
      result.peaks.begin(), result.peaks.end(),
      [&](const runtime::MachinePeak &a, const runtime::MachinePeak &b) { return a.*part < b.*part; });
  return formatv("{0:f1} to {1:f1}", *least.*part, *most.*part);
}

/// Other programs took part of the machine while it was measured.
bool wasBusy(const Result &result) {
  runtime::MachinePeak peak = result.peak();
  auto isPastPeak = [&](const CaseResult &one) { return one.gflops() > peak.gflops; };
  auto isLow = [&](const runtime::MachinePeak &one) { return one.gflops < quietPart * peak.gflops; };
  return any_of(result.peaks, isLow) || any_of(result.cases, isPastPeak);
}

} // namespace

void printReport(raw_ostream &os, const Result &result) {
  runtime::MachinePeak peak = result.peak();
  Columns columns({{"case", true}, {"min ms"}, {"median"}, {"spread"}, {"GFLOP/s"}, {"of peak"}, {"GB/s"}, {"of peak"}});
  for (const CaseResult &one : result.cases) {
    if (!one.problem.empty()) {
      columns.addRemark(one.measured.name, "failed");
      continue;
    }
    columns.add({one.measured.name, milliseconds(one.time.least), milliseconds(one.time.median),
                 formatv("{0:f1}%", 100 * one.time.spread()), number(one.gflops(), "{0:f1}"),
                 share(one.gflops(), peak.gflops), number(one.gbytesPerSecond(), "{0:f1}"),
                 share(one.gbytesPerSecond(), peak.gbytesPerSecond)});
  }
  columns.print(os);
  os << formatv("peak: {0:f1} GFLOP/s of f32 (measured {1}), reading memory {2:f1} GB/s ({3})\n", peak.gflops,
                rangeOf(result, &runtime::MachinePeak::gflops), peak.gbytesPerSecond,
                rangeOf(result, &runtime::MachinePeak::gbytesPerSecond));
  os << runtime::counted(static_cast<uint64_t>(result.rounds), "round") << ", "
     << runtime::counted(static_cast<uint64_t>(result.threads), "thread") << ", " << result.target << " on "
     << result.processor << "\n";
  if (wasBusy(result))
    os << "The machine was busy: its peak was not the same all the time. Measure again for numbers to keep.\n";
}

} // namespace attune::bench
