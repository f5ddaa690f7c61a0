#include "codegen/halide/Stages.h"
#include "codegen/halide/Bodies.h"
#include "dialect/BodyQueries.h"

using namespace mlir;
using Halide::Expr;

namespace attune::kernels {
namespace {

Axis makeAxis(StringRef name, attn::SizeAttr size, const Bodies &bodies) {
  return {name.str(), bodies.size(size), size.getConstant()};
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

/// Halide inlines by name, and takes a call of its own for one of a stage that is
/// called the same: `abs`, `round`, `sqrt_f32`.
std::string funcName(StringRef stage) {
  using Halide::Internal::Call;
  std::string name = plainName(stage);
  bool isHalides = StringRef(name).ends_with("_f32");
  for (int op = 0; op < Call::IntrinsicOpCount; ++op)
    isHalides |= name == Call::get_intrinsic_name(Call::IntrinsicOp(op));
  return isHalides ? name + "_stage" : name;
}

class Builder {
public:
  Builder(func::FuncOp function, const ScheduledKernel &scheduled, const TargetInfo &target)
      : function(function), scheduled(scheduled), bodies(target) {
    kernel.name = function.getName().str();
  }

  Kernel build() {
    addArguments();
    auto result = function.getBody().front().getTerminator()->getOperand(0).getDefiningOp<attn::StageOp>();
    std::vector<StageReach> reach = findReach(scheduled.plan, scheduled.stages);
    for (auto [stage, plan, reach] : llvm::zip(scheduled.stages, scheduled.plan.stages, reach)) {
      StageFunc &target = kernel.stages.emplace_back();
      target.name = plan.shape.name;
      try {
        addStage(stage, target, stage == result, reach, plan.directives);
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
        Halide::Param<int32_t> param("_size_" + plainName(name)); // no stage is called so
        bodies.addSymbol(name, param);
        symbols.push_back(param);
      }
    for (BlockArgument argument : function.getArguments()) {
      auto type = cast<attn::TensorType>(argument.getType());
      Halide::Type element = bodies.types.memory(type.getElementType());
      std::vector<Expr> sizes = sizesOf(type, bodies);
      Halide::ImageParam image(element, type.getRank(), "argument" + std::to_string(argument.getArgNumber()));
      setShape(image, sizes);
      kernel.arguments.push_back(image);
      bodies.addTensor(argument, {image, sizes});
    }
    kernel.arguments.insert(kernel.arguments.end(), symbols.begin(), symbols.end());
  }

  void addStage(attn::StageOp op, StageFunc &stage, bool isOutput, const StageReach &within,
                const StageDirectives &directives) {
    stage.isOutput = isOutput;
    stage.isReduction = op.isReduction();
    SmallVector<Expr> indices, sizes;
    SmallVector<Reach> reach;
    for (int64_t a = 0; a < op.getRank(); ++a) {
      stage.axes.push_back(makeAxis(op.getAxisName(a), op.getAxisSize(a), bodies));
      stage.vars.emplace_back(plainName(op.getAxisName(a)) + "_" + std::to_string(a));
      indices.push_back(stage.vars.back());
      sizes.push_back(stage.axes.back().size);
      reach.push_back(within.axes[a]);
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
    stage.func = Halide::Func(funcName(stage.name));
    if (stage.isReduction)
      addReduction(op, stage, indices, sizes, reach, directives);
    else
      addPure(op, stage, indices, sizes, reach, directives);
    sizes.truncate(op.getRank());
    for (auto [part, result] : llvm::enumerate(op->getResults()))
      bodies.addTensor(result, {stage.func, std::vector<Expr>(sizes.begin(), sizes.end()), static_cast<unsigned>(part),
                                stage.isReduction});
  }

  /// The condition, false past the ends of padded axes that it depends on: what it
  /// reads there is not computed, and no branch may depend on that.
  Expr whereComputed(Expr condition, ArrayRef<Expr> indices, ArrayRef<Expr> sizes, ArrayRef<Reach> reach) {
    Expr inside;
    for (auto [index, size, how] : llvm::zip(indices, sizes, reach)) {
      const auto *variable = index.as<Halide::Internal::Variable>();
      if (how < Reach::Padded || !variable || !Halide::Internal::expr_uses_var(condition, variable->name))
        continue;
      Expr here = how == Reach::Shifted ? index >= 0 && index < size : index < size;
      inside = inside.defined() ? inside && here : here;
    }
    return bodies.choice(inside.defined() ? inside && condition : condition);
  }

  void addReduction(attn::StageOp op, StageFunc &stage, ArrayRef<Expr> indices, ArrayRef<Expr> sizes,
                    ArrayRef<Reach> reach, const StageDirectives &directives) {
    std::vector<Halide::Var> dimensions(stage.vars.rbegin(), stage.vars.rend());
    attn::Reducer reducer = *op.getReducer();
    std::vector<Halide::Type> types;
    for (Type type : op.getElementTypes())
      types.push_back(bodies.types.value(type));
    if (types[0].is_bool())
      throw KernelError("reduces booleans");
    define(stage.func(dimensions), identities(reducer, types));
    auto add = [&](const std::vector<Expr> &terms) {
      std::vector<Expr> sums;
      Halide::FuncRef element = stage.func(dimensions);
      for (size_t i = 0; i < terms.size(); ++i)
        sums.push_back(terms.size() == 1 ? Expr(element) : Expr(element[i]));
      define(element, combine(reducer, sums, terms));
    };
    if (directives.pieces)
      return addPiecesOfReduction(op, stage, indices, sizes, reach, directives, add);
    SmallVector<Value> wanted(op.getYield().getOperands());
    attn::GuardedTerms guarded = attn::guardedTerms(op);
    if (guarded.condition) {
      wanted = guarded.values;
      wanted.push_back(guarded.condition);
    }
    std::vector<Expr> results = bodies.translate(op.getBodyBlock(), wanted, indices, sizes, reach), values(results);
    if (guarded.condition)
      values.pop_back();
    // Halide solves min(f, g(r)) for the r that matter, and moves what is added to g to the
    // identity; both overflow where that is the largest integer. It does not look through a
    // conversion.
    bool isLoaded = attn::isComputedFrom(wanted[0], [](Value part) { return part.getDefiningOp<attn::LoadOp>() != nullptr; });
    bool isExtreme = reducer == attn::Reducer::Max || reducer == attn::Reducer::Min;
    if (isExtreme && types[0] == Halide::Int(32) && !isLoaded)
      values[0] = ~(~values[0]);
    std::vector<Expr> nothing = identities(reducer, types);
    if (guarded.condition && directives.skip)
      stage.domain.where(whereComputed(results.back(), indices, sizes, reach));
    else if (guarded.condition)
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = Halide::select(bodies.choice(results.back()), values[i], nothing[i]);
    // Halide knows a domain by its uses: where nothing depends on it, there are no loops
    // that add the same contribution again and again.
    bool isLoop = false;
    for (size_t r = 0; r < stage.reducedAxes.size(); ++r)
      isLoop |= uses(results, stage.domain[r]);
    if (!isExtreme && !isLoop)
      for (size_t i = 0; i < values.size() - (reducer == attn::Reducer::ScaledSum); ++i)
        for (const auto &axis : stage.reducedAxes)
          values[i] = values[i] * Halide::cast(types[i], axis.size);
    add(values);
  }

  /// An update for each arm of the terms' selects; the plan has checked that what is left adds nothing.
  void addPiecesOfReduction(attn::StageOp op, StageFunc &stage, ArrayRef<Expr> indices, ArrayRef<Expr> sizes, ArrayRef<Reach> reach,
                            const StageDirectives &directives, llvm::function_ref<void(const std::vector<Expr> &)> add) {
    for (const std::string &name : ArrayRef(directives.pieces.names).drop_front())
      stage.pieces.push_back({name, stage.axes.size(), {}});
    SmallVector<Value> values(op.getYield().getOperands());
    std::vector<attn::Arm> arms = armsOf(op, stage.pieces.size(), values);
    for (auto [number, piece] : llvm::enumerate(stage.pieces)) {
      piece.domain = Halide::RDom(0, sizes.back(), "over_" + plainName(stage.name + "_" + piece.name));
      SmallVector<Expr> here(indices);
      here.back() = piece.domain.x;
      add(termsOf(op, arms, number, piece, here, sizes, reach));
    }
  }

  /// The arms of the selects that `values` are, the first `count` of them, the last one without a condition where no
  /// other's holds; `values` become what is left.
  static std::vector<attn::Arm> armsOf(attn::StageOp op, size_t count, SmallVector<Value> &values) {
    std::vector<attn::Arm> arms(count);
    for (attn::Arm &arm : arms) {
      if (std::optional<attn::Arm> first = attn::firstArm(op, values)) {
        arm = *first;
        values = first->others;
      } else {
        arm.values = values;
      }
    }
    return arms;
  }

  /// What an arm computes at the indices `here`; its domain is where it does.
  std::vector<Expr> termsOf(attn::StageOp op, const std::vector<attn::Arm> &arms, size_t number, Piece &piece, ArrayRef<Expr> here,
                            ArrayRef<Expr> sizes, ArrayRef<Reach> reach) {
    SmallVector<Value> wanted(arms[number].values);
    for (size_t i = 0; i < number; ++i)
      wanted.push_back(arms[i].condition);
    if (arms[number].condition)
      wanted.push_back(arms[number].condition);
    std::vector<Expr> results = bodies.translate(op.getBodyBlock(), wanted, here, sizes, reach);
    auto holds = [&](size_t arm) { return arms[arm].isOpposite ? !results.back() : results.back(); };
    Expr condition = Halide::Internal::const_true();
    if (arms[number].condition) {
      condition = holds(number);
      results.pop_back();
    }
    for (size_t i = number; i-- > 0; results.pop_back())
      condition = condition && !holds(i);
    piece.domain.where(whereComputed(condition, here, sizes, reach));
    return results;
  }

  void addPure(attn::StageOp op, StageFunc &stage, ArrayRef<Expr> indices, ArrayRef<Expr> sizes, ArrayRef<Reach> reach,
               const StageDirectives &directives) {
    std::vector<Halide::Var> dimensions(stage.vars.rbegin(), stage.vars.rend());
    SmallVector<Value> values(op.getYield().getOperands());
    // The plan has checked that there is an arm for each piece.
    readPieces(stage, directives.pieces.names);
    std::vector<attn::Arm> arms = armsOf(op, stage.pieces.size(), values);
    std::vector<Expr> otherwise = bodies.translate(op.getBodyBlock(), values, indices, sizes, reach);
    if (stage.isOutput)
      otherwise.front() = bodies.types.toMemory(op.getElementTypes().front(), otherwise.front());
    if (directives.sparse)
      for (Expr &value : otherwise)
        value = Halide::undef(value.type());
    define(stage.func(dimensions), otherwise);
    for (auto [number, piece] : llvm::enumerate(stage.pieces)) {
      piece.domain = Halide::RDom(0, sizes[piece.axis], "over_" + plainName(stage.name + "_" + piece.name));
      SmallVector<Expr> here(indices);
      here[piece.axis] = piece.domain.x;
      std::vector<Expr> results = termsOf(op, arms, number, piece, here, sizes, reach);
      define(stage.func(std::vector<Expr>(here.rbegin(), here.rend())), results);
    }
  }

  static bool uses(const std::vector<Expr> &values, const Halide::RVar &variable) {
    return llvm::any_of(values, [&](const Expr &value) {
      return Halide::Internal::expr_uses_var(value, variable.name());
    });
  }

  static void define(Halide::FuncRef element, const std::vector<Expr> &values) {
    if (values.size() == 1)
      element = values.front();
    else
      element = Halide::Tuple(values);
  }

  /// The axis, then a name for each arm.
  static void readPieces(StageFunc &stage, ArrayRef<std::string> names) {
    for (const std::string &name : names.drop_front(!names.empty())) {
      size_t axis = 0;
      while (stage.axes[axis].name != names[0])
        ++axis;
      stage.pieces.push_back({name, axis, {}});
    }
  }

  func::FuncOp function;
  const ScheduledKernel &scheduled;
  Kernel kernel;
  Bodies bodies;
};

} // namespace

Kernel buildStages(func::FuncOp function, const ScheduledKernel &scheduled, const TargetInfo &target) {
  return Builder(function, scheduled, target).build();
}

} // namespace attune::kernels
