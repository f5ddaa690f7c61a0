#include "frontend/Frontend.h"
#include "frontend/Evaluator.h"
#include "frontend/NameCheck.h"
#include "frontend/Overrides.h"

#include "dialect/Attn.h"
#include "mlir/IR/Verifier.h"

using namespace llvm;

namespace attune {
namespace {

/// Locations do not outlive printing, and kernels are called after the paths of
/// what they compute: stages and attentions get them as attributes.
void recordPaths(mlir::ModuleOp module) {
  module.walk([](mlir::Operation *op) {
    auto named = op->getLoc()->findInstanceOf<mlir::NameLoc>();
    if (!named)
      return;
    if (auto stage = dyn_cast<attn::StageOp>(op))
      stage.setPathAttr(named.getName());
    else if (auto attention = dyn_cast<attn::AttentionOp>(op))
      attention.setPathAttr(named.getName());
  });
}

} // namespace

mlir::OwningOpRef<mlir::ModuleOp> parseModel(SourceMgr &sources,
                                             const FrontendOptions &options,
                                             mlir::MLIRContext &context) {
  context.loadDialect<attn::AttnDialect, mlir::arith::ArithDialect,
                      mlir::func::FuncDialect, mlir::math::MathDialect>();
  frontend::Diagnostics diag(sources,
                             options.errors ? *options.errors : errs());
  frontend::Program program(options, diag);
  if (!program.load() || !frontend::applyOverrides(program, options, diag))
    return nullptr;
  frontend::checkNames(program, diag);
  mlir::OwningOpRef<mlir::ModuleOp> module(mlir::ModuleOp::create(
      mlir::UnknownLoc::get(&context)));
  frontend::ModelBuilder builder(*module, diag);
  // Names that nobody knows do not keep the rest from being checked.
  frontend::Evaluator(program, builder, options).run();
  if (diag.errorCount() > 0)
    return nullptr;
  recordPaths(*module);
  if (failed(mlir::verify(*module)))
    return nullptr; // the verifier has said why
  return module;
}

} // namespace attune
