#include "codegen/halide/EmptyTensors.h"
#include "dialect/Size.h"
#include <vector>

namespace attune::kernels {

using namespace Halide::Internal;

namespace {

/// What is computed of a tensor where one of its sizes is 0.
class WithoutElements {
public:
  explicit WithoutElements(attn::SizeAttr size) : size(size) {}

  /// Whether nothing of what reads `tensor` is computed.
  bool isUnread(mlir::Value tensor) {
    return llvm::all_of(tensor.getUsers(), [&](mlir::Operation *user) {
      auto load = mlir::dyn_cast<attn::LoadOp>(user);
      auto stage = load ? load->getParentOfType<attn::StageOp>() : attn::StageOp();
      return stage && isIdle(stage);
    });
  }

private:
  /// A sum without terms; or what such sums alone read, as stages have the elements that are asked for.
  bool isIdle(attn::StageOp stage) {
    if (auto found = known.find(stage); found != known.end())
      return found->second;
    bool isIdle = false;
    for (int64_t axis = 0; axis < stage.getReductionRank(); ++axis)
      isIdle |= isZero(stage.getAxisSize(stage.getRank() + axis));
    isIdle |= !stage->use_empty() && llvm::all_of(stage.getResults(), [&](mlir::Value result) { return isUnread(result); });
    return known[stage] = isIdle;
  }

  bool isZero(attn::SizeAttr other) const {
    mlir::MLIRContext *context = size.getContext();
    auto replace = [&](mlir::StringAttr symbol) {
      return size == attn::SizeAttr::symbol(context, symbol.getValue()) ? attn::SizeAttr::constant(context, 0) : attn::SizeAttr();
    };
    return other == size || attn::substitute(other, replace).isConstant(0);
  }

  attn::SizeAttr size;
  llvm::DenseMap<mlir::Operation *, bool> known;
};

} // namespace

EmptyTensors::EmptyTensors(mlir::func::FuncOp kernel) {
  for (mlir::BlockArgument argument : kernel.getArguments())
    if (auto type = mlir::dyn_cast<attn::TensorType>(argument.getType()))
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        if (WithoutElements(type.getSize(axis)).isUnread(argument))
          ofSums.insert({"Input buffer argument" + std::to_string(argument.getArgNumber()), type.getRank() - 1 - axis});
}

Stmt EmptyTensors::visit(const AssertStmt *check) {
  std::vector<const Let *> names;
  Halide::Expr message = check->message;
  for (const Let *let; (let = message.as<Let>()); message = let->body)
    names.push_back(let);
  const Call *error = message.as<Call>();
  if (!error || error->name != "halide_error_access_out_of_bounds")
    return IRMutator::visit(check);
  // The buffer's name, the dimension, where it is read from and to, and where it begins and ends.
  const StringImm *name = error->args[0].as<StringImm>();
  std::optional<int64_t> dimension = as_const_int(error->args[1]);
  if (!name || !dimension || !ofSums.count({name->value, *dimension}))
    return IRMutator::visit(check);
  Halide::Expr isEmpty = error->args[5] < error->args[4];
  for (auto let = names.rbegin(); let != names.rend(); ++let)
    isEmpty = Let::make((*let)->name, (*let)->value, isEmpty);
  return AssertStmt::make(check->condition || isEmpty, check->message);
}

} // namespace attune::kernels
