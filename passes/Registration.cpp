#include "passes/Registration.h"
#include "passes/Passes.h"
#include "passes/Pipeline.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/Passes.h"

namespace attune {

void registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<attn::AttnDialect, mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect, mlir::func::FuncDialect,
                  mlir::LLVM::LLVMDialect, mlir::math::MathDialect, mlir::memref::MemRefDialect, mlir::scf::SCFDialect>();
}

namespace {

struct WayOptions : mlir::PassPipelineOptions<WayOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("what to compile for"), llvm::cl::init("host")};
  Option<std::string> from{*this, "from", llvm::cl::desc("the phase of the input"), llvm::cl::init("input")};
  Option<std::string> schedule{*this, "schedule", llvm::cl::desc("a schedule file")};
};

} // namespace

void registerPasses() {
  mlir::registerTransformsPasses();
  registerAttunePasses();
  for (Phase phase : {Phase::Simplified, Phase::Fused, Phase::Scheduled, Phase::Kernels})
    mlir::PassPipelineRegistration<WayOptions>(
        ("attn-to-" + phaseName(phase)).str(), ("All passes up to the phase " + phaseName(phase)).str(),
        [phase](mlir::OpPassManager &manager, const WayOptions &options) {
          buildPipeline(manager, parsePhase(options.from).value_or(Phase::Input), phase,
                        {options.target, options.schedule, ""});
        });
}

} // namespace attune
