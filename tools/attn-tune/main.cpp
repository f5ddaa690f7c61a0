// attn-tune: looks for faster schedules.
#include "runtime/command_line.h"
#include "tools/attn-tune/Tuning.h"
#include "llvm/Support/raw_ostream.h"

using namespace attune;

int main(int argc, char **argv) {
  tune::Options options;
  std::string problem = tune::parseOptions(std::vector<std::string>(argv + 1, argv + argc), options);
  if (!problem.empty())
    return runtime::complainUsage("attn-tune", problem);
  if (options.help) {
    llvm::outs() << tune::helpText();
    return runtime::exitSuccess;
  }
  return tune::tuneModel(options, Installation::find(argv[0]));
}
