// The processors and devices that kernels and host code are compiled for.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace attune {

/// What runs the kernels: the processor itself, or a GPU through one of Halide's back ends.
enum class Device { Processor, OpenCL, CUDA };

/// "opencl" or "cuda", as libraries and symbols have it; empty for the processor.
llvm::StringRef deviceName(Device device);

/// One of those that a device consists of: what it has room for at the same time, and what it does in a cycle.
/// Each of them has 65,536 registers of 32 bits, and warps of 32 threads (CUDA C++ Programming Guide, compute
/// capabilities).
struct Multiprocessor {
  int64_t blocks, threads;
  int64_t sharedBytes;
  int64_t multiplyAdds;   ///< of f32, in a cycle
  int64_t loadedBytes;    ///< from shared memory or the first cache, in a cycle
  int64_t onDevice;       ///< how many a large device of the kind has
};

struct TargetInfo {
  /// Canonical name, as `--target` takes it; never `host`.
  std::string name;
  /// Halide's name for it, without the features that every kernel gets.
  std::string halideTarget;
  Device device = Device::Processor;
  /// Bits of the widest vector register; of a device, those that a thread loads at once.
  unsigned vectorBits;
  /// Whether kernels can multiply pairs of bf16 and add them to f32 in one step.
  bool hasBF16Dot;
  /// Whether it has AVX-512 F, DQ and VL.
  bool hasAVX512 = false;
  /// What the processor must have, in LLVM's spelling; the binary checks it.
  std::vector<std::string> cpuFeatures;
  /// Processor and features ("+avx2,+fma") for LLVM's code generator.
  std::string llvmCpu;
  std::string llvmFeatures;

  bool isDevice() const { return device != Device::Processor; }
  /// The generation of an NVIDIA card that the code is for, "sm_75"; empty for others.
  std::string cudaArchitecture;
  /// Of a device. OpenCL names no kind: what any of them has room for.
  Multiprocessor multiprocessor = {};
  /// Lanes of a vector of 32-bit elements.
  unsigned lanes() const { return vectorBits / 32; }
};

/// Parses `--target`. `host` is the best target that this processor can run.
/// The error lists the known names.
llvm::Expected<TargetInfo> parseTarget(llvm::StringRef name);

/// The names that `parseTarget` knows, for help texts.
std::vector<std::string> knownTargets();

/// Features that this processor lacks for `target`; empty where it can run it.
std::vector<std::string> missingOnHost(const TargetInfo &target);

} // namespace attune
