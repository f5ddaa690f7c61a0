// Compiles kernels: the worker that attnc starts. Halide can end the process on some
// inputs, and keeps global state, so each kernel of a list has a copy of this process.
#include "codegen/halide/Translate.h"
#include "codegen/link/Processes.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <sys/prctl.h>

using namespace mlir;
namespace cl = llvm::cl;

/// Kernels take seconds; Halide on a schedule without sense can take for ever.
static constexpr std::chrono::seconds kernelTimeLimit(300);

static int fail(const llvm::Twine &message) {
  llvm::errs() << "error: " << message << "\n";
  return 1;
}

/// What an earlier compilation left would be taken for this one's; what is no file, such as standard output, stays.
static void removeOutput(const std::string &path) {
  llvm::sys::fs::file_status status;
  if (path != "-" && !llvm::sys::fs::status(path, status, /*follow=*/false) && llvm::sys::fs::is_regular_file(status))
    llvm::sys::fs::remove(path);
}

/// Compiling can take minutes; nobody waits for it once whoever asked is gone.
static void endWithParent() { prctl(PR_SET_PDEATHSIG, SIGKILL); }

namespace {

struct KernelJob {
  std::string input, kernel, output, log;
};

bool fromJSON(const llvm::json::Value &value, KernelJob &job, llvm::json::Path path) {
  llvm::json::ObjectMapper object(value, path);
  return object && object.map("input", job.input) && object.map("kernel", job.kernel) && object.map("output", job.output) &&
         object.map("log", job.log);
}

class Compilation {
public:
  Compilation(attune::TargetInfo target, attune::KernelFile kind)
      : target(std::move(target)), kind(kind), context(MLIRContext::Threading::DISABLED) {
    context.loadDialect<attune::attn::AttnDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect>();
  }

  int compile(const KernelJob &job);
  int compileAll(const std::vector<KernelJob> &jobs, unsigned parallel);

private:
  attune::TargetInfo target;
  attune::KernelFile kind;
  MLIRContext context;
};

int Compilation::compile(const KernelJob &job) {
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(job.input, &context);
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
    if (job.kernel.empty() || function.getName() == job.kernel)
      kernel = function;
  }
  if (!kernel || (job.kernel.empty() && count != 1))
    return fail((job.kernel.empty() ? "name one of the kernels with --kernel" : "there is no kernel '" + job.kernel + "'") +
                ": " + job.input + " has " + (known.empty() ? "none" : known));
  auto warn = [&](llvm::StringRef text) { llvm::errs() << "warning: kernel '" << kernel.getName() << "': " << text << "\n"; };
  if (llvm::Error error = attune::compileKernel(kernel, target, kind, job.output, warn)) {
    removeOutput(job.output);
    return fail(llvm::toString(std::move(error)));
  }
  return 0;
}

/// Says of each job that ends what became of it, on a line of JSON.
int Compilation::compileAll(const std::vector<KernelJob> &jobs, unsigned parallel) {
  std::vector<attune::ProcessJob> processes;
  for (const KernelJob &job : jobs)
    processes.push_back({{}, job.log, {}, [&] {
                           endWithParent();
                           return compile(job);
                         }});
  bool failed = false;
  attune::runProcesses(processes, parallel, kernelTimeLimit, attune::AfterProblem::Stop,
                       [&](size_t job, const attune::ProcessResult &result) {
    failed |= !result.problem.empty();
    llvm::json::OStream line(llvm::outs());
    line.object([&] {
      line.attribute("job", static_cast<int64_t>(job));
      line.attribute("problem", llvm::json::fixUTF8(result.problem));
    });
    llvm::outs() << "\n";
    llvm::outs().flush();
  });
  return failed;
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  endWithParent();
  cl::OptionCategory category("attn-kernelc");
  cl::opt<std::string> input(cl::Positional, cl::desc("KERNELS.mlir"), cl::cat(category));
  cl::opt<std::string> name("kernel", cl::desc("the kernel to compile; not needed where there is one"), cl::cat(category));
  cl::opt<std::string> targetName("target", cl::init("host"), cl::desc("processor"), cl::cat(category));
  cl::opt<std::string> output("o", cl::desc("the file to write"), cl::cat(category));
  cl::opt<std::string> list("list", cl::desc("a JSON file that names kernels, instead of one: [{\"input\": a file, "
                                             "\"kernel\", \"output\": a file, \"log\": a file for its messages}]"),
                            cl::cat(category));
  cl::opt<unsigned> parallel("jobs", cl::init(1), cl::desc("how many kernels of the list are compiled at a time"),
                             cl::cat(category));
  cl::opt<bool> runtime("runtime", cl::desc("write Halide's runtime instead of a kernel"), cl::cat(category));
  cl::opt<attune::KernelFile> kind(
      "emit", cl::init(attune::KernelFile::Object), cl::desc("what to write"), cl::cat(category),
      cl::values(clEnumValN(attune::KernelFile::Object, "object", "machine code"),
                 clEnumValN(attune::KernelFile::Assembly, "assembly", "the same as text"),
                 clEnumValN(attune::KernelFile::Stmt, "stmt", "Halide's loops")));
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "compiles kernels through Halide\n");

  llvm::Expected<attune::TargetInfo> target = attune::parseTarget(targetName);
  if (!target)
    return fail(llvm::toString(target.takeError()));
  if (!list.empty()) {
    auto file = llvm::MemoryBuffer::getFile(list);
    if (!file)
      return fail("cannot read '" + list + "': " + file.getError().message());
    auto jobs = llvm::json::parse<std::vector<KernelJob>>((*file)->getBuffer(), list.c_str());
    if (!jobs)
      return fail("'" + list + "': " + llvm::toString(jobs.takeError()));
    return Compilation(*target, kind).compileAll(*jobs, parallel);
  }
  if (output.empty())
    return fail("no file to write is given: -o FILE");
  if (runtime) {
    if (llvm::Error error = attune::compileHalideRuntime(*target, output))
      return fail(llvm::toString(std::move(error)));
    return 0;
  }
  if (input.empty())
    return fail("no file of kernels is given");
  return Compilation(*target, kind).compile({input, name, output, ""});
}
