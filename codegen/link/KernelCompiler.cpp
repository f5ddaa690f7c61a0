#include "codegen/link/KernelCompiler.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

namespace attune {

/// For all of them; attn-kernelc limits each.
static constexpr std::chrono::hours timeLimit(24);

Expected<std::vector<ProcessResult>> compileJobs(const KernelCompiler &compiler, const std::vector<KernelJob> &jobs,
                                                 const TemporaryFolder &folder, function_ref<void(size_t)> finished) {
  std::string text;
  raw_string_ostream os(text);
  json::OStream list(os);
  list.array([&] {
    for (size_t i = 0; i < jobs.size(); ++i)
      list.object([&] {
        list.attribute("input", jobs[i].input);
        list.attribute("kernel", jobs[i].kernel);
        list.attribute("output", jobs[i].output);
        list.attribute("log", folder.file(Twine(i) + ".log"));
      });
  });
  std::string file = folder.file("kernels.json");
  if (Error error = writeFile(file, text))
    return std::move(error);
  std::vector<ProcessResult> results(jobs.size(), {"was not started", ""});
  size_t done = 0;
  ProcessJob worker{{compiler.program, "--list=" + file, "--target=" + compiler.target, "--emit=" + compiler.emit,
                     "--jobs=" + std::to_string(compiler.parallel)},
                    folder.file("worker.log")};
  worker.line = [&](StringRef line) {
    auto result = json::parse(line);
    const json::Object *object = result ? result->getAsObject() : nullptr;
    std::optional<int64_t> job = object ? object->getInteger("job") : std::nullopt;
    std::optional<StringRef> problem = object ? object->getString("problem") : std::nullopt;
    consumeError(result.takeError());
    if (!job || !problem || *job < 0 || static_cast<size_t>(*job) >= jobs.size())
      return;
    results[*job].problem = problem->str();
    if (auto log = MemoryBuffer::getFile(folder.file(Twine(*job) + ".log")))
      results[*job].text = (*log)->getBuffer().str();
    finished(++done);
  };
  ProcessResult ended = runProcess(worker, timeLimit);
  // What it did not come to say is the fault of the first job it says nothing of.
  if (!ended.problem.empty() && all_of(results, [](auto &one) { return one.problem.empty() || one.problem == "was not started"; }))
    for (ProcessResult &result : results)
      if (!result.problem.empty()) {
        result = ended;
        break;
      }
  return results;
}

} // namespace attune
