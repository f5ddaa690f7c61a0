#include "codegen/halide/MachineCode.h"
#include "codegen/halide/Instructions.h"
#include "codegen/target/CodeGenerator.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

namespace attune::kernels {

llvm::Error writeMachineCode(llvm::StringRef bitcode, const TargetInfo &target, llvm::CodeGenFileType type, llvm::StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(bitcode);
  if (!file)
    return llvm::createFileError(bitcode, file.getError());
  llvm::LLVMContext context;
  auto module = llvm::parseBitcodeFile(**file, context);
  if (!module)
    return module.takeError();
  placeInstructions(**module);
  auto generator = createCodeGenerator(target.llvmCpu, target.llvmFeatures, llvm::CodeGenOptLevel::Aggressive);
  if (!generator)
    return generator.takeError();
  std::error_code error;
  llvm::raw_fd_ostream out(path, error);
  if (error)
    return llvm::createFileError(path, error);
  if (llvm::Error failed = generateCode(**module, **generator, type, out))
    return failed;
  out.close();
  if (out.has_error()) {
    error = out.error();
    out.clear_error();
    return llvm::createFileError(path, error);
  }
  return llvm::Error::success();
}

} // namespace attune::kernels
