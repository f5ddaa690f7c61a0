#include "codegen/link/KernelStatements.h"
#include "codegen/link/Files.h"
#include "codegen/link/KernelCompiler.h"

using namespace mlir;

namespace attune {

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
  std::vector<KernelJob> jobs;
  for (auto [i, kernel] : llvm::enumerate(kernels))
    jobs.push_back({source, kernel, folder->file(llvm::Twine(i) + ".stmt")});
  auto ended = compileJobs({options.compiler, options.target, "stmt", options.jobs}, jobs, *folder, [&](size_t done) {
    if (options.progress)
      options.progress(done, jobs.size());
  });
  if (!ended)
    return ended.takeError();
  llvm::StringMap<std::string> statements;
  for (auto [i, process] : llvm::enumerate(*ended)) {
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
