#include "tools/attn-bench/Programs.h"
#include "codegen/link/Processes.h"
#include "llvm/ADT/StringExtras.h"
#include <cstring>

using namespace llvm;

namespace attune::bench {
namespace {

/// As the command line of attnc would be.
std::vector<std::string> compilerArguments(const Case &one, std::vector<std::string> result) {
  if (!one.entry.empty())
    result.push_back("--model=" + one.entry);
  for (const auto &[name, value] : one.constants)
    result.push_back("--set=" + name + "=" + value);
  if (!one.schedule.empty())
    result.push_back("--schedule=" + one.path(one.schedule));
  if (!one.precision.empty())
    result.push_back("--precision=" + one.precision);
  if (one.source)
    result.push_back("-I" + (one.folder.empty() ? "." : one.folder));
  return result;
}

/// "" or what is wrong.
std::string parse(const std::vector<std::string> &arguments, CompilerOptions &options) {
  for (size_t i = 0; i < arguments.size();) {
    std::string problem;
    Taken taken = takeCompilerOption(arguments, i, options, problem);
    if (taken == Taken::Wrong)
      return problem;
    if (taken == Taken::No)
      return "this compiler has no option " + StringRef(arguments[i]).split('=').first.str();
  }
  return checkOptions(options);
}

} // namespace

const Program &Programs::of(const Case &one) {
  std::vector<std::string> words = compilerArguments(one, arguments);
  std::string key = join(words, "\n") + "\n" + one.source.value_or(one.path(one.model));
  std::unique_ptr<Program> &program = known[key];
  if (program)
    return *program;
  CompilerOptions options;
  std::string problem = parse(words, options);
  // Messages about a text in the table say where it is.
  options.source = one.source ? one.path("source of " + one.name) : one.path(one.model);
  options.text = one.source;
  program = std::make_unique<Program>(problem.empty() ? compile(one, options) : Program{{}, problem, ""});
  return *program;
}

Program Programs::compile(const Case &one, const CompilerOptions &options) {
  Program result;
  if (!result.executable.reserve()) {
    result.problem = std::string("cannot place the program in memory: ") + std::strerror(errno);
    return result;
  }
  const std::string name = "compiler";
  ProcessJob job{{}, log};
  job.body = [&] {
    Compiler compiler(options, installation, name);
    return compiler.load() && Executable::make(compiler, options, installation, result.executable) ? 0 : 1;
  };
  ProcessResult ran = runProcess(job, std::chrono::hours(24));
  StringRef text = StringRef(ran.text).trim();
  if (ran.problem.empty()) {
    result.remarks = text.str();
    return result;
  }
  if (!text.consume_front(name + ": error: "))
    text.consume_front("error: ");
  result.problem = text.empty() ? "the compiler " + ran.problem : text.str();
  return result;
}

} // namespace attune::bench
