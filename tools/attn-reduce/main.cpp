// attn-reduce: makes IR smaller as long as a test of the user's calls it
// interesting, a crash of a pass for instance.
#include "codegen/host/KernelsToHost.h"
#include "passes/Registration.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  attune::registerDialects(registry);
  attune::registerPasses();
  attune::registerKernelsToHostPass();
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
