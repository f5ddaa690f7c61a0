// attn-opt: mlir-opt with the attn dialect and Attune's passes.
#include "codegen/host/KernelsToHost.h"
#include "passes/Registration.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"
#include <algorithm>

namespace {

constexpr const char *title = "Attune's optimizer driver\n";

/// MLIR's main ends with LLVM's shutdown, which forgets statistics: this one says
/// what passes counted before.
int runWithStatistics(int argc, char **argv, mlir::DialectRegistry &registry) {
  llvm::InitLLVM initialized(argc, argv);
  llvm::EnableStatistics(/*DoPrintOnExit=*/false);
  auto [input, output] = mlir::registerAndParseCLIOptions(argc, argv, title, registry);
  std::string problem;
  auto source = mlir::openInputFile(input, &problem);
  auto result = source ? mlir::openOutputFile(output, &problem) : nullptr;
  if (!result) {
    llvm::errs() << "attn-opt: error: " << problem << "\n";
    return 1;
  }
  auto config = mlir::MlirOptMainConfig::createFromCLOptions();
  bool passed = succeeded(mlir::MlirOptMain(result->os(), std::move(source), registry, config));
  llvm::PrintStatistics(llvm::errs());
  if (passed)
    result->keep();
  return passed ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  attune::registerDialects(registry);
  attune::registerPasses();
  attune::registerKernelsToHostPass();
  // MLIR's own report is empty where LLVM was built without statistics, as
  // Debian's is. Attune's passes count in any case.
  char **end = std::remove_if(argv + 1, argv + argc, [](llvm::StringRef argument) {
    return argument == "--mlir-pass-statistics" || argument == "-mlir-pass-statistics";
  });
  bool wantsStatistics = end != argv + argc;
  argc = static_cast<int>(end - argv);
  if (wantsStatistics)
    return runWithStatistics(argc, argv, registry);
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, title, registry));
}
