// Models -> functions of the IR.
#include "frontend/Evaluator.h"

#include "llvm/ADT/StringSet.h"
#include "frontend/Limits.h"

#include "dialect/Attn.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace llvm;
using attune::attn::TensorType;

namespace attune::frontend {

void Evaluator::run() {
  SmallVector<const FunctionDecl *> models;
  for (const Decl *decl : program.main().file.decls)
    if (auto *fn = dyn_cast<FunctionDecl>(decl))
      if (fn->isModel)
        models.push_back(fn);
  if (models.empty()) {
    llvm::SourceMgr &sources = mb.diag.sourceManager();
    mb.diag.plainError(
        sources.getMemoryBuffer(sources.getMainFileID())->getBufferIdentifier() +
        ": the file declares no model; write 'model NAME(…) -> … { … }'");
    return;
  }
  for (const FunctionDecl *model : models)
    weights.reserve(model->name.name);
  weights.reserve("prepare");
  for (const FunctionDecl *model : models) {
    if (model->name.name == "prepare") {
      mb.failAt(model->name.range, "a model cannot be called 'prepare': the "
                                   "compiler uses that name");
      continue;
    }
    if (mb.isStopped())
      return;
    emitModel(model);
  }
}

void Evaluator::emitModel(const FunctionDecl *model) {
  mlir::MLIRContext *context = mb.context();
  Scope scope;
  Frame top;
  top.decl = model;
  top.module = &program.main();
  top.scope = &scope;
  FrameScope frames(*this, top);
  mb.startFunction(nameBesideDims("seeds"));
  weights.startFunction();
  mb.path.clear();
  mb.where = model->name.range;
  active.assign(1, model);

  mlir::OpBuilder::InsertionGuard guard(mb.builder);
  mb.builder.setInsertionPointToEnd(mb.module.getBody());
  auto func = mlir::func::FuncOp::create(
      mb.builder, mb.location(), model->name.name,
      mlir::FunctionType::get(context, {}, {}));
  func->setAttr(attn::modelAttrName, mb.builder.getUnitAttr());
  mlir::Block *block = func.addEntryBlock();
  mb.builder.setInsertionPointToStart(block);

  SmallVector<mlir::Type> inputs;
  bool fine = true;
  auto refuse = [&](SMRange where, const Twine &message) {
    mb.failAt(where, message);
    fine = false;
  };
  for (const Parameter &parameter : model->parameters) {
    StringRef name = parameter.name.name;
    mb.where = parameter.type->range;
    std::optional<Element> element =
        elementFromSpelling(parameter.type->element);
    if (parameter.defaultValue) {
      refuse(parameter.defaultValue->range,
             "the input '" + name + "' of a model has no default");
      continue;
    }
    if (!element || parameter.type->leadingAxes) {
      refuse(parameter.type->range,
             "the input '" + name + "' of a model must be a tensor with all "
                                    "its sizes, as in f32[batch, 384]");
      continue;
    }
    auto sizes = evaluateSizes(parameter.type->sizes);
    if (!sizes || !mb.checkShape(*element, *sizes)) {
      fine = false;
      continue;
    }
    auto type = TensorType::get(toType(*element, context), *sizes);
    mlir::Value argument = block->addArgument(type, mb.location());
    inputs.push_back(type);
    auto array = std::make_shared<Array>(*makeTensor(argument));
    array->name = name.str();
    if (findVariable(name))
      refuse(parameter.name.range, "'" + name + "' is declared twice");
    define(name, Value(ArrayPtr(array)));
  }
  if (!fine)
    return;

  execute(model->body);
  if (!top.returned && !mb.isStopped())
    mb.failAt(model->name.range,
              "'" + model->name.name + "' ends without 'return'");
  if (top.result.isPoison() || mb.isStopped())
    return;

  SmallVector<mlir::Value> results;
  SmallVector<std::string> names;
  auto add = [&](const Value &value, StringRef name,
                 const FunctionDecl::Result &declared) {
    mb.where = declared.type->range;
    if (value.isPoison())
      return;
    // A number without a type of its own takes the declared one.
    Value typed = castTo(mb, value, *elementFromSpelling(declared.type->element));
    ArrayPtr array = toArray(mb, typed, "a result");
    mlir::Value tensor = array ? mb.materialize(array, name) : mlir::Value();
    if (!tensor)
      return;
    results.push_back(tensor);
    names.push_back(name.str());
  };
  if (const Tuple *tuple = top.result.tuple())
    for (auto [i, element] : llvm::enumerate(tuple->elements)) {
      if (llvm::is_contained(names, tuple->names[i]))
        mb.failAt(model->results[i].name.range,
                  "'" + tuple->names[i] + "' is declared twice");
      add(element, tuple->names[i], model->results[i]);
    }
  else
    add(top.result, "result", model->results[0]);
  if (results.size() != model->results.size())
    return;
  mlir::func::ReturnOp::create(mb.builder, mb.location(), results);
  eraseDead(*block);
  // A seed that nothing draws with any more is no input.
  unsigned seed = inputs.size();
  bool draws = block->getNumArguments() > seed;
  if (draws && block->getArgument(seed).use_empty()) {
    block->eraseArgument(seed);
    draws = false;
  }
  func.setFunctionType(mlir::FunctionType::get(
      context, block->getArgumentTypes(), mlir::ValueRange(results).getTypes()));
  for (unsigned i = 0; i < seed; ++i)
    func.setArgAttr(i, attn::nameAttrName,
                    mb.builder.getStringAttr(model->parameters[i].name.name));
  if (draws)
    func.setArgAttr(seed, attn::seedAttrName, mb.builder.getUnitAttr());
  for (auto [i, name] : llvm::enumerate(names))
    func.setResultAttr(i, attn::nameAttrName, mb.builder.getStringAttr(name));
  checkDims(model, func);
}

std::string Evaluator::nameBesideDims(StringRef wanted) {
  llvm::StringSet<> dims;
  for (auto &module : program.all())
    for (const Decl *decl : module->file.decls)
      if (isa<DimDecl>(decl))
        dims.insert(decl->name.name);
  std::string name = wanted.str();
  for (unsigned i = 1; dims.contains(name); ++i)
    name = wanted.str() + std::to_string(i);
  return name;
}

/// Every dim must be the size of some input's axis: that is where the program
/// gets its value from.
void Evaluator::checkDims(const FunctionDecl *model, mlir::Operation *func) {
  llvm::StringSet<> bound;
  auto fn = cast<mlir::func::FuncOp>(func);
  for (mlir::Type type : fn.getArgumentTypes())
    for (SizeAttr size : cast<TensorType>(type).getSizes())
      if (isa<mlir::AffineSymbolExpr>(size.getExpr()))
        bound.insert(size.getSymbols()[0].getValue());
  std::set<std::string> unbound;
  mlir::AttrTypeWalker walker;
  walker.addWalk([&](SizeAttr size) {
    for (mlir::StringAttr symbol : size.getSymbols())
      if (!bound.contains(symbol.getValue()))
        unbound.insert(symbol.getValue().str());
  });
  func->walk([&](mlir::Operation *op) {
    walker.walk(op->getAttrDictionary());
    for (mlir::Type type : op->getResultTypes())
      walker.walk(type);
  });
  for (const std::string &name : unbound)
    mb.failAt(model->name.range,
              "the value of the dim '" + name + "' cannot be known: no input of '" +
                  model->name.name + "' has an axis of just that size");
}

} // namespace attune::frontend
