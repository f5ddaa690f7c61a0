// attn-kernelc, which compiles many kernels, each in a process of its own.
#pragma once

#include "codegen/link/Files.h"
#include "codegen/link/Processes.h"

namespace attune {

struct KernelJob {
  std::string input, kernel; // a file with a module, and which of its kernels
  std::string output;        // the file to write
};

/// What attn-kernelc is to do with all of them.
struct KernelCompiler {
  std::string program; // its path
  std::string target;
  std::string emit;    // "object" or "stmt"
  unsigned parallel;
};

/// Compiles the jobs, the first ones first, until one has a problem. `finished` is
/// called after each with how many have finished.
llvm::Expected<std::vector<ProcessResult>> compileJobs(const KernelCompiler &compiler, const std::vector<KernelJob> &jobs,
                                                       const TemporaryFolder &folder,
                                                       llvm::function_ref<void(size_t)> finished);

} // namespace attune
