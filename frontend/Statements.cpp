#include "frontend/Evaluator.h"
#include "frontend/Limits.h"

using namespace llvm;

namespace attune::frontend {

void Evaluator::execute(const Block &block) {
  for (const Stmt *statement : block) {
    if (frame->returned || mb.isStopped())
      return;
    execute(statement);
  }
}

void Evaluator::execute(const Stmt *statement) {
  SMRange saved = std::exchange(mb.where, statement->range);
  switch (statement->kind) {
  case StmtKind::Bind: {
    auto *bind = cast<BindStmt>(statement);
    Value value = evaluate(bind->value);
    auto [it, isNew] =
        frame->scope->variables.insert({bind->name.name, Variable()});
    if (!isNew)
      mb.failAt(bind->name.range,
                "'" + bind->name.name + "' is declared twice");
    it->second = Variable();
    it->second.value = value;
    it->second.isVar = bind->isVar;
    break;
  }
  case StmtKind::Assign: {
    auto *assign = cast<AssignStmt>(statement);
    Value value = evaluate(assign->value);
    Variable *variable = findVariable(assign->name.name);
    if (!variable) {
      Suggestion suggestion(assign->name.name);
      for (Scope *scope = frame->scope; scope; scope = scope->parent)
        for (const auto &entry : scope->variables)
          if (entry.getValue().isVar)
            suggestion.consider(entry.getKey());
      mb.failAt(assign->name.range,
                "unknown variable '" + assign->name.name +
                    "'; a new one starts with 'let' or 'var'" +
                    suggestion.text());
    } else if (!variable->isVar) {
      mb.failAt(assign->name.range, "'" + assign->name.name +
                                        "' cannot change; declare it with "
                                        "'var' to assign to it");
    } else {
      variable->value = value;
    }
    break;
  }
  case StmtKind::Return:
    executeReturn(cast<ReturnStmt>(statement));
    break;
  case StmtKind::For:
    executeFor(cast<ForStmt>(statement));
    break;
  case StmtKind::If:
    executeIf(cast<IfStmt>(statement));
    break;
  case StmtKind::Params:
    executeParams(cast<ParamsStmt>(statement));
    break;
  }
  mb.where = saved;
}

void Evaluator::executeFor(const ForStmt *loop) {
  std::optional<int64_t> first = evaluateInteger(loop->first, "a loop's bound"),
                         last = evaluateInteger(loop->last, "a loop's bound");
  if (!first || !last)
    return;
  if (*last <= *first)
    return;
  // The difference of two 64-bit integers fits 64 bits without sign.
  uint64_t count = uint64_t(*last) - uint64_t(*first);
  if (count > uint64_t(limits::iterations - iterations)) {
    mb.giveUp("loops are unrolled when compiling, at most " +
              Twine(limits::iterations) +
              " iterations in all; this one asks for " + Twine(count));
    return;
  }
  iterations += count;
  for (int64_t i = *first; i < *last; ++i) {
    NameScope names(*frame);
    define(loop->variable.name, makeInt(mb.context(), i));
    execute(loop->body);
    if (frame->returned || mb.isStopped())
      return;
  }
}

void Evaluator::executeIf(const IfStmt *branch) {
  Value condition = evaluate(branch->condition);
  if (condition.isPoison())
    return;
  const Constant *constant = condition.constant();
  if (!constant || !constant->isBool()) {
    bool isBool = condition.array() &&
                  condition.array()->element == Element::Bool;
    mb.failAt(branch->condition->range,
              isBool ? Twine("this condition is known only when the program "
                             "runs; choose elements with 'select'")
                     : "a condition must be bool, not " + describe(condition));
    return;
  }
  NameScope names(*frame);
  execute(constant->truth() ? branch->then : branch->otherwise);
}

void Evaluator::executeReturn(const ReturnStmt *statement) {
  frame->returned = true;
  auto *fn = dyn_cast_or_null<FunctionDecl>(frame->decl);
  std::vector<Value> values;
  for (const ReturnStmt::Result &result : statement->results)
    values.push_back(evaluate(result.value));
  if (!fn)
    return;
  if (values.size() != fn->results.size()) {
    mb.failAt(statement->range,
              "'" + fn->name.name + "' has " + Twine(fn->results.size()) +
                  " results, but " + Twine(values.size()) + " are returned");
    return;
  }
  Tuple tuple;
  tuple.elements.resize(values.size());
  std::vector<bool> given(values.size());
  for (auto [i, result] : llvm::enumerate(statement->results)) {
    size_t slot = i;
    if (!result.name.name.empty()) {
      Suggestion suggestion(result.name.name);
      for (slot = 0; slot < fn->results.size(); ++slot) {
        if (fn->results[slot].name.name == result.name.name)
          break;
        suggestion.consider(fn->results[slot].name.name);
      }
      if (slot == fn->results.size()) {
        mb.failAt(result.name.range, "'" + fn->name.name +
                                         "' has no result '" +
                                         result.name.name + "'" +
                                         suggestion.text());
        return;
      }
    }
    if (given[slot]) {
      mb.failAt(result.value->range, "the result '" +
                                         fn->results[slot].name.name +
                                         "' is given twice");
      return;
    }
    given[slot] = true;
    const FunctionDecl::Result &declared = fn->results[slot];
    std::string what = declared.name.name.empty()
                           ? "the result of '" + fn->name.name.str() + "'"
                           : "the result '" + declared.name.name.str() + "'";
    tuple.elements[slot] =
        conform(declared.type, values[i], what, result.value->range);
  }
  for (const FunctionDecl::Result &result : fn->results)
    tuple.names.push_back(result.name.name.str());
  if (fn->results.size() == 1 && fn->results[0].name.name.empty())
    frame->result = tuple.elements[0];
  else
    frame->result = tuple;
}

void Evaluator::executeParams(const ParamsStmt *statement) {
  for (const ParamsStmt::Param &param : statement->params) {
    mb.where = param.name.range;
    Value value;
    std::optional<Element> element = elementFromSpelling(param.type->element);
    if (!element)
      mb.failAt(param.type->range,
                "a param is a tensor of the weights file, not a size");
    else if (param.type->leadingAxes)
      mb.failAt(param.type->range,
                "the sizes of a param must be written out, without '...'");
    else if (auto sizes = evaluateSizes(param.type->sizes))
      value = weights.read(param.name.name, *element, *sizes);
    if (!frame->scope->variables.insert({param.name.name, Variable()}).second)
      mb.failAt(param.name.range,
                "'" + param.name.name + "' is declared twice");
    frame->scope->variables[param.name.name].value = value;
  }
}

} // namespace attune::frontend
