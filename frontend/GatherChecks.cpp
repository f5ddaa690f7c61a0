// Checks of gathers inside attention definitions that nothing proves.
#include "frontend/AttentionEmitter.h"

using namespace llvm;

namespace attune::frontend {

void AttentionEmitter::emitChecks(attn::AttentionOp op) {
  mlir::OpBuilder::InsertionGuard guard(mb.builder);
  mb.builder.setInsertionPoint(op);
  for (const GatherCheck &check : keepChecks)
    emitCheck(check, true);
  for (const GatherCheck &check : pairChecks)
    emitCheck(check, false);
}

/// Removes reduced axes that the body of a maximum or minimum does not use, but
/// for one: repeating a value does not change them.
static void dropUnusedAxes(attn::StageOp stage) {
  mlir::Block &body = *stage.getBodyBlock();
  SmallVector<mlir::Attribute> names(stage.getAxes().getValue());
  SmallVector<mlir::Attribute> sizes(stage.getReductionSizes().getValue());
  for (unsigned axis = names.size(); axis-- > 0 && names.size() > 1;) {
    if (!body.getArgument(axis).use_empty())
      continue;
    body.eraseArgument(axis);
    names.erase(names.begin() + axis);
    sizes.erase(sizes.begin() + axis);
  }
  mlir::Builder builder(stage.getContext());
  stage.setAxesAttr(builder.getArrayAttr(names));
  stage.setReductionSizesAttr(builder.getArrayAttr(sizes));
}

/// The least and the greatest index over all kept pairs, each checked. It
/// costs a pass over the pairs, but only definitions pay that gather with
/// indices that neither sizes nor `keep` bound.
void AttentionEmitter::emitCheck(const GatherCheck &check, bool ofKeep) {
  mb.where = check.where;
  SmallVector<SizeAttr> pairs = pairSizes();
  SmallVector<std::string> axes;
  for (StringRef name : indexNames())
    axes.push_back(name.str());
  for (attn::Reducer reducer : {attn::Reducer::Max, attn::Reducer::Min}) {
    bool most = reducer == attn::Reducer::Max;
    ArrayPtr extreme = mb.reduceStage(
        most ? "greatest_index" : "least_index", reducer, Element::I32, {},
        pairs, axes,
        [&](Body &body, ArrayRef<mlir::Value>, ArrayRef<mlir::Value> indices) {
          mlir::OpBuilder::InsertionGuard guard(mb.builder);
          mb.builder.setInsertionPoint(body.builder.getInsertionBlock(),
                                       body.builder.getInsertionPoint());
          RegionState state = makeState(RegionState::Check, indices);
          RegionState *saved = std::exchange(mb.region, &state);
          mlir::Value kept;
          if (!ofKeep && keep) {
            NameScope names(*evaluator.frame);
            defineNames(RegionState::Keep, {});
            Value condition = evaluator.evaluate(keep->value);
            Body here = mb.body();
            if (ArrayPtr array = condition.array())
              kept = array->at(here, {});
          }
          NameScope names(*evaluator.frame);
          defineNames(ofKeep ? RegionState::Keep : RegionState::Score, {});
          Value index = evaluator.evaluate(check.index);
          Body here = mb.body();
          mlir::Value result = emitConstant(
              here, {SizeAttr::constant(mb.context(), 0), {}}, Element::I32);
          mlir::Value zero = result;
          if (const Constant *constant = index.constant())
            result = emitConstant(here, *constant, Element::I32);
          else if (ArrayPtr array = index.array())
            result = convert(here, array->at(here, {}), Element::I32);
          else if (!index.isPoison())
            mb.fail("this index cannot be checked");
          if (kept)
            result = frontend::emit(here, Operation::Select, Element::I32,
                                    {kept, result, zero});
          mb.region = saved;
          return result;
        });
    if (!extreme)
      return;
    dropUnusedAxes(cast<attn::StageOp>(extreme->tensor.getDefiningOp()));
    mb.checkIndex(extreme->tensor, check.size, check.what);
  }
}

} // namespace attune::frontend
