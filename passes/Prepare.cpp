#include "passes/Prepare.h"
#include "passes/Stages.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

/// The ops that compute `value`, in order.
SmallVector<Operation *> slice(Value value) {
  llvm::SetVector<Operation *> found;
  SmallVector<Operation *> work{value.getDefiningOp()};
  while (!work.empty()) {
    Operation *op = work.pop_back_val();
    if (!found.insert(op))
      continue;
    for (Value tensor : readTensors(op))
      work.push_back(tensor.getDefiningOp());
  }
  SmallVector<Operation *> ops(found.begin(), found.end());
  llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return ops;
}

} // namespace

Preparation::Preparation(ModuleOp module) : module(module) {}

func::FuncOp Preparation::function() {
  for (auto existing : module.getOps<func::FuncOp>())
    if (existing->hasAttr(prepareAttrName))
      return existing;
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  // After the declarations, before the models.
  for (Operation &op : *module.getBody())
    if (isa<func::FuncOp>(op)) {
      builder.setInsertionPoint(&op);
      break;
    }
  auto prepare = func::FuncOp::create(builder, module.getLoc(), "prepare",
                                      builder.getFunctionType({}, {}));
  prepare->setAttr(prepareAttrName, builder.getUnitAttr());
  builder.setInsertionPointToStart(prepare.addEntryBlock());
  func::ReturnOp::create(builder, module.getLoc());
  return prepare;
}

Value Preparation::add(OpBuilder &builder, Value value) {
  SmallVector<Operation *> ops = slice(value);
  func::FuncOp prepare = function();
  OpBuilder inside(prepare.front().getTerminator());
  IRMapping mapping;
  for (Operation *op : ops)
    inside.clone(*op, mapping);
  auto result = cast<TensorType>(value.getType());
  SymbolTable symbols(module);
  std::string name = displayName(value.getDefiningOp());
  if (symbols.lookup(name)) {
    unsigned i = 1;
    while (symbols.lookup(name + "." + std::to_string(i)))
      ++i;
    name += "." + std::to_string(i);
  }
  OpBuilder declare(prepare);
  PreparedOp::create(declare, value.getLoc(), name, result);
  Value source = mapping.lookup(value);
  WriteOp::create(inside, value.getLoc(), name, source);
  return ReadOp::create(builder, value.getLoc(), result,
                        FlatSymbolRefAttr::get(builder.getContext(), name));
}

} // namespace attune
