#include "codegen/target/CodeGenerator.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

namespace attune {

llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createCodeGenerator(llvm::StringRef cpu, llvm::StringRef features,
                                                                         llvm::CodeGenOptLevel level) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError("LLVM cannot make code for this machine: " + error);
  llvm::TargetOptions options;
  options.FunctionSections = true; // the linker leaves out what nothing calls
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, cpu, features, options, llvm::Reloc::PIC_, std::nullopt, level));
}

llvm::Error generateCode(llvm::Module &module, llvm::TargetMachine &generator, llvm::CodeGenFileType type,
                         llvm::raw_pwrite_stream &out) {
  llvm::legacy::PassManager passes;
  if (generator.addPassesToEmitFile(passes, out, nullptr, type))
    return llvm::createStringError("LLVM cannot write such files for this machine");
  passes.run(module);
  return llvm::Error::success();
}

} // namespace attune
