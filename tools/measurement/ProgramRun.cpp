#include "tools/measurement/ProgramRun.h"
#include "codegen/link/Processes.h"

using namespace llvm;

namespace attune {

Expected<json::Object> runForJson(const ProgramRun &run, const std::vector<std::string> &more) {
  ProcessJob job{run.command, run.log};
  job.command.insert(job.command.end(), more.begin(), more.end());
  job.program = run.program;
  ProcessResult ran = runProcess(job, run.limit);
  StringRef text = StringRef(ran.text).trim();
  if (!ran.problem.empty()) {
    text.consume_front(run.command[0] + ": error: ");
    return createStringError(text.empty() ? "the program " + ran.problem : text.str());
  }
  // Notes about the weights come before the one line of JSON.
  auto value = json::parse(text.substr(text.rfind('\n') + 1));
  if (!value) {
    consumeError(value.takeError());
    return createStringError("the program did not print its times");
  }
  if (json::Object *object = value->getAsObject())
    return std::move(*object);
  return createStringError("the program did not print its times");
}

Expected<std::vector<double>> sampleTimes(const ProgramRun &run, int runs) {
  auto printed = runForJson(run, {"--benchmark=" + std::to_string(runs), "--json"});
  if (!printed)
    return printed.takeError();
  const json::Array *samples = printed->getArray("samples_ms");
  if (!samples || samples->empty())
    return createStringError("the program did not print its times");
  std::vector<double> times;
  for (const json::Value &value : *samples)
    times.push_back(value.getAsNumber().value_or(0));
  return times;
}

} // namespace attune
