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

/// The ops as text that does not depend on where they stand.
std::string textOf(ArrayRef<Operation *> ops) {
  Location unknown = UnknownLoc::get(ops.front()->getContext());
  OwningOpRef<ModuleOp> alone = ModuleOp::create(unknown);
  OpBuilder builder = OpBuilder::atBlockBegin(alone->getBody());
  IRMapping mapping;
  for (Operation *op : ops)
    builder.clone(*op, mapping);
  std::string text;
  llvm::raw_string_ostream os(text);
  alone->print(os, OpPrintingFlags().useLocalScope());
  return text;
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
  auto prepare = func::FuncOp::create(builder, module.getLoc(), freeName("prepare"),
                                      builder.getFunctionType({}, {}));
  prepare->setAttr(prepareAttrName, builder.getUnitAttr());
  builder.setInsertionPointToStart(prepare.addEntryBlock());
  func::ReturnOp::create(builder, module.getLoc());
  return prepare;
}

std::string Preparation::freeName(StringRef wanted) {
  SymbolTable symbols(module);
  std::string name = wanted.str();
  for (unsigned i = 1; symbols.lookup(name); ++i)
    name = (wanted + "." + Twine(i)).str();
  return name;
}

Value Preparation::add(OpBuilder &builder, Value value) {
  SmallVector<Operation *> ops = slice(value);
  auto result = cast<TensorType>(value.getType());
  std::string &name = nameOf[textOf(ops)];
  auto read = [&]() -> Value {
    return ReadOp::create(builder, value.getLoc(), result,
                          FlatSymbolRefAttr::get(builder.getContext(), name));
  };
  if (!name.empty())
    return read();
  func::FuncOp prepare = function();
  OpBuilder inside(prepare.front().getTerminator());
  IRMapping mapping;
  for (Operation *op : ops)
    inside.clone(*op, mapping);
  name = freeName(displayName(value.getDefiningOp()));
  OpBuilder declare(prepare);
  PreparedOp::create(declare, value.getLoc(), name, result);
  Value source = mapping.lookup(value);
  WriteOp::create(inside, value.getLoc(), name, source);
  return read();
}

void Preparation::dropInternal() {
  llvm::MapVector<StringAttr, SmallVector<ReadOp>> reads;
  llvm::DenseMap<StringAttr, WriteOp> writes;
  module.walk([&](ReadOp read) { reads[read.getSourceAttr().getAttr()].push_back(read); });
  module.walk([&](WriteOp write) { writes[write.getTargetAttr().getAttr()] = write; });
  for (auto prepared : llvm::make_early_inc_range(module.getOps<PreparedOp>())) {
    WriteOp write = writes.lookup(prepared.getSymNameAttr());
    ArrayRef<ReadOp> readers = reads[prepared.getSymNameAttr()];
    bool internal = write && llvm::all_of(readers, [&](ReadOp read) {
      return read->getBlock() == write->getBlock() && write->isBeforeInBlock(read);
    });
    if (!internal)
      continue;
    for (ReadOp read : readers) {
      read.getResult().replaceAllUsesWith(write.getValue());
      read.erase();
    }
    write.erase();
    prepared.erase();
  }
  for (auto function : module.getOps<func::FuncOp>())
    if (function->hasAttr(prepareAttrName))
      computeLate(function.front());
}

void Preparation::computeLate(Block &body) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body))) {
    Operation *first = nullptr;
    for (Operation *user : op.getUsers()) {
      Operation *here = body.findAncestorOpInBlock(*user);
      if (!first || here->isBeforeInBlock(first))
        first = here;
    }
    if (first)
      op.moveBefore(first);
  }
}

} // namespace attune
