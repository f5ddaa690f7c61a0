// attn-run: compiles a model and runs it at once, by itself, in the
// interpreter, or in both to compare.
#include "codegen/link/Files.h"
#include "codegen/link/Processes.h"
#include "runtime/npy.h"
#include "tools/attn-run/Comparison.h"
#include "tools/attn-run/Reference.h"
#include "tools/attnc/Execution.h"
#include "tools/attnc/PassOptions.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

using namespace attune;
using llvm::StringRef;

namespace {

const std::string name = "attn-run";

struct Request {
  CompilerOptions compiler;
  runtime::CommandLine run;
  std::vector<std::string> runArguments{name};
  bool reference = false, compare = false;
};

int fail(const llvm::Twine &message) { return runtime::complain(name, message.str()); }

void printHelp() {
  llvm::outs() << "Usage: attn-run MODEL.attn|FILE.mlir [options]\n\n"
                  "Compiles a model, unless it is in the cache, and runs it.\n\n"
                  "  --reference               run the interpreter (float64) instead\n"
                  "  --compare                 run both and print the error; exit 1 where it is past\n"
                  "                            twice that of the plain computation in the result's type\n"
               << runtime::optionsHelp()
               << "\nHow it is compiled, as with attnc:\n"
                  "  --target=NAME  --precision=bf16  --set NAME=VALUE  -I FOLDER  --compile-from=PHASE\n"
                  "  --schedule=FILE  --emit-schedule=FILE  --dump-dir=FOLDER  --jobs=N  --no-cache\n"
               << passOptionsHelp();
}

/// What belongs to attnc alone.
const char *const compilerOnly[] = {"-o", "--emit", "--compile-to", "--embed-weights", "--version"};

/// "" or a usage error.
std::string parse(const std::vector<std::string> &arguments, Request &request) {
  for (size_t i = 0; i < arguments.size();) {
    const std::string &argument = arguments[i];
    if (argument == "--reference" || argument == "--compare") {
      (argument == "--reference" ? request.reference : request.compare) = true;
      ++i;
      continue;
    }
    if (argument.size() < 2 || argument[0] != '-') {
      if (!request.compiler.source.empty())
        return "one model at a time: '" + request.compiler.source + "' or '" + argument + "'?";
      request.compiler.source = argument;
      ++i;
      continue;
    }
    std::string problem;
    size_t start = i;
    runtime::Taken ran = runtime::takeOption(arguments, i, request.run, problem);
    if (ran == runtime::Taken::wrong)
      return problem;
    if (ran == runtime::Taken::yes) {
      request.runArguments.insert(request.runArguments.end(), arguments.begin() + start,
                                  arguments.begin() + i);
      continue;
    }
    Taken compiled = takeCompilerOption(arguments, i, request.compiler, problem);
    if (compiled == Taken::Wrong)
      return problem;
    if (compiled == Taken::No)
      return "unknown option '" + argument.substr(0, argument.find('=')) + "'";
    for (const char *option : compilerOnly)
      if (request.compiler.given.back() == option)
        return std::string(option) + " is an option of attnc";
  }
  if (request.run.help)
    return "";
  if (request.compiler.source.empty())
    return "no model to run";
  if (request.reference && request.compare)
    return "--reference and --compare exclude each other: --compare runs the interpreter too";
  return checkOptions(request.compiler);
}

int runInterpreter(Compiler &compiler, const Request &request) {
  if (compiler.step() > Step::Kernels)
    return fail("the interpreter runs phases up to kernels, not " +
                stepName(compiler.step()));
  if (request.run.benchmarkRuns || request.run.profile || request.run.describe)
    return runtime::complainUsage(name, "--reference goes with none of --benchmark, --profile and --describe");
  auto program = ReferenceProgram::load(compiler.module(), request.run);
  if (!program)
    return fail(llvm::toString(program.takeError()));
  auto results = program->run(reference::Arithmetic::Float64);
  if (!results)
    return fail(llvm::toString(results.takeError()));
  std::vector<runtime::Array> memory;
  std::vector<runtime::NamedTensor> tensors;
  if (llvm::Error error = toTensors(*results, memory, tensors))
    return fail(llvm::toString(std::move(error)));
  std::vector<std::string> names;
  for (const runtime::NamedTensor &tensor : tensors)
    names.push_back(tensor.name);
  std::vector<runtime::OutputFile> files;
  for (const std::string &text : request.run.outputs)
    if (runtime::Error error = runtime::parseOutput(text, names, files.emplace_back()))
      return fail(error.message());
  if (runtime::Error error = runtime::writeOutputs(files, tensors))
    return fail(error.message());
  if (files.empty())
    llvm::outs() << (request.run.json ? "{\"outputs\":" + runtime::outputsJson(tensors) + "}\n"
                                      : runtime::outputsText(tensors));
  return runtime::exitSuccess;
}

int runBoth(Compiler &compiler, const Request &request, const Installation &installation) {
  if (compiler.step() > Step::Kernels)
    return fail("the interpreter runs phases up to kernels, not " + stepName(compiler.step()));
  auto program = ReferenceProgram::load(compiler.module(), request.run);
  if (!program)
    return fail(llvm::toString(program.takeError()));
  auto expected = program->run(reference::Arithmetic::Float64);
  if (!expected)
    return fail(llvm::toString(expected.takeError()));
  auto plain = program->run(reference::Arithmetic::Plain);
  if (!plain)
    return fail(llvm::toString(plain.takeError()));
  Executable executable;
  if (!Executable::make(compiler, request.compiler, installation, executable))
    return runtime::exitError;
  auto folder = TemporaryFolder::create();
  if (!folder)
    return fail(llvm::toString(folder.takeError()));
  ProcessJob job{request.runArguments, folder->file("log")};
  job.program = executable.path();
  auto file = [&](size_t i) { return folder->file("result" + std::to_string(i) + ".npy"); };
  for (size_t i = 0; i < expected->size(); ++i)
    job.command.push_back("--output=" + (*expected)[i].name + "=" + file(i));
  ProcessResult ran =
      runProcess(job, std::chrono::hours(24));
  if (!ran.problem.empty()) {
    llvm::errs() << ran.text;
    return ran.text.empty() ? fail("the compiled model " + ran.problem) : runtime::exitError;
  }
  bool good = true;
  llvm::json::Array outputs;
  if (!request.run.json)
    llvm::outs() << ran.text;
  for (size_t i = 0; i < expected->size(); ++i) {
    runtime::Array got;
    if (runtime::Error error = runtime::readNpy(file(i), got))
      return fail(error.message());
    if (got.sizes != (*expected)[i].array.shape)
      return fail("result " + (*expected)[i].name + " has other sizes than the interpreter's");
    Comparison comparison = compareResult((*expected)[i], (*plain)[i], got);
    good &= comparison.isWithin();
    if (request.run.json)
      outputs.push_back(comparison.json());
    else
      llvm::outs() << comparison.text() << "\n";
  }
  if (request.run.json)
    llvm::outs() << llvm::json::Value(llvm::json::Object{{"outputs", std::move(outputs)}}) << "\n";
  return good ? runtime::exitSuccess : runtime::exitError;
}

} // namespace

int main(int argc, char **argv) {
  Request request;
  std::string problem = parse(std::vector<std::string>(argv + 1, argv + argc), request);
  if (!problem.empty())
    return runtime::complainUsage(name, problem);
  if (request.run.help) {
    printHelp();
    return runtime::exitSuccess;
  }
  Installation installation = Installation::find(argv[0]);
  Executable executable;
  {
    Compiler compiler(request.compiler, installation, name);
    if (!compiler.load())
      return runtime::exitError;
    if (request.reference)
      return runInterpreter(compiler, request);
    if (request.compare)
      return runBoth(compiler, request, installation);
    if (!Executable::make(compiler, request.compiler, installation, executable))
      return runtime::exitError;
  }
  executable.become(request.runArguments);
  return fail(llvm::Twine("cannot start the compiled model: ") + std::strerror(errno));
}
