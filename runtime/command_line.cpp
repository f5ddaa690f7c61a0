#include "command_line.h"
#include "benchmark.h"
#include "binding.h"
#include "context.h"
#include "describe.h"
#include "element_type.h"
#include "machine_peak.h"
#include "message.h"
#include "processor_count.h"
#include "profile.h"
#include "program.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdio>

namespace attune::runtime {

int complain(const std::string &program, const std::string &message) {
  std::fprintf(stderr, "%s: error: %s\n", program.c_str(), message.c_str());
  return exitError;
}

int complainUsage(const std::string &program, const std::string &message) {
  std::fprintf(stderr, "%s: %s\nTry '%s --help'.\n", program.c_str(), message.c_str(),
               program.c_str());
  return exitUsage;
}

Error makeInputs(const CommandLine &line, std::vector<Array> &inputs) {
  for (const InputText &text : line.inputs) {
    inputs.emplace_back();
    if (Error error = makeInput(text, line.seed.value_or(0), inputs.back()))
      return error;
  }
  return Error();
}

namespace {

/// What the C API frees.
struct CloseModel {
  void operator()(attn_model *model) const { attn_model_close(model); }
};
struct FreeContext {
  void operator()(attn_context *context) const { attn_context_free(context); }
};

/// "random" or "random:SEED".
bool randomWeights(const CommandLine &line, uint64_t &seed) {
  if (line.weights.size() != 1)
    return false;
  const std::string &word = line.weights[0];
  seed = line.seed.value_or(0);
  if (word == "random")
    return true;
  if (word.compare(0, 7, "random:") != 0)
    return false;
  const char *end = word.data() + word.size();
  return std::from_chars(word.data() + 7, end, seed).ptr == end && word.size() > 7;
}

class Session {
public:
  Session(const attn_program *program, const std::string &name,
          const CommandLine &line)
      : program(program), name(name), line(line) {}

  /// Opens everything and binds the inputs.
  Error open() {
    if (Error error = openModelAndContext())
      return error;
    for (const std::string &output : line.outputs) {
      files.emplace_back();
      if (Error error = parseOutput(output, outputNames(), files.back()))
        return error;
      for (size_t i = 0; i + 1 < files.size(); ++i)
        if (files[i].path == files.back().path)
          return failure(ATTN_ERROR_ARGUMENT, "two outputs go to ",
                         quote(files[i].path));
    }
    if (Error error = checkNames())
      return error;
    if (Error error = makeInputs(line, inputs))
      return error;
    for (size_t i = 0; i < inputs.size(); ++i) {
      attn_tensor tensor = inputs[i].tensor();
      if (Error error = Error(attn_bind_input(context.get(),
                                              line.inputs[i].name.c_str(), &tensor)))
        return error;
    }
    if (line.seed)
      attn_set_seed(context.get(), *line.seed);
    return Error();
  }

  Error run() { return Error(attn_run(context.get())); }

  std::vector<NamedTensor> namedInputs() const {
    std::vector<NamedTensor> result;
    for (size_t i = 0; i < inputs.size(); ++i)
      result.push_back({line.inputs[i].name, inputs[i].tensor()});
    return result;
  }

  Error namedOutputs(std::vector<NamedTensor> &result) const {
    for (const std::string &output : outputNames()) {
      attn_tensor tensor;
      if (Error error =
              Error(attn_output(context.get(), output.c_str(), &tensor)))
        return error;
      result.push_back({output, tensor});
    }
    return Error();
  }

  attn_context &entry() { return *context; }
  /// Remarks on the weights, for runs that succeed: an error stands alone.
  void printNotes() const {
    if (*attn_model_notes(model.get()))
      std::fprintf(stderr, "%s: note: %s\n", name.c_str(),
                   attn_model_notes(model.get()));
  }
  const std::vector<OutputFile> &outputFiles() const { return files; }

private:
  Error openModelAndContext() {
    // The entry first: a wrong name is known without reading weights.
    Description description;
    if (Error error = readDescription(program, description))
      return error;
    size_t index;
    if (Error error = findEntry(description,
                                line.model ? line.model->c_str() : nullptr, index))
      return error;
    attn_model *opened = nullptr;
    uint64_t seed;
    std::vector<const char *> paths;
    for (const std::string &path : line.weights)
      paths.push_back(path.c_str());
    if (Error error = Error(
            randomWeights(line, seed)
                ? attn_model_open_random(program, seed, &opened)
                : attn_model_open(program, paths.data(), paths.size(), &opened)))
      return error;
    model.reset(opened);
    attn_context *created = nullptr;
    if (Error error = Error(attn_context_create(
            opened, line.model ? line.model->c_str() : nullptr, &created)))
      return error;
    context.reset(created);
    return Error();
  }

  std::vector<std::string> outputNames() const {
    std::vector<std::string> names;
    for (size_t i = 0; i < attn_output_count(context.get()); ++i)
      names.push_back(attn_output_name(context.get(), i));
    return names;
  }

  /// Before files are read: every input once, and with a form to copy if it is missing.
  Error checkNames() {
    const Entry &entry = context->entry;
    std::vector<bool> given(entry.inputs.size(), false);
    for (const InputText &input : line.inputs) {
      size_t index;
      if (Error error = findInput(entry, input.name, index))
        return error;
      if (given[index])
        return failure(ATTN_ERROR_ARGUMENT, "input ", quote(input.name),
                       " is given twice");
      given[index] = true;
    }
    std::vector<std::string> missing;
    for (size_t i = 0; i < given.size(); ++i)
      if (!given[i])
        missing.push_back(quote(entry.inputs[i].name) + " (" +
                          signatureText(entry.inputs[i], entry.symbols) + ")");
    if (missing.empty())
      return Error();
    std::string first;
    for (size_t i = given.size(); i-- > 0;)
      if (!given[i])
        first = entry.inputs[i].name;
    return failure(ATTN_ERROR_INPUT, missing.size() == 1 ? "input " : "inputs ",
                   listed(missing), missing.size() == 1 ? " is" : " are",
                   " missing: give --input ", first, "=@FILE.npy");
  }

  const attn_program *program;
  const std::string &name;
  const CommandLine &line;
  std::unique_ptr<attn_model, CloseModel> model;
  std::unique_ptr<attn_context, FreeContext> context;
  std::vector<Array> inputs;
  std::vector<OutputFile> files;
};

Error describe(const attn_program *program, const CommandLine &line) {
  Description description;
  if (Error error = readDescription(program, description))
    return error;
  bool embedded = program->weights != nullptr;
  std::string result = line.json ? describeJson(description, embedded) + "\n"
                                 : describeText(description, embedded);
  std::fputs(result.c_str(), stdout);
  return Error();
}

/// Runs, measures and prints. `status` is what the inspector said.
Error runAndReport(Session &session, const CommandLine &line, bool isOnDevice,
                   const Inspector &inspect, int &status) {
  attn_context &context = session.entry();
  Timing timing;
  if (line.benchmarkRuns || line.profile) {
    if (Error error = measure([&] { return session.run(); },
                              line.benchmarkRuns.value_or(0), timing,
                              [&] { context.run.setProfile(line.profile); }))
      return error;
  } else if (Error error = session.run()) {
    return error;
  }
  std::vector<NamedTensor> outputs;
  if (Error error = session.namedOutputs(outputs))
    return error;
  if (inspect)
    status = inspect(session.namedInputs(), outputs);
  if (status != exitSuccess)
    return Error();
  if (Error error = writeOutputs(session.outputFiles(), outputs))
    return error;

  std::optional<MachinePeak> peak;
  if (line.profile && !isOnDevice)
    peak = measureMachinePeak(line.threads.value_or(0) > 0 ? *line.threads
                                                           : usableProcessors());
  session.printNotes();
  bool measured = line.benchmarkRuns || line.profile;
  std::string report;
  if (line.json) {
    using Json = nlohmann::ordered_json;
    Json json = Json::object();
    if (line.benchmarkRuns)
      json = Json::parse(timingJson(timing));
    if (line.profile) {
      json["profile"] = Json::parse(profileJson(context.entry, context.run));
      if (peak)
        json["peak"] = {{"gflops", peak->gflops}, {"gbytes_per_s", peak->gbytesPerSecond}};
    }
    if (!measured)
      json["outputs"] = Json::parse(outputsJson(outputs));
    report = json.dump() + "\n";
  } else {
    if (line.benchmarkRuns)
      report += timingText(timing);
    if (line.profile)
      report += profileTable(context.entry, context.run, peak);
    if (!measured && line.outputs.empty() && !inspect)
      report += outputsText(outputs);
  }
  std::fputs(report.c_str(), stdout);
  return Error();
}

} // namespace

int runCommandLine(const attn_program *program, const std::string &name,
                   const CommandLine &line, const Inspector &inspect) {
  int status = exitSuccess;
  Error problem(guarded([&]() -> Error {
    if (line.describe)
      return describe(program, line);
    if (line.threads)
      if (Error error = Error(attn_set_threads(*line.threads)))
        return error;
    if (line.device && !program->open_device)
      return failure(ATTN_ERROR_ARGUMENT, "--device chooses among OpenCL or CUDA devices, and '", name, "' is compiled for the processor");
    if (line.device)
      if (Error error = Error(attn_set_device(line.device->c_str())))
        return error;
    Session session(program, name, line);
    if (Error error = session.open())
      return error;
    return runAndReport(session, line, program->open_device != nullptr, inspect, status);
  }));
  if (problem)
    return complain(name, problem.message());
  if (std::fflush(stdout) != 0 && status == exitSuccess)
    return complain(name, "cannot write to standard output");
  return status;
}

int standaloneMain(const attn_program *program, int argc, char **argv) {
  std::string name = argc > 0 ? argv[0] : "model";
  name = name.substr(name.rfind('/') + 1);
  int status = exitError;
  Error problem(guarded([&]() -> Error {
    std::vector<std::string> arguments(argv + (argc > 0), argv + argc);
    CommandLine line;
    std::string wrong;
    for (size_t i = 0; i < arguments.size();) {
      switch (takeOption(arguments, i, line, wrong)) {
      case Taken::yes:
        continue;
      case Taken::wrong:
        break;
      case Taken::no:
        wrong = arguments[i].compare(0, 1, "-") == 0
                    ? "there is no option " + quote(arguments[i])
                    : "what is " + quote(arguments[i]) + " for? Inputs are given by "
                      "--input NAME=@FILE.npy";
      }
      status = complainUsage(name, wrong);
      return Error();
    }
    if (line.help) {
      std::printf("usage: %s --weights=FILE --input NAME=@FILE.npy ... [options]\n\n%s",
                  name.c_str(), optionsHelp().c_str());
      status = exitSuccess;
      return Error();
    }
    status = runCommandLine(program, name, line);
    return Error();
  }));
  return problem ? complain(name, problem.message()) : status;
}

} // namespace attune::runtime
