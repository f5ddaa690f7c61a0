#include "codegen/halide/Stages.h"
#include "codegen/halide/Bodies.h"
#include "codegen/halide/Padding.h"

using namespace mlir;
using Halide::Expr;

namespace attune::kernels {
namespace {

Axis makeAxis(StringRef name, attn::SizeAttr size, const Bodies &bodies) {
  return {name.str(), bodies.size(size), size.getConstant()};
}

std::vector<Directive> readDirectives(attn::StageScheduleAttr entry) {
  std::vector<Directive> result;
  for (attn::DirectiveAttr attribute : entry.getDirectives()) {
    Directive directive{attribute.getKeyword().str(), {}, attribute.str()};
    for (Attribute argument : attribute.getArguments()) {
      if (auto integer = dyn_cast<IntegerAttr>(argument))
        directive.arguments.emplace_back(std::in_place_type<int64_t>, integer.getInt());
      else
        directive.arguments.emplace_back(std::in_place_type<std::string>, cast<StringAttr>(argument).str());
    }
    result.push_back(std::move(directive));
  }
  return result;
}

/// Contiguous, row-major, from 0: `sizes` outermost first, dimension 0 innermost.
template <typename Buffer> void setShape(Buffer &&buffer, ArrayRef<Expr> sizes) {
  Expr stride = 1;
  for (auto [dimension, size] : llvm::enumerate(llvm::reverse(sizes))) {
    buffer.dim(dimension).set_bounds(0, size).set_stride(stride);
    stride = Halide::Internal::simplify(stride * size);
  }
}

std::vector<Expr> sizesOf(attn::TensorType type, const Bodies &bodies) {
  std::vector<Expr> sizes;
  for (attn::SizeAttr size : type.getSizes())
    sizes.push_back(bodies.size(size));
  return sizes;
}

class Builder {
public:
  explicit Builder(func::FuncOp function) : function(function) { kernel.name = function.getName().str(); }

  Kernel build() {
    if (function.isExternal() || function.getNumResults() != 1)
      throw KernelError("a kernel has a body and one result");
    addArguments();
    auto schedule = function->getAttrOfType<attn::ScheduleAttr>(attn::scheduleAttrName);
    auto result = function.getBody().front().getTerminator()->getOperand(0).getDefiningOp<attn::StageOp>();
    if (!result || result->getNumResults() != 1)
      throw KernelError("a kernel's result must be a stage of one value");
    SmallVector<attn::StageOp> stages;
    for (Operation &op : function.getBody().front().without_terminator()) {
      auto stage = dyn_cast<attn::StageOp>(op);
      if (!stage)
        throw KernelError("'" + op.getName().getStringRef().str() + "' cannot stand between the stages of a kernel");
      for (StageFunc &other : kernel.stages)
        if (other.name == stage.getName())
          throw KernelError("two stages are called '" + other.name + "'");
      stages.push_back(stage);
      // Names first: the schedule is checked against all of them.
      kernel.stages.emplace_back().name = stage.getName().str();
    }
    if (schedule)
      checkNames(schedule);
    auto extents = findExtents(stages, result, schedule);
    for (auto [stage, target] : llvm::zip(stages, kernel.stages)) {
      try {
        addStage(stage, target, stage == result, extents[stage], schedule);
      } catch (const KernelError &error) {
        throw KernelError("stage '" + target.name + "': " + error.what());
      }
      if (stage == result)
        kernel.output = &target;
    }
    setShape(kernel.output->func.output_buffer(), sizesOf(result.getType(), bodies));
    return std::move(kernel);
  }

private:
  void addArguments() {
    for (BlockArgument argument : function.getArguments())
      if (!isa<attn::TensorType>(argument.getType()))
        throw KernelError("arguments of kernels are tensors");
    // Symbols come after the tensors in the signature, but sizes need them.
    std::vector<Halide::Argument> symbols;
    if (auto names = function->getAttrOfType<ArrayAttr>(attn::symbolsAttrName))
      for (StringRef name : names.getAsValueRange<StringAttr>()) {
        Halide::Param<int32_t> param(plainName(name));
        bodies.addSymbol(name, param);
        symbols.push_back(param);
      }
    for (BlockArgument argument : function.getArguments()) {
      auto type = cast<attn::TensorType>(argument.getType());
      bool isBool = type.getElementType().isInteger(1);
      Halide::Type element = isBool ? Halide::UInt(8) : halideType(type.getElementType());
      std::vector<Expr> sizes = sizesOf(type, bodies);
      Halide::ImageParam image(element, type.getRank(), "argument" + std::to_string(argument.getArgNumber()));
      setShape(image, sizes);
      kernel.arguments.push_back(image);
      bodies.addTensor(argument, {image, sizes, isBool});
    }
    kernel.arguments.insert(kernel.arguments.end(), symbols.begin(), symbols.end());
  }

  void checkNames(attn::ScheduleAttr schedule) {
    for (attn::StageScheduleAttr entry : schedule.getStages()) {
      std::string known;
      bool found = false;
      for (StageFunc &stage : kernel.stages) {
        found |= entry.getStage() == stage.name;
        known += (known.empty() ? "" : ", ") + stage.name;
      }
      if (!found)
        throw KernelError("the schedule names stage '" + entry.getStage().str() + "'; the kernel has " + known);
    }
  }

  void addStage(attn::StageOp op, StageFunc &stage, bool isOutput, const StageExtent &extent,
                attn::ScheduleAttr schedule) {
    stage.isOutput = isOutput;
    stage.isReduction = op.isReduction();
    if (auto entry = schedule ? schedule.lookup(stage.name) : attn::StageScheduleAttr()) {
      stage.isNamed = true;
      stage.directives = readDirectives(entry);
    }
    SmallVector<Expr> indices, sizes;
    SmallVector<Reach> reach;
    for (int64_t a = 0; a < op.getRank(); ++a) {
      stage.axes.push_back(makeAxis(op.getAxisName(a), op.getAxisSize(a), bodies));
      stage.vars.emplace_back(plainName(op.getAxisName(a)) + "_" + std::to_string(a));
      indices.push_back(stage.vars.back());
      sizes.push_back(stage.axes.back().size);
      reach.push_back(extent.axes[a]);
    }
    Halide::Region region;
    for (unsigned r = 0; r < op.getReductionRank(); ++r) {
      unsigned a = op.getRank() + r;
      stage.reducedAxes.push_back(makeAxis(op.getAxisName(a), op.getAxisSize(a), bodies));
      region.push_back(Halide::Range(0, stage.reducedAxes.back().size));
    }
    if (!region.empty())
      stage.domain = Halide::RDom(region, "over_" + plainName(stage.name));
    for (unsigned r = 0; r < op.getReductionRank(); ++r) {
      indices.push_back(stage.domain[r]);
      sizes.push_back(stage.reducedAxes[r].size);
      reach.push_back(Reach::Exact);
    }
    stage.func = Halide::Func(plainName(stage.name));
    checkKind(stage);
    if (stage.isReduction)
      addReduction(op, stage, indices, sizes, reach);
    else
      addPure(op, stage, indices, sizes, reach);
    sizes.truncate(op.getRank());
    for (auto [part, result] : llvm::enumerate(op->getResults())) {
      bool isBool = cast<attn::TensorType>(result.getType()).getElementType().isInteger(1);
      bodies.addTensor(result, {stage.func, std::vector<Expr>(sizes.begin(), sizes.end()), isBool,
                                static_cast<unsigned>(part)});
    }
  }

  void addReduction(attn::StageOp op, StageFunc &stage, ArrayRef<Expr> indices, ArrayRef<Expr> sizes,
                    ArrayRef<Reach> reach) {
    std::vector<Halide::Var> dimensions(stage.vars.rbegin(), stage.vars.rend());
    SmallVector<Value> wanted(op.getYield().getOperands());
    attn::Reducer reducer = *op.getReducer();
    auto select = wanted[0].getDefiningOp<arith::SelectOp>();
    bool isPartial = select && isIdentity(reducer, select.getFalseValue());
    if (isPartial)
      wanted = {select.getTrueValue(), select.getCondition()};
    else if (has(stage, "skip") && !isIdentity(reducer, wanted[0])) // folding may leave nothing to add
      throw KernelError("'skip' needs a body select(condition, value, other) whose other value changes nothing: "
                          "0 in a sum, -inf in a maximum, inf in a minimum");
    std::vector<Expr> results = bodies.translate(op.getBodyBlock(), wanted, indices, sizes, reach);
    Expr value = results[0];
    if (isPartial && has(stage, "skip"))
      stage.domain.where(results[1]);
    else if (isPartial)
      value = Halide::select(results[1], value, identity(reducer, value.type()));
    // Halide knows loops by their uses: one that nothing depends on repeats the
    // same contribution.
    if (reducer == attn::Reducer::Sum)
      for (size_t r = 0; r < stage.reducedAxes.size(); ++r)
        if (!uses(results, stage.domain[r]))
          value = value * Halide::cast(value.type(), stage.reducedAxes[r].size);
    if (value.type().is_bool())
      throw KernelError("reduces booleans");
    // Halide solves min(f, g(r)) for the r that matter, and overflows where f is
    // the largest integer. It does not look through a conversion.
    if (reducer != attn::Reducer::Sum && value.type() == Halide::Int(32) && op.getBody().getOps<attn::LoadOp>().empty())
      value = Halide::cast<int>(Halide::strict_float(Halide::cast<double>(value)));
    stage.func(dimensions) = identity(reducer, value.type());
    stage.func(dimensions) = combine(reducer, stage.func(dimensions), value);
  }

  void addPure(attn::StageOp op, StageFunc &stage, ArrayRef<Expr> indices, ArrayRef<Expr> sizes, ArrayRef<Reach> reach) {
    std::vector<Halide::Var> dimensions(stage.vars.rbegin(), stage.vars.rend());
    SmallVector<Value> values(op.getYield().getOperands());
    struct Arm {
      Value condition;
      SmallVector<Value> values;
    };
    SmallVector<Arm> arms;
    readPieces(op, stage);
    for (const Piece &piece : stage.pieces) {
      Arm &arm = arms.emplace_back();
      for (Value &value : values) {
        auto select = value.getDefiningOp<arith::SelectOp>();
        if (!select)
          throw KernelError("piece '" + piece.name + "' has no select: 'pieces' needs a body "
                            "select(c1, v1, select(c2, v2, … other)) with a condition for each of its names");
        if (arm.condition && arm.condition != select.getCondition())
          throw KernelError("piece '" + piece.name + "' has several conditions: 'pieces' needs selects of all the "
                            "stage's values by one");
        arm.condition = select.getCondition();
        arm.values.push_back(select.getTrueValue());
        value = select.getFalseValue();
      }
    }
    std::vector<Expr> otherwise = bodies.translate(op.getBodyBlock(), values, indices, sizes, reach);
    if (otherwise.front().type().is_bool() && stage.isOutput)
      otherwise.front() = Halide::cast<uint8_t>(otherwise.front());
    if (has(stage, "sparse"))
      for (Expr &value : otherwise)
        value = Halide::undef(value.type());
    define(stage.func(dimensions), otherwise);
    for (auto [number, piece] : llvm::enumerate(stage.pieces)) {
      piece.domain = Halide::RDom(0, sizes[piece.axis], "over_" + plainName(stage.name + "_" + piece.name));
      SmallVector<Expr> here(indices);
      here[piece.axis] = piece.domain.x;
      SmallVector<Value> wanted(arms[number].values);
      for (size_t i = 0; i <= number; ++i)
        wanted.push_back(arms[i].condition);
      std::vector<Expr> results = bodies.translate(op.getBodyBlock(), wanted, here, sizes, reach);
      Expr condition = results.back();
      results.pop_back();
      for (size_t i = 0; i < number; ++i, results.pop_back())
        condition = condition && !results.back();
      piece.domain.where(condition);
      define(stage.func(std::vector<Expr>(here.rbegin(), here.rend())), results);
    }
  }

  static bool uses(const std::vector<Expr> &values, const Halide::RVar &variable) {
    return llvm::any_of(values, [&](const Expr &value) {
      return Halide::Internal::expr_uses_var(value, variable.name());
    });
  }

  static bool has(const StageFunc &stage, llvm::StringRef keyword) {
    return llvm::any_of(stage.directives, [&](const Directive &directive) { return directive.keyword == keyword; });
  }

  /// Whether a reduction is the same with and without `value`.
  static bool isIdentity(attn::Reducer reducer, Value value) {
    auto constant = value.getDefiningOp<arith::ConstantOp>();
    auto number = constant ? dyn_cast<FloatAttr>(constant.getValue()) : FloatAttr();
    if (!number)
      return false;
    llvm::APFloat real = number.getValue();
    switch (reducer) {
    case attn::Reducer::Sum: return real.isZero();
    case attn::Reducer::Max: return real.isInfinity() && real.isNegative();
    case attn::Reducer::Min: return real.isInfinity() && !real.isNegative();
    }
    return false;
  }

  static void define(Halide::FuncRef element, const std::vector<Expr> &values) {
    if (values.size() == 1)
      element = values.front();
    else
      element = Halide::Tuple(values);
  }

  /// Directives that decide how a stage is defined stand at the kind they are for.
  static void checkKind(const StageFunc &stage) {
    if (has(stage, "skip") && !stage.isReduction)
      throw KernelError("'skip' needs a reduction: what it leaves out are terms");
    for (const Directive &directive : stage.directives)
      if (directive.keyword == "pieces" && (stage.isReduction || stage.isOutput))
        throw KernelError("'" + directive.text + "' cannot stand at " +
                          (stage.isReduction ? "a reduction" : "the kernel's result") +
                          ": give a stage without a reduction before the result its pieces");
    if (has(stage, "sparse") && !has(stage, "pieces"))
      throw KernelError("'sparse' needs 'pieces': nothing else says which elements are set");
  }

  /// The names and the axis that the schedule's `pieces` gives.
  void readPieces(attn::StageOp op, StageFunc &stage) {
    for (const Directive &directive : stage.directives) {
      if (directive.keyword != "pieces")
        continue;
      std::vector<std::string> words;
      for (const auto &argument : directive.arguments)
        if (const auto *word = std::get_if<std::string>(&argument))
          words.push_back(*word);
      size_t axis = 0;
      std::string known;
      for (const Axis &other : stage.axes)
        known += (known.empty() ? "" : ", ") + other.name;
      while (axis < stage.axes.size() && (words.empty() || stage.axes[axis].name != words[0]))
        ++axis;
      if (axis == stage.axes.size())
        throw KernelError("'" + directive.text + "' names no axis of the stage; it has " + known);
      if (words.size() < 2)
        throw KernelError("'" + directive.text + "' needs a name for each piece after the axis");
      for (size_t i = 1; i < words.size(); ++i) {
        if (llvm::is_contained(llvm::ArrayRef(words).slice(1, i - 1), words[i]))
          throw KernelError("'" + directive.text + "' has two pieces called '" + words[i] + "'");
        stage.pieces.push_back({words[i], axis, {}});
      }
    }
  }

  func::FuncOp function;
  Kernel kernel;
  Bodies bodies;
};

} // namespace

Kernel buildStages(func::FuncOp function) { return Builder(function).build(); }

} // namespace attune::kernels
