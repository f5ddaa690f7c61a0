#include "tools/attn-tune/Tuning.h"
#include "codegen/link/Files.h"
#include "passes/Pipeline.h"
#include "runtime/command_line.h"
#include "runtime/message.h"
#include "runtime/processor.h"
#include "runtime/processor_count.h"
#include "schedule/ScheduleFile.h"
#include "tools/attn-tune/KernelGroups.h"
#include "tools/attn-tune/KernelTuner.h"
#include "tools/attn-tune/ResultFile.h"
#include "tools/attnc/Compiler.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"

using namespace mlir;

namespace attune::tune {
namespace {

const std::string name = "attn-tune";

/// Kernels with a smaller part of the time cannot change it visibly.
constexpr double leastShare = 0.01;
/// Seconds below which a kernel's turn ends before a schedule is measured.
constexpr double leastTurn = 2;
/// Seconds that the whole model may take to compile.
constexpr double compileLimit = 600;
/// Part of the budget that is kept for comparing the whole model, and how much of
/// it seconds beyond those of the runs are worth: starting programs, weights.
constexpr double mostReserved = 0.3;

class Tuner {
public:
  Tuner(const Options &options, const Installation &installation)
      : options(options), installation(installation), compiler(options.compiler, installation, name),
        deadline(std::chrono::duration<double>(options.budget)), progress(name) {
    output = options.compiler.output;
    if (output.empty())
      output = (llvm::sys::path::stem(options.compiler.source) + ".sched").str();
    threads = options.threads ? options.threads : runtime::usableProcessors();
  }

  int run() {
    if (llvm::Error error = checkPlace(output))
      return fail(std::move(error));
    if (!schedule())
      return runtime::exitError;
    if (auto missing = missingOnHost(compiler.target()); !missing.empty())
      return fail("schedules are measured, and this processor cannot run " + compiler.target().name + ": it lacks " +
                  llvm::join(missing, ", "));
    auto journal = Journal::open(output + ".journal");
    if (!journal)
      return fail(journal.takeError());
    auto chosen = chooseInputs(model, options.sizes, options.inputs);
    if (!chosen)
      return fail(chosen.takeError());
    inputs = std::move(*chosen);
    auto temporary = TemporaryFolder::create();
    if (!temporary)
      return fail(temporary.takeError());
    std::vector<std::string> common{"--target=" + compiler.target().name};
    if (!options.compiler.useCache)
      common.push_back("--no-cache");
    unsigned jobs = options.compiler.jobs ? options.compiler.jobs : llvm::hardware_concurrency().compute_thread_count();
    std::string folder = temporary->file("");
    Workshop workshop(installation, common, jobs, {"--threads=" + std::to_string(threads)},
                      StringRef(folder).rtrim('/'));
    catchInterruptions();
    if (llvm::Error error = tune(workshop, *journal))
      return fail(std::move(error));
    return write();
  }

private:
  int fail(const llvm::Twine &message) {
    progress.clear();
    return runtime::complain(name, message.str());
  }
  int fail(llvm::Error error) { return fail(llvm::toString(std::move(error))); }
  void warn(const llvm::Twine &message) {
    progress.clear();
    llvm::errs() << name << ": warning: " << message << "\n";
  }

  /// Brings the model to where schedules are chosen.
  bool schedule() {
    if (!compiler.load() || !compiler.advance(Step::Fused))
      return false;
    fusedModule = cast<ModuleOp>(compiler.module()->clone());
    auto manager = PassManager::on<ModuleOp>(compiler.module().getContext());
    buildScheduling(manager, {compiler.target().name, "", ""});
    if (failed(manager.run(compiler.module())))
      return compiler.complain("the kernels of " + options.compiler.source + " have no schedules to begin with");
    model = scheduledFunctions(compiler.module()).front();
    return true;
  }

  std::vector<std::string> runInputs() const {
    std::vector<std::string> result = inputs.options();
    for (const std::string &file : options.weights)
      result.push_back("--weights=" + file);
    if (options.weights.empty())
      result.push_back("--weights=random:1");
    return result;
  }

  /// Everything but the kernel that its times depend on.
  std::string circumstances() const {
    std::string text = compiler.target().name + " " + std::to_string(threads) + " " + runtime::processorName();
    for (const auto &[symbol, size] : inputs.sizes)
      text += " " + symbol + "=" + std::to_string(size);
    for (const std::string &input : inputs.texts)
      text += " " + input;
    return text;
  }

  llvm::Error tune(Workshop &workshop, Journal &journal) {
    progress.show("compiling the default");
    whole = workshop.compile({{options.compiler.source, options.compilerArguments}}, compileLimit).front();
    if (!whole.problem.empty())
      return interruption(whole.problem);
    auto first = workshop.measure(whole, runInputs(), {"--benchmark=3", "--json"});
    if (!first)
      return interruption(llvm::toString(first.takeError()));
    milliseconds = first->getNumber("min_ms").value_or(0);
    auto measured = workshop.measure(
        whole, runInputs(), {"--benchmark=" + std::to_string(runsFor(milliseconds)), "--profile", "--json"});
    if (!measured)
      return interruption(llvm::toString(measured.takeError()));
    const llvm::json::Object *profile = measured->getObject("profile");
    std::vector<KernelGroup> groups = groupKernels(model, scheduledFunctions(*fusedModule).front(), inputs, circumstances(), workshop.file("inputs"),
                                                   [&](const llvm::Twine &text) { warn(text); });
    if (profile)
      shareTime(groups, *profile);
    if (llvm::Error error = filter(groups))
      return error;
    double reserved = std::min(options.budget * mostReserved,
                               PairedComparison::mostPairs * 2 * (runsFor(milliseconds) * milliseconds / 1e3 + 0.2));
    Machine machine = Machine::of(compiler.target(), threads);
    double shares = 0;
    for (const KernelGroup &group : groups)
      shares += group.share;
    for (const KernelGroup &group : groups) {
      double turn = (deadline.left() - reserved) * group.share / std::max(shares, group.share);
      shares -= group.share;
      if (turn >= leastTurn || (groups.size() == 1 && turn > 0))
        if (llvm::Error error = tune(group, machine, workshop, journal, deadline.within(turn)))
          return error;
    }
    return confirm(workshop);
  }

  /// An error, unless it comes from being interrupted.
  llvm::Error interruption(const std::string &problem) {
    return wasInterrupted() ? llvm::Error::success() : llvm::createStringError(problem);
  }

  llvm::Error filter(std::vector<KernelGroup> &groups) {
    std::string known;
    for (const KernelGroup &group : groups)
      known += (known.empty() ? "" : ", ") + group.name();
    llvm::erase_if(groups, [&](const KernelGroup &group) {
      if (options.filter.empty())
        return group.share < leastShare;
      KernelBlock block{options.filter, {}, {}, {}, UnknownLoc::get(model.getContext())};
      auto isMeant = [&](const std::string &one) { return one == options.filter || block.matches(one); };
      return llvm::none_of(group.names, isMeant) && llvm::none_of(group.shown, isMeant);
    });
    if (groups.empty() && !options.filter.empty())
      return llvm::createStringError("model " + model.getName() + " has no kernel " + runtime::quote(options.filter) +
                                     "; it has " + known);
    return llvm::Error::success();
  }

  llvm::Error tune(const KernelGroup &group, const Machine &machine, Workshop &workshop, Journal &journal,
                   const Deadline &turn) {
    std::string title = (group.name() + " (" + llvm::formatv("{0:f0}", group.share * 100).str() + " % of the time): ");
    KernelTuner tuner(
        group.model, group.key, compiler.target().name, inputs.sizes, machine, workshop, journal,
        [&](const llvm::Twine &text) { progress.show(title + text); },
        [&](const llvm::Twine &text) { warn(group.name() + ": " + text); });
    progress.show(title + "compiling");
    known += journal.count(group.key);
    auto tuned = tuner.tune(turn);
    count += tuner.measured();
    if (!tuned) {
      std::string problem = llvm::toString(tuned.takeError());
      if (!wasInterrupted())
        warn("kernel " + group.name() + " keeps its default: " + problem);
      return llvm::Error::success();
    }
    if (tuned->schedule == group.model.defaultSchedule())
      return llvm::Error::success();
    results.push_back({{group.names, attn::KernelOp(group.model.kernel()).getCondition(group.model.variant()),
                        tuned->schedule.getTiles() != group.model.defaultSchedule().getTiles(), tuned->before, tuned->schedule},
                       tuned->ratio, group.share * (1 - tuned->ratio)});
    return llvm::Error::success();
  }

  /// Whether the kernels together make the model faster. Where they do not, those
  /// that gained least go.
  llvm::Error confirm(Workshop &workshop) {
    std::stable_sort(results.begin(), results.end(), [](const Result &a, const Result &b) { return a.saved > b.saved; });
    while (!results.empty() && !wasInterrupted()) {
      progress.show("comparing the whole model with the default");
      std::string file = workshop.file("tuned.sched");
      if (llvm::Error error = writeFile(file, text({})))
        return error;
      std::vector<std::string> arguments = options.compilerArguments;
      arguments.push_back("--schedule=" + file);
      Candidate tuned = workshop.compile({{options.compiler.source, arguments}}, compileLimit).front();
      if (!tuned.problem.empty())
        return interruption(tuned.problem);
      // It ends by itself, so that a file is never a guess.
      auto pairs = workshop.compare(whole, tuned, runInputs(), runsFor(milliseconds), PairedComparison::Patient,
                                    Deadline(std::chrono::hours(24)));
      if (!pairs)
        return interruption(llvm::toString(pairs.takeError()));
      if (pairs->verdict() == Verdict::Undecided)
        return llvm::Error::success();
      if (pairs->verdict() == Verdict::Faster) {
        ratio = pairs->ratio();
        return llvm::Error::success();
      }
      results.resize(results.size() / 2);
    }
    return llvm::Error::success();
  }

  std::string text(std::vector<std::string> remarks) const {
    ResultFile file{compiler.target().name, func::FuncOp(model).getName().str(), std::move(remarks), {}};
    for (const Result &result : results)
      file.kernels.push_back(result.kernel);
    return file.text();
  }

  int write() {
    progress.clear();
    std::string sizes;
    for (const auto &[symbol, size] : inputs.sizes)
      sizes += " " + symbol + "=" + std::to_string(size);
    std::string subject = func::FuncOp(model).getName().str() + sizes;
    std::string found;
    if (results.empty())
      found = wasInterrupted() ? "interrupted before anything was faster than the default"
                               : "nothing was faster than the default";
    else if (ratio)
      found = llvm::formatv("{0:f2} times the speed of the default, which takes {1:f3} ms", 1 / *ratio, milliseconds);
    else
      found = "interrupted: kernels were faster, the whole model was not compared with the default";
    if (llvm::Error error = writeFile(output, text({name + " on " + runtime::processorName() + ", " +
                                                        runtime::counted(threads, "thread") + ":" + " " + subject,
                                                    found + "."})))
      return fail(std::move(error));
    llvm::outs() << output << ": " << subject << ": " << found << "\n";
    for (const Result &result : results)
      llvm::outs() << "  " << llvm::join(result.kernel.names, ", ") << ": "
                   << llvm::formatv("{0:f2}", 1 / result.ratio) << " times as fast\n";
    llvm::outs() << runtime::counted(count, "schedule") << " tried"
                 << (known ? ", " + std::to_string(known) + " before" : "")
                 << (wasInterrupted() ? "; the same command goes on from there" : "") << "\n";
    return runtime::exitSuccess;
  }

  struct Result {
    TunedKernel kernel;
    double ratio;
    double saved; ///< of the model's time
  };

  const Options &options;
  const Installation &installation;
  Compiler compiler;
  Deadline deadline;
  ProgressLine progress;
  std::string output;
  int threads;
  OwningOpRef<ModuleOp> fusedModule; ///< before kernels were scheduled
  func::FuncOp model;
  ModelInputs inputs;
  Candidate whole; ///< the model by default
  double milliseconds = 0;
  std::vector<Result> results;
  std::optional<double> ratio; ///< of the whole model
  size_t count = 0, known = 0; ///< schedules that were tried, now and before
};

} // namespace

int tuneModel(const Options &options, const Installation &installation) { return Tuner(options, installation).run(); }

} // namespace attune::tune
