#include "codegen/host/HostObject.h"
#include "codegen/host/Description.h"
#include "codegen/host/HostToLLVM.h"
#include "codegen/target/CodeGenerator.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "runtime/program.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

using namespace mlir;

namespace attune {
namespace {

/// attn_program_NAME and what it points to.
void addProgram(llvm::Module &module, const HostObjectOptions &options,
                const HostProgram &program, const std::string &description) {
  llvm::LLVMContext &context = module.getContext();
  auto *pointer = llvm::PointerType::getUnqual(context);
  auto *i32 = llvm::Type::getInt32Ty(context), *i64 = llvm::Type::getInt64Ty(context);
  llvm::Constant *null = llvm::ConstantPointerNull::get(pointer);
  auto addData = [&](StringRef name, llvm::Constant *value, uint64_t alignment) {
    auto *global = new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                            llvm::GlobalValue::PrivateLinkage, value, name);
    global->setAlignment(llvm::Align(alignment));
    return global;
  };
  SmallVector<llvm::Constant *> entries;
  for (size_t i = 0; i <= program.entries.size(); ++i) {
    llvm::Function *function = module.getFunction(entryFunctionName(i));
    if (function)
      function->setLinkage(llvm::GlobalValue::InternalLinkage);
    entries.push_back(function ? function : null);
  }
  auto *table = llvm::ArrayType::get(pointer, entries.size());
  llvm::Constant *weights = null;
  if (!options.embeddedWeights.empty())
    weights = addData("weights",
                      llvm::ConstantDataArray::getString(context, options.embeddedWeights, false), 64);
  llvm::Constant *opener = null;
  if (!options.device.empty()) // attn_device_opener: what it gives is not looked at here
    opener = new llvm::GlobalVariable(module, llvm::Type::getInt8Ty(context), /*isConstant=*/true,
                                      llvm::GlobalValue::ExternalLinkage, nullptr, "attn_open_" + options.device);
  // struct attn_program of runtime/program.h.
  auto *type = llvm::StructType::get(context, {i32, i32, pointer, i64, pointer, pointer, i64, pointer});
  auto *value = llvm::ConstantStruct::get(
      type,
      {llvm::ConstantInt::get(i32, ATTN_PROGRAM_ABI),
       llvm::ConstantInt::get(i32, program.entries.size()),
       addData("description", llvm::ConstantDataArray::getString(context, description, false), 1),
       llvm::ConstantInt::get(i64, description.size()),
       addData("entries", llvm::ConstantArray::get(table, entries), 8), weights,
       llvm::ConstantInt::get(i64, options.embeddedWeights.size()), opener});
  auto *symbol = new llvm::GlobalVariable(module, type, /*isConstant=*/true,
                                          llvm::GlobalValue::ExternalLinkage, value,
                                          "attn_program_" + options.name);
  symbol->setAlignment(llvm::Align(8));
  if (options.isMain)
    new llvm::GlobalVariable(module, pointer, /*isConstant=*/true,
                             llvm::GlobalValue::ExternalLinkage, symbol, "attn_main_program");
}

/// The code only passes arguments on, in one long function: cleaning it up once is
/// enough, and what looks at all pairs of its stores would take seconds.
void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder passes(&machine);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(components);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, components, modules);
  llvm::FunctionPassManager cleaning;
  cleaning.addPass(llvm::EarlyCSEPass());
  cleaning.addPass(llvm::SimplifyCFGPass());
  llvm::ModulePassManager pipeline;
  pipeline.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(cleaning)));
  pipeline.run(module, modules);
}

} // namespace

FailureOr<SmallVector<char, 0>>
compileHostObject(ModuleOp module, const HostObjectOptions &options,
                  llvm::function_ref<std::string(StringRef)> kernelSymbol) {
  OwningOpRef<ModuleOp> copy(module.clone());
  FailureOr<HostProgram> program = HostProgram::read(*copy);
  if (failed(program))
    return failure();
  std::string description =
      describeProgram(*program, options.name, options.target, options.cpuFeatures);
  if (failed(lowerHostToLLVM(*copy, *program, options.device, kernelSymbol)))
    return failure();

  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(*copy, context, options.name);
  if (!code)
    return failure();
  auto generator = createCodeGenerator("x86-64", "", llvm::CodeGenOptLevel::None);
  if (!generator)
    return module.emitError(llvm::toString(generator.takeError()));
  code->setTargetTriple((*generator)->getTargetTriple());
  code->setDataLayout((*generator)->createDataLayout());
  addProgram(*code, options, *program, description);
  optimize(*code, **generator);

  SmallVector<char, 0> object;
  llvm::raw_svector_ostream os(object);
  if (llvm::Error error = generateCode(*code, **generator, llvm::CodeGenFileType::ObjectFile, os))
    return module.emitError(llvm::toString(std::move(error)));
  return object;
}

} // namespace attune
