#include "frontend/Arrays.h"
#include "frontend/Limits.h"

#include <cfloat>

using namespace llvm;

namespace attune::frontend {

std::optional<SmallVector<SizeAttr>> broadcast(ArrayRef<SizeAttr> a,
                                               ArrayRef<SizeAttr> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  SmallVector<SizeAttr> result(a);
  size_t offset = a.size() - b.size();
  for (auto [i, size] : llvm::enumerate(b)) {
    SizeAttr &mine = result[offset + i];
    if (mine == size || size.isConstant(1))
      continue;
    if (!mine.isConstant(1))
      return std::nullopt;
    mine = size;
  }
  return result;
}

mlir::Value elementAt(Body &body, const Array &array,
                      ArrayRef<mlir::Value> indices) {
  SmallVector<mlir::Value> mine(indices.take_back(array.rank()));
  for (auto [i, size] : llvm::enumerate(array.sizes))
    if (size.isConstant(1))
      mine[i] = indexConstant(body, 0);
  return array.at(body, mine);
}

ArrayPtr toArray(ModelBuilder &mb, const Value &value, const Twine &what) {
  if (ArrayPtr array = value.array())
    return array;
  const Constant *constant = value.constant();
  if (!constant) {
    if (!value.isPoison())
      mb.fail(what + " must be a tensor or a number, not " + describe(value));
    return nullptr;
  }
  Element element = constant->type ? *constant->type
                    : constant->isBool()  ? Element::Bool
                    : constant->isFloat() ? Element::F32
                    : mb.region           ? Element::Index
                                          : Element::I32;
  return filled(mb, *constant, element, {}).array();
}

Value filled(ModelBuilder &mb, const Constant &constant, Element element,
             ArrayRef<SizeAttr> sizes) {
  if (!mb.checkShape(element, sizes))
    return {};
  auto array = std::make_shared<Array>();
  array->element = element;
  array->sizes.assign(sizes.begin(), sizes.end());
  array->isView = true;
  array->loads = false;
  if (constant.isInt())
    array->bounds = Bounds{constant.size(), constant.size(), true};
  array->at = [constant, element](Body &body, ArrayRef<mlir::Value>) {
    return emitConstant(body, constant, computeElement(element));
  };
  return Value(ArrayPtr(array));
}

//===-- Types --------------------------------------------------------------===//

/// The type in which values of types `a` and `b` meet; nothing for a bool and
/// a number.
static std::optional<Element> join(Element a, Element b) {
  if (a == b)
    return a;
  if (a == Element::Bool || b == Element::Bool)
    return std::nullopt;
  if (isFloat(a) || isFloat(b)) {
    if (isFloat(a) && isFloat(b))
      return Element::F32; // the wider; f16 and bf16 meet in f32
    return isFloat(a) ? a : b;
  }
  return a == Element::Index || b == Element::Index ? Element::Index
                                                    : Element::I32;
}

/// The type in which operands meet. Literals take the type beside them.
static std::optional<Element> joinAll(ArrayRef<Value> operands) {
  std::optional<Element> joined;
  bool plainFloat = false, plainInt = false;
  for (const Value &operand : operands) {
    Element mine;
    if (ArrayPtr array = operand.array()) {
      mine = array->element;
    } else {
      const Constant &constant = *operand.constant();
      if (constant.isBool())
        mine = Element::Bool;
      else if (constant.type)
        mine = *constant.type;
      else {
        (constant.isFloat() ? plainFloat : plainInt) = true;
        continue;
      }
    }
    if (!joined) {
      joined = mine;
    } else if (std::optional<Element> both = join(*joined, mine)) {
      joined = both;
    } else {
      return std::nullopt;
    }
  }
  if (!joined)
    return plainFloat ? Element::F32 : Element::Index;
  if ((plainFloat || plainInt) && *joined == Element::Bool)
    return std::nullopt;
  if (plainFloat && !isFloat(*joined))
    return Element::F32;
  if (plainInt && *joined == Element::I8)
    return Element::I32;
  return joined;
}

static std::string describeAll(ArrayRef<Value> operands) {
  std::string text;
  for (auto [i, operand] : llvm::enumerate(operands)) {
    if (i)
      text += i + 1 == operands.size() ? " and " : ", ";
    text += describe(operand);
  }
  return text;
}

/// The type of the operands of `op`, which all get; reports what cannot be.
static std::optional<Element> operandElement(ModelBuilder &mb, Operation op,
                                             ArrayRef<Value> operands) {
  std::optional<Element> joined = joinAll(operands);
  auto refuse = [&](const Twine &hint) -> std::optional<Element> {
    mb.fail("'" + nameOf(op) + "' does not take " + describeAll(operands) +
            hint);
    return std::nullopt;
  };
  if (isLogic(op) && joined != Element::Bool)
    return refuse("; it takes bools");
  if (!joined)
    return refuse("; turn the bool into a number with a cast such as f32(…)");
  bool isBool = *joined == Element::Bool;
  if (isLogic(op))
    return joined;
  if (isComparison(op)) {
    if (isBool && op != Operation::Equal && op != Operation::NotEqual)
      return refuse("; bools have no order");
    return joined;
  }
  if (op == Operation::Select)
    return joined;
  if (isBool)
    return refuse("; turn the bool into a number with a cast such as f32(…)");
  if (isFloatFunction(op) && !isFloat(*joined))
    return Element::F32;
  return *joined == Element::I8 ? Element::I32 : joined;
}

static bool fits(ModelBuilder &mb, const Constant &constant, Element element) {
  if (isFloat(element)) {
    double limit = element == Element::F16 ? 65504.0 : FLT_MAX;
    double value = constant.isFloat() ? std::abs(constant.number()) : 0;
    if (value <= limit || std::isinf(value) || std::isnan(value))
      return true;
    mb.fail(describe(constant) + " does not fit " + spelling(element));
    return false;
  }
  std::optional<int64_t> integer = constant.integer();
  if (!integer || element == Element::Index ||
      (*integer >= INT32_MIN && *integer <= INT32_MAX))
    return true;
  mb.fail("the integer " + Twine(*integer) + " does not fit i32");
  return false;
}

//===-- Operations ---------------------------------------------------------===//

namespace {

/// Computes each element once per block: feature vectors that use one another
/// twice would otherwise double their work at every step.
struct Memory {
  mlir::Block *block = nullptr;
  SmallVector<mlir::Value> indices;
  mlir::Value value;
};

bool isInside(mlir::Block *block, mlir::Block *outer) {
  for (; block; block = block->getParentOp() ? block->getParentOp()->getBlock()
                                             : nullptr)
    if (block == outer)
      return true;
  return false;
}

} // namespace

Value elementwise(ModelBuilder &mb, Operation op, ArrayRef<Value> operands,
                  StringRef name) {
  SmallVector<Constant> constants;
  for (const Value &operand : operands) {
    if (operand.isPoison())
      return {};
    if (operand.list() || operand.tuple())
      return mb.fail("'" + nameOf(op) + "' does not take " +
                     describe(operand));
    if (const Constant *constant = operand.constant())
      constants.push_back(*constant);
  }
  bool select = op == Operation::Select;
  ArrayRef<Value> numbers = operands.drop_front(select ? 1 : 0);
  if (select) {
    ArrayPtr condition = operands[0].array();
    if (condition ? condition->element != Element::Bool
                  : !operands[0].constant()->isBool())
      return mb.fail("the condition of 'select' must be bool, not " +
                     describe(operands[0]));
  }
  std::optional<Element> joined = operandElement(mb, op, numbers);
  if (!joined)
    return {};
  if (constants.size() == operands.size()) {
    FoldResult folded = fold(op, constants, mb.facts());
    if (folded.value)
      return *folded.value;
    if (!folded.error.empty())
      return mb.fail(folded.error);
  }
  Element compute = computeElement(*joined);
  auto result = std::make_shared<Array>();
  result->loads = false;
  for (const Value &operand : operands) {
    if (const Constant *constant = operand.constant()) {
      if (!constant->isBool() && !fits(mb, *constant, *joined))
        return {};
      continue;
    }
    ArrayPtr array = operand.array();
    std::optional<SmallVector<SizeAttr>> sizes =
        broadcast(result->sizes, array->sizes);
    if (!sizes)
      return mb.fail("the sizes of " + describeAll(operands) +
                     " do not match; trailing axes must be equal or 1");
    result->sizes = *sizes;
    result->loads |= array->loads;
    result->depth = std::max(result->depth, array->depth + 1);
  }
  result->element =
      isComparison(op) || isLogic(op) ? Element::Bool : *joined;
  if (isInteger(result->element))
    result->bounds = boundsOf(op, *joined, operands, mb.context());
  std::optional<Comparison> exact;
  if (isComparison(op) && compute == Element::Index &&
      constants.size() == operands.size())
    exact = Comparison{op, constants[0].size(), constants[1].size()};
  SmallVector<Value> kept(operands);
  auto memory = std::make_shared<Memory>();
  result->at = [&mb, op, kept, compute, exact,
                memory](Body &body, ArrayRef<mlir::Value> indices) {
    mlir::Block *here = body.builder.getInsertionBlock();
    if (memory->value && ArrayRef(memory->indices) == indices &&
        isInside(here, memory->block))
      return memory->value;
    SmallVector<mlir::Value> scalars;
    for (auto [i, operand] : llvm::enumerate(kept)) {
      Element type =
          op == Operation::Select && i == 0 ? Element::Bool : compute;
      if (const Constant *constant = operand.constant())
        scalars.push_back(emitConstant(body, *constant, type));
      else
        scalars.push_back(
            convert(body, elementAt(body, *operand.array(), indices), type));
    }
    mlir::Value value = emit(body, op, compute, scalars);
    *memory = {here, SmallVector<mlir::Value>(indices), value};
    if (exact && mb.region)
      mb.region->comparisons[value] = *exact;
    return value;
  };
  return mb.finish(result, name.empty() ? nameOf(op) : name);
}

Value castTo(ModelBuilder &mb, const Value &value, Element element) {
  if (value.isPoison())
    return {};
  if (const Constant *constant = value.constant()) {
    FoldResult folded = foldCast(*constant, element, mb.context());
    if (folded.value)
      return *folded.value;
    if (!folded.error.empty())
      return mb.fail(folded.error);
  }
  ArrayPtr array = toArray(mb, value, "the operand of a cast");
  if (!array)
    return {};
  if (array->element == element)
    return value;
  auto result = std::make_shared<Array>(*array);
  result->tensor = {};
  result->element = element;
  result->isView = false;
  result->depth = array->depth + 1;
  if (!isInteger(element) || element == Element::I8 ||
      !isInteger(array->element) || (result->bounds && !fitI32(*result->bounds)))
    result->bounds.reset();
  result->at = [array, element](Body &body, ArrayRef<mlir::Value> indices) {
    mlir::Value scalar = array->at(body, indices);
    return widen(body, convert(body, scalar, element));
  };
  return mb.finish(result, "cast");
}

} // namespace attune::frontend
