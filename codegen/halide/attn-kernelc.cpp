// Compiles one kernel of a module: the worker that attnc starts. Halide can end
// the process on some inputs, and keeps global state.
#include "codegen/halide/Translate.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <sys/prctl.h>

using namespace mlir;
namespace cl = llvm::cl;

static int fail(const llvm::Twine &message) {
  llvm::errs() << "error: " << message << "\n";
  return 1;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  // Compiling can take minutes; nobody waits for it once attnc is gone.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  cl::OptionCategory category("attn-kernelc");
  cl::opt<std::string> input(cl::Positional, cl::desc("KERNELS.mlir"), cl::cat(category));
  cl::opt<std::string> name("kernel", cl::desc("the kernel to compile; not needed where there is one"), cl::cat(category));
  cl::opt<std::string> targetName("target", cl::init("host"), cl::desc("processor"), cl::cat(category));
  cl::opt<std::string> output("o", cl::desc("the file to write"), cl::Required, cl::cat(category));
  cl::opt<bool> runtime("runtime", cl::desc("write Halide's runtime instead of a kernel"), cl::cat(category));
  cl::opt<attune::KernelFile> kind(
      "emit", cl::init(attune::KernelFile::Object), cl::desc("what to write"), cl::cat(category),
      cl::values(clEnumValN(attune::KernelFile::Object, "object", "machine code"),
                 clEnumValN(attune::KernelFile::Assembly, "assembly", "the same as text"),
                 clEnumValN(attune::KernelFile::Stmt, "stmt", "Halide's loops")));
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "compiles one kernel through Halide\n");

  llvm::Expected<attune::TargetInfo> target = attune::parseTarget(targetName);
  if (!target)
    return fail(llvm::toString(target.takeError()));
  if (runtime) {
    if (llvm::Error error = attune::compileHalideRuntime(*target, output))
      return fail(llvm::toString(std::move(error)));
    return 0;
  }
  if (input.empty())
    return fail("no file of kernels is given");

  MLIRContext context;
  context.loadDialect<attune::attn::AttnDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect>();
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(input, &context);
  if (!module)
    return 1;
  func::FuncOp kernel;
  std::string known;
  unsigned count = 0;
  for (func::FuncOp function : module->getOps<func::FuncOp>()) {
    if (!function->hasAttr(attune::attn::kernelAttrName))
      continue;
    ++count;
    known += (known.empty() ? "" : ", ") + function.getName().str();
    if (name.empty() || function.getName() == name)
      kernel = function;
  }
  if (!kernel || (name.empty() && count != 1))
    return fail((name.empty() ? "name one of the kernels with --kernel" : "there is no kernel '" + name + "'") + ": " +
                input + " has " + (known.empty() ? "none" : known));
  auto warn = [&](llvm::StringRef text) { llvm::errs() << "warning: kernel '" << kernel.getName() << "': " << text << "\n"; };
  if (llvm::Error error = attune::compileKernel(kernel, *target, kind, output, warn)) {
    llvm::sys::fs::remove(output);
    return fail(llvm::toString(std::move(error)));
  }
  return 0;
}
