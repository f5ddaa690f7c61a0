#include "tools/attnc/Compiler.h"
#include "codegen/host/HostObject.h"
#include "codegen/host/KernelsToHost.h"
#include "codegen/link/Files.h"
#include "codegen/link/KernelStatements.h"
#include "dialect/Attn.h"
#include "frontend/Frontend.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "passes/Pipeline.h"
#include "passes/Registration.h"
#include "tools/attnc/PassOptions.h"
#include "tools/attnc/ProgressLine.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
namespace path = llvm::sys::path;

namespace attune {
namespace {

/// Models are text people write; a larger file is a mistake (weights, say).
constexpr uint64_t maxSourceBytes = uint64_t(64) << 20;
/// Code reaches embedded weights by 32-bit offsets.
constexpr uint64_t maxEmbeddedBytes = uint64_t(3) << 29;
/// Bytes of a thread that are no part of a tile: addresses and the like, stored and loaded outside
/// of loops.
constexpr int64_t negligibleSpill = 64;

bool isIR(StringRef file) { return path::extension(file) == ".mlir"; }

/// Brackets inside brackets. MLIR's parser recurses on them without a limit.
bool nestsTooDeeply(StringRef text) {
  constexpr unsigned limit = 1024;
  unsigned depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') { // To the end of the string; a broken one ends with its line.
      while (++i < text.size() && text[i] != '"' && text[i] != '\n')
        i += text[i] == '\\';
    } else if (c == '/' && text.substr(i).starts_with("//")) {
      i = text.find('\n', i);
      if (i == StringRef::npos)
        break;
    } else if (c == '(' || c == '[' || c == '{' || c == '<') {
      if (++depth > limit)
        return true;
    } else if (depth && (c == ')' || c == ']' || c == '}' || (c == '>' && text[i - 1] != '-'))) {
      --depth;
    }
  }
  return false;
}

/// A C identifier.
std::string identifier(StringRef name) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  if (result.empty() || llvm::isDigit(result[0]))
    result = "model_" + result;
  return result;
}

} // namespace

struct Compiler::Objects {
  SmallVector<char, 0> host;
  KernelObjects kernels;
  std::vector<LinkInput> inputs;
};

Compiler::Compiler(const CompilerOptions &options, Installation installation,
                   std::string program)
    : options(options), installation(std::move(installation)), program(std::move(program)) {
  DialectRegistry registry;
  registerDialects(registry);
  context = std::make_unique<MLIRContext>(registry);
  context->printOpOnDiagnostic(false);
  if (options.passOptions.empty())
    return;
  // What passes print of themselves must not mix, and MLIR asks for it.
  context->disableMultithreading();
  applyDefaultTimingManagerCLOptions(timing);
  total = timing.getRootScope();
}

Compiler::~Compiler() {
  if (!options.passOptions.empty())
    reportStatistics();
}

bool Compiler::complain(const llvm::Twine &message) {
  llvm::errs() << program << ": error: " << message << "\n";
  return false;
}

bool Compiler::load() {
  TimingScope scope = total.nest("input");
  auto target = parseTarget(options.target);
  if (!target)
    return complain(llvm::toString(target.takeError()));
  targetInfo = *target;
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  if (options.text) {
    buffer = llvm::MemoryBuffer::getMemBufferCopy(*options.text, options.source);
  } else {
    auto file = readFile(options.source, maxSourceBytes);
    if (!file)
      return complain(llvm::toString(file.takeError()));
    buffer = std::move(*file);
  }
  if (!buffer)
    return complain(options.source + " is no model: it has more than 64 MB");
  sources.AddNewSourceBuffer(std::move(buffer), SMLoc());
  if (!(isIR(options.source) ? loadIR() : loadModel()) || !keepModel())
    return false;
  if (options.narrowProducts && !narrow())
    return false;
  return dump();
}

/// In another precision it is another model, which the interpreter runs as well.
bool Compiler::narrow() {
  SourceMgrDiagnosticHandler handler(sources, context.get());
  auto manager = PassManager::on<ModuleOp>(context.get());
  manager.addNestedPass<func::FuncOp>(createNarrowProducts());
  if (!options.passOptions.empty() && failed(applyPassOptions(manager)))
    return false;
  return succeeded(manager.run(*ir));
}

bool Compiler::loadModel() {
  FrontendOptions frontend;
  frontend.includeDirs = options.includeDirs;
  frontend.stdDir = installation.standardLibrary;
  frontend.constants = options.constants;
  context->loadAllAvailableDialects();
  ir = parseModel(sources, frontend, *context);
  return static_cast<bool>(ir);
}

bool Compiler::loadIR() {
  SourceMgrDiagnosticHandler handler(sources, context.get());
  StringRef text = sources.getMemoryBuffer(sources.getMainFileID())->getBuffer();
  if (nestsTooDeeply(text))
    return complain(options.source + " nests brackets too deeply; at most 1024 are allowed");
  ir = parseSourceFile<ModuleOp>(sources, ParserConfig(context.get()));
  current = options.from.value_or(Step::Input);
  if (!ir)
    return false;
  // What the passes take for granted and no operation's verifier sees.
  for (auto function : ir->getOps<func::FuncOp>()) {
    if (function.isDeclaration()) {
      function.emitError("has no body");
      return false;
    }
    bool isModel = function->hasAttr(attn::modelAttrName);
    if (current == Step::Host || !(isModel || function->hasAttr(attn::kernelAttrName)))
      continue; // At phase 'host' models take buffers.
    for (TypeRange types : {TypeRange(function.getArgumentTypes()), TypeRange(function.getResultTypes())})
      for (Type type : types)
        if (!isa<attn::TensorType>(type)) {
          function.emitError(isModel ? "a model" : "a kernel") << " takes and gives tensors, not " << type;
          return false;
        }
  }
  return true;
}

/// Drops the models that --model did not name, and the weights only they read.
bool Compiler::keepModel() {
  SmallVector<func::FuncOp> others;
  std::string names;
  bool found = false;
  for (auto function : ir->getOps<func::FuncOp>()) {
    if (!function->hasAttr(attn::modelAttrName))
      continue;
    names += (names.empty() ? "" : ", ") + function.getName().str();
    if (function.getName() == options.model)
      found = true;
    else
      others.push_back(function);
  }
  if (names.empty())
    return complain(options.source + " has no model");
  if (options.model.empty())
    return true;
  if (!found)
    return complain(options.source + " has no model '" + options.model + "'; it has " + names);
  for (func::FuncOp function : others)
    function.erase();
  for (auto weight : llvm::make_early_inc_range(ir->getOps<attn::WeightOp>()))
    if (SymbolTable::symbolKnownUseEmpty(weight, *ir))
      weight.erase();
  return true;
}

bool Compiler::advance(Step step) {
  SourceMgrDiagnosticHandler handler(sources, context.get());
  while (current < step && current < Step::Host) {
    Step next = static_cast<Step>(static_cast<int>(current) + 1);
    TimingScope scope = total.nest(stepName(next));
    // A reproducer names what it runs on.
    auto manager = PassManager::on<ModuleOp>(context.get());
    if (next == Step::Host)
      manager.addPass(createKernelsToHostPass());
    else
      buildPipeline(manager, *parsePhase(stepName(current)), *parsePhase(stepName(next)),
                    {targetInfo.name, options.schedule, options.emitSchedule});
    manager.enableTiming(scope);
    if (!options.passOptions.empty() && failed(applyPassOptions(manager)))
      return false;
    if (failed(manager.run(*ir)))
      return false;
    current = next;
    if (!dump())
      return false;
  }
  return true;
}

std::string Compiler::text() {
  std::string result;
  llvm::raw_string_ostream os(result);
  ir->print(os);
  if (!StringRef(result).ends_with("\n"))
    result += '\n';
  return result;
}

bool Compiler::dump() {
  if (options.dumpDir.empty())
    return true;
  if (std::error_code code = llvm::sys::fs::create_directories(options.dumpDir))
    return complain("cannot make the folder " + options.dumpDir + ": " + code.message());
  SmallString<256> file(options.dumpDir);
  path::append(file, std::to_string(static_cast<int>(current)) + "-" + stepName(current) + ".mlir");
  if (llvm::Error error = writeFile(file, text()))
    return complain(llvm::toString(std::move(error)));
  return true;
}

/// Libraries are called as their file, so that the user decides.
std::string Compiler::programName() const {
  StringRef stem = path::stem(options.source);
  if (options.emit != Output::Executable && !options.output.empty()) {
    stem = path::stem(options.output);
    if (options.emit != Output::Object)
      stem.consume_front("lib");
  }
  return identifier(stem);
}

bool Compiler::setKernelCompiler(KernelObjectsOptions &kernels) {
  kernels.compiler = installation.program("attn-kernelc");
  kernels.target = targetInfo.name;
  kernels.targetFeatures = targetInfo.halideTarget;
  kernels.jobs = options.jobs ? options.jobs : llvm::hardware_concurrency().compute_thread_count();
  if (options.useCache)
    if (std::optional<std::string> folder = Cache::defaultFolder())
      kernels.cache.emplace(*folder);
  return !kernels.compiler.empty() ||
         complain("Attune's installation is incomplete: attn-kernelc is not in " + installation.programs);
}

std::optional<llvm::StringMap<std::string>> Compiler::statements(llvm::ArrayRef<std::string> names) {
  KernelObjectsOptions kernels;
  if (!setKernelCompiler(kernels))
    return std::nullopt;
  ProgressLine progress(program);
  kernels.progress = [&](size_t done, size_t total) {
    progress.show("statements of kernels " + llvm::Twine(done) + " of " + llvm::Twine(total));
  };
  auto printed = printStatements(*ir, names, kernels);
  if (printed)
    return std::move(*printed);
  complain(llvm::toString(printed.takeError()));
  return std::nullopt;
}

std::optional<KernelObjects> Compiler::compile(KernelObjectsOptions settings,
                                               llvm::function_ref<void(const llvm::StringMap<std::string> &)> meanwhile) {
  ProgressLine progress(program);
  settings.progress = [&](size_t done, size_t total) {
    progress.show("kernels " + llvm::Twine(done) + " of " + llvm::Twine(total));
  };
  auto compiled = compileKernels(*ir, settings, meanwhile);
  if (compiled)
    return std::move(*compiled);
  complain(llvm::toString(compiled.takeError()));
  return std::nullopt;
}

std::optional<llvm::StringMap<DeviceResources>> Compiler::resourcesOf(const KernelObjects &kernels, KernelObjectsOptions settings) {
  std::string ptxas = targetInfo.device == Device::CUDA ? findPtxas() : "";
  if (ptxas.empty())
    return llvm::StringMap<DeviceResources>();
  ProgressLine progress(program);
  settings.progress = [&](size_t done, size_t total) {
    progress.show("ptxas " + llvm::Twine(done) + " of " + llvm::Twine(total));
  };
  auto resources = deviceResources(kernels, ptxas, settings);
  if (resources)
    return std::move(*resources);
  complain(llvm::toString(resources.takeError()));
  return std::nullopt;
}

std::optional<llvm::StringMap<DeviceResources>> Compiler::resources() {
  KernelObjectsOptions settings;
  if (targetInfo.device != Device::CUDA || findPtxas().empty())
    return llvm::StringMap<DeviceResources>();
  if (!advance(Step::Kernels) || !setKernelCompiler(settings))
    return std::nullopt;
  std::optional<KernelObjects> kernels = compile(settings, [](const llvm::StringMap<std::string> &) {});
  return kernels ? resourcesOf(*kernels, settings) : std::nullopt;
}

/// What a user has asked for and would be slow is an error; a default that is slow runs.
bool Compiler::refuseSpills(const llvm::StringMap<DeviceResources> &resources) {
  SourceMgrDiagnosticHandler handler(sources, context.get());
  bool fits = true;
  for (auto kernel : ir->getOps<func::FuncOp>()) {
    int64_t bytes = resources.lookup(kernel.getName()).spilledBytes;
    if (bytes <= negligibleSpill)
      continue;
    bool isAsked = kernel->hasAttr(attn::changedAttrName);
    auto message = isAsked ? kernel.emitError() : kernel.emitWarning();
    message << "kernel '" << kernel.getName() << "' has too few registers: ptxas has each thread keep " << bytes
            << " bytes in memory instead. "
            << (isAsked ? "Make the tiles smaller that its schedule has threads keep in registers, or have fewer blocks 'resident'"
                        : "It is right and slow; --emit-schedule writes its tiles, to make them smaller");
    fits &= !isAsked;
  }
  return fits;
}

bool Compiler::makeObjects(bool isMain, Objects &objects) {
  TimingScope scope = total.nest("objects");
  KernelObjectsOptions kernels;
  if (!setKernelCompiler(kernels))
    return false;
  HostObjectOptions host;
  host.name = programName();
  host.target = targetInfo.name;
  host.cpuFeatures = targetInfo.cpuFeatures;
  host.device = deviceName(targetInfo.device);
  host.isMain = isMain;
  std::unique_ptr<llvm::MemoryBuffer> weights;
  if (!options.embeddedWeights.empty()) {
    auto file = llvm::MemoryBuffer::getFile(options.embeddedWeights, false, false);
    if (!file)
      return complain("cannot read " + options.embeddedWeights + ": " + file.getError().message());
    weights = std::move(*file);
    StringRef data = weights->getBuffer();
    if (data.size() < 8)
      return complain(options.embeddedWeights + " is no safetensors file: it is too short");
    if (llvm::support::endian::read64le(data.data()) > data.size() - 8 || !data.substr(8).starts_with("{"))
      return complain(options.embeddedWeights + " is no safetensors file, or it is truncated");
    if (weights->getBufferSize() > maxEmbeddedBytes)
      return complain(options.embeddedWeights + " is too large to embed: give it with --weights "
                                                "when the program runs");
    host.embeddedWeights = weights->getBuffer();
  }
  FailureOr<SmallVector<char, 0>> hostObject = failure();
  auto compileHost = [&](const llvm::StringMap<std::string> &symbols) {
    SourceMgrDiagnosticHandler handler(sources, context.get());
    hostObject = compileHostObject(*ir, host, [&](StringRef kernel) { return symbols.lookup(kernel); });
  };
  std::optional<KernelObjects> compiled = compile(kernels, compileHost);
  if (!compiled || failed(hostObject))
    return false;
  objects.kernels = std::move(*compiled);
  std::optional<llvm::StringMap<DeviceResources>> resources = resourcesOf(objects.kernels, kernels);
  if (!resources || !refuseSpills(*resources))
    return false;
  objects.host = std::move(*hostObject);
  objects.inputs.push_back({host.name + ".o", StringRef(objects.host.data(), objects.host.size())});
  for (const KernelObjects::Object &kernel : objects.kernels.objects)
    objects.inputs.push_back({kernel.symbol + ".o", kernel.data->getBuffer()});
  return true;
}

bool Compiler::writeObjects() {
  Objects objects;
  if (!makeObjects(false, objects))
    return false;
  if (std::error_code code = llvm::sys::fs::create_directories(options.output))
    return complain("cannot make the folder " + options.output + ": " + code.message());
  for (const LinkInput &input : objects.inputs) {
    SmallString<256> file(options.output);
    path::append(file, input.name);
    if (llvm::Error error = writeFile(file, input.data))
      return complain(llvm::toString(std::move(error)));
  }
  return true;
}

bool Compiler::link(Output output, const std::string &file) {
  Objects objects;
  if (!makeObjects(output == Output::Executable, objects))
    return false;
  TimingScope scope = total.nest("binary");
  if (llvm::Error error = linkProgram(objects.inputs, output, deviceName(targetInfo.device), file, installation))
    return complain(llvm::toString(std::move(error)));
  if (output == Output::Executable)
    return true;
  SmallString<256> header(path::parent_path(file));
  path::append(header, programName() + ".h");
  if (llvm::Error error = writeFile(
          header, programHeader(*ir, programName(), path::filename(options.source)))) {
    llvm::sys::fs::remove(file);
    return complain(llvm::toString(std::move(error)));
  }
  return true;
}

bool Compiler::finish() {
  Step to = options.to.value_or(Step::Binary);
  if (!advance(to))
    return false;
  if (to == Step::Objects)
    return writeObjects();
  if (to == Step::Binary) {
    std::string file = options.output;
    StringRef stem = path::stem(options.source);
    if (file.empty())
      switch (options.emit) {
      case Output::Executable: file = stem.str(); break;
      case Output::Static: file = ("lib" + stem + ".a").str(); break;
      case Output::Shared: file = ("lib" + stem + ".so").str(); break;
      case Output::Object: file = (stem + ".o").str(); break;
      }
    if (llvm::sys::fs::equivalent(file, options.source))
      return complain("the result would replace " + options.source + ": give -o another name");
    return link(options.emit, file);
  }
  return writeText(options.output, text());
}

bool Compiler::writeText(const std::string &output, StringRef text) {
  if (output.empty() || output == "-") {
    llvm::outs() << text;
    llvm::outs().flush();
    if (!llvm::outs().has_error())
      return true;
    std::error_code code = llvm::outs().error();
    llvm::outs().clear_error();
    return complain("cannot write to standard output: " + code.message());
  }
  if (llvm::Error error = writeFile(output, text))
    return complain(llvm::toString(std::move(error)));
  return true;
}

std::string Compiler::sourceName() const { return path::filename(options.source).str(); }

} // namespace attune
