#include "tools/attnc/PassOptions.h"
#include "codegen/host/KernelsToHost.h"
#include "mlir/Support/Timing.h"
#include "passes/Registration.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
namespace cl = llvm::cl;

namespace attune {
namespace {

constexpr StringLiteral prefix = "mlir-";
/// Not MLIR's: its report is empty where LLVM was built without statistics, as
/// Debian's is. Attune's passes count in any case.
constexpr StringLiteral statistics = "--mlir-pass-statistics";

/// Options name passes, so passes must be known before.
void registerOptions() {
  static bool once = [] {
    registerPasses();
    registerKernelsToHostPass();
    registerPassManagerCLOptions();
    registerDefaultTimingManagerCLOptions();
    return true;
  }();
  (void)once;
}

} // namespace

bool isPassOption(StringRef argument) {
  StringRef name = argument.split('=').first;
  if (!name.consume_front("--") || !name.starts_with(prefix))
    return false;
  registerOptions();
  return cl::getRegisteredOptions().contains(name);
}

std::string setPassOptions(llvm::ArrayRef<std::string> options) {
  if (options.empty())
    return "";
  registerOptions();
  cl::ResetAllOptionOccurrences();
  std::vector<const char *> arguments{"MLIR"};
  for (const std::string &option : options)
    if (option == statistics)
      llvm::EnableStatistics(/*DoPrintOnExit=*/false);
    else
      arguments.push_back(option.c_str());
  // What is wrong with a value LLVM says itself, to standard error.
  std::string text;
  llvm::raw_string_ostream os(text);
  if (cl::ParseCommandLineOptions(static_cast<int>(arguments.size()), arguments.data(), "", &os))
    return "";
  StringRef first = StringRef(text).split('\n').first;
  first.consume_front("MLIR: ");
  return first.empty() ? "these options of MLIR's do not hold" : first.str();
}

LogicalResult applyPassOptions(PassManager &manager) { return applyPassManagerCLOptions(manager); }

void reportStatistics() {
  if (llvm::AreStatisticsEnabled())
    llvm::PrintStatistics(llvm::errs());
}

std::string passOptionsHelp() {
  return "  --mlir-timing             how long each phase and pass takes\n"
         "  --mlir-pass-statistics    what each pass counted\n"
         "  --mlir-print-ir-before=PASS, --mlir-print-ir-after=PASS\n"
         "                            the IR before or after a pass; -all instead of =PASS for all\n"
         "  --mlir-pass-pipeline-crash-reproducer=FILE.mlir\n"
         "                            where a pass fails or crashes, what attn-opt\n"
         "                            --run-reproducer FILE.mlir does it again with;\n"
         "                            attn-opt --help has more of the kind\n";
}

} // namespace attune
