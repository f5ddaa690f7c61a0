// attn-bench: measures a table of cases, and compares two results.
#include "codegen/link/Files.h"
#include "codegen/target/Target.h"
#include "runtime/command_line.h"
#include "runtime/message.h"
#include "tools/attn-bench/Measurement.h"
#include "tools/attn-bench/Options.h"
#include "tools/attn-bench/Report.h"
#include "tools/attn-bench/ResultComparison.h"
#include "llvm/Support/Regex.h"

using namespace attune;
using namespace attune::bench;

namespace {

const std::string name = "attn-bench";

int fail(const llvm::Twine &message) { return runtime::complain(name, message.str()); }
int fail(llvm::Error error) { return fail(llvm::toString(std::move(error))); }

/// Everything printed must arrive.
int finishOutput() {
  llvm::outs().flush();
  if (!llvm::outs().has_error())
    return runtime::exitSuccess;
  std::error_code code = llvm::outs().error();
  llvm::outs().clear_error();
  return fail("cannot write to standard output: " + code.message());
}

/// Drops what --filter does not match; false where nothing is left. Names are
/// found by `nameOf`.
template <typename Item, typename NameOf>
bool keepMatching(std::vector<Item> &items, const llvm::Regex &filter, NameOf nameOf) {
  llvm::erase_if(items, [&](const Item &item) { return !filter.match(nameOf(item)); });
  return !items.empty();
}

int compare(const Options &options, const llvm::Regex &filter) {
  auto older = readResult(options.compare);
  if (!older)
    return fail(older.takeError());
  auto newer = readResult(options.file);
  if (!newer)
    return fail(newer.takeError());
  std::vector<CaseComparison> cases = compareResults(*older, *newer);
  if (!options.filter.empty() &&
      !keepMatching(cases, filter, [](const CaseComparison &one) { return one.name; }))
    return fail("no case of the two results matches --filter=" + options.filter);
  if (options.json) {
    writeComparison(llvm::outs(), cases);
  } else {
    printComparison(llvm::outs(), cases);
    llvm::outs() << machineRemarks(*older, *newer);
  }
  return finishOutput();
}

int measure(const Options &options, const llvm::Regex &filter, const Installation &installation) {
  auto target = parseTarget(options.target);
  if (!target)
    return fail(target.takeError());
  auto cases = readTable(options.file);
  if (!cases)
    return fail(cases.takeError());
  if (!options.filter.empty() && !keepMatching(*cases, filter, [](const Case &one) { return one.name; }))
    return fail("no case of " + options.file + " matches --filter=" + options.filter);
  if (!options.output.empty())
    if (llvm::Error error = checkPlace(options.output))
      return fail(std::move(error));
  ProgressLine progress(name);
  std::string said; // A file that does not compile fails all its cases.
  auto result = measureCases(
      *cases, {options.runs, options.rounds, options.threads, target->name, options.passOptions}, installation, progress,
      [&](const Case &one, llvm::StringRef message, bool isProblem) {
        progress.clear();
        llvm::errs() << name << (isProblem ? ": error: " : ": ") << options.file << ": case "
                     << runtime::quote(one.name) << ": " << (message == said ? "the same" : message) << "\n";
        said = message.str();
      });
  if (!result)
    return fail(result.takeError());
  if (options.json)
    writeResult(llvm::outs(), *result);
  else
    printReport(llvm::outs(), *result);
  int status = finishOutput();
  if (!options.output.empty()) {
    std::string text;
    llvm::raw_string_ostream os(text);
    writeResult(os, *result);
    if (llvm::Error error = writeFile(options.output, text))
      return fail(std::move(error));
  }
  return result->anyFailed() ? runtime::exitError : status;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  std::string problem = parseOptions(std::vector<std::string>(argv + 1, argv + argc), options);
  if (!problem.empty())
    return runtime::complainUsage(name, problem);
  if (options.help) {
    llvm::outs() << helpText();
    return finishOutput();
  }
  llvm::Regex filter(options.filter.empty() ? "." : options.filter);
  if (!filter.isValid(problem))
    return runtime::complainUsage(name, "--filter is no regular expression: " + problem);
  return options.compare.empty() ? measure(options, filter, Installation::find(argv[0]))
                                 : compare(options, filter);
}
