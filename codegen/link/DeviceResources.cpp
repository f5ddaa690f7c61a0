#include "codegen/link/DeviceResources.h"
#include "codegen/link/Files.h"
#include "codegen/link/Installation.h"
#include "codegen/link/Processes.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Program.h"
#include <cstdlib>

using llvm::StringRef;

namespace attune {
namespace {

constexpr llvm::StringLiteral cacheKind = "resources";
constexpr std::chrono::seconds timeLimit(300); // as for the kernel itself

/// The modules of PTX in an object: each begins with its version and ends with a zero.
std::vector<StringRef> ptxIn(StringRef object) {
  std::vector<StringRef> modules;
  for (size_t at = 0; (at = object.find(".version ", at)) != StringRef::npos;) {
    StringRef text = object.drop_front(at).take_until([](char c) { return c == '\0'; });
    if (text.contains(".entry"))
      modules.push_back(text);
    at += text.size();
  }
  return modules;
}

/// What stands behind a word, up to the next blank.
StringRef wordAfter(StringRef text, StringRef word) {
  size_t at = text.find(word);
  return at == StringRef::npos ? StringRef() : text.drop_front(at + word.size()).ltrim().take_until(llvm::isSpace);
}

/// Lines as "Used 40 registers, …" and "0 bytes stack frame, 8 bytes spill stores, …".
std::optional<DeviceResources> parse(StringRef output) {
  DeviceResources most;
  bool isKnown = false;
  while (!output.empty()) {
    auto [line, rest] = output.split('\n');
    output = rest;
    int64_t number;
    if (size_t end = line.find(" bytes spill stores"); end != StringRef::npos) {
      StringRef before = line.take_front(end);
      if (!before.drop_front(before.rfind(' ') + 1).getAsInteger(10, number))
        most.spilledBytes = std::max(most.spilledBytes, number);
    } else if (!wordAfter(line, "Used").getAsInteger(10, number)) {
      most.registers = std::max(most.registers, number);
      isKnown = true;
    }
  }
  return isKnown ? std::optional(most) : std::nullopt;
}

std::optional<DeviceResources> parseCached(StringRef text) {
  auto [registers, spilled] = text.split(' ');
  DeviceResources resources;
  if (registers.getAsInteger(10, resources.registers) || spilled.getAsInteger(10, resources.spilledBytes))
    return std::nullopt;
  return resources;
}

struct Module {
  std::string symbol, key;
};

} // namespace

std::string findPtxas() {
  if (const char *chosen = std::getenv("ATTUNE_PTXAS"))
    return chosen;
  if (llvm::ErrorOr<std::string> program = llvm::sys::findProgramByName("ptxas"))
    return *program;
  llvm::ErrorOr<std::string> program = llvm::sys::findProgramByName("ptxas", {"/usr/local/cuda/bin"});
  return program ? *program : "";
}

llvm::Expected<llvm::StringMap<DeviceResources>> deviceResources(const KernelObjects &kernels, const std::string &ptxas,
                                                                 const KernelObjectsOptions &options) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  llvm::StringMap<llvm::SmallVector<StringRef, 1>> kernelsOf; // by symbol
  for (const auto &kernel : kernels.symbols)
    kernelsOf[kernel.getValue()].push_back(kernel.getKey());
  llvm::StringMap<DeviceResources> resources;
  auto add = [&](StringRef symbol, const DeviceResources &one) {
    for (StringRef kernel : kernelsOf[symbol]) {
      DeviceResources &most = resources[kernel];
      most.registers = std::max(most.registers, one.registers);
      most.spilledBytes = std::max(most.spilledBytes, one.spilledBytes);
    }
  };
  std::vector<Module> modules;
  std::vector<ProcessJob> jobs;
  for (const KernelObjects::Object &object : kernels.objects)
    for (StringRef ptx : ptxIn(object.data->getBuffer())) {
      std::string key = contentHash((ptx + fileIdentity(ptxas)).str());
      if (auto known = options.cache ? options.cache->load(cacheKind, key) : nullptr)
        if (std::optional<DeviceResources> one = parseCached(known->getBuffer())) {
          add(object.symbol, *one);
          continue;
        }
      std::string file = folder->file(llvm::Twine(jobs.size()) + ".ptx");
      if (llvm::Error error = writeFile(file, ptx))
        return error;
      jobs.push_back({{ptxas, "--verbose", "--gpu-name=" + wordAfter(ptx, ".target").split(',').first.str(),
                       "--output-file=" + file + ".cubin", file},
                      file + ".log"});
      modules.push_back({object.symbol, key});
    }
  size_t done = 0;
  std::vector<ProcessResult> results = runProcesses(jobs, options.jobs, timeLimit, AfterProblem::Stop, [&](size_t, const ProcessResult &) {
    if (options.progress)
      options.progress(++done, jobs.size());
  });
  for (auto [module, result] : llvm::zip(modules, results)) {
    if (result.problem == "was not started")
      continue;
    std::optional<DeviceResources> one = result.problem.empty() ? parse(result.text) : std::nullopt;
    if (!one) {
      StringRef words = StringRef(result.text).trim();
      return llvm::createStringError(ptxas + " " + (result.problem.empty() ? "says nothing of registers" : result.problem) + ", given kernel '" +
                                     kernelsOf[module.symbol].front() + "'" + (words.empty() ? "" : ":\n") + words);
    }
    if (options.cache)
      options.cache->store(cacheKind, module.key, llvm::formatv("{0} {1}", one->registers, one->spilledBytes).str());
    add(module.symbol, *one);
  }
  return resources;
}

} // namespace attune
