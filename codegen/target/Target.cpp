#include "codegen/target/Target.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

namespace attune {
namespace {

struct TargetRow {
  const char *name;
  const char *halideFeatures;
  unsigned vectorBits;
  bool hasBF16Dot;
  const char *llvmCpu;
  std::vector<const char *> cpuFeatures;
  /// `host` takes this row on these processors alone: its code may use
  /// instructions of one vendor. Empty: on any that has the features.
  const char *hostCpu;
};

// What Halide enables by its feature names decides what a processor must have:
// avx2 makes it generate for LLVM's `haswell`, avx512_skylake for
// `skylake-avx512`, avx512_zen4 for `znver4`.
const std::vector<const char *> v3Features = {"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "popcnt"};

std::vector<const char *> extend(std::vector<const char *> base, std::initializer_list<const char *> more) {
  base.insert(base.end(), more);
  return base;
}

const std::vector<const char *> v4Features =
    extend(v3Features, {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"});
const std::vector<const char *> zen4Features =
    extend(v4Features, {"avx512bf16", "avx512bitalg", "avx512ifma", "avx512vbmi", "avx512vbmi2", "avx512vnni",
                        "avx512vpopcntdq", "gfni", "sse4a", "vaes", "vpclmulqdq"});
const std::vector<const char *> zen5Features = extend(zen4Features, {"avxvnni", "movdiri", "avx512vp2intersect"});

#define V3_HALIDE "sse41-avx-f16c-fma-avx2"
#define V4_HALIDE V3_HALIDE "-avx512-avx512_skylake"
#define ZEN4_HALIDE V4_HALIDE "-avx512_cannonlake-avx512_zen4"

// Ordered from the least to the most capable: `host` takes the last that runs.
const std::vector<TargetRow> &rows() {
  static const std::vector<TargetRow> table = {
      {"x86-64-v3", V3_HALIDE, 256, false, "x86-64-v3", v3Features, ""},
      {"x86-64-v4", V4_HALIDE, 512, false, "x86-64-v4", v4Features, ""},
      // Intel's processors take two cycles for a dot product of bf16, twice the
      // time of f32. Halide 21 ties them to the sets of single vendors as well:
      // kernels for this name use the plain AVX-512 set.
      {"x86-64-v4+avx512bf16", V4_HALIDE, 512, false, "x86-64-v4", extend(v4Features, {"avx512bf16"}), ""},
      {"znver4", "tune_znver4-" ZEN4_HALIDE, 512, true, "znver4", zen4Features, "znver4"},
      {"znver5", "tune_znver5-" ZEN4_HALIDE "-avx512_zen5-avxvnni", 512, true, "znver5", zen5Features, "znver5"},
  };
  return table;
}

/// A GPU. The code that starts its kernels runs on any x86-64.
struct DeviceRow {
  const char *name;
  Device device;
  const char *halideFeatures;
  const char *cudaArchitecture;
  Multiprocessor multiprocessor;
};

// Halide 21 knows no newer generation; the driver compiles PTX for whatever card is there.
const std::vector<DeviceRow> &deviceRows() {
  static const std::vector<DeviceRow> table = {
      {"opencl", Device::OpenCL, "opencl", "", {16, 1024, 64 << 10, 64, 128, 100}},
      {"cuda-sm_75", Device::CUDA, "cuda-cuda_capability_75", "sm_75", {16, 1024, 64 << 10, 64, 128, 72}},
      {"cuda-sm_80", Device::CUDA, "cuda-cuda_capability_80", "sm_80", {32, 2048, 164 << 10, 64, 128, 108}},
      // It has up to 84; newer cards, which run its code, up to 144.
      {"cuda-sm_86", Device::CUDA, "cuda-cuda_capability_86", "sm_86", {16, 1536, 100 << 10, 128, 128, 128}},
  };
  return table;
}

TargetInfo describe(const DeviceRow &row) {
  TargetInfo info;
  info.name = row.name;
  info.halideTarget = std::string("x86-64-linux-") + row.halideFeatures;
  info.device = row.device;
  info.cudaArchitecture = row.cudaArchitecture;
  info.multiprocessor = row.multiprocessor;
  info.vectorBits = 128;
  info.hasBF16Dot = false;
  info.llvmCpu = "x86-64";
  return info;
}

std::vector<std::string> missing(const std::vector<std::string> &features) {
  static const llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> result;
  for (const std::string &feature : features) {
    auto found = host.find(feature);
    if (found == host.end() || !found->second)
      result.push_back(feature);
  }
  return result;
}

TargetInfo describe(const TargetRow &row) {
  TargetInfo info;
  info.name = row.name;
  info.halideTarget = std::string("x86-64-linux-") + row.halideFeatures;
  info.vectorBits = row.vectorBits;
  info.hasBF16Dot = row.hasBF16Dot;
  info.hasAVX512 = row.vectorBits == 512; // which v4Features are the least of
  info.cpuFeatures.assign(row.cpuFeatures.begin(), row.cpuFeatures.end());
  info.llvmCpu = row.llvmCpu;
  info.llvmFeatures = llvm::join(llvm::map_range(info.cpuFeatures, [](const std::string &f) { return "+" + f; }), ",");
  return info;
}

} // namespace

llvm::StringRef deviceName(Device device) {
  switch (device) {
  case Device::Processor: return "";
  case Device::OpenCL: return "opencl";
  case Device::CUDA: return "cuda";
  }
  return "";
}

std::vector<std::string> knownTargets() {
  std::vector<std::string> names = {"host"};
  for (const TargetRow &row : rows())
    names.push_back(row.name);
  names.push_back("cuda");
  for (const DeviceRow &row : deviceRows())
    names.push_back(row.name);
  return names;
}

std::vector<std::string> missingOnHost(const TargetInfo &target) { return missing(target.cpuFeatures); }

llvm::Expected<TargetInfo> parseTarget(llvm::StringRef name) {
  if (name == "host") {
    static const std::string hostCpu = llvm::sys::getHostCPUName().str();
    for (const TargetRow &row : llvm::reverse(rows())) {
      bool vendor = *row.hostCpu == 0 || hostCpu == row.hostCpu;
      TargetInfo info = describe(row);
      if (vendor && missingOnHost(info).empty())
        return info;
    }
    TargetInfo least = describe(rows().front());
    return llvm::createStringError("this processor (" + hostCpu + ") lacks " + llvm::join(missingOnHost(least), ", ") +
                                   ", which " + least.name +
                                   " needs; name another machine's target with --target to compile for it");
  }
  for (const TargetRow &row : rows())
    if (name == row.name)
      return describe(row);
  // Without a generation, the oldest: newer cards run its code.
  llvm::StringRef device = name == "cuda" ? "cuda-sm_75" : name;
  for (const DeviceRow &row : deviceRows())
    if (device == row.name)
      return describe(row);
  return llvm::createStringError("unknown target '" + name.str() + "'; known are " + llvm::join(knownTargets(), ", "));
}

} // namespace attune
