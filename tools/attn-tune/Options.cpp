#include "tools/attn-tune/Options.h"
#include "codegen/target/Target.h"
#include "runtime/command_line.h"
#include "tools/attnc/PassOptions.h"
#include "llvm/ADT/StringExtras.h"

using llvm::StringRef;

namespace attune::tune {
namespace {

constexpr double mostSeconds = 7 * 24 * 3600;

/// What of attnc's options has a meaning here; MLIR's have, too.
const char *const compilerTakes[] = {"-I", "-o", "--model", "--target", "--precision", "--set", "--jobs", "--no-cache"};
/// And of those of compiled models.
const char *const runTakes[] = {"--weights", "--input", "--threads", "--help", "-h"};

std::string takeSize(Options &options, StringRef value) {
  auto [name, number] = value.split('=');
  int64_t size;
  if (name.empty() || number.getAsInteger(10, size) || size < 0)
    return "--size takes NAME=N, as in --size=tokens=128, not '" + value.str() + "'";
  if (!options.sizes.try_emplace(name.str(), size).second)
    return "--size=" + name.str() + " is given twice";
  return "";
}

std::string takeBudget(Options &options, StringRef value) {
  if (value.getAsDouble(options.budget) || !(options.budget > 0) || options.budget > mostSeconds)
    return "--budget takes seconds, more than 0 and up to a week, not '" + value.str() + "'";
  return "";
}

std::string takeFilter(Options &options, StringRef value) {
  options.filter = value.str();
  return value.empty() ? "--kernel needs a name" : "";
}

const Option<Options> table[] = {{"--size", OptionValue::Needed, takeSize},
                                 {"--budget", OptionValue::Needed, takeBudget},
                                 {"--kernel", OptionValue::Needed, takeFilter}};

bool isOneOf(StringRef argument, llvm::ArrayRef<const char *> names) {
  // Values of short options may follow at once: -Ifolder.
  StringRef name = argument.starts_with("--") ? argument.split('=').first : argument.take_front(2);
  return llvm::is_contained(names, name);
}

} // namespace

std::string parseOptions(const std::vector<std::string> &arguments, Options &options) {
  for (size_t i = 0; i < arguments.size();) {
    const std::string &argument = arguments[i];
    if (argument.size() < 2 || argument[0] != '-') {
      if (!options.compiler.source.empty())
        return "one model at a time: '" + options.compiler.source + "' or '" + argument + "'?";
      options.compiler.source = argument;
      ++i;
      continue;
    }
    std::string problem, name;
    size_t start = i;
    Taken own = takeOption(table, arguments, i, options, problem, name);
    if (own == Taken::Wrong)
      return problem;
    if (own == Taken::Yes)
      continue;
    runtime::CommandLine run;
    if (isOneOf(argument, runTakes) && runtime::takeOption(arguments, i, run, problem) != runtime::Taken::no) {
      if (!problem.empty())
        return problem;
      options.help |= run.help;
      options.threads = run.threads.value_or(options.threads);
      llvm::append_range(options.weights, run.weights);
      if (!run.inputs.empty()) {
        StringRef text = arguments[start];
        options.inputs.push_back(text.contains('=') ? text.split('=').second.str() : arguments[start + 1]);
      }
      continue;
    }
    bool isPassed = isOneOf(argument, compilerTakes) || isPassOption(argument);
    Taken taken = isPassed ? takeCompilerOption(arguments, i, options.compiler, problem) : Taken::No;
    if (taken == Taken::Wrong)
      return problem;
    if (taken == Taken::No)
      return "unknown option '" + argument.substr(0, argument.find('=')) + "'";
    if (options.compiler.given.back() != "-o" && options.compiler.given.back() != "--jobs")
      options.compilerArguments.insert(options.compilerArguments.end(), arguments.begin() + start, arguments.begin() + i);
  }
  if (options.help)
    return "";
  if (options.compiler.source.empty())
    return "no model to tune";
  return checkOptions(options.compiler);
}

std::string helpText() {
  return "Usage: attn-tune MODEL.attn --size=NAME=N… [options]\n\n"
         "Looks for faster schedules of a model's kernels for some sizes, and writes a\n"
         "file for --schedule of attnc. Kernels are tuned one by one, those that take most\n"
         "of the time first: a cost model says which schedules are worth trying, and each of\n"
         "them is compiled, compared with the default's result and measured against the\n"
         "best so far. In the end the whole model must be faster than by default; where it\n"
         "is not, the file leaves all as it is.\n\n"
         "  -o FILE                   the schedule file; else MODEL.sched here. What was measured\n"
         "                            is in FILE.journal, from which the same command goes on,\n"
         "                            after Ctrl-C too\n"
         "  --size=NAME=N             a size of the model's inputs; one for each\n"
         "  --budget=SECONDS          when to end (120)\n"
         "  --kernel=PATTERN          only kernels called so: `*` in a part of the name stands for\n"
         "                            any text\n"
         "  --weights=FILE            safetensors file; may be repeated. Random ones without it,\n"
         "                            which are as fast\n"
         "  --input NAME=…            an input, as attn-run takes it, where random numbers or\n"
         "                            truth values that all hold are not what the model gets\n"
         "  --threads=N               how many threads run kernels; 0, the default, is as many\n"
         "                            as there are processors\n"
         "  --help                    this text\n\n"
         "How it is compiled, as with attnc:\n"
         "  --model=ENTRY  --target=NAME  --precision=bf16  --set NAME=VALUE  -I FOLDER\n"
         "  --jobs=N  --no-cache\n"
         "  --mlir-…\n\n"
         "Targets: " +
         llvm::join(knownTargets(), ", ") +
         "\n\n"
         "Exit status: 0, 1 after an error, 2 when it was called wrongly. docs/schedules.md\n"
         "has an example.\n";
}

} // namespace attune::tune
