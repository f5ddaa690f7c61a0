#include "codegen/halide/MachineCode.h"
#include "codegen/halide/Instructions.h"
#include "codegen/target/CodeGenerator.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

namespace attune::kernels {

llvm::Expected<std::string> machineCode(llvm::StringRef bitcode, const TargetInfo &target, llvm::CodeGenFileType type) {
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
  llvm::SmallString<0> code;
  llvm::raw_svector_ostream out(code);
  if (llvm::Error failed = generateCode(**module, **generator, type, out))
    return std::move(failed);
  return code.str().str();
}

} // namespace attune::kernels
