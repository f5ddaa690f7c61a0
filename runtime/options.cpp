// Reading the options of the command line.
#include "command_line.h"
#include "message.h"
#include "processor_count.h"

#include <charconv>

namespace attune::runtime {

namespace {

template <typename Number>
std::string readNumber(std::string_view option, const std::string &value, Number least,
                       Number most, Number &result) {
  const char *end = value.data() + value.size();
  auto [stop, code] = std::from_chars(value.data(), end, result);
  if (!value.empty() && code == std::errc() && stop == end && result >= least &&
      result <= most)
    return "";
  return text(option, " must be a number from ", least, " to ", most, ", not ",
              quote(value));
}

constexpr int maxRuns = 1000000;

struct Option {
  const char *name;
  enum { flag, value, optionalValue } form;
  /// Gives "" or what is wrong. `given` is null without a value.
  std::string (*take)(CommandLine &line, const std::string *given);
};

const Option options[] = {
    {"--weights", Option::value,
     [](CommandLine &line, const std::string *given) -> std::string {
       line.weights.push_back(*given);
       return given->empty() ? "--weights names no file" : "";
     }},
    {"--input", Option::value,
     [](CommandLine &line, const std::string *given) -> std::string {
       line.inputs.emplace_back();
       std::string problem = parseInputText(*given, line.inputs.back());
       return problem.empty() ? "" : "--input " + quote(*given) + " " + problem;
     }},
    {"--output", Option::value,
     [](CommandLine &line, const std::string *given) -> std::string {
       line.outputs.push_back(*given);
       return given->empty() ? "--output names no file" : "";
     }},
    {"--model", Option::value,
     [](CommandLine &line, const std::string *given) -> std::string {
       line.model = *given;
       return "";
     }},
    {"--benchmark", Option::optionalValue,
     [](CommandLine &line, const std::string *given) -> std::string {
       line.benchmarkRuns = 0;
       return given ? readNumber("--benchmark", *given, 1, maxRuns,
                                 *line.benchmarkRuns)
                    : "";
     }},
    {"--threads", Option::value,
     [](CommandLine &line, const std::string *given) -> std::string {
       line.threads = 0;
       return readNumber("--threads", *given, 0, maxThreads, *line.threads);
     }},
    {"--device", Option::value,
     [](CommandLine &line, const std::string *given) -> std::string {
       line.device = *given;
       return given->empty() ? "--device names no device" : "";
     }},
    {"--seed", Option::value,
     [](CommandLine &line, const std::string *given) -> std::string {
       return readNumber<uint64_t>("--seed", *given, 0, UINT64_MAX,
                                   line.seed.emplace());
     }},
    {"--json", Option::flag,
     [](CommandLine &line, const std::string *) -> std::string {
       line.json = true;
       return "";
     }},
    {"--profile", Option::flag,
     [](CommandLine &line, const std::string *) -> std::string {
       line.profile = true;
       return "";
     }},
    {"--describe", Option::flag,
     [](CommandLine &line, const std::string *) -> std::string {
       line.describe = true;
       return "";
     }},
    {"--help", Option::flag,
     [](CommandLine &line, const std::string *) -> std::string {
       line.help = true;
       return "";
     }},
};

} // namespace

Taken takeOption(const std::vector<std::string> &arguments, size_t &index,
                 CommandLine &line, std::string &problem) {
  const std::string &argument = arguments[index];
  size_t equals = argument.find('=');
  std::string name = argument == "-h" ? "--help" : argument.substr(0, equals);
  for (const Option &option : options) {
    if (name != option.name)
      continue;
    std::string value;
    bool given = equals != std::string::npos;
    if (given)
      value = argument.substr(equals + 1);
    if (given && option.form == Option::flag)
      problem = name + " takes no value";
    if (!given && option.form == Option::value) {
      given = index + 1 < arguments.size();
      if (given)
        value = arguments[++index];
      else
        problem = name + " needs a value";
    }
    if (problem.empty())
      problem = option.take(line, given ? &value : nullptr);
    if (!problem.empty())
      return Taken::wrong;
    ++index;
    return Taken::yes;
  }
  return Taken::no;
}

std::string optionsHelp() {
  return "  --weights=FILE            safetensors file; may be repeated. random[:SEED] "
         "draws\n"
         "                            weights instead, for timing\n"
         "  --input NAME=@FILE.npy    an input from a file, or\n"
         "          NAME=2x128xi32=V  with one value, or as many as it has elements "
         "(V,V,...),\n"
         "          NAME=2x128xf32=random[:SEED[:LOW..HIGH]]\n"
         "                            with random ones: floats from -1 to 1, integers "
         "from\n"
         "                            0 to 999 (i8: 99), truth values; `integers` for\n"
         "                            `random` rounds floats down\n"
         "  --output [NAME=]FILE.npy  writes an output, the first without a name; may "
         "be\n"
         "                            repeated. A short summary is printed without it\n"
         "  --model=NAME              which model of the program runs; else its first\n"
         "  --benchmark[=RUNS]        measures the time of a run\n"
         "  --profile                 measures the time of each kernel\n"
         "  --json                    prints results as JSON\n"
         "  --threads=N               how many threads run kernels; 0, the default, is "
         "as many\n"
         "                            as there are processors\n"
         "  --device=NAME             which OpenCL or CUDA device, by its number or a part "
         "of its\n"
         "                            name, for models that were compiled for such; else "
         "the first\n"
         "  --seed=N                  runs with dropout, drawn from N; without it dropout "
         "does\n"
         "                            nothing. Also the seed (0) of random weights and "
         "inputs\n"
         "                            that have none\n"
         "  --describe                says what the program takes and gives\n"
         "  --help                    this text\n";
}

} // namespace attune::runtime
