#include "tools/attnc/Explain.h"
#include "codegen/link/Files.h"
#include "dialect/Suggestion.h"
#include "explain/Report.h"
#include "schedule/Kernels.h"
#include "runtime/machine_peak.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <set>

using namespace mlir;
using llvm::StringRef;

namespace attune {
namespace {

constexpr size_t mostProfileBytes = size_t(64) << 20;
constexpr int64_t mostSize = int64_t(1) << 40;

std::string takeFormat(ExplainRequest &request, StringRef value) {
  if (!value.empty() && value != "text" && value != "json")
    return "--explain takes text or json, not '" + value.str() + "'";
  request.format = value == "json" ? ExplainRequest::Json : ExplainRequest::Text;
  return "";
}

std::string takeSize(ExplainRequest &request, StringRef text) {
  auto [name, number] = text.split('=');
  int64_t value;
  if (name.empty() || number.getAsInteger(10, value) || value < 0 || value > mostSize)
    return "--size takes NAME=NUMBER, not '" + text.str() + "'";
  request.sizes.emplace_back(name.str(), value);
  return "";
}

const Option<ExplainRequest> table[] = {
    {"--explain", OptionValue::Optional, takeFormat},
    {"--size", OptionValue::Needed, takeSize},
    {"--with-profile", OptionValue::Needed,
     [](ExplainRequest &request, StringRef value) {
       request.profile = value.str();
       return std::string(value.empty() ? "--with-profile names nothing" : "");
     }},
    {"--report", OptionValue::Needed,
     [](ExplainRequest &request, StringRef value) {
       request.report = value.str();
       return std::string(value.empty() ? "--report names nothing" : "");
     }},
};

/// The symbols that the sizes of models' inputs are made of.
std::set<std::string> symbolsOf(ModuleOp module) {
  std::set<std::string> symbols;
  for (auto function : module.getOps<func::FuncOp>())
    for (Type type : function.getArgumentTypes())
      if (auto tensor = dyn_cast<attn::TensorType>(type))
        for (attn::SizeAttr size : tensor.getSizes())
          for (StringAttr symbol : size.getSymbols())
            symbols.insert(symbol.str());
  return symbols;
}

/// Times of one call by kernel, of {"kernels": [{"name", "calls", "ms"}]}.
llvm::Error readProfile(const std::string &file, llvm::StringMap<double> &times) {
  auto buffer = readFile(file, mostProfileBytes);
  if (!buffer)
    return buffer.takeError();
  auto wrong = [&](const llvm::Twine &why) {
    return llvm::createStringError(file + " is no profile: " + why + "; attn-run --profile --json writes one");
  };
  if (!*buffer)
    return wrong("it has more than 64 MB");
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse((*buffer)->getBuffer());
  if (!parsed)
    return wrong(llvm::toString(parsed.takeError()));
  const llvm::json::Object *object = parsed->getAsObject();
  if (const llvm::json::Object *inner = object ? object->getObject("profile") : nullptr)
    object = inner;
  const llvm::json::Array *kernels = object ? object->getArray("kernels") : nullptr;
  if (!kernels)
    return wrong("it has no list \"kernels\"");
  for (const llvm::json::Value &value : *kernels) {
    const llvm::json::Object *kernel = value.getAsObject();
    auto name = kernel ? kernel->getString("name") : std::nullopt;
    auto calls = kernel ? kernel->getNumber("calls") : std::nullopt, ms = kernel ? kernel->getNumber("ms") : std::nullopt;
    if (!name || !calls || !ms || !(*calls > 0))
      return wrong("a kernel has no name, calls or ms");
    times[*name] = *ms / *calls;
  }
  return llvm::Error::success();
}

} // namespace

Taken takeExplainOption(const std::vector<std::string> &arguments, size_t &index, ExplainRequest &request,
                        std::string &problem) {
  std::string name;
  return takeOption(table, arguments, index, request, problem, name);
}

std::string explainOptionsHelp() {
  return "  --explain[=json]          do not compile: say what each kernel computes together,\n"
         "                            what that saves, why it ends there, and how it loops;\n"
         "                            for CUDA with registers, which needs ptxas\n"
         "  --report=FILE.html        the same as a page to look at: graph, masks, loops\n"
         "  --size NAME=NUMBER        explain for this size, with the time that the machine\n"
         "                            needs at least; repeatable\n"
         "  --with-profile=FILE       and what attn-run --profile --json measured\n";
}

/// The functions of a kernel's variants, in a program at the phase `kernels`; none where it has
/// become something else.
static std::vector<std::string> functionsOf(const KernelExplanation &kernel, ModuleOp module) {
  auto function = module.lookupSymbol<func::FuncOp>(kernel.function);
  if (!function)
    return {};
  llvm::StringMap<unsigned> count, number;
  for (auto call : function.getOps<attn::CallOp>())
    ++count[call.getName()];
  for (auto call : function.getOps<attn::CallOp>()) {
    std::string name = call.getName().str();
    if (count[name] > 1)
      name += "." + std::to_string(++number[call.getName()]);
    if (name != kernel.names.front() || call.getKernels().size() != kernel.variants.size())
      continue;
    std::vector<std::string> functions;
    for (size_t variant = 0; variant < kernel.variants.size(); ++variant)
      functions.push_back(call.getKernel(variant).getValue().str());
    return functions;
  }
  return {};
}

/// Of the variant of each kernel that runs, or of the last. The program goes on to the phase
/// `kernels`.
static bool addStatements(Compiler &compiler, Report &report) {
  if (!compiler.advance(Step::Kernels))
    return false;
  std::vector<std::pair<std::string, std::string>> wanted; // by the explanation's name, a function
  std::vector<std::string> symbols;
  for (const KernelExplanation &kernel : report.explanation.kernels) {
    std::vector<std::string> functions = functionsOf(kernel, compiler.module());
    if (functions.empty())
      continue;
    auto runs = llvm::find_if(kernel.variants, [](const KernelVariant &variant) { return variant.runs; });
    size_t variant = runs == kernel.variants.end() ? functions.size() - 1 : runs - kernel.variants.begin();
    wanted.emplace_back(kernel.name, functions[variant]);
    if (!llvm::is_contained(symbols, functions[variant]))
      symbols.push_back(functions[variant]);
  }
  std::optional<llvm::StringMap<std::string>> texts = compiler.statements(symbols);
  if (!texts)
    return false;
  for (const auto &[name, symbol] : wanted)
    report.statements.push_back({name, (*texts)[symbol]});
  return true;
}

/// What the assembler of a device says of each variant, where there is one.
static bool addRegisters(Compiler &compiler, Explanation &explanation) {
  std::optional<llvm::StringMap<DeviceResources>> resources = compiler.resources();
  if (!resources)
    return false;
  for (KernelExplanation &kernel : explanation.kernels)
    for (auto [variant, function] : llvm::zip(kernel.variants, functionsOf(kernel, compiler.module())))
      if (auto found = resources->find(function); found != resources->end() && variant.block) {
        variant.block->registers = found->getValue().registers;
        variant.block->spilledBytes = found->getValue().spilledBytes;
      }
  return true;
}

bool explainProgram(Compiler &compiler, const ExplainRequest &request, const std::string &output) {
  if (!compiler.advance(Step::Simplified))
    return false;
  OwningOpRef<ModuleOp> simplified = compiler.module().clone();
  if (!compiler.advance(Step::Fused))
    return false;
  OwningOpRef<ModuleOp> fused = compiler.module().clone();
  if (!compiler.advance(Step::Scheduled))
    return false;
  ExplanationFacts facts;
  std::set<std::string> symbols = symbolsOf(compiler.module());
  for (const auto &[name, value] : request.sizes) {
    if (!symbols.count(name))
      return compiler.complain("the program has no size '" + name + "'" + suggestionAmong(name, symbols));
    facts.sizes[name] = value;
  }
  if (!request.profile.empty())
    if (llvm::Error error = readProfile(request.profile, facts.measuredMs))
      return compiler.complain(llvm::toString(std::move(error)));
  // Peaks of this machine say nothing of another one.
  llvm::Expected<TargetInfo> host = parseTarget("host");
  if (!host)
    llvm::consumeError(host.takeError());
  else if (!request.sizes.empty() && host->name == compiler.target().name) {
    runtime::MachinePeak peak = runtime::measureMachinePeak(0);
    facts.gflops = peak.gflops;
    facts.gbytesPerSecond = peak.gbytesPerSecond;
  }
  Report report{compiler.sourceName(), explain(*fused, compiler.module(), compiler.target(), facts), {}, {}, {}};
  if (!request.report.empty()) {
    for (func::FuncOp function : scheduledFunctions(*fused))
      if (auto before = simplified->lookupSymbol<func::FuncOp>(function.getName()); before && function->hasAttr(attn::modelAttrName))
        report.graphs.push_back(graphOf(before, function));
    report.masks = picturesOf(*fused, compiler.module(), facts.sizes);
  }
  if (!addRegisters(compiler, report.explanation))
    return false;
  if (!request.report.empty()) {
    if (!addStatements(compiler, report))
      return false;
    std::string page;
    llvm::raw_string_ostream os(page);
    printHtml(report, os);
    if (llvm::Error error = writeFile(request.report, page))
      return compiler.complain(llvm::toString(std::move(error)));
  }
  if (request.format == ExplainRequest::None)
    return true;
  std::string text;
  llvm::raw_string_ostream os(text);
  if (request.format == ExplainRequest::Json)
    printJson(report.explanation, os);
  else
    printText(report.explanation, os);
  return compiler.writeText(output, text);
}

} // namespace attune
