// Calls of functions written in the language: arguments, sizes that are
// inferred from them, and results.
#include "frontend/AttentionEmitter.h"
#include "frontend/Evaluator.h"
#include "frontend/Limits.h"

using namespace llvm;

namespace attune::frontend {

Value Evaluator::call(const CallExpr *call) {
  StringRef name = call->callee.name;
  // Inside `weight`, softmax and its kin are the normalisers of the row.
  bool normalizer = mb.region && mb.region->kind == RegionState::Weight &&
                    AttentionEmitter::isNormalizer(name);
  if (normalizer)
    return AttentionEmitter::emitNormalizer(*this, call);
  if (findVariable(name))
    return mb.failAt(call->callee.range, "'" + name + "' is not a function");
  Found found = program.lookup(*frame->module, name, call->callee.range);
  if (found) {
    if (auto *fn = dyn_cast<FunctionDecl>(found.decl))
      return callFunction(fn, found.module, call);
    if (auto *definition = dyn_cast<AttentionDecl>(found.decl))
      return AttentionEmitter(*this, definition, found.module).run(call);
    return mb.failAt(call->callee.range, "'" + name + "' is not a function");
  }
  if (isBuiltin(name))
    return callBuiltin(call);
  if (AttentionEmitter::isNormalizer(name))
    return mb.failAt(call->callee.range,
                     "'" + name + "' normalises the weights of an attention "
                                  "definition; it stands in a 'weight = …' "
                                  "line");
  Suggestion suggestion(name);
  program.suggest(*frame->module, suggestion);
  suggestBuiltins(suggestion);
  return mb.failAt(call->callee.range,
                   "unknown function '" + name + "'" + suggestion.text());
}

bool Evaluator::isRecursive(const Decl *decl, SMRange where) {
  auto it = llvm::find(active, decl);
  if (it == active.end())
    return false;
  std::string cycle;
  for (; it != active.end(); ++it)
    cycle += (*it)->name.name.str() + " -> ";
  std::string hint;
  if (isBuiltin(decl->name.name))
    hint = "; it hides the built-in '" + decl->name.name.str() + "'";
  mb.failAt(where,
            "recursion is not allowed: " + cycle + decl->name.name + hint);
  return true;
}

bool Evaluator::evaluateArguments(const std::vector<Parameter> &parameters,
                                  const CallExpr *call,
                                  std::vector<Value> &values,
                                  std::vector<SMRange> &places) {
  values.assign(parameters.size(), Value());
  places.assign(parameters.size(), SMRange());
  bool fine = true;
  size_t next = 0;
  auto complain = [&](SMRange where, const Twine &message) {
    mb.failAt(where, message);
    fine = false;
  };
  StringRef callee = call->callee.name;
  bool tooMany = false;
  for (const Argument *argument : call->arguments) {
    size_t slot = next;
    if (argument->kind == ArgumentKind::Named) {
      Suggestion suggestion(argument->name.name);
      for (slot = 0; slot < parameters.size(); ++slot) {
        if (parameters[slot].name.name == argument->name.name)
          break;
        suggestion.consider(parameters[slot].name.name);
      }
      if (slot == parameters.size()) {
        complain(argument->name.range, "'" + callee + "' has no parameter '" +
                                           argument->name.name + "'" +
                                           suggestion.text());
        continue;
      }
    } else if (argument->kind != ArgumentKind::Value) {
      complain(argument->range,
               "'" + callee + "' takes values; ranges and the words over, "
                              "along and where belong to built-in functions");
      continue;
    } else {
      ++next;
      if (slot >= parameters.size()) {
        if (!tooMany)
          complain(argument->range,
                   "'" + callee + "' takes " + Twine(parameters.size()) +
                       (parameters.size() == 1 ? " argument" : " arguments") +
                       "; this one is too many");
        tooMany = true;
        continue;
      }
    }
    if (places[slot].isValid()) {
      complain(argument->range, "the parameter '" + parameters[slot].name.name +
                                    "' of '" + callee + "' is given twice");
      continue;
    }
    // The argument of a `size` parameter is a size: its `/` leaves no rest.
    const TypeExpr *type = parameters[slot].type;
    if (type && type->element == "size") {
      SizeAttr size = evaluateSize(argument->value);
      values[slot] = size ? makeInt(size) : Value();
    } else {
      values[slot] = evaluate(argument->value);
    }
    places[slot] = argument->value->range;
    fine &= !values[slot].isPoison();
  }
  for (auto [slot, parameter] : llvm::enumerate(parameters))
    if (!places[slot].isValid() && !parameter.defaultValue) {
      if (fine)
        complain(call->range, "'" + callee + "' needs the argument '" +
                                  parameter.name.name + "'");
    }
  return fine;
}

//===-- Types --------------------------------------------------------------===//

/// Gives the names that a parameter's sizes introduce their values.
bool Evaluator::bindSizes(const Parameter &parameter, const Value &value,
                          SMRange place, StringRef callee) {
  const TypeExpr *type = parameter.type;
  ArrayRef<SizeAttr> sizes;
  ArrayPtr array = value.array();
  if (array)
    sizes = array->sizes;
  size_t fixed = type->sizes.size();
  if (type->leadingAxes ? sizes.size() < fixed : sizes.size() != fixed) {
    mb.failAt(place, "'" + parameter.name.name + "' of '" + callee +
                         "' must be " + sourceText(type) + ", not " +
                         describe(value));
    return false;
  }
  if (type->leadingAxes && !frame->leading)
    frame->leading = SmallVector<SizeAttr>(sizes.drop_back(fixed));
  for (auto [expr, size] : llvm::zip(type->sizes, sizes.take_back(fixed))) {
    auto *name = dyn_cast<NameExpr>(expr);
    if (!name || findVariable(name->name))
      continue;
    Found found = program.lookup(*frame->module, name->name, name->range);
    if (!found || !(isa<DimDecl>(found.decl) || isa<ConstDecl>(found.decl)))
      define(name->name, makeInt(size));
  }
  return true;
}

bool Evaluator::bindArguments(const std::vector<Parameter> &parameters,
                              size_t first, std::vector<Value> &values,
                              ArrayRef<SMRange> places, StringRef callee) {
  // Numbers first, since the sizes of tensors may be computed from them; then
  // the sizes that tensors introduce; then all types in full.
  auto isTensor = [](const Parameter &p) {
    return p.type->element != "size" && p.type->hasSizes;
  };
  bool fine = true;
  for (size_t i = first; i < parameters.size(); ++i) {
    const Parameter &parameter = parameters[i];
    if (isTensor(parameter))
      continue;
    if (!places[i].isValid()) {
      values[i] = parameter.type->element == "size"
                      ? [&]() -> Value {
        SizeAttr size = evaluateSize(parameter.defaultValue);
        return size ? makeInt(size) : Value();
      }()
                      : evaluate(parameter.defaultValue);
    }
    SMRange place = places[i].isValid() ? places[i]
                                        : parameter.defaultValue->range;
    values[i] = conform(parameter.type, values[i],
                        "'" + parameter.name.name + "' of '" + callee + "'",
                        place);
    fine &= !values[i].isPoison();
    define(parameter.name.name, values[i]);
  }
  if (!fine)
    return false;
  for (size_t i = first; i < parameters.size(); ++i)
    if (isTensor(parameters[i]) && places[i].isValid())
      fine &= bindSizes(parameters[i], values[i], places[i], callee);
  if (!fine)
    return false;
  for (size_t i = first; i < parameters.size(); ++i) {
    const Parameter &parameter = parameters[i];
    if (!isTensor(parameter))
      continue;
    if (!places[i].isValid())
      values[i] = evaluate(parameter.defaultValue);
    SMRange place = places[i].isValid() ? places[i]
                                        : parameter.defaultValue->range;
    values[i] = conform(parameter.type, values[i],
                        "'" + parameter.name.name + "' of '" + callee + "'",
                        place);
    fine &= !values[i].isPoison();
    define(parameter.name.name, values[i]);
  }
  return fine;
}

Value Evaluator::conform(const TypeExpr *type, const Value &value,
                         const Twine &what, SMRange place) {
  if (value.isPoison())
    return {};
  auto refuse = [&](const Twine &expected) {
    return mb.failAt(place,
                     what + " must be " + expected + ", not " + describe(value));
  };
  const Constant *constant = value.constant();
  if (type->element == "size") {
    if (!constant || !constant->isInt() || !isSize(constant->size()))
      return refuse("a size");
    return value;
  }
  Element element = *elementFromSpelling(type->element);
  std::optional<SmallVector<SizeAttr>> sizes = evaluateSizes(type->sizes);
  if (!sizes)
    return {};
  std::string expected = describe(element, *sizes);
  if (type->leadingAxes && !frame->leading)
    expected = sourceText(type).str();
  if (type->leadingAxes) {
    SmallVector<SizeAttr> all;
    if (frame->leading)
      all = *frame->leading;
    all.append(sizes->begin(), sizes->end());
    sizes = all;
    if (frame->leading)
      expected = describe(element, *sizes);
  }
  if (sourceText(type) != expected)
    expected += " (" + sourceText(type).str() + ")";
  if (constant) {
    bool integer = isInteger(element), number = isFloat(element);
    bool fits = constant->isBool()    ? element == Element::Bool
                : constant->isFloat() ? number
                                      : integer || number;
    if (constant->type && fits)
      fits = *constant->type == element || (number && constant->isInt());
    if (!sizes->empty() || !fits)
      return refuse(type->leadingAxes ? sourceText(type).str() : expected);
    // An integer known only in sizes stays one; it turns into a float where
    // it meets one.
    if (number && constant->integer() && !constant->type)
      return makeFloat(static_cast<double>(*constant->integer()));
    return value;
  }
  ArrayPtr array = value.array();
  if (!array)
    return refuse(expected);
  bool sameElement = array->element == element ||
                     (array->element == Element::Index &&
                      element == Element::I32) ||
                     (mb.region && isFloat(array->element) && isFloat(element));
  if (sameElement && ArrayRef(array->sizes) == ArrayRef(*sizes))
    return value;
  return refuse(expected);
}

//===-- Functions ----------------------------------------------------------===//

Value Evaluator::callFunction(const FunctionDecl *fn, Module *module,
                              const CallExpr *call) {
  if (isRecursive(fn, call->callee.range))
    return {};
  std::vector<Value> values;
  std::vector<SMRange> places;
  bool fine = evaluateArguments(fn->parameters, call, values, places);
  std::optional<std::string> path;
  if (call->path && !(path = evaluatePath(call->path)))
    return {};
  if (!fine)
    return {};
  if (active.size() >= limits::callDepth)
    return mb.giveUp("more than " + Twine(limits::callDepth) +
                     " calls are inside one another");
  Scope scope;
  Frame inner;
  inner.decl = fn;
  inner.module = module;
  inner.scope = &scope;
  std::string savedPath = mb.path;
  bool savedInSize = std::exchange(inSize, false);
  {
    FrameScope frames(*this, inner);
    active.push_back(fn);
    // A mistake in the arguments is the caller's: `calls` grows after it.
    if (bindArguments(fn->parameters, 0, values, places, fn->name.name)) {
      mb.calls.push_back({fn->name.name, call->callee.range});
      if (path)
        mb.path = *path;
      execute(fn->body);
      if (!inner.returned && !mb.isStopped())
        mb.failAt(fn->name.range,
                  "'" + fn->name.name + "' ends without 'return'");
      mb.calls.pop_back();
    }
    active.pop_back();
  }
  inSize = savedInSize;
  mb.path = savedPath;
  return inner.result;
}

} // namespace attune::frontend
