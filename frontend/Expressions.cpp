#include "frontend/Evaluator.h"
#include "frontend/Limits.h"

using namespace llvm;

namespace attune::frontend {

/// Counts one level of evaluation and restores the current place.
class DepthScope {
public:
  DepthScope(Evaluator &evaluator, SMRange where)
      : evaluator(evaluator), saved(evaluator.mb.where) {
    evaluator.mb.where = where;
    ++evaluator.depth;
    ++evaluator.evaluations;
  }
  ~DepthScope() {
    --evaluator.depth;
    evaluator.mb.where = saved;
  }
  bool ok() {
    if (evaluator.mb.isStopped())
      return false;
    if (evaluator.depth > limits::evaluationDepth)
      evaluator.mb.giveUp("expressions and calls are nested too deeply here");
    else if (evaluator.evaluations > limits::evaluations)
      evaluator.mb.giveUp(
          "the model takes more than " + Twine(limits::evaluations) +
          " steps to evaluate when its loops are unrolled and its functions "
          "put in place");
    return !evaluator.mb.isStopped();
  }

private:
  Evaluator &evaluator;
  SMRange saved;
};

StringRef sourceText(const Node *node) {
  const char *begin = node->range.Start.getPointer();
  return StringRef(begin, node->range.End.getPointer() - begin);
}

//===-- Names --------------------------------------------------------------===//

Variable *Evaluator::findVariable(StringRef name) {
  for (Scope *scope = frame->scope; scope; scope = scope->parent) {
    auto it = scope->variables.find(name);
    if (it != scope->variables.end())
      return &it->second;
  }
  return nullptr;
}

void Evaluator::define(StringRef name, Value value, bool isVar) {
  Variable variable;
  variable.value = std::move(value);
  variable.isVar = isVar;
  frame->scope->variables[name] = std::move(variable);
}

Value Evaluator::evaluateName(const NameExpr *expr) {
  if (Variable *variable = findVariable(expr->name)) {
    if (!variable->hidden.empty())
      return mb.fail(variable->hidden);
    if (variable->pending) {
      const Expr *pending = variable->pending;
      variable->pending = nullptr;
      variable->hidden = ("'" + expr->name + "' is defined by itself").str();
      Value value = evaluate(pending);
      // Evaluating may have added names: look again.
      variable = findVariable(expr->name);
      variable->hidden.clear();
      variable->value = value;
      return value;
    }
    return variable->value;
  }
  Found found = program.lookup(*frame->module, expr->name, expr->range);
  if (found) {
    if (auto *constant = dyn_cast<ConstDecl>(found.decl))
      return evaluateConst(constant, found.module);
    if (isa<DimDecl>(found.decl))
      return makeInt(SizeAttr::symbol(mb.context(), expr->name));
    return mb.fail("'" + expr->name + "' is " +
                   (isa<AttentionDecl>(found.decl) ? "an attention definition"
                                                   : "a function") +
                   "; call it, as in '" + expr->name + "(…)'");
  }
  Suggestion suggestion(expr->name);
  for (Scope *scope = frame->scope; scope; scope = scope->parent)
    for (const auto &entry : scope->variables)
      if (entry.getValue().hidden.empty())
        suggestion.consider(entry.getKey());
  program.suggest(*frame->module, suggestion);
  if (inSize && suggestion.text().empty())
    return mb.fail("unknown size '" + expr->name + "'; declare it with 'dim " +
                   expr->name + "' or 'const " + expr->name + " = …'");
  return mb.fail("unknown name '" + expr->name + "'" + suggestion.text());
}

Value Evaluator::evaluateConst(const ConstDecl *decl, Module *module) {
  auto known = constants.find(decl);
  if (known != constants.end())
    return known->second;
  if (!constantsInProgress.insert(decl).second)
    return mb.fail("the constant '" + decl->name.name +
                   "' is defined by itself");
  Frame file;
  file.module = module;
  FrameScope scope(*this, file);
  bool savedInSize = std::exchange(inSize, false);
  RegionState *savedRegion = std::exchange(mb.region, nullptr);
  Value value = evaluate(decl->value);
  mb.region = savedRegion;
  inSize = savedInSize;
  constantsInProgress.erase(decl);
  const Constant *constant = value.constant();
  if (!value.isPoison() &&
      (!constant || (constant->isInt() && !constant->integer())))
    value = mb.failAt(decl->value->range,
                      "the constant '" + decl->name.name +
                          "' must be known when compiling, not " +
                          describe(value));
  constants[decl] = value;
  return value;
}

//===-- Expressions --------------------------------------------------------===//

Value Evaluator::evaluate(const Expr *expr) {
  DepthScope level(*this, expr->range);
  if (!level.ok())
    return {};
  return evaluateNode(expr);
}

Value Evaluator::evaluateNode(const Expr *expr) {
  switch (expr->kind) {
  case ExprKind::Integer:
    return makeInt(mb.context(), cast<IntegerExpr>(expr)->value);
  case ExprKind::Float:
    return makeFloat(cast<FloatExpr>(expr)->value);
  case ExprKind::Bool:
    return makeBool(cast<BoolExpr>(expr)->value);
  case ExprKind::Name:
    return evaluateName(cast<NameExpr>(expr));
  case ExprKind::Unary: {
    auto *unary = cast<UnaryExpr>(expr);
    Value operand = evaluate(unary->operand);
    return elementwise(mb, unary->op == UnaryOp::Not ? Operation::Not
                                                     : Operation::Negate,
                       operand);
  }
  case ExprKind::Binary:
    return evaluateBinary(cast<BinaryExpr>(expr));
  case ExprKind::Call:
    return call(cast<CallExpr>(expr));
  case ExprKind::Index:
    return evaluateIndex(cast<IndexExpr>(expr));
  case ExprKind::Member: {
    auto *member = cast<MemberExpr>(expr);
    Value base = evaluate(member->base);
    if (base.isPoison())
      return {};
    Suggestion suggestion(member->member.name);
    if (const Tuple *tuple = base.tuple())
      for (auto [i, name] : llvm::enumerate(tuple->names)) {
        if (name == member->member.name)
          return tuple->elements[i];
        suggestion.consider(name);
      }
    return mb.failAt(member->member.range,
                     (base.tuple() ? "the call has no result '"
                                   : describe(base) + " has no part '") +
                         member->member.name + "'" + suggestion.text());
  }
  case ExprKind::List: {
    List list;
    for (Expr *element : cast<ListExpr>(expr)->elements)
      list.elements.push_back(evaluate(element));
    return list;
  }
  }
  return {};
}

static Operation operationOf(BinaryOp op) {
  switch (op) {
  case BinaryOp::Add:
    return Operation::Add;
  case BinaryOp::Subtract:
    return Operation::Subtract;
  case BinaryOp::Multiply:
  case BinaryOp::Product:
    return Operation::Multiply;
  case BinaryOp::Divide:
    return Operation::Divide;
  case BinaryOp::Remainder:
    return Operation::Remainder;
  case BinaryOp::Equal:
    return Operation::Equal;
  case BinaryOp::NotEqual:
    return Operation::NotEqual;
  case BinaryOp::Less:
    return Operation::Less;
  case BinaryOp::LessEqual:
    return Operation::LessEqual;
  case BinaryOp::Greater:
    return Operation::Greater;
  case BinaryOp::GreaterEqual:
    return Operation::GreaterEqual;
  case BinaryOp::And:
    return Operation::And;
  case BinaryOp::Or:
    return Operation::Or;
  }
  return Operation::Add;
}

Value Evaluator::evaluateBinary(const BinaryExpr *expr) {
  // a + b + c leans to the left; walk down instead of recursing, so that long
  // sums cost no stack.
  SmallVector<const BinaryExpr *> spine;
  const Expr *leftmost = expr;
  while (auto *binary = dyn_cast<BinaryExpr>(leftmost)) {
    spine.push_back(binary);
    leftmost = binary->lhs;
  }
  Value value = evaluate(leftmost);
  for (const BinaryExpr *binary : llvm::reverse(spine)) {
    if (mb.isStopped())
      return {};
    // `n > 0 and w % n == 0` may rely on the order where it is decided.
    if (const Constant *left = value.constant();
        left && left->isBool() &&
        ((binary->op == BinaryOp::And && !left->truth()) ||
         (binary->op == BinaryOp::Or && left->truth())))
      continue;
    Value rhs = evaluate(binary->rhs);
    mb.where = binary->range;
    // The caret of a clash belongs to the operator.
    mb.where.Start = binary->opRange.Start;
    mb.where.End = binary->opRange.End;
    value = applyBinary(binary, value, rhs);
  }
  return value;
}

Value Evaluator::applyBinary(const BinaryExpr *expr, const Value &lhs,
                             const Value &rhs) {
  if (expr->op == BinaryOp::Product)
    return matrixProduct(mb, lhs, rhs);
  const Constant *a = lhs.constant(), *b = rhs.constant();
  if (inSize && expr->op == BinaryOp::Divide && a && b && a->isInt() &&
      b->isInt())
    return divideSizes(expr, a->size(), b->size());
  return elementwise(mb, operationOf(expr->op), {lhs, rhs});
}

Value Evaluator::divideSizes(const BinaryExpr *expr, SizeAttr a, SizeAttr b) {
  if (b.isConstant(0))
    return mb.fail("division by zero");
  if (SizeAttr quotient = divideExactly(a, b))
    return makeInt(quotient);
  SizeResult rest = remainderOfSizes(a, b, mb.facts());
  if (!rest && !rest.error.empty())
    return mb.fail(rest.error);
  bool canCheck = rest && !rest.size.getConstant() && isSize(rest.size) &&
                  !active.empty();
  if (!canCheck)
    return mb.fail("a size must divide without rest, but " + describe(a) +
                   " / " + describe(b) + " does not");
  mb.checkSize(rest.size, SizeAttr::constant(mb.context(), 0),
               Twine(describe(a)) + " is a multiple of " + describe(b));
  SizeResult quotient = floorDivideSizes(a, b, mb.facts());
  return quotient ? makeInt(quotient.size) : mb.fail(quotient.error);
}

Value Evaluator::evaluateIndex(const IndexExpr *expr) {
  Value base = evaluate(expr->base);
  SmallVector<IndexValue> places;
  bool poisoned = base.isPoison();
  for (const IndexItem &item : expr->items) {
    IndexValue place;
    place.where = item.range;
    place.expr = item.value;
    if (item.kind == IndexItem::Whole) {
      place.kind = IndexValue::Whole;
    } else if (item.kind == IndexItem::Range) {
      place.kind = IndexValue::Range;
      place.first = evaluateSize(item.value);
      place.last = evaluateSize(item.end);
      poisoned |= !place.first || !place.last;
    } else {
      place.kind = IndexValue::Element;
      place.value = evaluate(item.value);
      poisoned |= place.value.isPoison();
    }
    places.push_back(place);
  }
  if (poisoned)
    return {};
  ArrayPtr table = base.array();
  if (!table)
    return mb.fail(describe(base) + " has no elements to index");
  if (places.empty())
    return base;
  return index(mb, table, places, sourceText(expr->base));
}

//===-- Sizes and paths ----------------------------------------------------===//

SizeAttr Evaluator::evaluateSize(const Expr *expr) {
  bool saved = std::exchange(inSize, true);
  Value value = evaluate(expr);
  inSize = saved;
  if (value.isPoison())
    return nullptr;
  const Constant *constant = value.constant();
  if (!constant || !constant->isInt() || !isSize(constant->size())) {
    mb.failAt(expr->range,
              "a size must be an integer known from constants and dims, not " +
                  describe(value));
    return nullptr;
  }
  return constant->size();
}

std::optional<SmallVector<SizeAttr>>
Evaluator::evaluateSizes(const std::vector<Expr *> &sizes) {
  SmallVector<SizeAttr> result;
  bool fine = true;
  for (Expr *expr : sizes) {
    result.push_back(evaluateSize(expr));
    fine &= bool(result.back());
  }
  if (!fine)
    return std::nullopt;
  return result;
}

std::optional<int64_t> Evaluator::evaluateInteger(const Expr *expr,
                                                  const Twine &what) {
  Value value = evaluate(expr);
  if (value.isPoison())
    return std::nullopt;
  const Constant *constant = value.constant();
  if (constant && constant->integer())
    return constant->integer();
  mb.failAt(expr->range, what + " must be an integer known when compiling, not " +
                             describe(value));
  return std::nullopt;
}

std::optional<std::string>
Evaluator::evaluatePath(const StringTemplate *path) {
  std::string result;
  for (const StringTemplate::Piece &piece : path->pieces) {
    if (!piece.value) {
      result += piece.text;
      continue;
    }
    std::optional<int64_t> value =
        evaluateInteger(piece.value, "the value in a path");
    if (!value)
      return std::nullopt;
    result += std::to_string(*value);
  }
  if (result.empty() || result.front() == '.' || result.back() == '.' ||
      result.find("..") != std::string::npos) {
    mb.failAt(path->range, "the path \"" + result +
                               "\" has an empty part; paths are names joined "
                               "with dots");
    return std::nullopt;
  }
  size_t length = mb.path.size() + 1 + result.size();
  if (length > limits::pathLength) {
    mb.failAt(path->range, "this path makes names of more than " +
                               Twine(limits::pathLength) + " characters");
    return std::nullopt;
  }
  return mb.path.empty() ? result : mb.path + "." + result;
}

} // namespace attune::frontend
