// The way of a model through the phases, for attnc and attn-run.
#pragma once

#include "tools/attnc/Options.h"
#include "codegen/link/DeviceResources.h"
#include "codegen/target/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/SourceMgr.h"
#include <memory>

namespace attune {

class Compiler {
public:
  /// `program` is what messages begin with.
  Compiler(const CompilerOptions &options, Installation installation, std::string program);
  ~Compiler();

  /// Reads the source. Everything below gives false after it has said why.
  bool load();
  /// Runs the passes up to `step`, which is IR.
  bool advance(Step step);
  /// Writes the result that the options ask for.
  bool finish();
  /// Writes `output` to `path`.
  bool link(Output output, const std::string &path);

  /// Kernels of the phase `kernels`, where the program is, as Halide's loops, by name; nothing
  /// after it has said why.
  std::optional<llvm::StringMap<std::string>> statements(llvm::ArrayRef<std::string> kernels);
  /// What kernels need of a card, by name; none where no `ptxas` is installed or the target has
  /// no use for it. The program goes on to the phase `kernels`, where there are any. Nothing after
  /// it has said why.
  std::optional<llvm::StringMap<DeviceResources>> resources();

  mlir::ModuleOp module() { return *ir; }
  /// The file that was read, without its folder.
  std::string sourceName() const;
  /// To a file, or to standard output where `output` is empty or "-".
  bool writeText(const std::string &output, llvm::StringRef text);
  Step step() const { return current; }
  const TargetInfo &target() const { return targetInfo; }
  /// The IR as text without places.
  std::string text();
  bool complain(const llvm::Twine &message);

private:
  bool loadModel();
  bool loadIR();
  bool keepModel();
  bool narrow();
  bool dump();
  bool writeObjects();
  bool setKernelCompiler(KernelObjectsOptions &kernels);
  std::optional<KernelObjects> compile(KernelObjectsOptions settings,
                                       llvm::function_ref<void(const llvm::StringMap<std::string> &)> meanwhile);
  std::optional<llvm::StringMap<DeviceResources>> resourcesOf(const KernelObjects &kernels, KernelObjectsOptions settings);
  bool refuseSpills(const llvm::StringMap<DeviceResources> &resources);
  std::string programName() const;
  struct Objects;
  bool makeObjects(bool isMain, Objects &objects);

  CompilerOptions options;
  Installation installation;
  std::string program;
  TargetInfo targetInfo;
  mlir::DefaultTimingManager timing; // prints when the compiler goes
  mlir::TimingScope total;
  llvm::SourceMgr sources;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> ir;
  Step current = Step::Input;
};

} // namespace attune
