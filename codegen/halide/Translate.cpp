#include "codegen/halide/Translate.h"
#include "codegen/halide/BalancedUpdates.h"
#include "codegen/halide/DeviceCode.h"
#include "codegen/halide/DevicePasses.h"
#include "codegen/halide/DeviceRegisters.h"
#include "codegen/halide/EmptyTensors.h"
#include "codegen/halide/MachineCode.h"
#include "codegen/halide/PanelPrefetch.h"
#include "codegen/halide/RegisterCalls.h"
#include "codegen/halide/Schedule.h"
#include "codegen/halide/Stages.h"
#include "codegen/halide/TransposedLoads.h"
#include "codegen/halide/UnreadPlaces.h"
#include "codegen/halide/WideIndices.h"
#include "schedule/DeviceRules.h"
#include "schedule/Occupancy.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/ToolOutputFile.h"
#include <sstream>

using namespace mlir;

namespace attune {
namespace {

using kernels::KernelError;

/// Halide's own reporter prints; this one hands texts on.
class Reporter : public Halide::CompileTimeErrorReporter {
public:
  explicit Reporter(llvm::function_ref<void(llvm::StringRef)> warn) : warn(warn) {
    Halide::set_custom_compile_time_error_reporter(this);
  }
  ~Reporter() override { Halide::set_custom_compile_time_error_reporter(nullptr); }
  void warning(const char *text) override { warn(llvm::StringRef(text).trim()); }
  [[noreturn]] void error(const char *text) override { throw KernelError(llvm::StringRef(text).trim().str()); }

private:
  llvm::function_ref<void(llvm::StringRef)> warn;
};

Halide::Target halideTarget(const TargetInfo &target) {
  return Halide::Target(target.halideTarget).with_feature(Halide::Target::UserContext);
}

/// Whether anything in the kernel is computed in f64, which OpenCL devices need not have.
bool usesDoubles(const kernels::Kernel &kernel) {
  class Finder : public Halide::Internal::IRGraphVisitor {
  public:
    bool found = false;

  protected:
    using IRGraphVisitor::visit;
    void visit(const Halide::Internal::Cast *cast) override {
      found |= cast->type.element_of() == Halide::Float(64);
      IRGraphVisitor::visit(cast);
    }
  } finder;
  for (const kernels::StageFunc &stage : kernel.stages)
    stage.func.function().accept(&finder);
  return finder.found;
}

/// The one border that exceptions of Halide and of this library end at.
llvm::Error guarded(llvm::Twine what, llvm::function_ref<void(llvm::StringRef)> warn, llvm::function_ref<void()> run) {
  std::string prefix = what.str();
  try {
    Reporter reporter(warn);
    run();
    return llvm::Error::success();
  } catch (const Halide::Error &error) {
    return llvm::createStringError(prefix + ": Halide: " + llvm::StringRef(error.what()).trim());
  } catch (const std::exception &error) {
    return llvm::createStringError(prefix + ": " + error.what());
  }
}

/// The body is what a kernel may be, and its schedule legal.
ScheduledKernel plan(func::FuncOp function, const TargetInfo &target) {
  if (function.isExternal() || function.getNumResults() != 1)
    throw KernelError("a kernel has a body and one result");
  Block &body = function.getBody().front();
  auto result = body.getTerminator()->getOperand(0).getDefiningOp<attn::StageOp>();
  if (!result || result->getNumResults() != 1)
    throw KernelError("a kernel's result must be a stage of one value");
  llvm::StringSet<> names;
  for (Operation &op : body.without_terminator()) {
    auto stage = dyn_cast<attn::StageOp>(op);
    if (!stage)
      throw KernelError("'" + op.getName().getStringRef().str() + "' cannot stand between the stages of a kernel");
    if (!names.insert(stage.getName()).second)
      throw KernelError("two stages are called '" + stage.getName().str() + "'");
  }
  llvm::Expected<ScheduledKernel> scheduled =
      planSchedule(body, function->getAttrOfType<attn::ScheduleAttr>(attn::scheduleAttrName),
                   &target);
  if (!scheduled)
    throw KernelError(llvm::toString(scheduled.takeError()));
  return std::move(*scheduled);
}

/// Whether something between arguments and result is kept as a whole: it may take more bytes than 32 bits count.
bool keepsWholeStages(const KernelPlan &plan) {
  return llvm::any_of(plan.stages, [](const StagePlan &stage) { return !stage.isInlined && !stage.shape.isResult && !stage.at; });
}

/// What the grids of each stage at root have.
std::vector<kernels::GridLimits> limitsOf(const kernels::Kernel &kernel, const ScheduledKernel &scheduled, const TargetInfo &target) {
  Footprint footprint(scheduled.plan, scheduled.stages, Division::Aligned);
  std::vector<kernels::GridLimits> limits;
  for (auto [index, stage] : llvm::enumerate(kernel.stages)) {
    if (scheduled.plan.stages[index].isInlined || scheduled.plan.stages[index].at)
      continue;
    int64_t threads = 1;
    for (const Grid &grid : gridsOf(scheduled.plan, index))
      threads = std::max(threads, threadsOf(scheduled.plan, grid));
    limits.push_back({stage.func.name(), threads, residentBlocksOf(scheduled.plan, footprint, index, target.multiprocessor)});
  }
  return limits;
}

/// A file of its own for bitcode: beside the output, in a folder that goes with it, or where that is none, among all others.
std::error_code createBitcodeFile(llvm::StringRef output, llvm::SmallVectorImpl<char> &name) {
  llvm::sys::fs::file_status status;
  bool isOther = output == "-" || (!llvm::sys::fs::status(output, status) && !llvm::sys::fs::is_regular_file(status));
  return isOther ? llvm::sys::fs::createTemporaryFile("kernel", "bc", name)
                 : llvm::sys::fs::createUniqueFile(output + ".%%%%%%%%.bc", name);
}

std::string machineCode(const Halide::Module &module, const TargetInfo &target, KernelFile kind, llvm::StringRef output) {
  llvm::SmallString<128> bitcode;
  if (std::error_code error = createBitcodeFile(output, bitcode))
    throw KernelError("no file can be written beside '" + output.str() + "': " + error.message());
  llvm::FileRemover remove(bitcode);
  llvm::sys::RemoveFileOnSignal(bitcode);
  module.compile({{Halide::OutputFileType::bitcode, bitcode.str().str()}});
  auto type = kind == KernelFile::Object ? llvm::CodeGenFileType::ObjectFile : llvm::CodeGenFileType::AssemblyFile;
  llvm::Expected<std::string> code = kernels::machineCode(bitcode, target, type);
  llvm::sys::DontRemoveFileOnSignal(bitcode);
  if (!code)
    throw KernelError(llvm::toString(code.takeError()));
  return std::move(*code);
}

std::string statements(const Halide::Module &module) {
  std::ostringstream text;
  text << module;
  return text.str();
}

void write(llvm::StringRef text, llvm::StringRef path) {
  std::error_code error;
  llvm::ToolOutputFile file(path, error, llvm::sys::fs::OF_None);
  if (!error) {
    file.os() << text;
    file.os().flush();
    error = file.os().error();
    file.os().clear_error();
  }
  if (error)
    throw KernelError("'" + path.str() + "' cannot be written: " + error.message());
  file.keep();
}

} // namespace

llvm::Error compileKernel(func::FuncOp function, const TargetInfo &target, KernelFile kind, llvm::StringRef path,
                          llvm::function_ref<void(llvm::StringRef)> warn) {
  // Code of devices cannot stop where sizes turn out to be others than the schedule says: Halide leaves such
  // checks out, with a warning.
  auto refuse = [](llvm::StringRef why) {
    throw KernelError("its blocks or threads ask for more than the schedule lets them keep: " + why.str());
  };
  auto check = [&](llvm::StringRef text) {
    bool isAssertion = text.contains("guaranteed to fail an assertion") || text.contains("Ignoring assertion inside");
    if (target.isDevice() && isAssertion)
      refuse(text);
    warn(text);
  };
  return guarded("kernel '" + function.getName() + "'", check, [&] {
    ScheduledKernel scheduled = plan(function, target);
    kernels::Kernel kernel = kernels::buildStages(function, scheduled, target);
    kernels::applySchedule(kernel, scheduled.plan, warn);
    Halide::Target halide = halideTarget(target).with_feature(Halide::Target::NoRuntime);
    if (!target.isDevice() && keepsWholeStages(scheduled.plan))
      halide = halide.with_feature(Halide::Target::LargeBuffers);
    if (target.device == Device::OpenCL && usesDoubles(kernel))
      halide = halide.with_feature(Halide::Target::CLDoubles);
    std::set<std::string> ofPanels; // loops
    for (auto [stage, planned] : llvm::zip(kernel.stages, scheduled.plan.stages))
      if (planned.directives.prefetch)
        for (int i = 0; i < stage.domain.dimensions(); ++i)
          ofPanels.insert(stage.func.name() + ".s1." + stage.domain[i].name());
    kernel.output->func.add_custom_lowering_pass(new kernels::EmptyTensors(function));
    if (!target.isDevice()) {
      kernel.output->func.add_custom_lowering_pass(new kernels::TransposedLoads);
      kernel.output->func.add_custom_lowering_pass(new kernels::BalancedUpdates);
      kernel.output->func.add_custom_lowering_pass(new kernels::PanelPrefetch(ofPanels));
      kernel.output->func.add_custom_lowering_pass(new kernels::RegisterCalls);
      kernel.output->func.add_custom_lowering_pass(new kernels::UnreadPlaces);
      kernel.output->func.add_custom_lowering_pass(new kernels::WideIndices);
    } else {
      kernel.output->func.add_custom_lowering_pass(new kernels::ProcessorReads);
      kernel.output->func.add_custom_lowering_pass(new kernels::ThreadRegisters);
      kernel.output->func.add_custom_lowering_pass(new kernels::UniformRegisters);
      kernel.output->func.add_custom_lowering_pass(new kernels::SharedMemory(mostSharedBytes));
    }
    if (target.device == Device::CUDA) {
      kernel.output->func.add_custom_lowering_pass(new kernels::ScalarRegisters);
      kernel.output->func.add_custom_lowering_pass(new kernels::JoinedConditions);
      kernel.output->func.add_custom_lowering_pass(new kernels::FreshRegisters);
      kernel.output->func.add_custom_lowering_pass(new kernels::GridSizes);
    }
    if (target.device == Device::OpenCL) {
      kernel.output->func.add_custom_lowering_pass(new kernels::StrictComparisons);
      kernel.output->func.add_custom_lowering_pass(new kernels::BarriersOutside);
      kernel.output->func.add_custom_lowering_pass(new kernels::VectorConditions);
      kernel.output->func.add_custom_lowering_pass(new kernels::VectorLengths);
    }
    Halide::Module module = kernel.output->func.compile_to_module(kernel.arguments, kernel.name, halide);
    module.set_any_strict_float(true); // it looked before passes wrote some
    if (target.device == Device::CUDA) {
      // Where OpenCL has nothing, CUDA stops the program.
      for (const std::string &ptx : kernels::ptxOf(module))
        if (llvm::StringRef(ptx).contains("trap;"))
          refuse("whether it does is known only when running");
      kernels::limitThreads(module, limitsOf(kernel, scheduled, target));
    }
    write(kind == KernelFile::Stmt ? statements(module) : machineCode(module, target, kind, path), path);
  });
}

llvm::Error compileHalideRuntime(const TargetInfo &target, llvm::StringRef path) {
  return guarded("Halide's runtime", [](llvm::StringRef) {}, [&] {
    Halide::compile_standalone_runtime({{Halide::OutputFileType::object, path.str()}}, halideTarget(target));
  });
}

} // namespace attune
