#include "codegen/link/KernelStatements.h"
#include "codegen/link/Files.h"
#include "codegen/link/Processes.h"

using namespace mlir;

namespace attune {

static constexpr std::chrono::seconds timeLimit(300);
static constexpr size_t mostBytes = size_t(64) << 20;

llvm::Expected<llvm::StringMap<std::string>> printStatements(ModuleOp module, ArrayRef<std::string> kernels,
                                                             const KernelObjectsOptions &options) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::string source = folder->file("kernels.mlir"), text;
  llvm::raw_string_ostream(text) << *module;
  if (llvm::Error error = writeFile(source, text))
    return std::move(error);
  std::vector<ProcessJob> jobs;
  for (auto [i, kernel] : llvm::enumerate(kernels))
    jobs.push_back({{options.compiler, source, "--kernel=" + kernel, "--target=" + options.target, "--emit=stmt", "-o",
                     folder->file(llvm::Twine(i) + ".stmt")},
                    folder->file(llvm::Twine(i) + ".log")});
  std::vector<ProcessResult> ended = runProcesses(jobs, options.jobs, timeLimit, [&](size_t done) {
    if (options.progress)
      options.progress(done, jobs.size());
  });
  llvm::StringMap<std::string> statements;
  for (auto [i, process] : llvm::enumerate(ended)) {
    if (!process.problem.empty())
      return llvm::createStringError("kernel '" + kernels[i] + "' could not be printed: attn-kernelc " + process.problem + "\n" +
                                     process.text);
    auto file = readFile(folder->file(llvm::Twine(i) + ".stmt"), mostBytes);
    if (!file)
      return file.takeError();
    statements[kernels[i]] = *file ? (*file)->getBuffer().str() : "(more than 64 MB)";
  }
  return statements;
}

} // namespace attune
