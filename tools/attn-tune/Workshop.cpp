#include "tools/attn-tune/Workshop.h"
#include "codegen/link/Processes.h"
#include "runtime/npy.h"
#include "tools/measurement/ProgramRun.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include <algorithm>
#include <cmath>

using namespace llvm;

namespace attune::tune {
namespace {

/// What one measurement takes, and within which number of runs. Short ones let
/// slow spells of the machine meet both programs of a pair.
constexpr double measurementMilliseconds = 40;
constexpr int leastRuns = 3, mostRuns = 500;
/// A program that takes longer than this for a run hangs.
constexpr std::chrono::seconds runLimit(60);
const std::string name = "attn-tune";

} // namespace

Workshop::Workshop(const Installation &installation, std::vector<std::string> options, unsigned jobs,
                   std::vector<std::string> run, StringRef folder)
    : installation(installation), options(std::move(options)), runOptions(std::move(run)), jobs(jobs),
      folder(folder.str()) {}

std::vector<Candidate> Workshop::compile(const std::vector<Source> &sources, double limit) {
  std::vector<ProcessJob> work;
  std::vector<Candidate> candidates;
  for (const Source &source : sources) {
    Candidate &candidate = candidates.emplace_back(Candidate{file("program" + Twine(programs++)), ""});
    ProcessJob job{{installation.program("attnc"), source.file, "-o", candidate.program}, candidate.program + ".log"};
    append_range(job.command, options);
    append_range(job.command, source.options);
    if (sources.size() > 1)
      job.command.push_back("--jobs=1");
    work.push_back(std::move(job));
  }
  auto results = runProcesses(work, jobs, std::chrono::seconds(static_cast<int>(std::ceil(limit))), AfterProblem::GoOn);
  for (auto [candidate, result] : zip(candidates, results))
    if (!result.problem.empty()) {
      StringRef text = StringRef(result.text).trim();
      text.consume_front("attnc: error: ");
      candidate.problem = text.empty() ? "attnc " + result.problem : text.str();
    }
  return candidates;
}

void Workshop::discard(const Candidate &candidate) {
  sys::fs::remove(candidate.program);
  sys::fs::remove(candidate.program + ".log");
}

Expected<json::Object> Workshop::measure(const Candidate &candidate, const std::vector<std::string> &inputs,
                                         const std::vector<std::string> &more) {
  ProgramRun run{candidate.program, {name}, file("run.log"), runLimit};
  append_range(run.command, runOptions);
  append_range(run.command, inputs);
  return runForJson(run, more);
}

std::string Workshop::run(const Candidate &candidate, const std::vector<std::string> &inputs, const std::string &result) {
  ProcessJob job{{name}, file("run.log"), candidate.program};
  append_range(job.command, runOptions);
  append_range(job.command, inputs);
  job.command.push_back("--output=" + result);
  ProcessResult ran = runProcess(job, runLimit);
  if (ran.problem.empty())
    return "";
  StringRef text = StringRef(ran.text).trim();
  text.consume_front(name + ": error: ");
  return text.empty() ? "the program " + ran.problem : text.str();
}

Expected<double> Workshop::time(const Candidate &candidate, const std::vector<std::string> &inputs, int runs) {
  auto printed = measure(candidate, inputs, {"--benchmark=" + std::to_string(runs), "--json"});
  if (!printed)
    return printed.takeError();
  return printed->getNumber("min_ms").value_or(0);
}

Expected<PairedComparison> Workshop::compare(const Candidate &baseline, const Candidate &candidate,
                                             const std::vector<std::string> &inputs, int runs,
                                             PairedComparison::Patience patience, const Deadline &deadline) {
  PairedComparison pairs(patience);
  while (pairs.verdict() == Verdict::Undecided && !deadline.isOver()) {
    // Who is first changes: the second may find warmer caches.
    bool swap = pairs.count() % 2;
    auto first = time(swap ? candidate : baseline, inputs, runs);
    if (!first)
      return first.takeError();
    auto second = time(swap ? baseline : candidate, inputs, runs);
    if (!second)
      return second.takeError();
    pairs.add(swap ? *second : *first, swap ? *first : *second);
  }
  return pairs;
}

int runsFor(double milliseconds) {
  double fitting = milliseconds > 0 ? measurementMilliseconds / milliseconds : mostRuns;
  return static_cast<int>(std::clamp(fitting, double(leastRuns), double(mostRuns)));
}

std::string differenceOf(const std::string &expected, const std::string &actual, double tolerance) {
  runtime::Array want, have;
  if (runtime::Error error = runtime::readNpy(expected, want))
    return error.message();
  if (runtime::Error error = runtime::readNpy(actual, have))
    return error.message();
  if (want.sizes != have.sizes || want.type != have.type)
    return "it has another type";
  attn_tensor a = want.tensor(), b = have.tensor();
  double largest = 0, difference = 0;
  for (int64_t i = 0; i < want.elements; ++i) {
    double x = runtime::elementAt(a, i), y = runtime::elementAt(b, i);
    if (std::isfinite(x) != std::isfinite(y) || (!std::isfinite(x) && x != y && !(std::isnan(x) && std::isnan(y))))
      return "it has " + std::to_string(y) + " in the place of " + std::to_string(x);
    if (!std::isfinite(x))
      continue;
    largest = std::max(largest, std::abs(x));
    difference = std::max(difference, std::abs(x - y));
  }
  return difference > tolerance * largest ? "it differs by " + std::to_string(difference) : "";
}

} // namespace attune::tune
