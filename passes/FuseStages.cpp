#include "passes/Passes.h"
#include "passes/Stages.h"
#include "schedule/Fusions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/Statistic.h"
#include <set>

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_FUSESTAGES
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-fuse-stages"
ALWAYS_ENABLED_STATISTIC(madeKernels, "kernels");
ALWAYS_ENABLED_STATISTIC(fusedStages, "stages in kernels besides the first of each");
ALWAYS_ENABLED_STATISTIC(inlinedStages, "stages computed where they are read");

namespace {

/// Arithmetic of one element: 1 an operation, 8 a function, 64 a sum. What
/// computes indices counts only where it is more than a view has.
unsigned workOf(StageOp stage) {
  unsigned work = 0;
  for (Operation &op : stage.getBodyBlock()->without_terminator())
    if (isa<ReduceOp>(op))
      work += 64;
    else if (op.getNumResults() && !op.getResult(0).getType().isIndex() &&
             !isa<LoadOp, arith::ConstantOp>(op))
      work += isa<math::MathDialect>(op.getDialect()) || isa<arith::TruncFOp>(op) ? 8 : 1; // to round is many operations
  return work;
}

/// Work up to which computing an element again is cheaper than keeping it.
constexpr unsigned lightWork = 2;

/// How a stage is read by one other stage: all loads in its body proper.
struct SoleReader {
  StageOp stage;
  SmallVector<LoadOp> loads;
  /// An element is read more than once.
  bool repeats = false;
  /// The reader reduces an axis before the last.
  bool acrossRows = false;
};

std::optional<SoleReader> soleReader(StageOp stage) {
  llvm::SetVector<Operation *> users = readers(stage);
  if (users.size() != 1)
    return std::nullopt;
  SoleReader reader;
  reader.stage = dyn_cast<StageOp>(users.front());
  if (!reader.stage)
    return std::nullopt;
  for (Operation *user : stage.getResult().getUsers()) {
    auto load = dyn_cast<LoadOp>(user);
    if (!load || load->getBlock() != reader.stage.getBodyBlock())
      return std::nullopt;
    reader.loads.push_back(load);
    // An axis of the reader that the load ignores repeats the work.
    for (auto [axis, index] : llvm::enumerate(reader.stage.getBody().getArguments()))
      if (!llvm::is_contained(load.getIndices(), index) &&
          !reader.stage.getAxisSize(axis).isConstant(1))
        reader.repeats = true;
    OperandRange indices = load.getIndices();
    for (Value index : indices.empty() ? indices : indices.drop_back())
      reader.acrossRows |=
          llvm::is_contained(reader.stage.getReductionIndices(), index);
  }
  reader.repeats |= reader.loads.size() > 1;
  return reader;
}

void inlineInto(StageOp stage, const SoleReader &reader) {
  IRRewriter rewriter(stage.getContext());
  for (LoadOp load : reader.loads)
    inlineLoad(rewriter, load, stage);
  stage.erase();
  ++inlinedStages;
}

/// A stage that replaces some elements by a constant.
bool isMask(StageOp stage) {
  auto select = stage.getYield().getOperand(0).getDefiningOp<arith::SelectOp>();
  return select && (select.getTrueValue().getDefiningOp<arith::ConstantOp>() ||
                    select.getFalseValue().getDefiningOp<arith::ConstantOp>());
}

/// A mask before a reduction over rows (a mean over the tokens that are valid)
/// belongs to the reduction, not to the kernel before it.
void inlinePrologues(func::FuncOp function) {
  SmallVector<StageOp> stages(function.getOps<StageOp>());
  for (StageOp stage : llvm::reverse(stages)) {
    if (stage.isReduction() || !isMask(stage) || workOf(stage) > lightWork)
      continue;
    std::optional<SoleReader> reader = soleReader(stage);
    if (reader && reader->acrossRows && !reader->repeats && !matchProduct(reader->stage))
      inlineInto(stage, *reader);
  }
}

/// Inside a kernel, chains of arithmetic become one stage.
void inlineChains(KernelOp kernel) {
  SmallVector<StageOp> stages(kernel.getVariants().front().getOps<StageOp>());
  for (StageOp stage : stages) {
    if (stage.isReduction())
      continue;
    std::optional<SoleReader> reader = soleReader(stage);
    if (!reader || matchProduct(reader->stage) ||
        (reader->repeats && workOf(stage) > lightWork))
      continue;
    inlineInto(stage, *reader);
  }
}

/// Sizes of the axes along which a kernel's rows lie: those of the anchor's
/// result that come before its last.
struct Group {
  SmallVector<Operation *> members; // in block order
  SmallVector<SizeAttr> rows;
  bool endsByFile = false; ///< a schedule file splits what follows from it
};

class Fuser {
public:
  explicit Fuser(func::FuncOp function) : function(function), fusions(function) {}

  LogicalResult run() {
    block = &function.front();
    for (Operation &op : *block)
      if (isa<StageOp, AttentionOp>(op))
        order.push_back(&op);
    for (Operation *op : order)
      if (!groupOf.count(op))
        start(op);
    absorbProducers(/*intoAnchors=*/false);
    absorbProducers(/*intoAnchors=*/true);
    if (failed(fuseAsAsked()))
      return failure();
    // Attention takes copies of the views it reads; those that nobody else
    // reads need no kernel of their own.
    for (auto &group : groups)
      if (llvm::any_of(group->members, [](Operation *op) { return isa<AttentionOp>(op); }))
        build(*group);
    for (auto &group : llvm::reverse(groups))
      while (!group->members.empty() && group->members.back()->use_empty())
        group->members.pop_back_val()->erase();
    for (auto &group : groups)
      if (!group->members.empty())
        build(*group);
    eraseUnread(function);
    fusions.writeDown();
    return success();
  }

private:
  /// Anchors carry the work of a kernel; there is one in each at most.
  bool isAnchor(Operation *op) {
    if (isa<AttentionOp>(op))
      return true;
    auto stage = dyn_cast<StageOp>(op);
    return stage && matchProduct(stage);
  }

  /// The op that a kernel of these members is called after.
  Operation *namesake(ArrayRef<Operation *> members) {
    Operation *anchor = members.front();
    for (Operation *op : members)
      if (isAnchor(op))
        anchor = op;
    return anchor;
  }

  /// Whether the schedule file keeps `op` out of the kernel of `members`.
  bool isSplit(Operation *op, ArrayRef<Operation *> members) {
    std::string kernel = displayName(namesake(members));
    auto stage = dyn_cast<StageOp>(op);
    return fusions.splits(displayName(op), kernel) || (stage && fusions.splits(stage.getName(), kernel));
  }

  /// A reduction over what is contiguous, without a column of size 1 in its place.
  static bool reducesColumns(StageOp stage) {
    if (!stage.isReduction() || matchProduct(stage) ||
        (stage.getRank() && stage.getType().getSizes().back().isConstant(1)))
      return false;
    bool found = false;
    stage.getBody().walk([&](LoadOp load) {
      found |= !load.getIndices().empty() &&
               llvm::is_contained(stage.getReductionIndices(), load.getIndices().back());
    });
    return found;
  }

  void start(Operation *op) {
    auto group = std::make_unique<Group>();
    group->members.push_back(op);
    groupOf[op] = group.get();
    if (auto stage = dyn_cast<StageOp>(op)) {
      group->rows.assign(stage.getType().getSizes().begin(),
                         stage.getType().getSizes().end());
      // The last axis is the columns, unless the stage reduced those away.
      if (!reducesColumns(stage) && !group->rows.empty())
        group->rows.pop_back();
      grow(*group, op);
    }
    groups.push_back(std::move(group));
  }

  /// Takes in what follows, up to the point where everything that was read
  /// has come together again.
  void grow(Group &group, Operation *tail) {
    while (true) {
      SmallVector<Operation *> path;
      Operation *meet = meetingPoint(group, tail, path);
      if (!meet)
        return;
      for (Operation *op : path) {
        group.members.push_back(op);
        groupOf[op] = &group;
      }
      tail = meet;
    }
  }

  /// The first stage through which every use of `tail` passes, with the stages
  /// on the way, all of them fit for the group; null where there is none.
  Operation *meetingPoint(Group &group, Operation *tail,
                          SmallVector<Operation *> &path) {
    llvm::SetVector<Operation *> open, inside;
    for (Operation *reader : readers(tail))
      open.insert(reader);
    while (!open.empty()) {
      // The earliest open stage: nothing before it can still be needed.
      Operation *next = *llvm::min_element(open, [](Operation *a, Operation *b) {
        return a->isBeforeInBlock(b);
      });
      open.remove(next);
      if (!fits(group, inside, next))
        return nullptr;
      inside.insert(next);
      if (open.empty()) {
        path.assign(inside.begin(), inside.end());
        return next;
      }
      for (Operation *reader : readers(next))
        open.insert(reader);
    }
    return nullptr;
  }

  /// Whether `op` can run row by row after the group's members.
  bool fits(Group &group, const llvm::SetVector<Operation *> &inside,
            Operation *op) {
    auto stage = dyn_cast<StageOp>(op);
    if (!stage || isAnchor(op) || groupOf.count(op))
      return false;
    if (!rowAligned(group.rows, stage, [&](Operation *source) {
          return inside.contains(source) || groupOf.lookup(source) == &group;
        }))
      return false;
    // What else it reads must not wait for the group.
    for (Value tensor : readTensors(op)) {
      Operation *source = tensor.getDefiningOp();
      if (!source || inside.contains(source) || groupOf.lookup(source) == &group)
        continue;
      if (readsFrom(source, group.members.front()))
        return false;
    }
    group.endsByFile = isSplit(op, group.members);
    return !group.endsByFile;
  }

  /// The stage has the rows as its leading axes and reads `members` at them.
  static bool rowAligned(ArrayRef<SizeAttr> rows, StageOp stage,
                         llvm::function_ref<bool(Operation *)> member) {
    ArrayRef<SizeAttr> sizes = stage.getType().getSizes();
    if (sizes.size() < rows.size() || sizes.take_front(rows.size()) != rows)
      return false;
    bool aligned = true;
    stage.getBody().walk([&](LoadOp load) {
      Operation *source = load.getTensor().getDefiningOp();
      if (!source || !member(source))
        return;
      aligned &= load.getIndices().size() >= rows.size();
      for (size_t i = 0; i < rows.size() && aligned; ++i)
        aligned &= load.getIndices()[i] == stage.getBody().getArgument(i);
    });
    return aligned;
  }

  /// Tasks of a product are panels of its columns, unless something reduces its
  /// rows: what comes before it would be computed again for each of them.
  bool repeatsForPanels(Group &group, Group &reader) {
    bool isProduct = false, hasWholeRows = false;
    for (Operation *op : reader.members)
      if (isAnchor(op))
        isProduct = true;
      else
        hasWholeRows |= isProduct && cast<StageOp>(op).isReduction();
    unsigned work = 0;
    for (Operation *op : group.members) {
      auto stage = cast<StageOp>(op);
      work += stage.isReduction() ? 2 * (workOf(stage) + 1) : workOf(stage); // to add the terms is work too
    }
    return isProduct && !hasWholeRows && work > lightWork;
  }

  /// A kernel whose result one other kernel alone reads, row by row, is
  /// computed there: before products only once it is as large as it gets.
  void absorbProducers(bool intoAnchors) {
    for (auto &group : groups) {
      if (group->members.empty() || llvm::any_of(group->members, [&](Operation *op) {
            return isAnchor(op);
          }))
        continue;
      llvm::SetVector<Operation *> users = readers(group->members.back());
      Group *reader = nullptr;
      bool one = !users.empty();
      for (Operation *user : users) {
        auto it = groupOf.find(user);
        one &= it != groupOf.end() && (!reader || it->second == reader);
        if (it != groupOf.end())
          reader = it->second;
      }
      // Without rows, what several stages share would be one task.
      if (!one || reader == group.get() || llvm::any_of(reader->members, [&](Operation *op) { return isAnchor(op); }) != intoAnchors ||
          (reader->rows.empty() && group->members.size() > 1) ||
          llvm::any_of(reader->members, [](Operation *op) {
            return isa<AttentionOp>(op);
          }))
        continue;
      bool aligned = llvm::all_of(group->members, [&](Operation *op) {
        return rowAligned(reader->rows, cast<StageOp>(op),
                          [&](Operation *source) {
                            return llvm::is_contained(group->members, source);
                          });
      });
      aligned &= llvm::all_of(users, [&](Operation *user) {
        return rowAligned(reader->rows, cast<StageOp>(user), [&](Operation *source) {
          return source == group->members.back();
        });
      });
      if (!aligned || repeatsForPanels(*group, *reader))
        continue;
      group->endsByFile = llvm::any_of(group->members, [&](Operation *op) { return isSplit(op, reader->members); });
      if (group->endsByFile)
        continue;
      merge(*group, *reader);
    }
  }

  void merge(Group &group, Group &reader) {
    reader.members.append(group.members); // and it ends where the reader does
    for (Operation *op : group.members)
      groupOf[op] = &reader;
    group.members.clear();
    llvm::sort(reader.members, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  }

  // ---- what a schedule file asks for ----

  /// `fuse STAGE into KERNEL`: stages that follow a kernel are in it by now, or
  /// cannot be; a kernel before it, of a product, comes in when it is asked for.
  LogicalResult fuseAsAsked() {
    if (function->hasAttr(prepareAttrName))
      return success(); // it is about models: what joins weights is called as their product
    // Of kernels with one name, as steps of a recurrence have, it is enough that one has it.
    std::set<std::pair<unsigned, std::string>> haveIt;
    for (auto &group : groups) {
      if (group->members.empty())
        continue;
      std::string kernel = displayName(namesake(group->members));
      for (unsigned number : fusions.fusesInto(kernel))
        if (has(*group, number))
          haveIt.insert({number, kernel});
    }
    for (const auto &[number, kernel] : haveIt)
      fusions.meet(number);
    bool isFused = true;
    for (auto &group : groups) {
      if (group->members.empty())
        continue;
      std::string kernel = displayName(namesake(group->members));
      for (unsigned number : fusions.fusesInto(kernel))
        if (!haveIt.count({number, kernel}))
          isFused &= succeeded(fuseInto(*group, number));
    }
    return success(isFused);
  }

  /// Whether what is asked for is in the kernel, which is called after something else.
  bool has(Group &group, unsigned number) {
    Operation *kernel = namesake(group.members);
    return llvm::any_of(group.members, [&](Operation *op) { return op != kernel && isWanted(op, number); });
  }

  bool isWanted(Operation *op, unsigned number) {
    StringRef wanted = fusions[number].getStage().getValue();
    StringRef name = isa<StageOp>(op) ? cast<StageOp>(op).getName() : cast<AttentionOp>(op).getName();
    return stageMatches(wanted, displayName(op)) || stageMatches(wanted, name);
  }

  LogicalResult fuseInto(Group &reader, unsigned number) {
    if (has(reader, number)) { // with what was asked for before
      fusions.meet(number);
      return success();
    }
    std::string why;
    for (auto &group : groups) {
      if (group.get() == &reader || group->members.empty())
        continue;
      bool isNamesake = isWanted(namesake(group->members), number);
      Operation *found = isNamesake ? group->members.back() : nullptr;
      for (Operation *op : group->members)
        if (!found && isWanted(op, number))
          found = op;
      if (!found || !isNear(*group, reader))
        continue;
      fusions.meet(number);
      why = isNamesake ? whyNotBefore(*group, reader) : whyNotAfter(cast<StageOp>(found), reader);
      if (why.empty())
        return merge(*group, reader), success();
      return emitError(fusions[number].getWhere())
             << "'" << fusions[number].getStage().getValue() << "' cannot be computed in kernel '"
             << displayName(namesake(reader.members)) << "': " << why;
    }
    return success(); // of another model, or nowhere: said at the end
  }

  /// Whether one of both reads the other, as it is or with its heads merged.
  bool isNear(Group &a, Group &b) {
    auto reads = [&](Group &reader, Group &source) {
      return llvm::any_of(readersBehindReshapes(source.members.back()),
                          [&](Operation *op) { return groupOf.lookup(op) == &reader; });
    };
    return reads(a, b) || reads(b, a);
  }
  static llvm::SetVector<Operation *> readersBehindReshapes(Operation *op) {
    llvm::SetVector<Operation *> found;
    for (Operation *reader : readers(op))
      if (isa<ReshapeOp>(reader))
        found.insert_range(readers(reader));
      else
        found.insert(reader);
    return found;
  }

  /// Why a kernel before `reader` cannot be computed in it; nothing where it can.
  std::string whyNotBefore(Group &group, Group &reader) {
    if (llvm::any_of(reader.members, [](Operation *op) { return isa<AttentionOp>(op); }))
      return "each query of attention reads the rows of all keys, so they have to be stored";
    Operation *last = group.members.back();
    for (Operation *user : readersBehindReshapes(last)) {
      if (isa<func::ReturnOp>(user))
        return "its values are a result of the model, so they have to be stored";
      if (groupOf.lookup(user) != &reader)
        return "its values are read by '" + displayName(user) + "' as well, so they have to be stored";
    }
    if (auto attention = dyn_cast<AttentionOp>(last))
      return whyNotAttentionBefore(attention, group, reader);
    auto isMember = [&](Operation *op) { return llvm::is_contained(group.members, op); };
    bool aligned = llvm::all_of(group.members, [&](Operation *op) { return rowAligned(reader.rows, cast<StageOp>(op), isMember); }) &&
                   llvm::all_of(readers(last), [&](Operation *user) {
                     return rowAligned(reader.rows, cast<StageOp>(user), [&](Operation *source) { return source == last; });
                   });
    return aligned ? "" : "they do not have the same rows, or a row of the one needs more than that row of the other";
  }

  /// The same for attention; what merges its heads becomes part of the group.
  std::string whyNotAttentionBefore(AttentionOp attention, Group &group, Group &reader) {
    TensorType type = cast<TensorType>(attention.getResult().getType());
    auto sizes = type.getSizes().take_front(2); // batch and queries
    if (reader.rows != ArrayRef<SizeAttr>(sizes))
      return "its rows are not the queries of the attention";
    SmallVector<ReshapeOp> reshapes;
    for (Operation *user : readers(attention))
      if (auto reshape = dyn_cast<ReshapeOp>(user))
        reshapes.push_back(reshape);
    for (ReshapeOp reshape : reshapes) {
      OpBuilder builder(reshape);
      StageOp merged = mergedHeads(builder, reshape);
      if (!merged)
        return "a reshape between them does more than to merge the heads";
      reshape.getResult().replaceAllUsesWith(merged.getResult());
      reshape.erase();
      group.members.push_back(merged);
      groupOf[merged] = &group;
    }
    auto isMember = [&](Operation *op) { return llvm::is_contained(group.members, op); };
    bool aligned = llvm::all_of(reader.members, [&](Operation *op) { return rowAligned(reader.rows, cast<StageOp>(op), isMember); });
    return aligned ? "" : "a row of it reads other queries than its own";
  }

  /// Why a stage that follows a kernel is not in it.
  std::string whyNotAfter(StageOp stage, Group &group) {
    if (matchProduct(stage))
      return "it is a product with a kernel of its own; name that kernel to have it computed here";
    auto isMember = [&](Operation *op) { return groupOf.lookup(op) == &group; };
    if (!rowAligned(group.rows, stage, isMember))
      return "a row of it needs more than that row of the kernel";
    return "something else reads the kernel's values before, so they have to be stored";
  }

  /// What a view in the middle of another kernel reads stays inside that kernel,
  /// unless the view leaves it together with its last reader.
  bool mayCopy(Operation *view) {
    bool leaves = llvm::all_of(readers(view), [](Operation *reader) {
      return isa<AttentionOp>(reader);
    });
    return leaves || llvm::none_of(readTensors(view), [&](Value tensor) {
      Group *home = groupOf.lookup(tensor.getDefiningOp());
      return home && home == groupOf.lookup(view);
    });
  }

  /// Views that attention reads as a whole (not by loads) come into its kernel.
  /// A reshape that loads cannot be read through costs nothing outside of it.
  void pullViews(SmallVector<Operation *> &members) {
    for (size_t i = 0; i < members.size(); ++i) {
      if (!isa<AttentionOp, ReshapeOp>(members[i]) &&
          !(isa<StageOp>(members[i]) && isView(cast<StageOp>(members[i]))))
        continue;
      for (Value tensor : readTensors(members[i])) {
        Operation *source = tensor.getDefiningOp();
        auto reshape = dyn_cast_or_null<ReshapeOp>(source);
        auto stage = dyn_cast_or_null<StageOp>(source);
        bool view = (reshape && canReadThrough(reshape)) || (stage && isView(stage));
        if (view && !llvm::is_contained(members, source) && mayCopy(source))
          members.push_back(source);
      }
    }
    llvm::sort(members, [](Operation *a, Operation *b) {
      return a->isBeforeInBlock(b);
    });
  }

  void build(Group &group) {
    SmallVector<Operation *> members = group.members;
    Operation *last = members.back();
    Operation *anchor = namesake(members);
    if (llvm::any_of(members, [](Operation *op) { return isa<AttentionOp>(op); }))
      pullViews(members);

    llvm::SetVector<Value> inputs;
    for (Operation *op : members)
      for (Value tensor : readTensors(op))
        if (!tensor.getDefiningOp() ||
            !llvm::is_contained(members, tensor.getDefiningOp()))
          inputs.insert(tensor);

    OpBuilder builder(last);
    auto kernel = KernelOp::create(builder, anchor->getLoc(), displayName(anchor),
                                   inputs.getArrayRef(),
                                   last->getResult(0).getType());
    Block &body = kernel.getVariants().front().front();
    IRMapping mapping;
    mapping.map(inputs.getArrayRef(), body.getArguments());
    builder.setInsertionPointToStart(&body);
    for (Operation *op : members)
      builder.clone(*op, mapping);
    YieldOp::create(builder, kernel.getLoc(), mapping.lookup(last->getResult(0)));
    if (group.endsByFile)
      kernel->setAttr(endsByFileAttrName, builder.getUnitAttr());
    ++madeKernels;
    fusedStages += members.size() - 1;
    inlineChains(kernel);
    // Stage names are unique in a kernel: schedules go by them.
    llvm::StringMap<unsigned> names;
    for (auto stage : body.getOps<StageOp>())
      if (unsigned count = names[stage.getName()]++)
        stage.setName((stage.getName() + "." + Twine(count)).str());
    last->getResult(0).replaceAllUsesWith(kernel.getResult());
    for (Operation *op : llvm::reverse(group.members))
      op->erase();
    group.members.clear();
  }

  func::FuncOp function;
  Fusions fusions;
  Block *block = nullptr;
  SmallVector<Operation *> order;
  std::vector<std::unique_ptr<Group>> groups;
  DenseMap<Operation *, Group *> groupOf;
};

struct FuseStages : impl::FuseStagesBase<FuseStages> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!function->hasAttr(modelAttrName) && !function->hasAttr(prepareAttrName))
      return;
    inlinePrologues(function);
    if (failed(Fuser(function).run()))
      signalPassFailure();
  }
};

} // namespace
} // namespace attune
