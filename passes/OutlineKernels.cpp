#include "passes/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-outline-kernels"
ALWAYS_ENABLED_STATISTIC(kernelCalls, "calls of kernels");
ALWAYS_ENABLED_STATISTIC(sharedKernels, "calls of a kernel that another call has");
ALWAYS_ENABLED_STATISTIC(kernelFunctions, "functions, one a variant");

namespace {

/// Sizes of a kernel as parameters: each symbol, or an expression whose symbols
/// occur nowhere else (`batch * tokens`) as one.
struct SizeParameters {
  SmallVector<SizeAttr> values; // in the caller's symbols, in order of appearance
};

/// Calls `see` on every size in the types and attributes of the kernel's bodies;
/// conditions stay outside, where the sizes have their own names.
void forEachSize(KernelOp kernel, llvm::function_ref<void(SizeAttr)> see) {
  AttrTypeWalker walker;
  walker.addWalk([&](SizeAttr size) { see(size); });
  auto visit = [&](Operation *op) {
    for (NamedAttribute attribute : op->getAttrs())
      walker.walk(attribute.getValue());
    for (Type type : op->getResultTypes())
      walker.walk(type);
  };
  for (Region &region : kernel.getVariants()) {
    for (Type type : region.getArgumentTypes())
      walker.walk(type);
    region.walk([&](Operation *op) { visit(op); });
  }
}

SizeParameters findParameters(KernelOp kernel) {
  llvm::SetVector<SizeAttr> sizes;
  forEachSize(kernel, [&](SizeAttr size) {
    if (!size.getConstant())
      sizes.insert(size);
  });
  SizeParameters parameters;
  llvm::SetVector<SizeAttr> values;
  for (SizeAttr size : sizes) {
    bool alone = llvm::all_of(sizes, [&](SizeAttr other) {
      return other == size || llvm::none_of(size.getSymbols(), [&](StringAttr symbol) {
        return llvm::is_contained(other.getSymbols(), symbol);
      });
    });
    if (alone)
      values.insert(size);
    else
      for (StringAttr symbol : size.getSymbols())
        values.insert(SizeAttr::symbol(kernel.getContext(), symbol));
  }
  parameters.values.assign(values.begin(), values.end());
  return parameters;
}

class Outliner {
public:
  explicit Outliner(ModuleOp module) : module(module), symbols(module) {}

  void outline(KernelOp kernel) {
    MLIRContext *context = kernel.getContext();
    SizeParameters parameters = findParameters(kernel);

    Outlined &known = outlined[canonicalText(kernel, parameters)];
    ++kernelCalls;
    sharedKernels += !known.variants.empty();
    if (known.variants.empty()) {
      known.names = parameterNames(context, parameters);
      for (unsigned v = 0; v < kernel.getVariants().size(); ++v)
        known.variants.push_back(outlineVariant(kernel, v, parameters, known.names));
    }
    NamedAttrList sizes;
    for (auto [name, value] : llvm::zip(known.names, parameters.values))
      sizes.append(name, value);
    OpBuilder builder(kernel);
    OperationState state(kernel.getLoc(), CallOp::getOperationName());
    auto &properties = state.getOrAddProperties<CallOp::Properties>();
    properties.name = kernel.getNameAttr();
    properties.kernels = ArrayAttr::get(context, known.variants);
    properties.conditions = kernel.getConditionsAttr();
    properties.sizes = sizes.getDictionary(context);
    state.addOperands(kernel.getInputs());
    state.addTypes(kernel.getResult().getType());
    Operation *call = builder.create(state);
    kernel.getResult().replaceAllUsesWith(call->getResult(0));
    kernel.erase();
  }

private:
  struct Outlined {
    SmallVector<Attribute> variants; // symbols of functions
    SmallVector<StringAttr> names;   // theirs for the parameters
  };

  /// The variants with parameters called by their position: equal for kernels
  /// that differ in the names of sizes alone.
  std::string canonicalText(KernelOp kernel, const SizeParameters &parameters) {
    SmallVector<StringAttr> names;
    for (size_t i = 0; i < parameters.values.size(); ++i)
      names.push_back(StringAttr::get(kernel.getContext(), "size" + Twine(i)));
    std::string text;
    for (unsigned v = 0; v < kernel.getVariants().size(); ++v) {
      func::FuncOp function = makeFunction(kernel, v, parameters, names);
      text += print(function);
      function->erase();
    }
    return text;
  }

  std::string print(func::FuncOp function) {
    std::string text;
    llvm::raw_string_ostream os(text);
    function->print(os, OpPrintingFlags().useLocalScope());
    return text;
  }

  /// The symbol of the variant's function, which an equal variant may have made.
  Attribute outlineVariant(KernelOp kernel, unsigned v, const SizeParameters &parameters,
                           ArrayRef<StringAttr> names) {
    func::FuncOp function = makeFunction(kernel, v, parameters, names);
    auto [known, isNew] = byText.try_emplace(print(function), function);
    if (!isNew) {
      function->erase();
      return FlatSymbolRefAttr::get(known->second);
    }
    function.setName(freeName(kernel.getName()));
    symbols.insert(function);
    ++kernelFunctions;
    return FlatSymbolRefAttr::get(function);
  }

  /// A function, in no module yet, with the variant's body.
  func::FuncOp makeFunction(KernelOp kernel, unsigned v, const SizeParameters &parameters,
                            ArrayRef<StringAttr> names) {
    MLIRContext *context = kernel.getContext();
    Region &body = kernel.getVariants()[v];
    Location loc = kernel.getLoc();
    auto function = func::FuncOp::create(
        loc, "kernel", FunctionType::get(context, body.getArgumentTypes(),
                                         kernel.getResult().getType()));
    function.setPrivate();
    IRMapping mapping;
    body.cloneInto(&function.getBody(), mapping);
    // Where a stage comes from is no part of what the kernel does.
    function.walk([](StageOp stage) { stage.removePathAttr(); });
    auto yield = cast<YieldOp>(function.front().getTerminator());
    OpBuilder builder(yield);
    func::ReturnOp::create(builder, loc, yield.getOperands());
    yield.erase();
    function->setAttr(kernelAttrName, UnitAttr::get(context));
    if (ScheduleAttr schedule = kernel.getSchedule(v))
      function->setAttr(scheduleAttrName, schedule);
    if (auto changed = kernel->getAttrOfType<DenseI64ArrayAttr>(changedVariantsAttrName))
      if (llvm::is_contained(changed.asArrayRef(), v))
        function->setAttr(changedAttrName, UnitAttr::get(context));

    rename(function, parameters, names);
    SmallVector<Attribute> nameAttrs(names.begin(), names.end());
    function->setAttr(symbolsAttrName, ArrayAttr::get(context, nameAttrs));
    return function;
  }

  /// Symbols keep their names; expressions are called after what they count.
  SmallVector<StringAttr> parameterNames(MLIRContext *context, const SizeParameters &parameters) {
    SmallVector<StringAttr> names;
    llvm::StringSet<> taken;
    for (SizeAttr value : parameters.values) {
      std::string name = "rows";
      if (value.getSymbols().size() == 1 &&
          value == SizeAttr::symbol(context, value.getSymbols().front()))
        name = value.getSymbols().front().str();
      std::string unique = name;
      for (unsigned i = 1; !taken.insert(unique).second; ++i)
        unique = name + std::to_string(i);
      names.push_back(StringAttr::get(context, unique));
    }
    return names;
  }

  void rename(func::FuncOp function, const SizeParameters &parameters,
              ArrayRef<StringAttr> names) {
    MLIRContext *context = function.getContext();
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](SizeAttr size) -> std::pair<Attribute, WalkResult> {
      for (auto [value, name] : llvm::zip(parameters.values, names))
        if (size == value)
          return {SizeAttr::symbol(context, name), WalkResult::skip()};
      return {substitute(size, [&](StringAttr symbol) -> SizeAttr {
                for (auto [value, name] : llvm::zip(parameters.values, names))
                  if (value == SizeAttr::symbol(context, symbol))
                    return SizeAttr::symbol(context, name);
                return {};
              }),
              WalkResult::skip()};
    });
    replacer.recursivelyReplaceElementsIn(function, /*replaceAttrs=*/true,
                                          /*replaceLocs=*/false, /*replaceTypes=*/true);
  }

  /// The last part of the kernel's name, as an identifier.
  std::string freeName(StringRef name) {
    std::string base;
    for (char c : name.drop_front(name.rfind('.') == StringRef::npos ? 0 : name.rfind('.') + 1))
      base += llvm::isAlnum(c) ? c : '_';
    StringRef trimmed = StringRef(base).trim('_');
    base = trimmed.empty() ? "kernel" : trimmed.str();
    if (llvm::isDigit(base.front()))
      base = "kernel_" + base;
    std::string unique = base;
    for (unsigned i = 1; symbols.lookup(unique); ++i)
      unique = base + "_" + std::to_string(i);
    return unique;
  }

  ModuleOp module;
  SymbolTable symbols;
  llvm::StringMap<Outlined> outlined;    // by all variants, sizes without names
  llvm::StringMap<func::FuncOp> byText; // by one variant
};

struct OutlineKernels : impl::OutlineKernelsBase<OutlineKernels> {
  void runOnOperation() override {
    Outliner outliner(getOperation());
    SmallVector<KernelOp> kernels;
    getOperation().walk([&](KernelOp kernel) { kernels.push_back(kernel); });
    for (KernelOp kernel : kernels)
      outliner.outline(kernel);
  }
};

} // namespace
} // namespace attune
