#include "tools/attn-tune/Journal.h"
#include "codegen/link/Files.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace attune::tune {
namespace {

constexpr uint64_t mostBytes = uint64_t(256) << 20;
constexpr StringLiteral names[] = {"best", "slower", "failed", "wrong"};

std::optional<Outcome> parseOutcome(StringRef word) {
  for (auto [i, name] : enumerate(names))
    if (word == name)
      return static_cast<Outcome>(i);
  return std::nullopt;
}

} // namespace

Expected<Journal> Journal::open(std::string path) {
  Journal journal;
  journal.path = std::move(path);
  if (!sys::fs::exists(journal.path))
    return journal;
  auto file = readFile(journal.path, mostBytes);
  if (!file)
    return file.takeError();
  if (!*file)
    return createStringError(journal.path + " has more than 256 MB: it is no journal of attn-tune");
  StringRef rest = (*file)->getBuffer();
  for (unsigned number = 1; !rest.empty(); ++number) {
    StringRef line;
    bool isCut = !rest.contains('\n');
    std::tie(line, rest) = rest.split('\n');
    auto value = json::parse(line);
    if (!value)
      consumeError(value.takeError());
    json::Object *object = value ? value->getAsObject() : nullptr;
    auto kernel = object ? object->getString("kernel") : std::nullopt;
    auto schedule = object ? object->getString("schedule") : std::nullopt;
    auto outcome = object ? parseOutcome(object->getString("outcome").value_or("")) : std::nullopt;
    if (kernel && schedule && outcome) {
      Kernel &known = journal.kernels[*kernel];
      known.schedules[*schedule] = *outcome;
      if (*outcome == Outcome::Best)
        known.best = schedule->str();
    } else if (isCut) {
      // What follows must begin a line.
      if (Error error = writeFile(journal.path, (*file)->getBuffer().drop_back(line.size())))
        return std::move(error);
    } else {
      return createStringError(journal.path + ":" + Twine(number) +
                               ": this is no line of a journal of attn-tune; delete the file to begin anew");
    }
  }
  return journal;
}

bool Journal::knows(StringRef kernel, StringRef schedule) const {
  auto found = kernels.find(kernel);
  return found != kernels.end() && found->second.schedules.contains(schedule);
}

size_t Journal::count(StringRef kernel) const {
  auto found = kernels.find(kernel);
  return found == kernels.end() ? 0 : found->second.schedules.size();
}

std::optional<std::string> Journal::best(StringRef kernel) const {
  auto found = kernels.find(kernel);
  if (found == kernels.end() || found->second.best.empty())
    return std::nullopt;
  return found->second.best;
}

Error Journal::add(StringRef kernel, StringRef schedule, Outcome outcome, json::Object remarks) {
  Kernel &known = kernels[kernel];
  known.schedules[schedule] = outcome;
  if (outcome == Outcome::Best)
    known.best = schedule.str();
  remarks["kernel"] = kernel;
  remarks["schedule"] = schedule;
  remarks["outcome"] = names[static_cast<size_t>(outcome)];
  std::string line;
  raw_string_ostream(line) << json::Value(std::move(remarks)) << "\n";
  std::error_code problem;
  raw_fd_ostream file(path, problem, sys::fs::OF_Append);
  if (!problem) {
    file << line;
    file.flush();
    problem = file.error();
    file.clear_error();
  }
  return problem ? createStringError("cannot write " + path + ": " + problem.message()) : Error::success();
}

} // namespace attune::tune
