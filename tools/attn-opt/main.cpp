// attn-opt: mlir-opt with the attn dialect and Attune's passes.
#include "dialect/Attn.h"
#include "passes/Passes.h"
#include "passes/Pipeline.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<attune::attn::AttnDialect, mlir::arith::ArithDialect,
                  mlir::cf::ControlFlowDialect, mlir::func::FuncDialect,
                  mlir::LLVM::LLVMDialect, mlir::math::MathDialect,
                  mlir::memref::MemRefDialect>();
  mlir::registerTransformsPasses();
  attune::registerAttunePasses();
  // --attn-to-fused and so on: the whole way to a phase.
  struct Options : mlir::PassPipelineOptions<Options> {
    Option<std::string> target{*this, "target", llvm::cl::desc("what to compile for"),
                               llvm::cl::init("host")};
    Option<std::string> from{*this, "from", llvm::cl::desc("the phase of the input"),
                             llvm::cl::init("input")};
    Option<std::string> schedule{*this, "schedule", llvm::cl::desc("a schedule file")};
  };
  using attune::Phase;
  for (Phase phase : {Phase::Simplified, Phase::Fused, Phase::Scheduled, Phase::Kernels})
    mlir::PassPipelineRegistration<Options>(
        ("attn-to-" + attune::phaseName(phase)).str(),
        ("All passes up to the phase " + attune::phaseName(phase)).str(),
        [phase](mlir::OpPassManager &manager, const Options &options) {
          attune::buildPipeline(manager,
                                attune::parsePhase(options.from).value_or(Phase::Input),
                                phase, {options.target, options.schedule, ""});
        });
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Attune's optimizer driver\n", registry));
}
