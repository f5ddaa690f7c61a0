#include "codegen/halide/Bodies.h"
#include "codegen/halide/Approximations.h"
#include "codegen/halide/Floats.h"
#include "codegen/halide/Operations.h"
#include "codegen/halide/Philox.h"
#include "dialect/BodyQueries.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using Halide::Expr;

namespace attune::kernels {

std::string plainName(llvm::StringRef name) {
  std::string plain;
  for (char c : name)
    plain += llvm::isAlnum(c) ? c : '_';
  return plain.empty() || llvm::isDigit(plain[0]) ? "_" + plain : plain;
}

Expr identity(attn::Reducer reducer, Halide::Type type) {
  if (reducer == attn::Reducer::Sum)
    return Halide::cast(type, 0);
  bool max = reducer == attn::Reducer::Max;
  if (type.is_float()) {
    double infinity = std::numeric_limits<double>::infinity();
    return Halide::Internal::make_const(type, max ? -infinity : infinity);
  }
  return max ? type.min() : type.max();
}

Expr combine(attn::Reducer reducer, Expr a, Expr b) {
  switch (reducer) {
  case attn::Reducer::ScaledSum: break; // of several values
  case attn::Reducer::Sum: return a + b;
  case attn::Reducer::Max: return Halide::max(a, b);
  case attn::Reducer::Min: return Halide::min(a, b);
  }
  return a;
}

std::vector<Expr> identities(attn::Reducer reducer, const std::vector<Halide::Type> &types) {
  if (reducer != attn::Reducer::ScaledSum)
    return {identity(reducer, types.front())};
  std::vector<Expr> values;
  for (const Halide::Type &type : types)
    values.push_back(identity(attn::Reducer::Sum, type));
  values.back() = identity(attn::Reducer::Max, types.back());
  return values;
}

std::vector<Expr> combine(attn::Reducer reducer, const std::vector<Expr> &sums, const std::vector<Expr> &terms) {
  if (reducer != attn::Reducer::ScaledSum)
    return {combine(reducer, sums.front(), terms.front())};
  Expr exponent = sums.back(), added = terms.back(), greatest = Halide::max(exponent, added);
  // Equal infinities have no difference.
  auto factor = [&](const Expr &of) { return Halide::select(of == greatest, Halide::cast(of.type(), 1), approximateExp(of - greatest)); };
  Expr before = factor(exponent), here = factor(added);
  std::vector<Expr> results;
  for (size_t i = 0; i + 1 < sums.size(); ++i)
    results.push_back(sums[i] * before + terms[i] * here);
  results.push_back(greatest);
  return results;
}

namespace {

Expr affine(AffineExpr expr, ArrayRef<Expr> symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    if (constant.getValue() != static_cast<int32_t>(constant.getValue()))
      throw KernelError("size " + std::to_string(constant.getValue()) + " does not fit 32 bits");
    return Expr(static_cast<int32_t>(constant.getValue()));
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Expr a = affine(binary.getLHS(), symbols), b = affine(binary.getRHS(), symbols);
  switch (expr.getKind()) {
  case AffineExprKind::Add: return a + b;
  case AffineExprKind::Mul: return a * b;
  case AffineExprKind::FloorDiv: return a / b;
  case AffineExprKind::CeilDiv: return (a + (b - 1)) / b;
  default: return a % b;
  }
}

} // namespace

Expr Bodies::size(attn::SizeAttr size) const {
  SmallVector<Expr> values;
  for (StringAttr symbol : size.getSymbols()) {
    auto found = symbols.find(symbol.getValue().str());
    if (found == symbols.end())
      throw KernelError("size '" + size.str() + "' uses symbol '" + symbol.str() + "', which attn.symbols does not list");
    values.push_back(found->second);
  }
  return Halide::Internal::simplify(affine(size.getExpr(), values));
}

/// One body while it is translated.
struct Bodies::Body {
  Bodies &bodies;
  Environment values;
  Halide::Internal::Scope<Halide::Internal::Interval> ranges;
  std::vector<std::string> padded; ///< axes that tiles round up

  void bind(Value value, Expr index, Expr size, Reach reach) {
    values[value] = index;
    const auto *variable = index.as<Halide::Internal::Variable>();
    if (!variable)
      return;
    using Halide::Internal::Interval;
    Expr last = reach == Reach::Exact ? Halide::Internal::simplify(size - 1) : Interval::pos_inf();
    ranges.push(variable->name, Interval(reach == Reach::Shifted ? Interval::neg_inf() : Expr(0), last));
    if (reach >= Reach::Padded)
      padded.push_back(variable->name);
  }

  Expr block(Block *block) {
    for (Operation &op : block->without_terminator())
      values[op.getResult(0)] = translate(&op);
    return values.lookup(block->getTerminator()->getOperand(0));
  }

  Expr translate(Operation *op) {
    if (auto within = dyn_cast<attn::WithinOp>(op))
      return translateWithin(within);
    if (auto clamp = dyn_cast<attn::ClampOp>(op))
      return translateClamp(clamp);
    if (auto load = dyn_cast<attn::LoadOp>(op))
      return translateLoad(load);
    if (auto size = dyn_cast<attn::SizeOp>(op))
      return bodies.size(size.getSize());
    if (auto reduce = dyn_cast<attn::ReduceOp>(op))
      return translateReduce(reduce);
    if (auto dropout = dyn_cast<attn::DropoutOp>(op))
      return translateDropout(dropout);
    // As a difference, interval arithmetic would not see that it lies in [0, d).
    if (auto remainder = attn::matchRemainder(op->getResult(0)))
      return translateRemainder(*remainder, values.lookup(remainder->dividend), values.lookup(remainder->divisor));
    SmallVector<Expr> operands;
    for (Value operand : op->getOperands()) {
      Expr value = values.lookup(operand);
      if (!value.defined())
        throw KernelError("'" + op->getName().getStringRef().str() + "' uses a value that no body of this stage defines");
      operands.push_back(value);
    }
    if (isa<arith::SelectOp>(op) && !op->getResult(0).getType().isIndex())
      operands[0] = bodies.choice(operands[0]);
    if (auto select = dyn_cast<arith::SelectOp>(op); select && dependsOnStages(select.getCondition()) &&
        (operands[1].type() == Halide::Float(32) || operands[1].type() == Halide::Int(32)))
      return blend(operands[0], operands[1], operands[2]);
    Expr value = translateOperation(op, operands, bodies.types, bodies.target);
    Type type = op->getResult(0).getType();
    return isExact(op) ? value : bodies.types.rounded(type, value);
  }

  /// Gives a value of its operands' type as it is.
  static bool isExact(Operation *op) {
    return isa<arith::ConstantOp, arith::SelectOp, arith::NegFOp, arith::MaxNumFOp, arith::MinNumFOp, arith::MaximumFOp,
               arith::MinimumFOp, math::AbsFOp>(op);
  }

  /// What is promised of an index holds along its axes, not where padding
  /// computes more of them than there are.
  Expr translateWithin(attn::WithinOp within) {
    Expr index = values.lookup(within.getIndex()), last = bodies.size(within.getSize()) - 1;
    for (const std::string &axis : padded)
      if (Halide::Internal::stmt_or_expr_uses_var(index, axis))
        return Halide::clamp(index, 0, last);
    return Halide::unsafe_promise_clamped(index, 0, last);
  }

  Expr translateClamp(attn::ClampOp clamp) {
    Expr index = values.lookup(clamp.getIndex()), size = bodies.size(clamp.getSize());
    return dependsOnData(clamp.getIndex()) ? Halide::clamp(index, 0, size - 1) : inRange(index, size);
  }

  /// Whether an element of another stage takes part in `value`.
  static bool dependsOnStages(Value value) {
    return attn::isComputedFrom(value, [](Value part) {
      auto load = part.getDefiningOp<attn::LoadOp>();
      return load && load.getTensor().getDefiningOp();
    });
  }

  /// Whether `index` comes from a tensor's elements.
  static bool dependsOnData(Value index) {
    return attn::isComputedFrom(index, [](Value part) {
      return isa_and_nonnull<attn::LoadOp, attn::ReduceOp>(part.getDefiningOp());
    });
  }

  Expr translateLoad(attn::LoadOp load) {
    auto found = bodies.tensors.find(load.getTensor());
    if (found == bodies.tensors.end())
      throw KernelError("a load reads a tensor that is neither an argument of the kernel nor a stage above; reshape "
                        "arguments before the kernel");
    TensorRef &tensor = found->second;
    bool isArgument = std::holds_alternative<Halide::ImageParam>(tensor.source);
    std::vector<Expr> arguments;
    for (auto [i, index] : llvm::enumerate(load.getIndices())) {
      Expr value = values.lookup(index);
      auto clamp = index.getDefiningOp<attn::ClampOp>();
      bool isInRange = clamp && clamp.getSize() == load.getTensor().getType().getSize(i);
      if (!isInRange && dependsOnData(index))
        value = Halide::clamp(value, 0, tensor.sizes[i] - 1);
      else if (!isInRange && isArgument)
        value = inRange(value, tensor.sizes[i]);
      arguments.insert(arguments.begin(), value);
    }
    if (!isArgument) {
      Halide::Func func = std::get<Halide::Func>(tensor.source);
      Halide::FuncRef element = func(arguments);
      Expr value = func.outputs() == 1 ? Expr(element) : element[tensor.part];
      // A reduction has f32 until it is read.
      return tensor.isReduction ? bodies.types.rounded(load.getResult().getType(), value) : value;
    }
    Expr element = std::get<Halide::ImageParam>(tensor.source)(arguments);
    return bodies.types.fromMemory(load.getResult().getType(), element);
  }

  /// What runs has a seed: variants without one hold no dropout.
  Expr translateDropout(attn::DropoutOp dropout) {
    auto seed = bodies.tensors.find(dropout.getSeed());
    if (seed == bodies.tensors.end() || !std::holds_alternative<Halide::ImageParam>(seed->second.source))
      throw KernelError("a dropout's seed must be an argument of the kernel");
    auto word = [](Expr value) { return Halide::reinterpret<uint32_t>(value); };
    auto key = [&](int i) { return word(std::get<Halide::ImageParam>(seed->second.source)(i)); };
    Expr row = Expr(uint32_t(0)), column = row;
    size_t last = dropout.getIndices().size();
    for (auto [index, size] : llvm::zip(dropout.getIndices(), dropout.getSizes().getAsRange<attn::SizeAttr>())) {
      Expr place = word(values.lookup(index));
      if (--last == 0)
        column = place;
      else
        row = row * word(bodies.size(size)) + place;
    }
    Expr site = Expr(static_cast<uint32_t>(dropout.getSite()));
    Expr rate = values.lookup(dropout.getRate());
    Expr kept = values.lookup(dropout.getValue()) * (1.0f / (1.0f - rate));
    return Halide::select(uniform(philoxWord(column, row, site, key(0), key(1))) < rate, 0.0f, kept);
  }

  /// `index` clamped on the sides where it may leave [0, size). Loop
  /// partitioning takes `likely` clamps out of the steady state.
  Expr inRange(Expr index, Expr size) {
    using namespace Halide::Internal;
    Interval range = bounds_of_expr_in_scope(index, ranges);
    bool above = range.has_upper_bound() && can_prove(simplify(range.max < size));
    bool below = range.has_lower_bound() && can_prove(simplify(range.min >= 0));
    if (!above)
      index = Halide::min(Halide::likely(index), size - 1);
    if (!below)
      index = Halide::max(above ? Halide::likely(index) : index, 0);
    return index;
  }

  Expr translateReduce(attn::ReduceOp reduce) {
    Halide::Region region;
    SmallVector<Expr> sizes;
    for (Attribute size : reduce.getSizes()) {
      sizes.push_back(bodies.size(cast<attn::SizeAttr>(size)));
      region.push_back(Halide::Range(0, sizes.back()));
    }
    Halide::RDom domain(region);
    // The Func's own variables are those that its body names.
    Halide::Func func("reduce");
    std::vector<Halide::Var> free;
    for (auto &[value, index] : values)
      if (const auto *variable = index.defined() ? index.as<Halide::Internal::Variable>() : nullptr)
        if (value.getType().isIndex() && isa<BlockArgument>(value) && !variable->reduction_domain.defined() &&
            !variable->param.defined())
          free.push_back(Halide::Var(variable->name));
    for (auto &[value, index] : values)
      if (const auto *variable = index.defined() ? index.as<Halide::Internal::Variable>() : nullptr)
        if (variable->reduction_domain.defined())
          throw KernelError("a scalar reduction inside a reduction must be a stage of its own");
    for (auto [i, argument] : llvm::enumerate(reduce.getBodyBlock()->getArguments()))
      bind(argument, domain[i], sizes[i], Reach::Exact);
    Expr value = block(reduce.getBodyBlock());
    for (BlockArgument argument : reduce.getBodyBlock()->getArguments())
      values.erase(argument);
    func(free) = identity(reduce.getReducer(), value.type());
    func(free) = combine(reduce.getReducer(), func(free), value);
    std::vector<Expr> here(free.begin(), free.end());
    return func(here);
  }
};

std::vector<Expr> Bodies::translate(Block *block, ValueRange wanted, ArrayRef<Expr> indices, ArrayRef<Expr> sizes,
                                    ArrayRef<Reach> reach) {
  Body body{*this, Environment(), {}, {}};
  for (auto [i, argument] : llvm::enumerate(block->getArguments()))
    body.bind(argument, indices[i], sizes[i], reach[i]);
  body.block(block);
  std::vector<Expr> results;
  for (Value value : wanted)
    results.push_back(body.values.lookup(value));
  return results;
}

} // namespace attune::kernels
