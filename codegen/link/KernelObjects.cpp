#include "codegen/link/KernelObjects.h"
#include "codegen/link/Files.h"
#include "codegen/link/Installation.h"
#include "codegen/link/KernelCompiler.h"
#include "dialect/Attn.h"
#include "runtime/program.h"
#include "llvm/ObjCopy/CommonConfig.h"
#include "llvm/ObjCopy/ConfigManager.h"
#include "llvm/ObjCopy/ObjCopy.h"
#include "llvm/Object/ObjectFile.h"
#include <thread>

using namespace mlir;

namespace attune {
namespace {

/// Raised when the way objects are made from the same text changes.
constexpr int cacheVersion = 1;
constexpr StringLiteral cacheKind = "kernels";

/// A module with `kernel` alone, called `name`, as text without places, whoever has scheduled it.
std::string kernelText(func::FuncOp kernel, StringRef name) {
  OpBuilder builder(kernel.getContext());
  OwningOpRef<ModuleOp> module(ModuleOp::create(UnknownLoc::get(kernel.getContext())));
  auto copy = cast<func::FuncOp>(kernel->clone());
  copy.setName(name);
  copy->removeAttr(attn::changedAttrName);
  module->push_back(copy);
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os);
  return text;
}

llvm::Error weaken(StringRef name, StringRef object, SmallVectorImpl<char> &result) {
  auto file = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, name));
  if (!file)
    return file.takeError();
  llvm::objcopy::ConfigManager config;
  config.Common.Weaken = true;
  config.Common.InputFilename = config.Common.OutputFilename = name;
  llvm::raw_svector_ostream os(result);
  return llvm::objcopy::executeObjcopyOnBinary(config, **file, os);
}

/// The lines of a worker's output that a user can read: not its stack trace.
std::string lastWords(StringRef text) {
  text = text.take_until([](char c) { return c == '\0'; }).trim();
  constexpr size_t most = 2000;
  return text.size() > most ? ("…" + text.take_back(most)).str() : text.str();
}

struct Pending {
  std::string kernel, symbol, key;
  size_t slot;
  size_t length; ///< of its text
};

} // namespace

llvm::Expected<KernelObjects> compileKernels(ModuleOp module, const KernelObjectsOptions &options,
                                             llvm::function_ref<void(const llvm::StringMap<std::string> &)> meanwhile) {
  KernelObjects result;
  std::string setting =
      "\ncache " + std::to_string(cacheVersion) + " abi " + std::to_string(ATTN_PROGRAM_ABI) +
      " halide " ATTUNE_HALIDE_VERSION " compiler " + fileIdentity(options.compiler) +
      " target " + options.target + " " + options.targetFeatures;
  llvm::StringMap<size_t> slots;
  std::vector<Pending> pending;
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  for (auto kernel : module.getOps<func::FuncOp>()) {
    if (!kernel->hasAttr(attn::kernelAttrName))
      continue;
    std::string key = contentHash(kernelText(kernel, "kernel") + setting);
    std::string symbol = "attnk_" + key.substr(0, 32);
    result.symbols[kernel.getName()] = symbol;
    if (!slots.try_emplace(symbol, result.objects.size()).second)
      continue;
    result.objects.push_back({symbol, nullptr});
    if (options.cache)
      result.objects.back().data = options.cache->load(cacheKind, key);
    if (result.objects.back().data)
      continue;
    std::string text = kernelText(kernel, symbol);
    if (llvm::Error error = writeFile(folder->file(symbol + ".mlir"), text))
      return error;
    pending.push_back({kernel.getName().str(), symbol, key, result.objects.size() - 1, text.size()});
  }
  // Long ones take longest: begun last, one would run alone.
  llvm::stable_sort(pending, [](const Pending &a, const Pending &b) { return a.length > b.length; });
  std::vector<KernelJob> jobs;
  for (const Pending &job : pending)
    jobs.push_back({folder->file(job.symbol + ".mlir"), job.symbol, folder->file(job.symbol + ".o")});
  result.compiled = pending.size();
  size_t total = result.objects.size(), cached = total - pending.size();
  auto report = [&](size_t done) {
    if (options.progress)
      options.progress(cached + done, total);
  };
  if (!pending.empty())
    report(0);
  llvm::Expected<std::vector<ProcessResult>> ended = std::vector<ProcessResult>();
  std::thread watch([&] {
    if (!jobs.empty())
      ended = compileJobs({options.compiler, options.target, "object", options.jobs}, jobs, *folder, report);
  });
  meanwhile(result.symbols);
  watch.join();
  if (!ended)
    return ended.takeError();

  std::string problems;
  for (auto [job, process] : llvm::zip(pending, *ended)) {
    std::string problem = process.problem;
    if (problem == "was not started")
      continue;
    SmallVector<char, 0> object;
    if (problem.empty()) {
      auto file = llvm::MemoryBuffer::getFile(folder->file(job.symbol + ".o"), false, false);
      if (!file)
        problem = "wrote no object";
      else if (llvm::Error error = weaken(job.symbol, (*file)->getBuffer(), object))
        problem = "wrote no valid object: " + llvm::toString(std::move(error));
    }
    if (!problem.empty()) {
      std::string words = lastWords(process.text);
      problems += (problems.empty() ? "" : "\n") + ("kernel '" + job.kernel) +
                  "' could not be compiled: attn-kernelc " + problem +
                  (words.empty() ? "" : "\n" + words) +
                  "\nIf a schedule file changes this kernel, give its stages back their defaults one by one: the rules "
                  "allow what the kernel compiler cannot make.";
      continue;
    }
    StringRef data(object.data(), object.size());
    result.objects[job.slot].data = llvm::MemoryBuffer::getMemBufferCopy(data, job.symbol + ".o");
    if (options.cache)
      options.cache->store(cacheKind, job.key, data);
  }
  if (!problems.empty())
    return llvm::createStringError(problems);
  return result;
}

} // namespace attune
