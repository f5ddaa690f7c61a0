// Which pairs the gathers of an attention definition count for, and the proofs
// and checks of their indices for those pairs alone.
#include "frontend/AttentionEmitter.h"

#include "dialect/BodyQueries.h"
#include "dialect/IntegerRanges.h"
#include "mlir/IR/Matchers.h"

using namespace llvm;

namespace attune::frontend {

namespace {

/// A truth value, and what it is where something counts.
struct Condition {
  mlir::Value value;
  bool holds;
};
/// One way in which a value may reach the result: where all conditions hold.
using Way = SmallVector<Condition, 4>;

/// How far guards are followed. What is left out makes more be checked.
constexpr size_t mostWays = 16, mostConditions = 64;

/// For each value of a region, the ways in which it can matter to the result:
/// none where it cannot, an empty one where it always may.
class Guards {
public:
  explicit Guards(mlir::Region &region) { visit(region.front()); }

  ArrayRef<Way> waysOf(mlir::Value value) const {
    auto found = ways.find(value);
    return found == ways.end() ? ArrayRef<Way>() : ArrayRef(found->second);
  }

  /// `condition`, or the conditions that it is made of.
  static void addParts(Condition condition, Way &way) {
    SmallVector<Condition> pending = {condition};
    while (!pending.empty()) {
      auto [value, holds] = pending.pop_back_val();
      if (way.size() == mostConditions)
        return;
      mlir::Operation *op = value.getDefiningOp();
      if (op && (holds ? isa<mlir::arith::AndIOp>(op)
                       : isa<mlir::arith::OrIOp>(op))) {
        pending.push_back({op->getOperand(1), holds});
        pending.push_back({op->getOperand(0), holds});
      } else if (isa_and_nonnull<mlir::arith::XOrIOp>(op) &&
                 mlir::matchPattern(op->getOperand(1), mlir::m_One())) {
        pending.push_back({op->getOperand(0), !holds});
      } else {
        way.push_back({value, holds});
      }
    }
  }

private:
  /// Users come after what they use, so the end comes first.
  void visit(mlir::Block &block) {
    for (mlir::Operation &op : llvm::reverse(block)) {
      for (mlir::Value result : op.getResults()) {
        SmallVector<Way> found;
        for (mlir::OpOperand &use : result.getUses())
          addWays(use, found);
        ways[result] = std::move(found);
      }
      for (mlir::Region &region : op.getRegions())
        for (mlir::Block &inner : region)
          visit(inner);
    }
  }

  void addWays(mlir::OpOperand &use, SmallVector<Way> &found) {
    mlir::Operation *user = use.getOwner();
    if (isa<attn::YieldOp>(user)) {
      user = user->getParentOp();
      if (isa<attn::AttentionOp>(user))
        return add({}, found);
    }
    // A normaliser sums over all pairs of a row, whichever ask for it.
    if (isa<attn::NormalizeOp>(user))
      return add({}, found);
    std::optional<Condition> condition = conditionOf(use);
    for (mlir::Value result : user->getResults())
      for (const Way &outer : waysOf(result)) {
        Way way(outer);
        if (condition)
          addParts(*condition, way);
        add(std::move(way), found);
      }
  }

  static void add(Way way, SmallVector<Way> &found) {
    if (found.size() == 1 && found.front().empty())
      return; // always
    if (way.empty() || found.size() == mostWays)
      found.assign(1, Way());
    else
      found.push_back(std::move(way));
  }

  /// Where the user's result depends on this operand.
  static std::optional<Condition> conditionOf(mlir::OpOperand &use) {
    mlir::Operation *user = use.getOwner();
    unsigned operand = use.getOperandNumber();
    if (isa<mlir::arith::SelectOp>(user) && operand > 0)
      return Condition{user->getOperand(0), operand == 1};
    if (!use.get().getType().isInteger(1))
      return std::nullopt;
    if (isa<mlir::arith::AndIOp, mlir::arith::OrIOp>(user))
      return Condition{user->getOperand(1 - operand),
                       isa<mlir::arith::AndIOp>(user)};
    return std::nullopt;
  }

  llvm::DenseMap<mlir::Value, SmallVector<Way>> ways;
};

/// What `comparison` says about sizes where it is `holds`.
void addFacts(const Comparison &comparison, bool holds, Facts &facts) {
  SizeAttr low = comparison.lhs, high = comparison.rhs;
  Operation op = comparison.op;
  if (op == Operation::Greater || op == Operation::GreaterEqual)
    std::swap(low, high);
  bool isStrict = op == Operation::Less || op == Operation::Greater;
  bool isEqual = op == (holds ? Operation::Equal : Operation::NotEqual);
  if (!isEqual && (op == Operation::Equal || op == Operation::NotEqual))
    return;
  if (!holds && !isEqual) {
    std::swap(low, high);
    isStrict = !isStrict;
  }
  SizeResult room = subtractSizes(high, low);
  if (room && isStrict)
    room = subtractSizes(room.size, SizeAttr::constant(low.getContext(), 1));
  if (room)
    facts.nonNegative.push_back(room.size);
  if (isEqual)
    if (SizeResult other = subtractSizes(low, high))
      facts.nonNegative.push_back(other.size);
}

void addFacts(const Way &way, const RegionState &state, Facts &facts) {
  for (Condition condition : way)
    if (auto found = state.comparisons.find(condition.value);
        found != state.comparisons.end())
      addFacts(found->second, condition.holds, facts);
}

/// The gathers of one region of an attention.
class RegionChecks {
public:
  RegionChecks(ModelBuilder &mb, attn::AttentionOp op, mlir::Region &region,
               const RegionState &state)
      : mb(mb), op(op), region(region), state(state), guards(region) {
    mlir::Value kept = yielded(op.getKeep());
    dropsPairs = state.kind != RegionState::Keep &&
                 !mlir::matchPattern(kept, mlir::m_One());
  }

  void run(ArrayRef<std::string> axisNames) {
    for (const GatherCheck &gather : state.gathers)
      if (!isProved(gather))
        unproved.push_back(&gather);
    for (const GatherCheck *gather : unproved)
      if (!isRepeated(*gather))
        emitCheck(*gather, axisNames);
    // What every pair reads inside its table needs no clamp.
    for (const GatherCheck &gather : state.gathers) {
      ArrayRef<Way> ways = guards.waysOf(gather.clamped);
      bool always = ways.size() == 1 && ways.front().empty();
      auto clamp = gather.clamped.getDefiningOp<attn::ClampOp>();
      if (always && !dropsPairs)
        clamp.getResult().replaceAllUsesWith(clamp.getIndex());
    }
  }

private:
  mlir::Value yielded(mlir::Region &body) {
    return op.getYield(body).getOperand(0);
  }

  /// Whether the index lies in the table wherever it counts.
  bool isProved(const GatherCheck &gather) {
    return llvm::all_of(guards.waysOf(gather.clamped), [&](const Way &way) {
      if (!gather.expression)
        return false;
      Facts facts = state.facts;
      addFacts(way, state, facts);
      SizeResult room = subtractSizes(gather.size, gather.expression);
      return room && isNonNegative(gather.expression, facts) &&
             isPositive(room.size, facts);
    });
  }

  /// Whether an earlier gather of the same element is checked for all pairs
  /// that this one counts for.
  bool isRepeated(const GatherCheck &gather) {
    for (const GatherCheck *other : unproved) {
      if (other == &gather)
        return false;
      bool same = other->index == gather.index ||
                  (gather.expression && other->expression == gather.expression);
      ArrayRef<Way> ways = guards.waysOf(other->clamped);
      if (same && other->size == gather.size && ways.size() == 1 &&
          ways.front().empty())
        return true;
    }
    return false;
  }

  /// Whether `gather` may rely on the value of `condition`: it must not depend
  /// on what is checked with it or after it.
  bool isUsable(mlir::Value condition, const GatherCheck &gather) {
    ArrayRef<const GatherCheck *> later = unproved;
    while (later.front() != &gather)
      later = later.drop_front();
    auto isLater = [&](mlir::Value part) {
      return llvm::any_of(later, [&](const GatherCheck *other) {
        return other->clamped == part;
      });
    };
    return !attn::isComputedFrom(condition, isLater);
  }

  /// Looks for an index outside of the table over the pairs that it counts for.
  /// It costs a pass over the pairs, which only such definitions pay.
  void emitCheck(const GatherCheck &gather, ArrayRef<std::string> axisNames) {
    mb.where = gather.where;
    SmallVector<SizeAttr> sizes(state.pairSizes.begin(), state.pairSizes.end());
    SmallVector<std::string> names(axisNames);
    SmallVector<mlir::Value> arguments(region.getArguments().take_front(4));
    // A feature vector's elements may differ in it.
    for (mlir::Operation *outer = gather.clamped.getDefiningOp();
         (outer = outer->getParentOp()) != op;) {
      auto reduce = cast<attn::ReduceOp>(outer);
      llvm::append_range(sizes, reduce.getSizes().getAsRange<SizeAttr>());
      for (auto name : reduce.getAxes().getAsRange<mlir::StringAttr>())
        names.push_back(name.str());
      llvm::append_range(arguments, reduce.getBodyBlock()->getArguments());
    }
    ModelBuilder::makeUnique(names);
    ArrayPtr outside = mb.reduceStage(
        "index_outside", attn::Reducer::Max, Element::I32, {}, sizes, names,
        [&](Body &body, ArrayRef<mlir::Value>, ArrayRef<mlir::Value> indices) {
          mlir::IRMapping mapping;
          mapping.map(arguments, mlir::ValueRange(indices));
          return emitOutside(body, gather, mapping);
        });
    if (!outside)
      return;
    dropUnusedAxes(cast<attn::StageOp>(outside->tensor.getDefiningOp()));
    mb.checkIndex(outside->tensor, gather.size, gather.what, /*ifAny=*/true);
  }

  /// The index where it counts and lies outside, the least i32 elsewhere.
  mlir::Value emitOutside(Body &body, const GatherCheck &gather,
                          mlir::IRMapping &mapping) {
    using namespace mlir::arith;
    mlir::OpBuilder &b = body.builder;
    mlir::Location loc = body.loc;
    auto clone = [&](mlir::Value value) {
      return attn::cloneComputation(b, value, op, mapping);
    };
    auto cloneFrom = [&](mlir::Region &other) {
      for (auto [theirs, mine] : llvm::zip(other.getArguments(), // of the pair
                                           region.getArguments().take_front(4)))
        mapping.map(theirs, mapping.lookup(mine));
      return clone(yielded(other));
    };
    mlir::Value counts;
    auto both = [&](mlir::Value a, mlir::Value c) -> mlir::Value {
      return a ? AndIOp::create(b, loc, a, c).getResult() : c;
    };
    if (dropsPairs)
      counts = cloneFrom(op.getKeep());
    if (state.kind == RegionState::Weight)
      mapping.map(region.getArgument(4), cloneFrom(op.getScore()));
    if (mlir::Value guarded = emitWays(body, gather, clone))
      counts = both(counts, guarded);
    mlir::Value index = clone(gather.index);
    mlir::Type type = index.getType();
    auto constant = [&](int64_t value) -> mlir::Value {
      return ConstantOp::create(b, loc, b.getIntegerAttr(type, value));
    };
    mlir::Value size = attn::SizeOp::create(b, loc, gather.size);
    if (!type.isIndex())
      size = IndexCastOp::create(b, loc, type, size);
    mlir::Value outside = OrIOp::create(
        b, loc, CmpIOp::create(b, loc, CmpIPredicate::slt, index, constant(0)),
        CmpIOp::create(b, loc, CmpIPredicate::sge, index, size));
    // Reported as the nearest i32 that is not the one for "none".
    attn::IntegerRange range = attn::rangeOf(index);
    if (range.least <= INT32_MIN)
      index = MaxSIOp::create(b, loc, index, constant(INT32_MIN + 1));
    if (range.greatest > INT32_MAX)
      index = MinSIOp::create(b, loc, index, constant(INT32_MAX));
    index = convert(body, index, Element::I32);
    mlir::Value none =
        ConstantOp::create(b, loc, b.getI32IntegerAttr(INT32_MIN));
    return SelectOp::create(b, loc, both(counts, outside), index, none);
  }

  /// Whether the gather counts for its pair; null where it always does.
  mlir::Value emitWays(Body &body, const GatherCheck &gather,
                       function_ref<mlir::Value(mlir::Value)> clone) {
    mlir::Value any;
    for (const Way &way : guards.waysOf(gather.clamped)) {
      mlir::Value all;
      for (Condition condition : way) {
        if (!isUsable(condition.value, gather))
          continue;
        mlir::Value holds = clone(condition.value);
        if (!condition.holds)
          holds = frontend::emit(body, Operation::Not, Element::Bool, holds);
        all = all ? frontend::emit(body, Operation::And, Element::Bool,
                                   {all, holds})
                  : holds;
      }
      if (!all)
        return {};
      any = any ? frontend::emit(body, Operation::Or, Element::Bool, {any, all})
                : all;
    }
    return any;
  }

  /// Removes reduced axes that the body of a maximum does not use, but for one:
  /// repeating a value does not change it.
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

  ModelBuilder &mb;
  attn::AttentionOp op;
  mlir::Region &region;
  const RegionState &state;
  Guards guards;
  bool dropsPairs;
  std::vector<const GatherCheck *> unproved;
};

} // namespace

void AttentionEmitter::checkGathers(attn::AttentionOp op, mlir::Region &region,
                                    const RegionState &state) {
  if (state.kind == RegionState::Keep) {
    Way kept;
    Guards::addParts({op.getYield(region).getOperand(0), true}, kept);
    addFacts(kept, state, keptFacts);
  }
  if (state.gathers.empty() || mb.isStopped())
    return;
  mlir::OpBuilder::InsertionGuard guard(mb.builder);
  mb.builder.setInsertionPoint(op);
  SMRange where = mb.where;
  SmallVector<std::string> axes;
  for (StringRef name : indexNames())
    axes.push_back(name.str());
  RegionChecks(mb, op, region, state).run(axes);
  mb.where = where;
}

} // namespace attune::frontend
