// Why a program takes the time it takes: what each of its kernels computes
// together, what that saves, why it ends where it ends, how its loops run, and how
// long the machine needs for it at least.
#pragma once

#include "dialect/KernelWork.h"
#include "schedule/Legality.h"
#include "llvm/ADT/StringMap.h"
#include <string>
#include <vector>

namespace attune {

/// A size in the program's symbols, and its value where those are known.
struct Amount {
  attn::SizeAttr size;
  std::optional<int64_t> value;
  std::string text() const;
};

/// Loops as they nest: what a stage does in which loop.
struct LoopTree {
  enum Kind { Stage, Loop } kind;
  std::string name;    ///< of the stage, or of the loop
  std::string details; ///< "adds", "parallel", "16 lanes", …
  std::vector<LoopTree> inside;
};

struct StageBytes {
  std::string name;
  Amount bytes;
};

/// What a block of threads has on a device.
struct DeviceBlock {
  int64_t threads;
  int64_t sharedBytes;
  std::optional<int64_t> registers, spilledBytes; ///< of a thread, where an assembler says so
  std::optional<int64_t> cycles; ///< of all blocks, by the cost model, where sizes are known
};

struct KernelVariant {
  std::string condition;      ///< "rows <= 64"; empty: for all other sizes
  bool runs = false;          ///< with the sizes that are known
  std::string tiles;          ///< "tile query 32, key 512"; empty: the kernel has none as a whole
  bool isFromFile = false;    ///< a schedule file changed it
  std::optional<int64_t> taskBytes; ///< kept inside of one task of a processor at a time
  std::optional<DeviceBlock> block; ///< on a device, of the largest
  std::vector<LoopTree> loops;
  std::vector<std::string> inlined; ///< stages that are computed where they are read
  std::vector<StageBytes> stored;   ///< whole, at root: what is written and read again
};

struct KernelExplanation {
  std::string function, name;
  bool isPreparation = false;       ///< of weights, once
  unsigned count = 1;               ///< kernels alike, as layers have
  std::vector<std::string> names;   ///< of all of them
  std::vector<std::string> sources; ///< "model.attn:12"
  std::vector<StageBytes> fused; ///< what is neither written nor read again
  std::string ending; ///< why what reads the result is not computed here
  Amount flops, bytes;
  std::vector<KernelVariant> variants;
  std::optional<double> arithmeticMs, memoryMs; ///< at the machine's peaks
  std::optional<double> measuredMs;             ///< of one call

  std::optional<double> predictedMs() const;
};

struct Explanation {
  std::string target;
  std::vector<std::pair<std::string, int64_t>> sizes;
  double gflops = 0, gbytesPerSecond = 0; ///< peaks that times are predicted with; 0: none
  std::vector<KernelExplanation> kernels;
};

/// What is known when explaining.
struct ExplanationFacts {
  llvm::StringMap<int64_t> sizes;
  double gflops = 0, gbytesPerSecond = 0;
  llvm::StringMap<double> measuredMs; ///< of one call, by the kernel's name
};

/// `fused` is the program at the phase fused, `scheduled` the same one phase
/// later. Kernels that differ in a layer's number alone are explained once.
Explanation explain(mlir::ModuleOp fused, mlir::ModuleOp scheduled, const TargetInfo &target, const ExplanationFacts &facts);

/// "blocks of 128 threads, which share 24.6 kB; 124 registers a thread".
std::string blockText(const DeviceBlock &block);

/// For people.
void printText(const Explanation &explanation, llvm::raw_ostream &os);
/// For programs; the form is in docs/schedules.md.
void printJson(const Explanation &explanation, llvm::raw_ostream &os);

} // namespace attune
