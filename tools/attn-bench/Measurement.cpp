#include "tools/attn-bench/Measurement.h"
#include "codegen/link/Files.h"
#include "runtime/processor.h"
#include "runtime/processor_count.h"
#include "tools/attn-bench/Programs.h"
#include "tools/measurement/ProgramRun.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include <cmath>

using namespace llvm;

namespace attune::bench {
namespace {

/// How long a case runs in a round, and how often at least and at most. Short
/// rounds spread a slow spell of the machine over all cases.
constexpr double roundMilliseconds = 200;
constexpr int leastRuns = 3, mostRuns = 200;

/// One case on its way through the rounds.
struct Runner {
  CaseResult result;
  const Program *program = nullptr;
  std::vector<std::string> command;
  std::string log;
  int runs = 0; // in a round
  std::vector<double> samples;

  bool hasFailed() const { return !result.problem.empty(); }
  ProgramRun run() const { return {program->executable.path(), command, log}; }
};

/// Operations and bytes of one run, as the compiler counted them.
void readWork(const json::Object &profile, double &flops, double &bytes) {
  double runs = profile.getNumber("runs").value_or(0);
  const json::Array *kernels = profile.getArray("kernels");
  if (!kernels || !(runs > 0))
    return;
  for (const json::Value &value : *kernels)
    if (const json::Object *kernel = value.getAsObject()) {
      double rateToWork = kernel->getNumber("ms").value_or(0) * 1e6 / runs;
      flops += kernel->getNumber("gflops").value_or(0) * rateToWork;
      bytes += kernel->getNumber("gbytes_per_s").value_or(0) * rateToWork;
    }
}

/// A first run: whether it works, what it does, and how long it takes. It
/// measures the machine too.
Error tryOut(Runner &runner, int runs, std::vector<runtime::MachinePeak> &peaks) {
  auto printed = runForJson(runner.run(), {"--benchmark=1", "--profile", "--json"});
  if (!printed)
    return printed.takeError();
  if (const json::Object *peak = printed->getObject("peak"))
    peaks.push_back({peak->getNumber("gflops").value_or(0), peak->getNumber("gbytes_per_s").value_or(0)});
  double flops = 0;
  if (const json::Object *profile = printed->getObject("profile"))
    readWork(*profile, flops, runner.result.bytes);
  runner.result.flops = runner.result.measured.flops > 0 ? runner.result.measured.flops : flops;
  double time = printed->getNumber("min_ms").value_or(0);
  double fitting = time > 0 ? roundMilliseconds / time : mostRuns;
  runner.runs = runs ? runs : static_cast<int>(std::clamp(fitting, double(leastRuns), double(mostRuns)));
  return Error::success();
}

Error sample(Runner &runner) {
  auto times = sampleTimes(runner.run(), runner.runs);
  if (!times)
    return times.takeError();
  append_range(runner.samples, *times);
  return Error::success();
}

} // namespace

Expected<Result> measureCases(const std::vector<Case> &cases, const MeasurementOptions &options,
                              const Installation &installation, ProgressLine &progress,
                              CaseListener listener) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  std::string log = folder->file("log");
  Result result;
  result.target = options.target;
  result.processor = runtime::processorName();
  result.threads = options.threads ? options.threads : runtime::usableProcessors();
  result.rounds = options.rounds;
  std::vector<std::string> compilerArguments{"--target=" + options.target};
  append_range(compilerArguments, options.passOptions);
  Programs programs(installation, std::move(compilerArguments), log);

  std::vector<Runner> runners;
  auto attempt = [&](Runner &runner, Error error) {
    if (!error)
      return;
    runner.result.problem = toString(std::move(error));
    listener(runner.result.measured, runner.result.problem, true);
  };
  for (const auto &[i, one] : enumerate(cases)) {
    progress.show("compiling " + Twine(i + 1) + " of " + Twine(cases.size()) + ", " + one.name);
    Runner &runner = runners.emplace_back();
    runner.result.measured = one;
    runner.command = {"model", "--threads=" + std::to_string(result.threads)};
    append_range(runner.command, one.arguments());
    runner.log = log;
    runner.program = &programs.of(one);
    if (!runner.program->remarks.empty())
      listener(one, runner.program->remarks, false);
    attempt(runner, runner.program->problem.empty() ? tryOut(runner, options.runs, result.peaks)
                                                    : createStringError(runner.program->problem));
  }
  for (int round = 1; round <= options.rounds; ++round) {
    for (const auto &[i, runner] : enumerate(runners)) {
      progress.show("round " + Twine(round) + " of " + Twine(options.rounds) + ", case " + Twine(i + 1) + " of " +
                    Twine(cases.size()) + ", " + runner.result.measured.name);
      if (!runner.hasFailed())
        attempt(runner, sample(runner));
    }
    result.peaks.push_back(runtime::measureMachinePeak(result.threads));
  }
  progress.clear();
  for (Runner &runner : runners) {
    if (!runner.hasFailed())
      runner.result.time = statisticsOf(std::move(runner.samples));
    result.cases.push_back(std::move(runner.result));
  }
  return result;
}

} // namespace attune::bench
