#include "tools/attnc/Options.h"
#include "codegen/target/Target.h"
#include "tools/attnc/PassOptions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using llvm::StringRef;

namespace attune {
namespace {

constexpr llvm::StringLiteral stepNames[] = {"input",   "simplified", "fused",   "scheduled",
                                             "kernels", "host",       "objects", "binary"};
constexpr unsigned maxJobs = 1024;

std::string takeStep(std::optional<Step> &step, const char *option, StringRef value) {
  step = parseStep(value);
  if (step)
    return "";
  return std::string(option) + " takes a phase (" + llvm::join(llvm::ArrayRef(stepNames), ", ") + "), not '" +
         value.str() + "'";
}

std::string takePath(std::string &path, const char *option, StringRef value) {
  path = value.str();
  return value.empty() ? std::string(option) + " names nothing" : "";
}

const Option<CompilerOptions> table[] = {
    {"-o", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) {
       return takePath(options.output, "-o", value);
     }},
    {"-I", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) {
       options.includeDirs.push_back(value.str());
       return std::string(value.empty() ? "-I names no folder" : "");
     }},
    {"--emit", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) -> std::string {
       if (value == "exe")
         options.emit = Output::Executable;
       else if (value == "static")
         options.emit = Output::Static;
       else if (value == "shared")
         options.emit = Output::Shared;
       else if (value == "object")
         options.emit = Output::Object;
       else
         return "--emit takes exe, static, shared or object, not '" + value.str() + "'";
       return "";
     }},
    {"--model", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) {
       return takePath(options.model, "--model", value);
     }},
    {"--target", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) {
       return takePath(options.target, "--target", value);
     }},
    {"--precision", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) -> std::string {
       if (value != "f32" && value != "bf16")
         return "--precision takes f32 or bf16, not '" + value.str() + "'";
       options.narrowProducts = value == "bf16";
       return "";
     }},
    {"--set", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) -> std::string {
       auto [name, number] = value.split('=');
       if (name.empty() || number.empty())
         return "--set takes NAME=VALUE, not '" + value.str() + "'";
       options.constants.emplace_back(name.str(), number.str());
       return "";
     }},
    {"--compile-to", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) {
       return takeStep(options.to, "--compile-to", value);
     }},
    {"--compile-from", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) {
       return takeStep(options.from, "--compile-from", value);
     }},
    {"--dump-dir", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) {
       return takePath(options.dumpDir, "--dump-dir", value);
     }},
    {"--schedule", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) {
       return takePath(options.schedule, "--schedule", value);
     }},
    {"--emit-schedule", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) {
       return takePath(options.emitSchedule, "--emit-schedule", value);
     }},
    {"--embed-weights", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) {
       return takePath(options.embeddedWeights, "--embed-weights", value);
     }},
    {"--jobs", OptionValue::Needed,
     [](CompilerOptions &options, StringRef value) -> std::string {
       if (value.getAsInteger(10, options.jobs) || options.jobs < 1 || options.jobs > maxJobs)
         return "--jobs takes a number from 1 to " + std::to_string(maxJobs) + ", not '" +
                value.str() + "'";
       return "";
     }},
    {"--no-cache", OptionValue::None,
     [](CompilerOptions &options, StringRef) {
       options.useCache = false;
       return std::string();
     }},
    {"--version", OptionValue::None,
     [](CompilerOptions &options, StringRef) {
       options.version = true;
       return std::string();
     }},
    {"--help", OptionValue::None,
     [](CompilerOptions &options, StringRef) {
       options.help = true;
       return std::string();
     }},
};

} // namespace

std::optional<Step> parseStep(StringRef word) {
  for (auto [i, name] : llvm::enumerate(stepNames))
    if (word == name)
      return static_cast<Step>(i);
  return std::nullopt;
}

StringRef stepName(Step step) { return stepNames[static_cast<size_t>(step)]; }

Taken takeCompilerOption(const std::vector<std::string> &arguments, size_t &index,
                         CompilerOptions &options, std::string &problem) {
  StringRef argument = arguments[index];
  std::string name;
  Taken taken = takeOption(table, arguments, index, options, problem, name);
  if (taken != Taken::No) {
    options.given.push_back(name);
    return taken;
  }
  if (!isPassOption(argument))
    return Taken::No;
  options.passOptions.push_back(argument.str());
  options.given.push_back(argument.str());
  ++index;
  return Taken::Yes;
}

std::string compilerOptionsHelp() {
  return "  -o FILE                   where the result goes; else a file here called as the\n"
         "                            model, or standard output for IR\n"
         "  --emit=exe                a program that runs the model (the default)\n"
         "         static             an archive and a C header\n"
         "         shared             a shared library with the C API of attune.h, and a header\n"
         "         object             one object file, and a header\n"
         "  --model=ENTRY             compile this model of the file alone\n"
         "  --target=NAME             the processor to compile for, `host` by default:\n"
         "                            " +
         llvm::join(knownTargets(), ", ") +
         "\n"
         "  --precision=bf16          products and attention read bf16 and sum in f32; norms and\n"
         "                            softmax stay f32 (f32, the default: as the model says)\n"
         "  --set NAME=VALUE          another value for a const of the file; repeatable\n"
         "  -I FOLDER                 where `use` looks for files; repeatable\n"
         "  --embed-weights=FILE      put a safetensors file into the result\n"
         "  --compile-to=PHASE        stop there: input, simplified, fused, scheduled,\n"
         "                            kernels, host (printed as IR), objects (files of the\n"
         "                            folder -o), binary\n"
         "  --compile-from=PHASE      FILE.mlir is at this phase (input by default)\n"
         "  --schedule=FILE           schedule kernels as this file says\n"
         "  --emit-schedule=FILE      write how kernels are scheduled, to edit and give back\n"
         "  --dump-dir=FOLDER         write the IR of every phase there\n"
         "  --jobs=N                  kernels compiled at a time; one a processor by default\n"
         "  --no-cache                compile kernels that were compiled before again\n" +
         passOptionsHelp();
}

std::string checkOptions(const CompilerOptions &options) {
  if (std::string problem = setPassOptions(options.passOptions); !problem.empty())
    return problem;
  bool isIR = llvm::sys::path::extension(options.source) == ".mlir";
  if (options.from && !isIR)
    return "--compile-from goes with a file of IR, called .mlir";
  if (options.from && *options.from > Step::Host)
    return "--compile-from takes a phase that is IR: input, simplified, fused, scheduled, "
           "kernels or host";
  if (isIR && !options.constants.empty())
    return "--set goes with a model in .attn; in IR the constants are folded";
  if (options.narrowProducts && options.from.value_or(Step::Input) > Step::Input)
    return "--precision changes a model before its first phase: it does not go with --compile-from=" +
           stepName(*options.from).str();
  if (options.to && *options.to < options.from.value_or(Step::Input))
    return "--compile-to=" + stepName(*options.to).str() + " comes before --compile-from=" +
           stepName(*options.from).str();
  // What a schedule says of fusion is done before kernels are scheduled.
  struct Need {
    const std::string &file;
    const char *option;
    Step first;
  };
  for (const Need &need : {Need{options.schedule, "--schedule", Step::Fused}, Need{options.emitSchedule, "--emit-schedule", Step::Scheduled}})
    if (!need.file.empty() && (options.from.value_or(Step::Input) >= Step::Scheduled || options.to.value_or(Step::Binary) < need.first))
      return std::string(need.option) + " needs the phase " + stepName(need.first).str() + ", which this way from " +
             stepName(options.from.value_or(Step::Input)).str() + " to " + stepName(options.to.value_or(Step::Binary)).str() +
             " does not come through";
  if (options.to == Step::Objects && options.output.empty())
    return "--compile-to=objects needs -o FOLDER";
  return "";
}

} // namespace attune
