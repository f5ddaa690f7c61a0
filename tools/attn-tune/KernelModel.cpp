#include "tools/attn-tune/KernelModel.h"
#include "passes/Passes.h"
#include "passes/Pipeline.h"
#include "runtime/npy.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Pass/PassManager.h"
#include <cstdio>
#include <set>

using namespace mlir;
using namespace attune::attn;

namespace attune::tune {
namespace {

/// The input of the model that a kernel's operand is, whole and perhaps reshaped.
BlockArgument modelInput(Value operand) {
  while (auto reshape = operand.getDefiningOp<ReshapeOp>())
    operand = reshape.getSource();
  return dyn_cast<BlockArgument>(operand);
}

/// Writes a model's input in the sizes that the kernel reads it in.
llvm::Error writeInput(const runtime::InputText &input, TensorType type, const Sizes &sizes, const std::string &path) {
  runtime::Array array;
  if (runtime::Error error = runtime::makeInput(input, 0, array))
    return llvm::createStringError(error.message());
  array.sizes.clear();
  for (SizeAttr size : type.getSizes())
    array.sizes.push_back(valueOf(size, sizes).value_or(1));
  FILE *file = std::fopen(path.c_str(), "wb");
  if (!file)
    return llvm::createStringError("cannot write " + path);
  runtime::Error error = runtime::writeNpy(file, path, array.tensor());
  if (std::fclose(file) != 0 && !error)
    return llvm::createStringError("cannot write " + path);
  return error ? llvm::createStringError(error.message()) : llvm::Error::success();
}

std::string valueText(TensorType type, unsigned seed) {
  Type element = type.getElementType();
  // Indices into anything are in bounds.
  return element.isInteger(1) ? "1" : isa<IntegerType>(element) ? "0" : "random:" + std::to_string(seed);
}

} // namespace

llvm::Expected<KernelModel> KernelModel::make(KernelOp kernel, KernelOp fused, const ModelInputs &inputs, StringRef folder) {
  KernelModel result;
  result.original = kernel;
  result.chosen = variantFor(kernel, inputs.sizes);
  result.byDefault = kernel.getSchedule(result.chosen);
  MLIRContext *context = kernel.getContext();
  auto model = kernel->getParentOfType<func::FuncOp>();
  result.module = ModuleOp::create(kernel.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(result.module->getBody());
  BlockArgument seed = seedOf(model);

  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  auto addInput = [&](Type type, NamedAttribute attribute) {
    types.push_back(type);
    attributes.push_back(DictionaryAttr::get(context, attribute));
  };
  auto nameAttribute = [&](const Twine &name) { return builder.getNamedAttr(nameAttrName, builder.getStringAttr(name)); };
  llvm::SetVector<Value> read, given;
  Value seedOperand;
  std::set<std::string> weights;
  for (Value operand : kernel.getInputs()) {
    if (auto source = operand.getDefiningOp<ReadOp>()) {
      // What @prepare computes is a weight as any other here.
      if (weights.insert(source.getSource().str()).second)
        WeightOp::create(builder, kernel.getLoc(), source.getSource(), cast<TensorType>(source.getType()));
      read.insert(operand);
      continue;
    }
    BlockArgument origin = modelInput(operand);
    if (seed && origin == seed) {
      seedOperand = operand;
      continue;
    }
    given.insert(operand);
    std::string name = "x" + std::to_string(types.size());
    addInput(operand.getType(), nameAttribute(name));
    auto type = cast<TensorType>(operand.getType());
    auto text = typeText(type, inputs.sizes);
    if (!text)
      return llvm::createStringError("the sizes of what it reads do not follow from those given");
    std::string value = "=" + *text + "=" + valueText(type, types.size());
    if (origin && origin.getOwner() == &model.front()) {
      auto argument = model.getArgAttrOfType<StringAttr>(origin.getArgNumber(), nameAttrName);
      const runtime::InputText *input = argument ? inputs.find(argument.getValue()) : nullptr;
      if (input) {
        std::string path = (folder + "/" + name + ".npy").str();
        if (llvm::Error error = writeInput(*input, type, inputs.sizes, path))
          return std::move(error);
        value = "=@" + path;
      }
    }
    result.options.push_back("--input=" + name + value);
  }
  // A size like `rows * columns` is bound by none of the inputs that have it:
  // inputs of their own bind the symbols.
  for (const auto &[symbol, value] : inputs.sizes) {
    SizeAttr size = SizeAttr::symbol(context, symbol);
    addInput(TensorType::get(builder.getIntegerType(8), {size}), nameAttribute("size." + symbol));
    result.options.push_back("--input=size." + symbol + "=" + std::to_string(value) + "xi8=0");
  }
  if (!weights.empty())
    result.options.push_back("--weights=random:1");
  if (seedOperand) // comes last
    addInput(seedOperand.getType(), builder.getNamedAttr(seedAttrName, builder.getUnitAttr()));

  auto function = func::FuncOp::create(builder, kernel.getLoc(), "kernel",
                                       builder.getFunctionType(types, kernel.getResult().getType()));
  function->setAttr(modelAttrName, builder.getUnitAttr());
  function.setAllArgAttrs(attributes);
  function.setResultAttr(0, nameAttrName, builder.getStringAttr("result"));
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  IRMapping mapping;
  for (Value operand : read)
    builder.clone(*operand.getDefiningOp(), mapping);
  for (auto [i, operand] : llvm::enumerate(given))
    mapping.map(operand, body->getArgument(i));
  if (seedOperand)
    mapping.map(seedOperand, body->getArguments().back());
  // The chosen variant alone.
  SmallVector<Value> operands;
  for (Value operand : kernel.getInputs())
    operands.push_back(mapping.lookup(operand));
  auto addKernel = [&](Attribute schedule, Region &stages) {
    auto alone = KernelOp::create(builder, kernel.getLoc(), kernel.getName(), operands, kernel.getResult().getType(),
                                  {schedule}, {builder.getUnitAttr()});
    IRMapping inner;
    stages.cloneInto(&alone.getVariants().front(), inner);
    return alone;
  };
  result.isolated = addKernel(kernel.getSchedules()[result.chosen], kernel.getVariants()[result.chosen]);
  auto end = func::ReturnOp::create(builder, kernel.getLoc(), result.isolated.getResult());
  if (fused && !result.defaultSchedule().getTiles().empty()) {
    builder.setInsertionPoint(end);
    KernelOp unscheduled = addKernel(builder.getUnitAttr(), fused.getVariants().front());
    end->setOperand(0, unscheduled.getResult());
    result.fusedModule = cast<ModuleOp>(result.module.get()->clone());
    auto copy = cast<func::FuncOp>(result.fusedModule->lookupSymbol("kernel"));
    (*copy.getOps<KernelOp>().begin())->erase();
    end->setOperand(0, result.isolated.getResult());
    unscheduled.erase();
  }
  return result;
}

llvm::Expected<KernelModel> KernelModel::withTiles(ArrayRef<DirectiveAttr> tiles, StringRef target) const {
  if (!fusedModule)
    return llvm::createStringError("the kernel has no tiles as a whole");
  MLIRContext *context = fusedModule.get()->getContext();
  KernelModel result;
  result.module = cast<ModuleOp>(fusedModule.get()->clone());
  result.options = options;
  auto function = cast<func::FuncOp>(result.module->lookupSymbol("kernel"));
  KernelOp kernel = *function.getOps<KernelOp>().begin();
  kernel->setAttr(variantsAttrName,
                  ArrayAttr::get(context, {VariantAttr::get(context, ConditionAttr(), tiles, UnknownLoc::get(context))}));
  std::string problem;
  ScopedDiagnosticHandler quiet(context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      problem = diagnostic.str();
    return success();
  });
  auto manager = PassManager::on<ModuleOp>(context);
  buildScheduling(manager, {target.str(), "", ""});
  if (failed(manager.run(*result.module)))
    return llvm::createStringError(problem);
  kernel = *function.getOps<KernelOp>().begin();
  // What was asked for is the variant for all sizes that no other has.
  unsigned last = kernel.getVariants().size() - 1;
  OpBuilder builder(kernel);
  result.isolated = KernelOp::create(builder, kernel.getLoc(), kernel.getName(), kernel.getInputs(), kernel.getResult().getType(),
                                     {kernel.getSchedules()[last]}, {builder.getUnitAttr()});
  result.isolated.getVariants().front().takeBody(kernel.getVariants()[last]);
  kernel.getResult().replaceAllUsesWith(result.isolated.getResult());
  kernel.erase();
  result.original = result.isolated;
  result.byDefault = result.isolated.getSchedule(0);
  if (result.defaultSchedule().getTiles() != tiles)
    return llvm::createStringError("the kernel does not take these tiles");
  return result;
}

std::string KernelModel::text(ScheduleAttr schedule) const {
  KernelOp kernel = isolated;
  kernel.setSchedulesAttr(ArrayAttr::get(kernel.getContext(), {schedule}));
  OwningOpRef<ModuleOp> copy(cast<ModuleOp>((*module)->clone()));
  auto manager = PassManager::on<ModuleOp>(kernel.getContext());
  manager.addNestedPass<func::FuncOp>(createSeparateDropout());
  (void)manager.run(*copy);
  std::string text;
  llvm::raw_string_ostream(text) << *copy << "\n";
  return text;
}

} // namespace attune::tune
