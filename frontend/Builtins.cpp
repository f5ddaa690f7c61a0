// The functions that are part of the language. Layers are not among them:
// they are written in the language itself, in std/.
#include "frontend/Evaluator.h"

#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace attune::frontend {

namespace {

/// Functions that work element by element, with their number of operands.
struct ElementFunction {
  StringRef name;
  Operation op;
  unsigned operands;
};

const ElementFunction elementFunctions[] = {
    {"abs", Operation::Absolute, 1},  {"ceil", Operation::Ceil, 1},
    {"cos", Operation::Cos, 1},       {"erf", Operation::Erf, 1},
    {"exp", Operation::Exp, 1},       {"floor", Operation::Floor, 1},
    {"log", Operation::Log, 1},       {"pow", Operation::Power, 2},
    {"relu", Operation::Relu, 1},     {"round", Operation::Round, 1},
    {"rsqrt", Operation::Rsqrt, 1},   {"select", Operation::Select, 3},
    {"sigmoid", Operation::Sigmoid, 1}, {"sin", Operation::Sin, 1},
    {"sqrt", Operation::Sqrt, 1},     {"tanh", Operation::Tanh, 1},
};

const StringRef otherFunctions[] = {"concat", "dropout", "max",   "mean",
                                    "min",    "range",   "reshape", "slice",
                                    "sum",    "transpose", "zeros"};

const ElementFunction *elementFunction(StringRef name) {
  for (const ElementFunction &function : elementFunctions)
    if (function.name == name)
      return &function;
  return nullptr;
}

/// One call of a built-in function.
class BuiltinCall {
public:
  BuiltinCall(Evaluator &evaluator, const CallExpr *call)
      : evaluator(evaluator), mb(evaluator.mb), call(call),
        name(call->callee.name) {}

  Value run() {
    if (call->path)
      return mb.failAt(call->path->range,
                       "'at' names the parameters of a function, but '" + name +
                           "' has none");
    // Lists and types are no values: these look at their arguments themselves.
    if (name == "zeros")
      return zeros();
    if (name == "dropout")
      return evaluator.callDropout(call);
    if (!sort())
      return {};
    if (const ElementFunction *function = elementFunction(name))
      return elements(*function);
    if (std::optional<Element> element = elementFromSpelling(name)) {
      if (!takes(1))
        return {};
      return castTo(mb, positional[0], *element);
    }
    if (name == "sum")
      return reduction(Reduction::Sum);
    if (name == "mean")
      return reduction(Reduction::Mean);
    if (name == "max" || name == "min") {
      if (positional.size() == 2 && axes.empty() && !hasWhere) {
        if (!onlyValues())
          return {};
        return elementwise(mb, name == "max" ? Operation::Maximum
                                             : Operation::Minimum,
                           positional);
      }
      return reduction(name == "max" ? Reduction::Max : Reduction::Min);
    }
    if (name == "reshape")
      return reshapeTo();
    if (name == "transpose")
      return transposeAxes();
    if (name == "slice")
      return sliceAxis();
    if (name == "concat")
      return concatParts();
    return makeRange();
  }

private:
  struct Axis {
    const Argument *argument;
    bool keep;   // along
    bool number; // axis N
  };

  /// Evaluates the arguments and sorts them by their kind.
  bool sort() {
    bool fine = true;
    for (const Argument *argument : call->arguments) {
      switch (argument->kind) {
      case ArgumentKind::Value:
        positional.push_back(evaluator.evaluate(argument->value));
        fine &= !positional.back().isPoison();
        break;
      case ArgumentKind::Named:
        mb.failAt(argument->name.range,
                  "'" + name + "' has no parameter '" + argument->name.name +
                      "'");
        fine = false;
        break;
      case ArgumentKind::Range:
        ranges.push_back(argument);
        break;
      case ArgumentKind::Over:
      case ArgumentKind::OverAxis:
        axes.push_back(
            {argument, false, argument->kind == ArgumentKind::OverAxis});
        break;
      case ArgumentKind::Along:
      case ArgumentKind::AlongAxis:
        axes.push_back(
            {argument, true, argument->kind == ArgumentKind::AlongAxis});
        break;
      case ArgumentKind::Where:
        if (hasWhere) {
          mb.failAt(argument->range, "'where' is given twice");
          fine = false;
        }
        hasWhere = true;
        where = evaluator.evaluate(argument->value);
        fine &= !where.isPoison();
        break;
      }
    }
    return fine;
  }

  bool onlyValues() {
    for (const Argument *argument : call->arguments)
      if (argument->kind != ArgumentKind::Value) {
        mb.failAt(argument->range, "'" + name + "' takes values alone");
        return false;
      }
    return true;
  }

  bool takes(size_t count) {
    if (!onlyValues())
      return false;
    if (positional.size() == count)
      return true;
    mb.failAt(call->range, "'" + name + "' takes " + Twine(count) +
                               (count == 1 ? " argument" : " arguments") +
                               ", not " + Twine(positional.size()));
    return false;
  }

  Value elements(const ElementFunction &function) {
    if (!takes(function.operands))
      return {};
    return elementwise(mb, function.op, positional);
  }

  /// The axis that `over n`, `along axis 1` and the like mean.
  std::optional<unsigned> resolve(const Axis &axis, const Array &array) {
    SMRange saved = std::exchange(mb.where, axis.argument->range);
    std::optional<unsigned> result;
    if (axis.number) {
      if (auto number =
              evaluator.evaluateInteger(axis.argument->value, "an axis"))
        result = axisNumber(mb, array, *number);
    } else if (SizeAttr size = evaluator.evaluateSize(axis.argument->value)) {
      result = axisOfSize(mb, array, size);
    }
    mb.where = saved;
    return result;
  }

  Value reduction(Reduction kind) {
    if (!ranges.empty())
      return mb.failAt(ranges[0]->range, "'" + name + "' takes no range");
    if (positional.size() != 1)
      return mb.failAt(call->range,
                       "'" + name + "' reduces one tensor, not " +
                           Twine(positional.size()));
    if (mb.region && axes.empty() && !hasWhere)
      return reduceFeatures(mb, kind, positional[0]);
    ArrayPtr array = positional[0].array();
    if (!array)
      return mb.fail("'" + name + "' reduces a tensor, not " +
                     describe(positional[0]));
    if (axes.empty())
      return mb.failAt(call->range,
                       "say which size to reduce, as in '" + name +
                           "(x, over n)' to remove it or '" + name +
                           "(x, along n)' to keep it as 1");
    SmallVector<ReducedAxis> reduced;
    for (const Axis &axis : axes) {
      std::optional<unsigned> number = resolve(axis, *array);
      if (!number)
        return {};
      reduced.push_back({*number, axis.keep});
    }
    return reduce(mb, kind, positional[0], reduced, hasWhere ? &where : nullptr);
  }

  std::optional<SmallVector<SizeAttr>> sizeList(const Argument *argument) {
    auto *list = dyn_cast<ListExpr>(argument->value);
    if (!list) {
      mb.failAt(argument->range, "expected sizes in brackets, as in [b, t, n]");
      return std::nullopt;
    }
    return evaluator.evaluateSizes(list->elements);
  }

  Value reshapeTo() {
    if (!takes(2))
      return {};
    // Evaluated again as sizes, where `/` leaves no rest.
    auto sizes = sizeList(call->arguments[1]);
    return sizes ? reshape(mb, positional[0], *sizes) : Value();
  }

  Value transposeAxes() {
    if (!onlyValues())
      return {};
    if (positional.empty() || positional.size() > 2)
      return mb.failAt(call->range, "'transpose' takes a tensor and, if not "
                                    "the last two axes swap, a list of axes");
    ArrayPtr array = positional[0].array();
    if (!array || array->rank() < 2)
      return mb.fail("'transpose' takes a tensor of two or more axes, not " +
                     describe(positional[0]));
    unsigned rank = array->rank();
    SmallVector<unsigned> order;
    for (unsigned i = 0; i < rank; ++i)
      order.push_back(i);
    if (positional.size() == 1) {
      std::swap(order[rank - 1], order[rank - 2]);
      return transpose(mb, positional[0], order);
    }
    const List *list = positional[1].list();
    SmallVector<bool> seen(rank);
    bool fine = list && list->elements.size() == rank;
    for (unsigned i = 0; fine && i < rank; ++i) {
      const Constant *axis = list->elements[i].constant();
      std::optional<int64_t> number =
          axis ? axis->integer() : std::optional<int64_t>();
      fine = number && *number >= 0 && *number < rank && !seen[*number];
      if (fine) {
        seen[*number] = true;
        order[i] = *number;
      }
    }
    if (!fine)
      return mb.failAt(call->arguments[1]->range,
                       "the axes must name each of 0 to " + Twine(rank - 1) +
                           " once, as in [0, 2, 1, 3]");
    return transpose(mb, positional[0], order);
  }

  Value sliceAxis() {
    if (positional.size() != 1 || axes.size() != 1 || ranges.size() != 1 ||
        !axes[0].keep || hasWhere)
      return mb.failAt(call->range,
                       "'slice' takes a tensor, an axis and a range, as in "
                       "slice(x, along tokens, 0..4)");
    ArrayPtr array = positional[0].array();
    if (!array)
      return mb.fail("'slice' takes a tensor, not " + describe(positional[0]));
    std::optional<unsigned> axis = resolve(axes[0], *array);
    SizeAttr first = evaluator.evaluateSize(ranges[0]->value),
             last = evaluator.evaluateSize(ranges[0]->end);
    if (!axis || !first || !last)
      return {};
    mb.where = ranges[0]->range;
    return slice(mb, positional[0], *axis, first, last);
  }

  Value concatParts() {
    if (positional.empty() || axes.size() != 1 || !axes[0].keep ||
        !ranges.empty() || hasWhere)
      return mb.failAt(call->range,
                       "'concat' takes tensors and the axis they are joined "
                       "on, as in concat(a, b, along axis 1)");
    SmallVector<ArrayPtr> parts;
    for (const Value &value : positional) {
      parts.push_back(toArray(mb, value, "a part of concat"));
      if (!parts.back())
        return {};
    }
    std::optional<unsigned> axis = resolve(axes[0], *parts[0]);
    return axis ? concat(mb, parts, *axis) : Value();
  }

  Value makeRange() {
    if (!onlyValues())
      return {};
    if (positional.empty() || positional.size() > 2)
      return mb.failAt(call->range, "'range' takes a size, or a first and a "
                                    "last integer, as in range(1, n)");
    SmallVector<SizeAttr> bounds;
    for (const Argument *argument : call->arguments) {
      bounds.push_back(evaluator.evaluateSize(argument->value));
      if (!bounds.back())
        return {};
    }
    if (bounds.size() == 1)
      bounds.insert(bounds.begin(), SizeAttr::constant(mb.context(), 0));
    return range(mb, bounds[0], bounds[1]);
  }

  /// zeros([n, m]) is f32; zeros(i32[n, m]) says the type.
  Value zeros() {
    const Argument *argument =
        call->arguments.size() == 1 ? call->arguments[0] : nullptr;
    Element element = Element::F32;
    std::vector<Expr *> exprs;
    bool fine = argument && argument->kind == ArgumentKind::Value;
    if (fine) {
      if (auto *list = dyn_cast<ListExpr>(argument->value)) {
        exprs = list->elements;
      } else if (auto *typed = dyn_cast<IndexExpr>(argument->value)) {
        auto *base = dyn_cast<NameExpr>(typed->base);
        std::optional<Element> named =
            base ? elementFromSpelling(base->name) : std::nullopt;
        fine = named.has_value();
        if (named)
          element = *named;
        for (const IndexItem &item : typed->items) {
          fine &= item.kind == IndexItem::Value;
          exprs.push_back(item.value);
        }
      } else {
        fine = false;
      }
    }
    if (!fine)
      return mb.failAt(call->range, "'zeros' takes sizes or a type, as in "
                                    "zeros([b, n]) or zeros(i32[b, n])");
    auto sizes = evaluator.evaluateSizes(exprs);
    if (!sizes)
      return {};
    Constant zero;
    if (isFloat(element))
      zero.value = 0.0;
    else if (element == Element::Bool)
      zero.value = false;
    else
      zero.value = SizeAttr::constant(mb.context(), 0);
    return filled(mb, zero, element, *sizes);
  }

  Evaluator &evaluator;
  ModelBuilder &mb;
  const CallExpr *call;
  StringRef name;
  std::vector<Value> positional;
  std::vector<const Argument *> ranges;
  std::vector<Axis> axes;
  Value where;
  bool hasWhere = false;
};

} // namespace

bool isBuiltin(StringRef name) {
  return elementFunction(name) || elementFromSpelling(name) ||
         llvm::is_contained(otherFunctions, name);
}

void suggestBuiltins(Suggestion &suggestion) {
  for (const ElementFunction &function : elementFunctions)
    suggestion.consider(function.name);
  for (StringRef name : otherFunctions)
    suggestion.consider(name);
  for (StringRef name : {"f32", "f16", "bf16", "i32", "i8", "bool"})
    suggestion.consider(name);
}

Value Evaluator::callBuiltin(const CallExpr *call) {
  return BuiltinCall(*this, call).run();
}

} // namespace attune::frontend
