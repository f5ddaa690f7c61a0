#include "codegen/target/Target.h"
#include "passes/Passes.h"
#include "passes/ScheduleBuilder.h"
#include "passes/ScheduleTable.h"
#include "passes/Stages.h"
#include "passes/Variants.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/Statistic.h"
#include <limits>

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_SCHEDULEKERNELS
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-schedule-kernels"
ALWAYS_ENABLED_STATISTIC(scheduledKernels, "kernels that got a default schedule");
ALWAYS_ENABLED_STATISTIC(sizeVariants, "variants of them");

namespace {

using Directives = SmallVector<std::string>;

std::string number(int64_t value) { return std::to_string(value); }

/// Default schedule of a kernel or of what follows an attention in it: with a
/// product by register tiles and panels, without one row by row.
class Scheduler {
public:
  Scheduler(KernelOp kernel, unsigned variant, const TargetInfo &target)
      : kernel(kernel), table(ProductTable::of(target)), given(kernel.getSchedule(variant)) {
    Block &body = kernel.getVariants()[variant].front();
    for (auto stage : body.getOps<StageOp>()) {
      if (isGiven(stage))
        continue;
      stages.push_back(stage);
      if (!matchProduct(stage))
        continue;
      if (product)
        earlier.push_back(product);
      product = stage; // the last one has the kernel's rows
    }
    out = body.getTerminator()->getOperand(0).getDefiningOp<StageOp>();
    for (StageOp stage : stages)
      for (Value tensor : readTensors(stage))
        if (auto source = tensor.getDefiningOp<StageOp>(); source && isGiven(source))
          attention = source;
  }

  /// Of a kernel without an attention: variants and their schedules.
  void run() {
    if (!out)
      return; // yields an input: the verifier of the next phase says so
    if (out == product && out.getRank() >= 2)
      addResult();
    setSchedules();
  }

  /// Of a variant with an attention: its schedule, with all that follows.
  ScheduleAttr complete() {
    if (out == product && out.getRank() >= 2)
      addResult();
    SmallVector<StageScheduleAttr> entries;
    for (StageScheduleAttr entry : given.getStages()) {
      SmallVector<DirectiveAttr> directives;
      if (attention && entry.getStage() == attention.getNameAttr())
        directives.push_back(DirectiveAttr::get(
            kernel.getContext(), StringAttr::get(kernel.getContext(), "at"),
            ArrayAttr::get(kernel.getContext(), {StringAttr::get(kernel.getContext(), out.getName() + ".parallel")})));
      llvm::append_range(directives, entry.getDirectives());
      entries.push_back(StageScheduleAttr::get(kernel.getContext(), entry.getStage(), directives));
    }
    // A task is a tile of queries, or a few of them.
    int64_t tile = table.rows;
    for (DirectiveAttr directive : given.getTiles())
      if (directive.getArguments()[0] == StringAttr::get(kernel.getContext(), "query"))
        tile = std::max(tile, cast<IntegerAttr>(directive.getArguments()[1]).getInt());
    ScheduleAttr rest = product && out.getRank() >= 2 ? productSchedule(tile) : rowwise(tile);
    llvm::append_range(entries, rest.getStages());
    return given.withStages(entries);
  }

private:
  struct Variant {
    ScheduleAttr schedule;
    ConditionAttr condition;
    bool isAsked = false; ///< by a schedule file
  };

  /// Whether the stage is scheduled, or computed where such a stage reads it.
  bool isGiven(StageOp stage) {
    return given && (given.lookup(stage.getName()) || llvm::any_of(stage.getResult().getUsers(), [&](Operation *user) {
      auto reader = user->getParentOfType<StageOp>();
      return reader && isGiven(reader);
    }));
  }

  /// Axis `i` of the result from the end.
  std::string axis(StageOp stage, int64_t fromEnd) {
    return stage.getAxisName(stage.getRank() - 1 - fromEnd).str();
  }

  int64_t readers(StageOp stage) {
    llvm::SetVector<Operation *> found;
    for (Operation *user : stage.getResult().getUsers())
      found.insert(user->getParentOp());
    return found.size();
  }

  std::string leadingAxes(StageOp stage, int64_t drop) {
    std::string text;
    for (int64_t i = 0; i + drop < stage.getRank(); ++i)
      text += stage.getAxisName(i).str() + " ";
    return text;
  }

  std::optional<int64_t> columns(StageOp stage) {
    return stage.getType().getSizes().back().getConstant();
  }

  // ---- products ----

  /// A product that is the kernel's result is computed in registers like any
  /// other, and a stage of its own stores it.
  void addResult() {
    auto taken = [&](StringRef name) {
      return llvm::any_of(stages, [&](StageOp stage) { return stage.getName() == name; });
    };
    std::string name = "result";
    for (unsigned i = 1; taken(name); ++i)
      name = "result" + number(i);
    SmallVector<StringRef> axes;
    for (int64_t i = 0; i < product.getRank(); ++i)
      axes.push_back(product.getAxisName(i));
    OpBuilder builder(product->getContext());
    builder.setInsertionPointAfter(product);
    out = StageOp::create(builder, product.getLoc(), name, product.getType(), axes,
                          [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      return LoadOp::create(b, l, product.getResult(), at);
    });
    product->getBlock()->getTerminator()->setOperand(0, out.getResult());
    stages.push_back(out);
  }

  /// The schedules by default.
  SmallVector<Variant> variantsByDefault() {
    if (!product || out.getRank() < 2)
      return {{rowwise(taskRows), {}}};
    SizeAttr rows = out.getType().getSize(out.getRank() - 2);
    if (std::optional<int64_t> constant = rows.getConstant())
      return {{productSchedule(*constant <= table.fewRows ? table.rows : table.rowBlock), {}}};
    return {{productSchedule(table.rows), ConditionAttr::get(kernel.getContext(), rows, table.fewRows)},
            {productSchedule(table.rowBlock), {}}};
  }

  /// Columns of a panel: multiples of the lanes up to the table's, weighing what
  /// the last panel wastes against loads (a panel of v vectors takes 1 / v more
  /// for each multiplication beside the rows').
  int64_t panelWidth(int64_t width) {
    int64_t best = table.lanes;
    double bestCost = std::numeric_limits<double>::infinity();
    for (int64_t panel = table.columns; panel >= table.lanes; panel -= table.lanes) {
      double loads = static_cast<double>(table.lanes) / panel;
      double cost = llvm::alignTo(width, panel) * (1 + loads / 2);
      if (cost < bestCost) {
        best = panel;
        bestCost = cost;
      }
    }
    return best;
  }

  ScheduleAttr productSchedule(int64_t rowBlock) {
    ScheduleBuilder schedule(kernel.getContext());
    std::string row = axis(out, 1), column = axis(out, 0);
    int64_t width = columns(product).value_or(table.columns);
    int64_t panel = panelWidth(width);
    std::string lanes = number(table.lanes), panels = number(panel);
    std::string columnTail = columns(out) && *columns(out) % panel == 0 ? " pad" : " guard";

    StageOp staged = stagedReader(product);
    // Sums over a row, and readers of the product at other columns than their
    // own (a gate beside what it lets through), want rows whole; so does a product
    // of products, which would compute those for each panel.
    bool rowReductions = attention || !earlier.empty() || isReadAcross(product) || llvm::any_of(stages, [&](StageOp stage) {
      return stage.isReduction() && stage != product && readsFrom(stage, product);
    });

    if (rowReductions && !attention) // whole rows make fewer tasks: smaller ones share better
      rowBlock = std::min(rowBlock, table.normBlock);
    Directives first{"tile " + row + ".block " + number(rowBlock) + " guard"};
    if (!rowReductions) {
      first.push_back("tile " + column + ".panel " + panels + columnTail);
      first.push_back("order " + column + " " + row + " " + column + ".panel " + row + ".block");
      first.push_back("lanes " + column + " " + lanes);
      first.push_back("parallel " + leadingAxes(out, 2) + row + ".block " + column + ".panel");
    } else {
      first.push_back("order " + column + " " + row + " " + row + ".block");
      first.push_back("lanes " + column + " " + lanes + laneTail(out));
      first.push_back("parallel " + leadingAxes(out, 2) + row + ".block");
    }
    schedule.add(out.getName(), first);
    std::string task = "at " + out.getName().str() + ".parallel";

    addProduct(schedule, product, rowReductions ? staged : StageOp(), task, rowBlock);
    SmallVector<StageOp> done{out, product, staged};
    for (StageOp other : earlier) {
      StageOp reader = stagedReader(other);
      addProduct(schedule, other, reader, task, rowBlock);
      done.append({other, reader});
    }
    for (StageOp stage : stages) {
      if (llvm::is_contained(done, stage))
        continue;
      // What the product reads of its rows: computed once a task, not once for
      // each register tile.
      if (!stage.isReduction() && stage.getRank() > 0 && !readsFrom(stage, product) &&
          readTensors(product).contains(stage.getResult()))
        schedule.add(stage.getName(), {task, "lanes " + axis(stage, 0) + " " + lanes});
      else
        addInner(schedule, stage, task);
    }
    return schedule.build();
  }

  /// What reads a product and is read by several is kept for the rows of a task;
  /// then the product goes straight from registers into it. Null where there is
  /// no such stage.
  StageOp stagedReader(StageOp product) {
    if (readers(product) != 1)
      return {};
    auto reader = dyn_cast<StageOp>((*product.getResult().user_begin())->getParentOp());
    bool isStaged = reader && reader != out && !reader.isReduction() && reader.getRank() == out.getRank();
    return isStaged ? reader : StageOp();
  }

  /// Register tiles of a product, in `staged` where there is such a stage.
  void addProduct(ScheduleBuilder &schedule, StageOp product, StageOp staged, const std::string &task, int64_t rowBlock) {
    std::string row = axis(product, 1), column = axis(product, 0), lanes = number(table.lanes);
    std::string depth = product.getAxisName(product.getRank()).str();
    int64_t panel = panelWidth(columns(product).value_or(table.columns));
    std::string rows = number(std::min(table.rows, rowBlock)), panels = number(panel);
    Directives inner;
    if (staged) {
      std::string stagedRow = axis(staged, 1), stagedColumn = axis(staged, 0);
      schedule.add(staged.getName(),
                   {task, "tile " + stagedRow + ".rows " + rows, "tile " + stagedColumn + ".panel " + panels,
                    "order " + stagedColumn + " " + stagedRow + " " + stagedRow + ".rows " + stagedColumn + ".panel",
                    "lanes " + stagedColumn + " " + lanes, "unroll " + stagedColumn});
      inner = {"at " + staged.getName().str() + "." + stagedRow + ".rows", "lanes " + column + " " + lanes,
               "unroll " + column, "unroll " + row, "unroll " + depth + " " + number(table.depthUnroll)};
    } else {
      inner = {task, "registers", "lanes " + column + " " + lanes, "unroll " + column + " " + number(panel / table.lanes),
               "unroll " + row + " " + rows, "unroll " + depth + " " + number(table.depthUnroll)};
    }
    if (packableLoad(kernel, product, product.getRank() - 1))
      inner.push_back("pack " + column + " " + panels);
    schedule.add(product.getName(), inner);
  }

  /// Whether a reader's last index into the stage is not its own last axis.
  static bool isReadAcross(StageOp stage) {
    return llvm::any_of(stage.getResult().getUsers(), [](Operation *user) {
      auto load = dyn_cast<LoadOp>(user);
      auto reader = dyn_cast<StageOp>(user->getParentOp());
      return load && reader && !reader.isReduction() && reader.getRank() > 0 && !load.getIndices().empty() &&
             load.getIndices().back() != reader.getAxisIndices().back();
    });
  }

  // ---- everything else ----

  /// Tails of vectors: none where the lanes divide the axis.
  std::string laneTail(StageOp stage) {
    return columns(stage) && *columns(stage) % table.lanes == 0 ? "" : " guard";
  }

  /// Rows of a task: enough for the pool's overhead to vanish.
  static constexpr int64_t taskRows = 8;

  ScheduleAttr rowwise(int64_t rowsOfTask) {
    ScheduleBuilder schedule(kernel.getContext());
    Directives directives;
    std::string level = "root";
    int64_t rank = out.getRank();
    if (rank >= 1) {
      std::string column = axis(out, 0);
      if (rank >= 2) {
        std::string row = axis(out, 1);
        SizeAttr rows = out.getType().getSize(rank - 2);
        bool tiled = !rows.getConstant() || *rows.getConstant() > rowsOfTask;
        // With inner rows a task takes a few; a lone axis of batches stays whole.
        if (tiled && rank >= 3)
          directives.push_back("tile " + row + ".block " + number(rowsOfTask) + " guard");
        directives.push_back("lanes " + column + " " + number(table.lanes) + " guard");
        directives.push_back("parallel " + leadingAxes(out, 2) + row +
                             (tiled && rank >= 3 ? ".block" : ""));
        // A row that is not tiled is part of the one loop over tasks.
        level = out.getName().str() + "." + (tiled || rank == 2 ? row : "parallel");
      } else {
        directives.push_back("lanes " + column + " " + number(table.lanes) + " guard");
      }
    }
    schedule.add(out.getName(), directives);
    for (StageOp stage : stages)
      if (stage != out)
        addInner(schedule, stage, "at " + level);
    return schedule.build();
  }

  /// Stages besides the product and the result: reductions are computed at
  /// `level`; so is what is read by several and costs more than reading it.
  void addInner(ScheduleBuilder &schedule, StageOp stage, const std::string &level) {
    if (!stage.isReduction()) {
      if (readers(stage) > 1 && isHeavy(stage)) {
        Directives directives{level};
        if (stage.getRank() > 0)
          directives.push_back("lanes " + axis(stage, 0) + " " + number(table.lanes));
        schedule.add(stage.getName(), directives);
      }
      return;
    }
    Directives directives{level};
    std::string reduced = stage.getAxisName(stage.getRank()).str();
    bool alongRow = readsAlong(stage, stage.getBody().getArgument(stage.getRank()));
    if (alongRow && stage.getReductionRank() == 1) {
      std::optional<int64_t> size = stage.getAxisSize(stage.getRank()).getConstant();
      if (size && stage.getReducer() == Reducer::Sum)
        if (auto [width, lanes] = partialSums(*size); lanes >= 4)
          directives.push_back("partial " + reduced + " " + number(width) + " " +
                               number(lanes));
    } else if (stage.getRank() > 0 && !stage.getType().getSizes().back().isConstant(1)) {
      directives.push_back("order " + axis(stage, 0) + " " + reduced);
      directives.push_back("lanes " + axis(stage, 0) + " " + number(table.lanes));
    }
    schedule.add(stage.getName(), directives);
  }

  /// Vector partial sums need lanes that divide the reduced size.
  std::pair<int64_t, int64_t> partialSums(int64_t size) {
    int64_t lanes = table.lanes;
    while (lanes > 1 && size % lanes)
      lanes /= 2;
    for (int64_t vectors : {4, 3, 2})
      if (size % (lanes * vectors) == 0)
        return {lanes * vectors, lanes};
    return {lanes, lanes};
  }

  /// Whether the stage reads something contiguously along `index`.
  bool readsAlong(StageOp stage, Value index) {
    bool found = false;
    stage.getBody().walk([&](LoadOp load) {
      found |= !load.getIndices().empty() && load.getIndices().back() == index;
    });
    return found;
  }

  bool isHeavy(StageOp stage) {
    unsigned weight = 0, outside = 0;
    stage.getBody().walk([&](Operation *op) {
      if (auto load = dyn_cast<LoadOp>(op))
        outside += isa<BlockArgument>(load.getTensor());
      else if (isa<math::MathDialect>(op->getDialect()))
        weight += 8;
      else if (op->getNumResults() && isa<FloatType>(op->getResult(0).getType()) &&
               !isa<arith::ConstantOp>(op))
        ++weight;
    });
    return weight > 2 || outside > 1;
  }

  void setSchedules() {
    SmallVector<Variant> variants = variantsByDefault();
    size_t front = 0;
    for (VariantAttr asked : variantsAsked(kernel)) {
      SmallVector<ConditionAttr> known;
      for (const Variant &variant : variants)
        known.push_back(variant.condition);
      if (llvm::is_contained(known, asked.getCondition()))
        continue;
      Variant added{variants[variantBehind(asked.getCondition(), known)].schedule, asked.getCondition(), true};
      variants.insert(variants.begin() + placeOfVariant(asked.getCondition(), known, front), added);
    }
    SmallVector<Attribute> schedules, conditions;
    Attribute unit = UnitAttr::get(kernel.getContext());
    for (const Variant &variant : variants) {
      schedules.push_back(variant.schedule);
      conditions.push_back(variant.condition ? Attribute(variant.condition) : unit);
    }
    OpBuilder builder(kernel);
    auto scheduled = KernelOp::create(builder, kernel.getLoc(), kernel.getName(),
                                      kernel.getInputs(), kernel.getResult().getType(),
                                      schedules, conditions);
    Region &body = kernel.getVariants().front();
    for (size_t i = 1; i < variants.size(); ++i) {
      IRMapping mapping;
      body.cloneInto(&scheduled.getVariants()[i], mapping);
    }
    scheduled.getVariants().front().takeBody(body);
    SmallVector<int64_t> asked;
    for (auto [i, variant] : llvm::enumerate(variants))
      if (variant.isAsked)
        asked.push_back(i);
    noteChanged(scheduled, asked);
    kernel.getResult().replaceAllUsesWith(scheduled.getResult());
    kernel.erase();
    ++scheduledKernels;
    sizeVariants += variants.size();
  }

  KernelOp kernel;
  ProductTable table;
  ScheduleAttr given;          ///< that of an attention
  SmallVector<StageOp> stages; ///< all others
  StageOp attention;           ///< its result, which they read
  StageOp product, out;
  SmallVector<StageOp> earlier; ///< products that the last one is computed from
};

struct ScheduleKernels : impl::ScheduleKernelsBase<ScheduleKernels> {
  using Base::Base;

  void runOnOperation() override {
    llvm::Expected<TargetInfo> info = parseTarget(target);
    if (!info) {
      getOperation().emitError() << llvm::toString(info.takeError());
      return signalPassFailure();
    }
    SmallVector<KernelOp> kernels(getOperation().getOps<KernelOp>());
    for (KernelOp kernel : kernels) {
      if (failed(refuseTiles(kernel)))
        return signalPassFailure();
      if (!kernel.getSchedule(0)) {
        Scheduler(kernel, 0, *info).run();
        continue;
      }
      complete(kernel, *info);
    }
  }

  /// An attention of this kernel is scheduled; what follows it may not be.
  void complete(KernelOp kernel, const TargetInfo &info) {
    SmallVector<Attribute> schedules(kernel.getSchedules().getValue());
    if (llvm::all_of(schedules, [](Attribute schedule) { return cast<ScheduleAttr>(schedule).getTiles().empty(); }))
      return;
    for (auto [i, schedule] : llvm::enumerate(schedules)) {
      auto out = kernel.getVariants()[i].front().getTerminator()->getOperand(0).getDefiningOp<StageOp>();
      if (out && !kernel.getSchedule(i).lookup(out.getName()))
        schedule = Scheduler(kernel, i, info).complete();
    }
    kernel.setSchedulesAttr(ArrayAttr::get(&getContext(), schedules));
  }

  /// Attention has taken those that it was asked for.
  LogicalResult refuseTiles(KernelOp kernel) {
    if (!kernel.getSchedule(0))
      for (VariantAttr asked : variantsAsked(kernel))
        if (!asked.getTiles().empty())
          return emitError(asked.getWhere())
                 << "kernel '" << kernel.getName() << "' has no tiles as a whole: '" << asked.getTiles().front().str()
                 << "' goes into the block of a stage, with a label for the loop over the tiles";
    return success();
  }
};

} // namespace
} // namespace attune
