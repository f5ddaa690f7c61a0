#include "profile.h"
#include "message.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_map>

namespace attune::runtime {

namespace {

struct KernelTime {
  std::string kernel, name; // the name of its first call
  size_t places = 0;        // calls in the entry
  int64_t calls = 0;
  double milliseconds = 0, flops = 0, bytes = 0;
  double emptyTiles = 0, cutTiles = 0, fullTiles = 0;

  double tiles() const { return emptyTiles + cutTiles + fullTiles; }
  double gflops() const { return rate(flops); }
  double gbytes() const { return rate(bytes); }

private:
  double rate(double work) const {
    return milliseconds > 0 ? work / (milliseconds * 1e6) : 0;
  }
};

double inMilliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::vector<KernelTime> kernelTimes(const Entry &entry, const Run &run) {
  std::vector<KernelTime> kernels;
  std::unordered_map<std::string, size_t> index;
  for (size_t i = 0; i < entry.calls.size() && run.profiling(); ++i) {
    const KernelCall &call = entry.calls[i];
    auto [place, fresh] = index.emplace(call.kernel, kernels.size());
    if (fresh)
      kernels.push_back({call.kernel, call.name});
    KernelTime &kernel = kernels[place->second];
    const Run::CallTime &time = run.callTimes()[i];
    ++kernel.places;
    kernel.calls += time.count;
    kernel.milliseconds += inMilliseconds(time.time);
    kernel.flops += time.flops;
    kernel.bytes += time.bytes;
    kernel.emptyTiles += time.emptyTiles;
    kernel.cutTiles += time.cutTiles;
    kernel.fullTiles += time.fullTiles;
  }
  std::stable_sort(kernels.begin(), kernels.end(),
                   [](const KernelTime &a, const KernelTime &b) {
                     return a.milliseconds > b.milliseconds;
                   });
  return kernels;
}

} // namespace

std::string profileJson(const Entry &entry, const Run &run) {
  using Json = nlohmann::ordered_json;
  double total = inMilliseconds(run.totalTime());
  Json list = Json::array();
  for (const KernelTime &kernel : kernelTimes(entry, run)) {
    auto rate = [&](double work, double value) {
      return work > 0 && value > 0 ? Json(value) : Json(nullptr);
    };
    list.push_back({{"kernel", kernel.kernel},
                    {"name", kernel.name},
                    {"calls", kernel.calls},
                    {"ms", kernel.milliseconds},
                    {"share", total > 0 ? kernel.milliseconds / total : 0},
                    {"gflops", rate(kernel.flops, kernel.gflops())},
                    {"gbytes_per_s", rate(kernel.bytes, kernel.gbytes())}});
    if (kernel.tiles() > 0)
      list.back()["mask_tiles"] = {{"empty", kernel.emptyTiles},
                                   {"cut", kernel.cutTiles},
                                   {"full", kernel.fullTiles}};
  }
  Json result = {{"runs", run.runCount()}, {"total_ms", total}, {"kernels", list}};
  return result.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string profileTable(const Entry &entry, const Run &run,
                         const std::optional<MachinePeak> &measured) {
  MachinePeak peak = measured.value_or(MachinePeak{});
  double total = inMilliseconds(run.totalTime());
  std::vector<KernelTime> kernels = kernelTimes(entry, run);
  size_t width = 6;
  for (const KernelTime &kernel : kernels)
    width = std::min<size_t>(40, std::max(width, kernel.kernel.size()));
  char line[256];
  std::snprintf(line, sizeof line, "%-*.*s %7s %10s %7s %9s %8s %8s  %s\n", int(width),
                int(width), "kernel", "calls", "ms", "share", "GFLOP/s", "GB/s",
                "of peak", "where");
  std::string result = line;
  auto number = [](double value, char *buffer, size_t size) {
    if (value > 0)
      std::snprintf(buffer, size, "%.1f", value);
    else
      std::snprintf(buffer, size, "-");
  };
  double inKernels = 0;
  for (const KernelTime &kernel : kernels) {
    char gflops[32], gbytes[32], part[32] = "-";
    number(kernel.gflops(), gflops, sizeof gflops);
    number(kernel.gbytes(), gbytes, sizeof gbytes);
    double ofPeak = std::max(peak.gflops > 0 ? kernel.gflops() / peak.gflops : 0,
                             peak.gbytesPerSecond > 0
                                 ? kernel.gbytes() / peak.gbytesPerSecond
                                 : 0);
    if (ofPeak > 0)
      std::snprintf(part, sizeof part, "%.0f%%", 100 * ofPeak);
    std::snprintf(line, sizeof line, "%-*.*s %7lld %10.3f %6.1f%% %9s %8s %8s  ",
                  int(width), int(width), kernel.kernel.c_str(),
                  static_cast<long long>(kernel.calls), kernel.milliseconds,
                  total > 0 ? 100 * kernel.milliseconds / total : 0, gflops, gbytes,
                  part);
    result += line + kernel.name;
    if (kernel.places > 1)
      result += " and " + std::to_string(kernel.places - 1) + " more";
    result += '\n';
    inKernels += kernel.milliseconds;
  }
  double rest = std::max(0.0, total - inKernels);
  std::snprintf(line, sizeof line, "%-*s %7s %10.3f %6.1f%%\n", int(width),
                "between", "", rest, total > 0 ? 100 * rest / total : 0);
  result += line;
  for (const KernelTime &kernel : kernels)
    if (kernel.tiles() > 0) {
      auto percent = [&](double part) { return 100 * part / kernel.tiles(); };
      auto ofCall = [&](double tiles) { return tiles / static_cast<double>(kernel.calls); };
      std::snprintf(line, sizeof line,
                    "mask tiles of %.40s, a call: %.0f full (%.0f%%), %.0f cut (%.0f%%), %.0f empty (%.0f%%)\n",
                    kernel.kernel.c_str(), ofCall(kernel.fullTiles), percent(kernel.fullTiles),
                    ofCall(kernel.cutTiles), percent(kernel.cutTiles),
                    ofCall(kernel.emptyTiles), percent(kernel.emptyTiles));
      result += line;
    }
  result += counted(static_cast<uint64_t>(run.runCount()), "run");
  std::snprintf(line, sizeof line, ", %.3f ms", total);
  result += line;
  if (!measured)
    return result + '\n';
  std::snprintf(line, sizeof line, "; this machine's peak is %.0f GFLOP/s (f32) and %.1f GB/s (reading memory)\n",
                peak.gflops, peak.gbytesPerSecond);
  return result + line;
}

} // namespace attune::runtime
