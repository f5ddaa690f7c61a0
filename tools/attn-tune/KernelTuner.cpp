#include "tools/attn-tune/KernelTuner.h"
#include "codegen/link/Files.h"
#include "schedule/PrintSchedules.h"
#include "tools/attn-tune/StageWorks.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace attune::attn;

namespace attune::tune {
namespace {

/// Compiled at a time, so that all processors have work; what they cost to
/// compile is lost when the first of them becomes the best.
constexpr size_t batchSize = 4;
/// Seconds after which a schedule is not worth waiting for: it has unrolled too much.
constexpr double compileLimit = 30;
/// Sums of thousands in another order differ by less of the largest element;
/// what a wrong schedule computes differs by much more. Numbers of 16 bits are
/// rounded once more.
constexpr double tolerance = 1e-4, narrowTolerance = 2e-2;

double toleranceOf(KernelOp kernel) {
  Type type = cast<TensorType>(kernel.getResult().getType()).getElementType();
  if (!isa<FloatType>(type))
    return 0;
  return type.getIntOrFloatBitWidth() < 32 ? narrowTolerance : tolerance;
}

} // namespace

std::string textOf(ScheduleAttr schedule) {
  std::string text;
  llvm::raw_string_ostream(text) << schedule;
  return text;
}

ScheduleAttr parseSchedule(StringRef text, MLIRContext *context) {
  // A text that is none is the caller's matter.
  ScopedDiagnosticHandler quiet(context, [](Diagnostic &) { return success(); });
  return dyn_cast_or_null<ScheduleAttr>(parseAttribute(text, context));
}

KernelTuner::KernelTuner(const KernelModel &model, std::string key, std::string target, const Sizes &sizes, const Machine &machine,
                         Workshop &workshop, Journal &journal, std::function<void(const llvm::Twine &)> progress,
                         std::function<void(const llvm::Twine &)> warn)
    : model(model), key(std::move(key)), target(std::move(target)), sizes(sizes), machine(machine), workshop(workshop),
      journal(journal), progress(std::move(progress)), warn(std::move(warn)), best(model.defaultSchedule()) {}

const KernelModel *KernelTuner::modelFor(ScheduleAttr schedule) {
  ArrayRef<DirectiveAttr> tiles = schedule.getTiles();
  if (tiles == model.defaultSchedule().getTiles())
    return &model;
  for (const std::unique_ptr<KernelModel> &other : others)
    if (other->defaultSchedule().getTiles() == tiles)
      return other.get();
  auto made = model.withTiles(tiles, target);
  if (!made) {
    llvm::consumeError(made.takeError());
    return nullptr;
  }
  others.push_back(std::make_unique<KernelModel>(std::move(*made)));
  return others.back().get();
}

std::vector<Candidate> KernelTuner::compile(ArrayRef<Contender> batch, double limit) {
  std::vector<Source> sources;
  for (auto [i, contender] : llvm::enumerate(batch)) {
    std::string file = workshop.file("candidate" + llvm::Twine(i) + ".mlir");
    if (llvm::Error error = writeFile(file, modelFor(contender.schedule)->text(contender.schedule)))
      return std::vector<Candidate>(batch.size(), {"", llvm::toString(std::move(error))});
    sources.push_back({file, {"--compile-from=scheduled"}});
  }
  return workshop.compile(sources, limit);
}

/// Makes the default and the best of an earlier run.
llvm::Error KernelTuner::begin(const Deadline &deadline) {
  std::vector<Contender> start{{best, textOf(best), {}, 1}};
  if (auto earlier = journal.best(key))
    if (ScheduleAttr schedule = parseSchedule(*earlier, best.getContext()); schedule && schedule != best && modelFor(schedule))
      start.push_back({schedule, *earlier, {}, 1});
  std::vector<Candidate> programs = compile(start, std::max(deadline.left(), compileLimit));
  defaultProgram = bestProgram = programs[0];
  if (!defaultProgram.problem.empty())
    return llvm::createStringError(defaultProgram.problem);
  if (std::string problem = workshop.run(defaultProgram, model.inputOptions(), workshop.file("default.npy"));
      !problem.empty())
    return llvm::createStringError(problem);
  auto time = workshop.time(defaultProgram, model.inputOptions(), 3);
  if (!time)
    return time.takeError();
  milliseconds = *time;
  if (programs.size() > 1 && programs[1].problem.empty()) {
    best = start[1].schedule;
    bestProgram = programs[1];
  }
  return llvm::Error::success();
}

/// Nothing for a schedule that is not legal.
std::optional<KernelCost> KernelTuner::predict(ScheduleAttr schedule) {
  const KernelModel *tiled = modelFor(schedule);
  auto planned = planSchedule(KernelOp(tiled->kernel()).getVariants()[tiled->variant()].front(), schedule);
  if (planned)
    return kernelCostOf(worksOf(*planned, schedule, sizes), machine);
  llvm::consumeError(planned.takeError());
  return std::nullopt;
}

std::vector<KernelTuner::Contender> KernelTuner::contenders() {
  std::optional<KernelCost> bar = predict(best);
  std::vector<Contender> result;
  if (!bar)
    return result;
  KernelAxes axes(modelFor(best)->kernel(), modelFor(best)->variant(), sizes);
  for (Move &move : movesFrom(axes, best, static_cast<int64_t>(machine.lanes))) {
    std::string text = textOf(move.schedule);
    if (move.schedule == model.defaultSchedule() || journal.knows(key, text))
      continue;
    std::optional<KernelCost> cost = predict(move.schedule);
    if (cost && isWorthTrying(*cost, *bar))
      result.push_back({move.schedule, std::move(text), std::move(move.changes), cost->cycles / std::max(bar->cycles, 1.0)});
  }
  // Other tiles are other stages, with a default of their own; they are few and
  // matter most, so that the machine decides about all, and before anything else.
  for (const SmallVector<DirectiveAttr> &tiles : tilesNear(best.getTiles())) {
    const KernelModel *tiled = modelFor(ScheduleAttr::get(best.getContext(), tiles, {}));
    if (!tiled)
      continue;
    ScheduleAttr schedule = tiled->defaultSchedule();
    std::string text = textOf(schedule);
    std::optional<KernelCost> cost = predict(schedule);
    if (cost && schedule != model.defaultSchedule() && !journal.knows(key, text))
      result.push_back({schedule, std::move(text), {tilesText(tiles)}, cost->cycles / std::max(bar->cycles, 1.0), true});
  }
  return result;
}

double KernelTuner::expected(const Contender &contender) const {
  if (contender.hasOtherTiles)
    return 0;
  double cost = contender.predicted;
  for (const std::string &change : contender.changes)
    if (auto known = corrections.find(change); known != corrections.end())
      cost *= std::pow(known->second.product, 1.0 / known->second.count);
  return cost;
}

llvm::Error KernelTuner::note(const Contender &contender, Outcome outcome, llvm::json::Object remarks) {
  remarks["change"] = llvm::join(contender.changes, ", ");
  remarks["predicted"] = contender.predicted;
  return journal.add(key, contender.text, outcome, std::move(remarks));
}

llvm::Expected<bool> KernelTuner::contest(const Contender &contender, const Candidate &candidate, const Deadline &deadline) {
  ++count;
  std::string problem = candidate.problem;
  std::string result = workshop.file("candidate.npy");
  if (problem.empty())
    problem = workshop.run(candidate, model.inputOptions(), result);
  if (wasInterrupted()) // which ends compilers and programs as well
    return false;
  if (!problem.empty()) {
    if (llvm::Error error = note(contender, Outcome::Failed, llvm::json::Object{{"problem", problem}}))
      return std::move(error);
    return false;
  }
  if (std::string difference = differenceOf(workshop.file("default.npy"), result, toleranceOf(model.kernel()));
      !difference.empty()) {
    warn(llvm::join(contender.changes, ", ") + llvm::Twine(" gave a wrong result: ") + difference + "; left out");
    if (llvm::Error error = note(contender, Outcome::Wrong, llvm::json::Object{{"problem", difference}}))
      return std::move(error);
    return false;
  }
  auto pairs = workshop.compare(bestProgram, candidate, model.inputOptions(), runsFor(milliseconds),
                                PairedComparison::Hasty, deadline);
  if (!pairs)
    return pairs.takeError();
  if (pairs->verdict() == Verdict::Undecided) // the time is over
    return false;
  bool faster = pairs->verdict() == Verdict::Faster;
  for (const std::string &change : contender.changes) {
    Correction &correction = corrections[change];
    correction.product *= pairs->ratio() / contender.predicted;
    ++correction.count;
  }
  if (llvm::Error error = note(contender, faster ? Outcome::Best : Outcome::Slower, llvm::json::Object{{"ratio", pairs->ratio()}}))
    return std::move(error);
  if (!faster)
    return false;
  if (best != model.defaultSchedule())
    workshop.discard(bestProgram);
  best = contender.schedule;
  bestProgram = candidate;
  gain *= pairs->ratio();
  return true;
}

llvm::Expected<KernelTuning> KernelTuner::tune(const Deadline &deadline) {
  if (llvm::Error error = begin(deadline))
    return std::move(error);
  // The comparison with the default at the end has to fit in.
  double pair = 2 * (runsFor(milliseconds) * milliseconds / 1e3 + 0.1);
  Deadline searching = deadline.within(std::max(deadline.left() - PairedComparison::mostPairs * pair, deadline.left() * 0.75));
  bool climbed = true;
  while (climbed && !searching.isOver()) {
    climbed = false;
    std::vector<Contender> next = contenders();
    for (size_t i = 0; i < next.size() && !climbed && !searching.isOver(); i += batchSize) {
      std::stable_sort(next.begin() + i, next.end(),
                       [&](const Contender &a, const Contender &b) { return expected(a) < expected(b); });
      ArrayRef<Contender> batch = ArrayRef(next).slice(i, std::min(batchSize, next.size() - i));
      progress(llvm::formatv("{0} of {1} schedules, best {2:f3} ms of {3:f3}", i, next.size(), gain * milliseconds,
                             milliseconds).str());
      std::vector<Candidate> programs = compile(batch, std::min(compileLimit, std::max(searching.left(), 1.0)));
      for (auto [contender, program] : llvm::zip(batch, programs)) {
        if (searching.isOver())
          break;
        auto faster = contest(contender, program, searching);
        if (!faster)
          return faster.takeError();
        if (!*faster)
          workshop.discard(program);
        climbed |= *faster;
      }
    }
  }
  return confirm(deadline);
}

/// Each step was faster than the one before it by a test that may err; the whole
/// way must be faster than the default.
llvm::Expected<KernelTuning> KernelTuner::confirm(const Deadline &deadline) {
  if (best == model.defaultSchedule())
    return KernelTuning{best, best, 1};
  progress("comparing with the default");
  auto pairs = workshop.compare(defaultProgram, bestProgram, model.inputOptions(), runsFor(milliseconds),
                                PairedComparison::Patient, deadline);
  if (!pairs)
    return pairs.takeError();
  // Without time for it the steps have to do.
  bool isUndecided = pairs->verdict() == Verdict::Undecided;
  if (isUndecided || pairs->verdict() == Verdict::Faster)
    return KernelTuning{best, modelFor(best)->defaultSchedule(), pairs->count() ? pairs->ratio() : gain};
  return KernelTuning{model.defaultSchedule(), model.defaultSchedule(), 1};
}

} // namespace attune::tune
