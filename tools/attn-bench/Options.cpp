#include "tools/attn-bench/Options.h"
#include "codegen/target/Target.h"
#include "runtime/processor_count.h"
#include "tools/attnc/OptionTable.h"
#include "tools/attnc/PassOptions.h"
#include "llvm/ADT/StringExtras.h"

using llvm::StringRef;

namespace attune::bench {
namespace {

constexpr int maxRuns = 100000, maxRounds = 10000;

std::string takeText(std::string &text, StringRef option, StringRef value) {
  text = value.str();
  return value.empty() ? option.str() + " needs a value" : "";
}

std::string takeNumber(int &number, StringRef option, int least, int most, StringRef value) {
  if (!value.getAsInteger(10, number) && number >= least && number <= most)
    return "";
  return option.str() + " takes a number from " + std::to_string(least) + " to " +
         std::to_string(most) + ", not '" + value.str() + "'";
}

const Option<Options> table[] = {
    {"--compare", OptionValue::Needed,
     [](Options &options, StringRef value) { return takeText(options.compare, "--compare", value); }},
    {"--output", OptionValue::Needed,
     [](Options &options, StringRef value) { return takeText(options.output, "--output", value); }},
    {"--filter", OptionValue::Needed,
     [](Options &options, StringRef value) { return takeText(options.filter, "--filter", value); }},
    {"--target", OptionValue::Needed,
     [](Options &options, StringRef value) { return takeText(options.target, "--target", value); }},
    {"--runs", OptionValue::Needed,
     [](Options &options, StringRef value) {
       return takeNumber(options.runs, "--runs", 1, maxRuns, value);
     }},
    {"--rounds", OptionValue::Needed,
     [](Options &options, StringRef value) {
       return takeNumber(options.rounds, "--rounds", 1, maxRounds, value);
     }},
    {"--threads", OptionValue::Needed,
     [](Options &options, StringRef value) {
       return takeNumber(options.threads, "--threads", 0, runtime::maxThreads, value);
     }},
    {"--json", OptionValue::None,
     [](Options &options, StringRef) {
       options.json = true;
       return std::string();
     }},
    {"--help", OptionValue::None,
     [](Options &options, StringRef) {
       options.help = true;
       return std::string();
     }},
};

/// What comparing has no use for.
const char *const measuringOnly[] = {"--output", "--target", "--runs", "--rounds", "--threads", "--mlir-…"};

} // namespace

std::string parseOptions(const std::vector<std::string> &arguments, Options &options) {
  std::vector<std::string> given;
  for (size_t i = 0; i < arguments.size();) {
    StringRef argument = arguments[i];
    std::string name, problem;
    Taken taken = takeOption(table, arguments, i, options, problem, name);
    if (taken == Taken::Wrong)
      return problem;
    if (taken == Taken::Yes) {
      given.push_back(name);
      continue;
    }
    if (isPassOption(argument)) {
      options.passOptions.push_back(argument.str());
      given.push_back("--mlir-…");
    } else if (argument.size() > 1 && argument[0] == '-') {
      return "unknown option '" + argument.split('=').first.str() + "'";
    } else if (!options.file.empty()) {
      return "one file at a time: '" + options.file + "' or '" + argument.str() + "'?";
    } else {
      options.file = argument.str();
    }
    ++i;
  }
  if (options.help)
    return "";
  if (options.file.empty())
    return options.compare.empty() ? "no table to measure" : "--compare takes two results: OLD.json NEW.json";
  if (std::string problem = setPassOptions(options.passOptions); !problem.empty())
    return problem;
  if (!options.compare.empty())
    for (const char *option : measuringOnly)
      if (llvm::is_contained(given, option))
        return std::string(option) + " goes with a table, not with --compare";
  return "";
}

std::string helpText() {
  return "Usage: attn-bench TABLE.json [options]\n"
         "       attn-bench --compare OLD.json NEW.json [--filter=REGEX] [--json]\n"
         "\n"
         "Measures the cases of a table, one after another in each of several rounds, so\n"
         "that a slow spell of the machine meets all of them, and prints the time of each,\n"
         "its rates, and their share of what this machine reached in the same run.\n"
         "\n"
         "  --output=RESULT.json      writes what was measured, for --compare\n"
         "  --compare=OLD.json        compares two results instead: which cases are faster or\n"
         "                            slower beyond the noise of both\n"
         "  --filter=REGEX            only cases whose name matches\n"
         "  --rounds=N                how many rounds (5)\n"
         "  --runs=N                  how many runs of a case in a round; by default as many\n"
         "                            as take about 0.2 s\n"
         "  --threads=N               how many threads run kernels; 0, the default, is as many\n"
         "                            as there are processors\n"
         "  --target=NAME             the processor to compile for, `host` by default:\n"
         "                            " +
         llvm::join(knownTargets(), ", ") +
         "\n"
         "  --json                    prints the result as JSON\n"
         "  --mlir-…                  options of MLIR's for the compiler, as attnc --help has them;\n"
         "                            they compile every case again\n"
         "  --help                    this text\n"
         "\n"
         "A table is JSON: fields of all cases, and \"cases\" with fields of their own.\n"
         "\n"
         "  {\n"
         "    \"model\": \"attention.attn\",\n"
         "    \"inputs\": {\"q\": \"1x512x8x64xf32=random:1\", \"k\": \"1x512x8x64xf32=random:2\",\n"
         "               \"v\": \"1x512x8x64xf32=random:3\"},\n"
         "    \"flops\": \"4 * q[0] * q[1] * q[2] * q[3] * k[1]\",\n"
         "    \"cases\": [{\"name\": \"dense 512\", \"entry\": \"attend\"},\n"
         "              {\"name\": \"causal 512\", \"entry\": \"attend_causal\"}]\n"
         "  }\n"
         "\n"
         "  name      what the case is called        model     a .attn file beside the table\n"
         "  entry     which model of the file        source    or its text, a list of lines\n"
         "  inputs    as --input of attn-run         set       constants, as --set of attnc\n"
         "  weights   files, or \"random:SEED\"        flops     operations by an agreed count\n"
         "  schedule  a file for --schedule of attnc precision bf16, as --precision of attnc\n"
         "  about     a remark\n"
         "\n"
         "Exit status: 0, 1 after an error or where a case failed, 2 when it was called\n"
         "wrongly. Timings never fail anything. docs/benchmarks.md has more.\n";
}

} // namespace attune::bench
