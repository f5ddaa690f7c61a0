// attn-interpret: runs IR of the attn dialect in float64, and compares two
// modules, so that a test can show that a pass keeps the meaning.
#include "CommandLine.h"
#include "Inputs.h"
#include "Printing.h"
#include "reference/Tensor.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace attune;
using namespace attune::interpret;
using reference::Array;
using reference::Interpreter;

namespace {

int fail(llvm::Error error) {
  llvm::errs() << "attn-interpret: " << toString(std::move(error)) << '\n';
  return 1;
}

OwningOpRef<ModuleOp> parse(MLIRContext &context, StringRef file) {
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> buffer = openInputFile(file, &message);
  if (!buffer) {
    llvm::errs() << "attn-interpret: " << message << '\n';
    return {};
  }
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(*sources, &context);
  return parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
}

llvm::Expected<std::vector<Array>> interpret(ModuleOp module,
                                             const CommandLine &line,
                                             std::vector<Array> inputs,
                                             std::optional<unsigned> variant) {
  reference::InterpreterOptions options;
  options.memoryLimit = line.memoryLimit;
  options.variant = variant;
  return Interpreter(module, makeWeights(module, line.seed.value_or(0)), options)
      .run(line.entry, std::move(inputs));
}

/// The most variants that a kernel or call of `module` has.
unsigned countVariants(ModuleOp module) {
  size_t most = 1;
  module.walk([&](Operation *op) {
    if (auto kernel = dyn_cast<attn::KernelOp>(op))
      most = std::max<size_t>(most, kernel.getVariants().size());
    else if (auto call = dyn_cast<attn::CallOp>(op))
      most = std::max<size_t>(most, call.getKernels().size());
  });
  return most;
}

/// The largest scaled difference, or an error where it is past the tolerance.
llvm::Expected<double> compare(func::FuncOp entry, ArrayRef<Array> expected,
                               ArrayRef<Array> actual, const CommandLine &line) {
  if (expected.size() != actual.size())
    return llvm::createStringError(
        llvm::formatv("different: {0} results in {1}, {2} in {3}",
                      expected.size(), line.file, actual.size(), line.other));
  double worst = 0;
  for (auto [i, pair] : llvm::enumerate(llvm::zip(expected, actual))) {
    auto &[a, b] = pair;
    std::string name = Interpreter::resultName(entry, i);
    if (a.shape != b.shape || a.elementType != b.elementType)
      return llvm::createStringError(
          "different: " + name + " is " +
          reference::shapeText(a.shape, a.elementType) + " in " + line.file +
          ", " + reference::shapeText(b.shape, b.elementType) + " in " + line.other);
    Difference difference = compareArrays(a, b);
    if (difference.kind || difference.scaled > line.tolerance) {
      std::string place;
      for (auto [size, stride] :
           llvm::zip(a.shape, reference::rowMajorStrides(a.shape)))
        place += llvm::formatv("{0}{1}", place.empty() ? "" : ", ",
                               difference.element / stride % size);
      std::string text;
      llvm::raw_string_ostream(text)
          << "different: " << name << '[' << place << "] is "
          << llvm::format("%.17g", a.data[difference.element]) << " in "
          << line.file << ", " << llvm::format("%.17g", b.data[difference.element])
          << " in " << line.other << "; the largest scaled difference is "
          << llvm::format("%.3g, past %.3g", difference.scaled, line.tolerance);
      return llvm::createStringError(text);
    }
    worst = std::max(worst, difference.scaled);
  }
  return worst;
}

int runTool(const CommandLine &line) {
  DialectRegistry registry;
  registry.insert<attn::AttnDialect, arith::ArithDialect, func::FuncDialect,
                  math::MathDialect>();
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module = parse(context, line.file);
  if (!module)
    return 1;
  llvm::Expected<func::FuncOp> entry = Interpreter::findEntry(*module, line.entry);
  if (!entry)
    return fail(entry.takeError());
  llvm::Expected<std::vector<Array>> inputs = makeInputs(*entry, line);
  if (!inputs)
    return fail(inputs.takeError());
  bool comparing = !line.other.empty();
  llvm::Expected<std::vector<Array>> results = interpret(
      *module, line, comparing ? *inputs : std::move(*inputs),
      line.eachVariant ? std::nullopt : line.variant);
  if (!results)
    return fail(results.takeError());
  if (!comparing) {
    for (auto [i, result] : llvm::enumerate(*results))
      printArray(llvm::outs(), Interpreter::resultName(*entry, i), result, line);
    return 0;
  }

  OwningOpRef<ModuleOp> other = parse(context, line.other);
  if (!other)
    return 1;
  double worst = 0;
  SmallVector<std::optional<unsigned>> variants = {line.variant};
  if (line.eachVariant) {
    variants.clear();
    for (unsigned i = 0; i < countVariants(*other); ++i)
      variants.push_back(i);
  }
  for (std::optional<unsigned> variant : variants) {
    llvm::Expected<std::vector<Array>> actual =
        interpret(*other, line, *inputs, variant);
    if (!actual)
      return fail(llvm::createStringError("running " + line.other + ": " +
                                          toString(actual.takeError())));
    llvm::Expected<double> difference = compare(*entry, *results, *actual, line);
    if (!difference)
      return fail(difference.takeError());
    worst = std::max(worst, *difference);
  }
  if (worst > 0)
    llvm::outs() << llvm::format("same within %.1e", worst);
  else
    llvm::outs() << "same";
  if (line.eachVariant)
    llvm::outs() << ", " << variants.size()
                 << (variants.size() == 1 ? " variant" : " variants");
  llvm::outs() << '\n';
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::Expected<CommandLine> line =
      parseCommandLine(ArrayRef<const char *>(argv + 1, argc - 1));
  if (!line) {
    llvm::errs() << "attn-interpret: " << toString(line.takeError()) << '\n'
                 << usage;
    return 2;
  }
  if (line->help) {
    llvm::outs() << usage;
    return 0;
  }
  return runTool(*line);
}
