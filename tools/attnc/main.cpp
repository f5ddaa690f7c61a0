// attnc: compiles a model.
#include "tools/attnc/Explain.h"
#include "llvm/Support/raw_ostream.h"

using namespace attune;

namespace {

constexpr int exitError = 1, exitUsage = 2;

int complainUsage(const std::string &problem) {
  llvm::errs() << "attnc: " << problem << "\nTry 'attnc --help'.\n";
  return exitUsage;
}

void printHelp() {
  llvm::outs() << "Usage: attnc MODEL.attn|FILE.mlir [-o FILE] [options]\n\n"
                  "Compiles a model to a program that runs it, or to a library.\n\n"
               << compilerOptionsHelp() << explainOptionsHelp()
               << "  --version                 which attnc this is\n"
                  "  --help                    this text\n\n"
                  "Environment: ATTUNE_CACHE_DIR is the folder of compiled kernels\n"
                  "(~/.cache/attune by default), ATTUNE_CC the compiler that links (clang-22,\n"
                  "clang, gcc or cc by default), ATTUNE_PTXAS the assembler that checks kernels\n"
                  "for CUDA (ptxas by default, where it is installed; none if empty).\n\n"
                  "Exit status: 0, 1 after an error, 2 when it was called wrongly.\n";
}

} // namespace

int main(int argc, char **argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  CompilerOptions options;
  ExplainRequest request;
  bool onlyFiles = false;
  for (size_t i = 0; i < arguments.size();) {
    const std::string &argument = arguments[i];
    if (!onlyFiles && argument == "--") {
      onlyFiles = true;
      ++i;
      continue;
    }
    if (!onlyFiles && argument.size() > 1 && argument[0] == '-') {
      std::string problem;
      Taken taken = takeExplainOption(arguments, i, request, problem);
      if (taken == Taken::No)
        taken = takeCompilerOption(arguments, i, options, problem);
      if (taken == Taken::Wrong)
        return complainUsage(problem);
      if (taken == Taken::No)
        return complainUsage("unknown option '" + argument.substr(0, argument.find('=')) + "'");
      continue;
    }
    if (!options.source.empty())
      return complainUsage("one file at a time: '" + options.source + "' or '" + argument + "'?");
    options.source = argument;
    ++i;
  }
  if (options.help) {
    printHelp();
    return 0;
  }
  if (options.version) {
    llvm::outs() << "attnc " ATTUNE_VERSION "\n";
    return 0;
  }
  if (options.source.empty())
    return complainUsage("no file to compile");
  if (std::string problem = checkOptions(options); !problem.empty())
    return complainUsage(problem);
  bool explains = request.isAsked();
  if (!explains && (!request.sizes.empty() || !request.profile.empty()))
    return complainUsage("--size and --with-profile go with --explain or --report");
  if (explains && (options.to || options.from.value_or(Step::Input) > Step::Input))
    return complainUsage("--explain and --report go their way through the phases by themselves: they do not go with "
                         "--compile-to, nor with --compile-from after the phase input");
  Compiler compiler(options, Installation::find(argv[0]), "attnc");
  if (!compiler.load())
    return exitError;
  return (explains ? explainProgram(compiler, request, options.output) : compiler.finish()) ? 0 : exitError;
}
