#include "frontend/ModelBuilder.h"
#include "frontend/Limits.h"

#include "dialect/Attn.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace llvm;
using mlir::Block;
using mlir::Location;
using mlir::OpBuilder;
using mlir::Region;
using mlir::ValueRange;
using attune::attn::TensorType;

namespace attune::frontend {

ModelBuilder::ModelBuilder(mlir::ModuleOp module, Diagnostics &diag)
    : diag(diag), module(module), builder(module.getContext()) {}

//===-- Mistakes -----------------------------------------------------------===//

Value ModelBuilder::failAt(SMRange place, const Twine &message) {
  if (!diag.error(place, message))
    return {};
  // The innermost calls say enough; a deep chain would bury the message.
  unsigned shown = 0;
  for (const Call &call : llvm::reverse(calls)) {
    if (++shown > 3)
      break;
    diag.note(call.where, "in this use of '" + call.name + "'");
  }
  return {};
}

Value ModelBuilder::fail(const Twine &message) { return failAt(where, message); }

Value ModelBuilder::giveUp(const Twine &message) {
  if (!stopped)
    fail(message);
  stopped = true;
  return {};
}

//===-- Emission -----------------------------------------------------------===//

void ModelBuilder::startFunction(std::string name) {
  checkedSizes.clear();
  sites = 0;
  seedSize = std::move(name);
  seedInput = {};
}

mlir::Value ModelBuilder::seed() {
  if (!seedInput) {
    mlir::Operation *op = builder.getInsertionBlock()->getParentOp();
    auto function = dyn_cast<mlir::func::FuncOp>(op);
    if (!function)
      function = op->getParentOfType<mlir::func::FuncOp>();
    auto type = TensorType::get(builder.getI32Type(),
                                SizeAttr::symbol(context(), seedSize));
    seedInput = function.front().addArgument(type, function.getLoc());
  }
  return seedInput;
}

Location ModelBuilder::location() {
  SourceMgr &sources = diag.sourceManager();
  Location loc = mlir::UnknownLoc::get(context());
  if (unsigned id = where.Start.isValid()
                        ? sources.FindBufferContainingLoc(where.Start)
                        : 0) {
    auto [line, column] = sources.getLineAndColumn(where.Start, id);
    loc = mlir::FileLineColLoc::get(
        context(), sources.getMemoryBuffer(id)->getBufferIdentifier(), line,
        column);
  }
  if (path.empty())
    return loc;
  return mlir::NameLoc::get(mlir::StringAttr::get(context(), path), loc);
}

std::string ModelBuilder::stageName(StringRef what) const {
  if (calls.empty())
    return what.str();
  return (calls.back().name + "." + what).str();
}

const Facts &ModelBuilder::facts() const {
  static const Facts none;
  return region ? region->facts : none;
}

void eraseDead(Block &block) {
  for (mlir::Operation &op :
       llvm::make_early_inc_range(llvm::reverse(block.getOperations())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void ModelBuilder::count(mlir::Operation *op) {
  op->walk([&](mlir::Operation *) { ++operations; });
  if (operations > limits::operations)
    giveUp("the model needs more than " + Twine(limits::operations) +
           " operations when its loops are unrolled and its functions put in "
           "place");
}

void ModelBuilder::tidy(Region &body) {
  for (Block &block : body)
    eraseDead(block);
  count(body.getParentOp());
}

SmallVector<std::string> ModelBuilder::axisNames(ArrayRef<SizeAttr> sizes) {
  // Constant sizes are called n, m, l, … from the last axis on, as in papers.
  static const char letters[] = "nmlkjihgfedcba";
  SmallVector<std::string> names(sizes.size());
  unsigned letter = 0;
  for (size_t i = sizes.size(); i-- > 0;) {
    if (isa<mlir::AffineSymbolExpr>(sizes[i].getExpr()))
      names[i] = sizes[i].getSymbols()[0].getValue().str();
    else
      names[i] = letters[letter++ % (sizeof letters - 1)];
  }
  makeUnique(names);
  return names;
}

void ModelBuilder::makeUnique(MutableArrayRef<std::string> names) {
  std::set<std::string> taken;
  for (std::string &name : names) {
    std::string base = name;
    for (unsigned n = 1; !taken.insert(name).second; ++n)
      name = base + std::to_string(n);
  }
}

static SmallVector<StringRef> references(ArrayRef<std::string> names) {
  return SmallVector<StringRef>(names.begin(), names.end());
}

bool ModelBuilder::checkShape(Element element, ArrayRef<SizeAttr> sizes) {
  if (sizes.size() > limits::rank) {
    fail("a tensor has at most " + Twine(limits::rank) + " axes, not " +
         Twine(sizes.size()));
    return false;
  }
  int64_t elements = 1;
  for (SizeAttr size : sizes) {
    std::optional<int64_t> constant = size.getConstant();
    if (!constant)
      continue;
    if (*constant < 1) {
      fail("the size " + Twine(*constant) + " in " +
           describe(element, sizes) + " must be at least 1");
      return false;
    }
    if (*constant > limits::axisSize) {
      fail("the size " + Twine(*constant) + " in " +
           describe(element, sizes) + " is too large; an axis has at most " +
           Twine(limits::axisSize) + " elements");
      return false;
    }
    if (elements > limits::elements / *constant) {
      fail(describe(element, sizes) + " has more than " +
           Twine(limits::elements) + " elements");
      return false;
    }
    elements *= *constant;
  }
  return true;
}

mlir::Value ModelBuilder::materialize(const ArrayPtr &array, StringRef what) {
  if (array->tensor)
    return array->tensor;
  if (region) {
    fail("this needs a whole tensor, which an attention definition cannot "
         "make; compute it before and pass it as an argument");
    return {};
  }
  Element element =
      array->element == Element::Index ? Element::I32 : array->element;
  if (isStopped() || !checkShape(element, array->sizes))
    return {};
  SmallVector<std::string> axes = axisNames(array->sizes);
  auto type = TensorType::get(toType(element, context()), array->sizes);
  auto stage = attn::StageOp::create(
      builder, location(), stageName(what), type, references(axes),
      [&](OpBuilder &inner, Location loc, ValueRange indices) {
        Body body{inner, loc};
        SmallVector<mlir::Value> at(indices);
        return convert(body, array->at(body, at), element);
      });
  tidy(stage.getBody());
  array->tensor = stage.getResult();
  return array->tensor;
}

Value ModelBuilder::finish(std::shared_ptr<Array> array, StringRef what) {
  if (isStopped())
    return {};
  if (region) {
    if (array->depth > limits::nesting)
      return giveUp("this feature vector is built from too many steps");
    if (array->rank() > 0)
      return Value(ArrayPtr(array));
    Body here = body();
    mlir::Value scalar = array->at(here, {});
    if (++operations > limits::operations)
      return giveUp("the attention definitions need more than " +
                    Twine(limits::operations) + " operations");
    auto result = std::make_shared<Array>(*array);
    result->element = elementOf(scalar.getType());
    result->depth = 0;
    result->at = [scalar](Body &, ArrayRef<mlir::Value>) { return scalar; };
    return Value(ArrayPtr(result));
  }
  // What loads nothing is cheaper to repeat than to store; a chain of views
  // stays a chain of index arithmetic.
  constexpr unsigned longestChain = 16;
  if ((array->isView || !array->loads) && array->depth < longestChain)
    return Value(ArrayPtr(array));
  mlir::Value tensor = materialize(array, what);
  if (!tensor)
    return {};
  auto result = std::make_shared<Array>(*makeTensor(tensor, array->bounds));
  return Value(ArrayPtr(result));
}

ArrayPtr ModelBuilder::reduceStage(StringRef what, attn::Reducer reducer,
                                   Element element, ArrayRef<SizeAttr> sizes,
                                   ArrayRef<SizeAttr> reduced,
                                   ArrayRef<std::string> axes,
                                   StageBody inner) {
  if (isStopped() || !checkShape(element, sizes) ||
      !checkShape(element, reduced))
    return nullptr;
  auto type = TensorType::get(toType(element, context()), sizes);
  auto stage = attn::StageOp::create(
      builder, location(), stageName(what), type, references(axes), reducer,
      reduced, [&](OpBuilder &b, Location loc, ValueRange indices) {
        Body body{b, loc};
        SmallVector<mlir::Value> all(indices);
        return convert(body,
                       inner(body, ArrayRef(all).take_front(sizes.size()),
                             ArrayRef(all).drop_front(sizes.size())),
                       element);
      });
  tidy(stage.getBody());
  return makeTensor(stage.getResult());
}

mlir::Value ModelBuilder::reduceScalar(
    Body &body, attn::Reducer reducer, SizeAttr size, StringRef axis,
    function_ref<mlir::Value(Body &, mlir::Value)> inner) {
  auto reduce = attn::ReduceOp::create(
      body.builder, body.loc, reducer, axis, size,
      [&](OpBuilder &b, Location loc, ValueRange indices) {
        Body nested{b, loc, body.indices};
        return inner(nested, indices[0]);
      });
  tidy(reduce.getBody());
  return reduce.getResult();
}

void ModelBuilder::leaveRegion() {
  mlir::Operation *op = builder.getInsertionBlock()->getParentOp();
  if (isa<mlir::func::FuncOp>(op))
    return;
  while (!isa<mlir::func::FuncOp>(op->getParentOp()))
    op = op->getParentOp();
  builder.setInsertionPoint(op);
}

void ModelBuilder::checkSize(SizeAttr size, SizeAttr bound, const Twine &what) {
  if (!checkedSizes.insert({size.getAsOpaquePointer(),
                            bound.getAsOpaquePointer()}).second)
    return;
  OpBuilder::InsertionGuard guard(builder);
  leaveRegion();
  count(attn::CheckSizeOp::create(builder, location(), size, bound,
                                  builder.getStringAttr(what)));
}

void ModelBuilder::checkIndex(mlir::Value indices, SizeAttr size,
                              const Twine &what, bool ifAny) {
  count(attn::CheckIndexOp::create(builder, location(), indices, size, ifAny,
                                   builder.getStringAttr(what)));
}

} // namespace attune::frontend
