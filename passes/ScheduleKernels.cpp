#include "passes/DeviceSchedule.h"
#include "passes/DeviceStages.h"
#include "passes/Passes.h"
#include "passes/ProductTiles.h"
#include "passes/ReductionParts.h"
#include "passes/RowSchedule.h"
#include "passes/RowVariants.h"
#include "passes/ScheduleBuilder.h"
#include "passes/ScheduleTable.h"
#include "passes/Stages.h"
#include "passes/Targets.h"
#include "passes/Variants.h"
#include "passes/WideOperands.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/Statistic.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_SCHEDULEKERNELS
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-schedule-kernels"
ALWAYS_ENABLED_STATISTIC(scheduledKernels, "kernels that got a default schedule");
ALWAYS_ENABLED_STATISTIC(sizeVariants, "variants of them");

namespace {



/// A schedule for a device, up to how many rows; of a product whose depth is in parts, where `inParts`.
struct DeviceVariant {
  ScheduleAttr schedule;
  std::optional<int64_t> most;
  bool inParts = false;
};
/// Of kernels that were scheduled before: those of other layers are the same, and costs take long to find.
using KnownVariants = llvm::StringMap<SmallVector<DeviceVariant>>;

/// What decides how a kernel is scheduled, as text: all but the names that layers differ in.
std::string structureOf(KernelOp kernel) {
  auto copy = cast<KernelOp>(kernel->clone());
  copy.setName("");
  copy.walk([](StageOp stage) { stage.removePathAttr(); });
  std::string text;
  llvm::raw_string_ostream os(text);
  for (Value input : kernel.getInputs())
    os << (input.getDefiningOp<ReadOp>() ? "weights " : "tensor ");
  copy->print(os, OpPrintingFlags().useLocalScope());
  copy->erase();
  return text;
}

/// Default schedule of a kernel or of what follows an attention in it: with a
/// product by register tiles and panels, without one row by row.
class Scheduler {
public:
  Scheduler(KernelOp kernel, unsigned variant, const TargetInfo &target, KnownVariants &known)
      : kernel(kernel), target(target), known(known), table(ProductTable::of(target)), given(kernel.getSchedule(variant)) {
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
    if (product)
      table = tableOf(product);
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
    // Sums of 16-bit numbers are numbers of 32 bits on devices until they are stored.
    bool isNarrow = target.isDevice() && out.isReduction() && out.getElementTypes().front().getIntOrFloatBitWidth() == 16;
    if ((out == product && out.getRank() >= 2) || isNarrow)
      addResult();
    if (target.isDevice()) {
      addCopiesOfProducts();
    } else {
      if (isSummedLater() && !stagedReader(product))
        addCopy(product);
      addWideOperands();
    }
    setSchedules();
  }

  /// Of a variant with an attention: its schedule, with all that follows.
  ScheduleAttr complete() {
    if (out == product && out.getRank() >= 2)
      addResult();
    addWideOperands();
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
    ScheduleAttr rest = product && out.getRank() >= 2 ? productSchedule({tile}) : rowwise(out, stages, tile, table.lanes);
    llvm::append_range(entries, rest.getStages());
    return given.withStages(entries);
  }

private:
  struct Variant {
    ScheduleAttr schedule;
    ConditionAttr condition;
    bool isAsked = false; ///< by a schedule file
    KernelOp body = {};   ///< that has it; null: the kernel that all others have
  };

  /// Whether the stage is scheduled, or computed where such a stage reads it.
  bool isGiven(StageOp stage) {
    return given && (given.lookup(stage.getName()) || llvm::any_of(stage.getResult().getUsers(), [&](Operation *user) {
      auto reader = user->getParentOfType<StageOp>();
      return reader && isGiven(reader);
    }));
  }

  // ---- products ----

  Multiplication multiplicationOf(StageOp product) {
    std::optional<Product> factors = matchProduct(product);
    auto isBF16 = [](LoadOp load) { return load.getResult().getType().isBF16(); };
    WeightsLoad weights = packableLoad(kernel, product, product.getRank() - 1);
    if (!target.hasBF16Dot || !weights || !isBF16(factors->lhs) || !isBF16(factors->rhs))
      return Multiplication::F32;
    std::optional<int64_t> depth = product.getAxisSize(product.getRank()).getConstant();
    bool even = depth && *depth % ProductTable::of(target, Multiplication::BF16Dot).depthSteps == 0;
    return even ? Multiplication::BF16Dot : Multiplication::F32;
  }

  ProductTable tableOf(StageOp product) { return ProductTable::of(target, multiplicationOf(product)); }

  void addWideOperands() {
    SmallVector<StageOp> products(earlier);
    if (product && out.getRank() >= 2)
      products.push_back(product);
    for (StageOp each : products) {
      if (multiplicationOf(each) != Multiplication::F32)
        continue;
      WideOperands wide = attune::addWideOperands(kernel, each);
      if (wide.rows)
        wideRows.insert(wide.rows);
      if (wide.weights)
        wideWeights.insert(wide.weights);
      for (StageOp stage : {wide.rows, wide.weights})
        if (stage)
          stages.push_back(stage);
    }
  }

  bool isWidened(StageOp stage) { return wideRows.contains(stage) || wideWeights.contains(stage); }

  /// A stage that has what `source` has, for all who read it.
  StageOp addCopy(StageOp source) {
    SmallVector<StringRef> axes;
    for (int64_t i = 0; i < source.getRank(); ++i)
      axes.push_back(source.getAxisName(i));
    OpBuilder builder(source->getContext());
    builder.setInsertionPointAfter(source);
    auto copy = StageOp::create(builder, source.getLoc(), freeStageName(source, (source.getName() + ".result").str()), source.getType(), axes,
                                [&](OpBuilder &b, Location l, ValueRange at) -> Value {
      return LoadOp::create(b, l, source.getResult(), at);
    });
    source.getResult().replaceUsesWithIf(copy.getResult(), [&](OpOperand &use) { return use.getOwner()->getParentOp() != copy; });
    stages.push_back(copy);
    return copy;
  }

  /// A product that is the kernel's result is computed in registers like any
  /// other, and a stage of its own stores it.
  void addResult() { out = addCopy(out); }

  /// On devices products are computed in the register tiles of what reads them element by
  /// element. What sums read, or stages at other elements than their own, is stored by a stage
  /// of its own.
  void addCopiesOfProducts() {
    SmallVector<StageOp> products(earlier);
    if (product)
      products.push_back(product);
    for (StageOp each : products) {
      llvm::SetVector<Operation *> readers;
      bool isInPlace = true;
      for (Operation *user : each->getUsers()) {
        auto load = dyn_cast<LoadOp>(user);
        auto reader = load ? load->getParentOfType<StageOp>() : StageOp();
        readers.insert(reader);
        isInPlace &= reader && !reader.isReduction() && load.getIndices() == reader.getAxisIndices();
      }
      if (each != out && each.getRank() >= 2 && (!isInPlace || readers.size() > 1))
        addCopy(each);
    }
  }

  /// The schedules by default.
  SmallVector<Variant> variantsByDefault() {
    if (target.isDevice())
      return variantsOnDevice();
    if (!product || out.getRank() < 2)
      return {{rowwise(out, stages, taskRows, table.lanes), {}}};
    SmallVector<std::pair<std::optional<int64_t>, RowTiles>> byRows{{1, {1}}};
    RowTiles tiles = rowTiles(product, table);
    if (takesWholeRows() && !isSummedLater()) {
      byRows.push_back({table.fewRows, {table.rows}});
      tiles = {table.wholeRowBlock};
    } else {
      if (!wideWeights.empty() && hasManyTiles(product, tiles.block))
        byRows.push_back({fewTiles * table.rows, {fewTiles * table.rows}});
      if (tiles.part > tiles.block)
        byRows.push_back({tiles.part, {tiles.block, 0, tiles.part}});
    }
    byRows.push_back({std::nullopt, tiles});
    std::optional<int64_t> constant = rows().getConstant();
    SmallVector<Variant> variants;
    for (auto [most, tiles] : byRows)
      if (!constant)
        variants.push_back({productSchedule(tiles), most ? ConditionAttr::get(kernel.getContext(), rows(), *most) : ConditionAttr()});
      else if (!most || *constant <= *most)
        return {{productSchedule({std::min(tiles.block, std::max<int64_t>(*constant, 1)), tiles.part, *constant}), {}}};
    return variants;
  }

  SmallVector<Variant> variantsOnDevice() {
    SmallVector<DeviceVariant> &found = known[structureOf(kernel)];
    KernelOp inParts = withDepthInParts();
    if (found.empty())
      found = cheapestOnDevice(inParts);
    SmallVector<Variant> variants;
    for (const DeviceVariant &one : found) {
      ConditionAttr condition = one.most ? ConditionAttr::get(kernel.getContext(), rows(), *one.most) : ConditionAttr();
      variants.push_back({one.schedule, condition, /*isAsked=*/false, one.inParts ? inParts : KernelOp()});
    }
    if (inParts && llvm::none_of(found, [](const DeviceVariant &one) { return one.inParts; }))
      inParts.erase();
    return variants;
  }

  /// Of the result of a product.
  SizeAttr rows() { return out.getType().getSize(out.getRank() - 2); }

  /// Tiles by what they cost for the rows there are, where a product is. `inParts` is null where its depth has no parts.
  SmallVector<DeviceVariant> cheapestOnDevice(KernelOp inParts) {
    Block &body = kernel.getVariants().front().front();
    SmallVector<DeviceCandidate> candidates;
    for (const ThreadTile &tile : isTiled() ? ArrayRef(productTiles) : ArrayRef<ThreadTile>())
      if (std::optional<DeviceCandidate> found = deviceCandidate(body, {}, target, tile);
          found && llvm::none_of(candidates, [&](const DeviceCandidate &other) { return other.schedule == found->schedule; }))
        candidates.push_back(std::move(*found));
    SmallVector<DeviceVariant> variants;
    if (inParts)
      if (std::optional<DeviceCandidate> found = deviceCandidate(inParts.getVariants().front().front(), {}, target, tileOfParts))
        variants.push_back({found->schedule, mostRowsOfParts, /*inParts=*/true});
    if (!variants.empty() && rows().getConstant()) {
      variants.front().most = std::nullopt;
      return variants;
    }
    if (candidates.empty()) { // why none is legal is said where schedules are verified
      variants.push_back({deviceSchedule(body, {}, target, ArrayRef(productTiles).back()), {}});
      return variants;
    }
    std::optional<int64_t> constant = rows().getConstant();
    if (constant) {
      auto *cheapest = llvm::min_element(candidates, [&](const DeviceCandidate &a, const DeviceCandidate &b) {
        return a.cycles(target, rows(), *constant) < b.cycles(target, rows(), *constant);
      });
      return {{cheapest->schedule, {}}};
    }
    auto cycles = [&](size_t candidate, int64_t number) { return candidates[candidate].cycles(target, rows(), number); };
    for (const RowVariant &one : chooseByRows(candidates.size(), variants.empty() ? 1 : mostRowsOfParts + 1, cycles))
      variants.push_back({candidates[one.candidate].schedule, one.most});
    return variants;
  }

  bool isTiled() { return product && product.getRank() >= 2 && out.getRank() >= 2 && columns(product); }

  /// The kernel again for few rows, its product as a sum over parts of the depth; null where there are always more rows,
  /// those parts would be short, or another product would have their tiles.
  KernelOp withDepthInParts() {
    constexpr int64_t parts = tileOfParts.rowThreads, leastSteps = 8;
    if (!isTiled() || rows().getConstant().value_or(1) > mostRowsOfParts)
      return {};
    std::optional<int64_t> depth = product.getAxisSize(product.getRank()).getConstant();
    if (!earlier.empty() || !isMatrixProduct(product) || product.getReductionRank() != 1 || !depth || *depth % parts || *depth / parts < leastSteps)
      return {};
    IRMapping mapping;
    auto copy = cast<KernelOp>(OpBuilder(kernel).clone(*kernel, mapping));
    splitReduction(cast<StageOp>(mapping.lookup(product.getOperation())), parts);
    return copy;
  }

  /// Sums over a row, and readers of the product at other columns than their own (a gate beside what it lets through),
  /// want rows whole; so does a product of products, which would compute those for each panel.
  bool takesWholeRows() {
    return attention || !earlier.empty() || isReadAcross(product) || llvm::any_of(stages, [&](StageOp stage) {
      return stage.isReduction() && stage != product && readsFrom(stage, product);
    });
  }

  /// Whether sums alone want rows of the product whole: its panels are tasks before them, in the order in which weights are
  /// read once. What is computed of a row before the product would be computed for each panel.
  bool isSummedLater() {
    return product && product.getRank() >= 2 && product.getRank() == out.getRank() && !attention && earlier.empty() &&
           takesWholeRows() && !isReadAcross(product) && llvm::all_of(stages, [&](StageOp stage) {
      return stage == product || isWidened(stage) || readsFrom(stage, product);
    });
  }

  /// Tasks of a product that is computed in `stage`: panels of columns, in an order in which weights are read once. What
  /// follows the product is done tile by tile, so that stores of one go on while the next one is summed.
  Directives panelTasks(StageOp stage, RowTiles tiles) {
    std::string row = axis(stage, 1), column = axis(stage, 0);
    int64_t width = columns(product).value_or(table.columns), panels = panelWidth(width, table) * panelsOfTile(width, table, tiles.block);
    Directives directives;
    SmallVector<std::string> tasks{column + ".panel", row + ".block"}; // outermost first
    if (tiles.part > tiles.block) {
      directives.push_back("tile " + row + ".part " + number(tiles.part) + " guard");
      tasks.insert(tasks.begin(), row + ".part");
    } else if (tiles.part) {
      std::swap(tasks[0], tasks[1]);
    }
    directives.push_back("tile " + row + ".block " + number(tiles.block) + " guard");
    bool areSeveral = hasTiles(tiles);
    if (areSeveral)
      directives.push_back("tile " + row + ".tile " + number(table.rows) + " guard");
    directives.push_back("tile " + column + ".panel " + number(panels) + (columns(stage) && *columns(stage) % panels == 0 ? " pad" : " guard"));
    directives.push_back("order " + column + " " + row + (areSeveral ? " " + row + ".tile " : " ") + llvm::join(llvm::reverse(tasks), " "));
    directives.push_back("lanes " + column + " " + number(table.lanes));
    directives.push_back("parallel " + leadingAxes(stage, 2) + llvm::join(tasks, " "));
    return directives;
  }

  /// Whether a task of panels has several register tiles, one after another.
  bool hasTiles(RowTiles tiles) { return tiles.block > table.rows; }
  std::string tileLevel(StageOp ofPanels) { return "at " + ofPanels.getName().str() + "." + axis(ofPanels, 1) + ".tile"; }

  ScheduleAttr productSchedule(RowTiles tiles) {
    ScheduleBuilder schedule(kernel.getContext());
    std::string row = axis(out, 1), column = axis(out, 0), lanes = number(table.lanes);
    StageOp staged = stagedReader(product);
    bool rowReductions = takesWholeRows(), isSummed = isSummedLater();
    int64_t rowBlock = isSummed ? std::min(taskRows, tiles.block) : tiles.block;
    Directives first = {"tile " + row + ".block " + number(rowBlock) + " guard", "order " + column + " " + row + " " + row + ".block",
                        "lanes " + column + " " + lanes + laneTail(out, table.lanes), "parallel " + leadingAxes(out, 2) + row + ".block"};
    schedule.add(out.getName(), rowReductions ? first : panelTasks(out, tiles));
    // Few rows make too few tasks: products share their panels out, before the tasks
    // of whole rows.
    bool isApart = rowReductions && !isSummed && !attention && rowBlock <= table.rows;
    std::string task = "at " + out.getName().str() + ".parallel", ofProducts = isApart ? "at root" : task;
    if (isSummed) {
      Directives ofPanels = panelTasks(staged, tiles);
      ofPanels.insert(ofPanels.begin(), "at root");
      schedule.add(staged.getName(), ofPanels);
      addProduct(schedule, product, StageOp(), "at " + staged.getName().str() + ".parallel", tiles, staged);
    } else if (rowReductions) {
      addProduct(schedule, product, staged, ofProducts, tiles);
    } else {
      addProduct(schedule, product, StageOp(), ofProducts, tiles, out);
    }
    // What reads the product is where it is.
    std::string ofReaders = !rowReductions && hasTiles(tiles) ? tileLevel(out) : task;
    SmallVector<StageOp> done{out, product, staged};
    for (StageOp other : earlier) {
      StageOp reader = stagedReader(other);
      addProduct(schedule, other, reader, ofProducts, tiles);
      done.append({other, reader});
    }
    for (StageOp stage : stages) {
      if (llvm::is_contained(done, stage) || isWidened(stage))
        continue;
      bool isBefore = !readsFrom(stage, product);
      // What the product reads of its rows: computed once a task, not once for
      // each register tile.
      if (!stage.isReduction() && stage.getRank() > 0 && isBefore && readTensors(product).contains(stage.getResult()))
        schedule.add(stage.getName(), {ofProducts, "lanes " + axis(stage, 0) + " " + lanes});
      else
        addInner(schedule, stage, isBefore ? ofProducts : ofReaders, table.lanes);
    }
    return schedule.build();
  }

  /// What reads a product alone, element by element, and is not the result: it is kept, and the product goes
  /// straight from registers into it. Null where there is no such stage.
  StageOp stagedReader(StageOp product) {
    if (readers(product).size() != 1)
      return {};
    auto reader = dyn_cast<StageOp>((*product.getResult().user_begin())->getParentOp());
    bool isStaged = reader && reader != out && !reader.isReduction() && reader.getRank() == out.getRank();
    return isStaged ? reader : StageOp();
  }

  /// Register tiles of a product, in `staged` where there is such a stage. At
  /// root they are tasks of their own. `ofPanels`: the stage whose tasks are panels, if they are.
  void addProduct(ScheduleBuilder &schedule, StageOp product, StageOp staged, const std::string &task, RowTiles tiles, StageOp ofPanels = {}) {
    ProductTable table = tableOf(product);
    int64_t rowBlock = tiles.block;
    std::string row = axis(product, 1), column = axis(product, 0), lanes = number(table.lanes);
    std::string depth = product.getAxisName(product.getRank()).str();
    int64_t width = columns(product).value_or(table.columns);
    int64_t panel = panelWidth(width, table), group = panelsOfTile(width, table, rowBlock);
    std::string rows = number(std::min(table.rows, rowBlock)), panels = number(panel * group);
    bool isApart = task == "at root";
    std::string ofRows; // the loop that goes from one tile of rows to the next
    Directives inner;
    if (staged) {
      std::string stagedRow = axis(staged, 1), stagedColumn = axis(staged, 0);
      Directives tiles{task, "tile " + stagedRow + ".rows " + rows, "tile " + stagedColumn + ".panel " + panels,
                       "order " + stagedColumn + " " + stagedRow + " " + stagedRow + ".rows " + stagedColumn + ".panel",
                       "lanes " + stagedColumn + " " + lanes, "unroll " + stagedColumn};
      if (isApart)
        tiles.push_back("parallel " + leadingAxes(staged, 2) + stagedColumn + ".panel");
      schedule.add(staged.getName(), tiles);
      ofRows = "at " + staged.getName().str() + "." + stagedRow + ".rows";
      inner = {ofRows, "lanes " + column + " " + lanes, "unroll " + column, "unroll " + row};
    } else {
      ofRows = "at " + product.getName().str() + (isApart ? ".parallel" : "." + row + ".block");
      std::string tile = ofPanels && hasTiles(tiles) ? tileLevel(ofPanels) : task;
      inner = {tile, "registers", "lanes " + column + " " + lanes, "unroll " + column + " " + number(panel * group / table.lanes),
               "unroll " + row + " " + rows};
      if (isApart)
        inner.push_back("parallel " + leadingAxes(product, 2) + row + ".block " + column + ".block");
    }
    bool isDot = table.depthSteps > 1;
    if (isDot)
      inner.push_back("lanes " + depth + " " + number(table.depthSteps));
    if (int64_t unroll = std::max<int64_t>(1, group > 1 ? table.depthUnroll / 2 : table.depthUnroll); unroll > 1)
      inner.push_back("unroll " + depth + " " + number(unroll));
    // In tasks of whole rows all of the weights would be widened.
    bool areWeightsBefore = ofPanels && hasManyTiles(product, rowBlock);
    if (packableLoad(kernel, product, product.getRank() - 1)) {
      inner.push_back("pack " + column + " " + number(panel) + (isDot ? " " + number(table.depthSteps) : ""));
      // One row takes several panels at once, as fast as memory gives them, and what is widened before the tiles is not
      // read in their loop.
      bool isReadWide = areWeightsBefore && llvm::any_of(readTensors(product), [&](Value tensor) {
        auto operand = tensor.getDefiningOp<StageOp>();
        return operand && wideWeights.contains(operand);
      });
      if (rowBlock > 1 && !isReadWide)
        inner.push_back("prefetch");
    }
    schedule.add(product.getName(), inner);
    for (Value tensor : readTensors(product)) {
      auto operand = tensor.getDefiningOp<StageOp>();
      if (!operand || !isWidened(operand))
        continue;
      std::string vectors = "lanes " + axis(operand, 0) + " " + lanes;
      bool isOfRows = wideRows.contains(operand);
      if (isOfRows && areWeightsBefore && comesBefore(operand, tiles.most))
        schedule.add(operand.getName(), {"at root", vectors, "parallel " + leadingAxes(operand, 1)});
      else if (isOfRows || areWeightsBefore)
        schedule.add(operand.getName(), {isOfRows ? ofRows : task, vectors});
    }
  }

  /// For more tiles of rows the panel that they read is widened before them, where a near cache has room for it.
  static constexpr int64_t fewTiles = 4;
  bool hasManyTiles(StageOp product, int64_t rowBlock) {
    ProductTable table = tableOf(product);
    std::optional<int64_t> depth = product.getAxisSize(product.getRank()).getConstant();
    return depth && rowBlock > fewTiles * table.rows && *depth * table.columns * 4 <= table.nearBytes / 2;
  }

  /// Whether widened rows can come before all tasks: they read what is there before the kernel, and a near cache holds them,
  /// as they are kept for as long as it runs. `most` are along the last of their axes but the depth; 0: any number.
  bool comesBefore(StageOp rows, int64_t most) {
    if (!most || rows.getRank() < 2 || !llvm::all_of(readTensors(rows), llvm::IsaPred<BlockArgument>) ||
        rows.getType().getSize(rows.getRank() - 2) != out.getType().getSize(out.getRank() - 2))
      return false;
    int64_t count = most;
    for (int64_t i = 0; i + 2 < rows.getRank(); ++i) {
      std::optional<int64_t> size = rows.getType().getSize(i).getConstant();
      if (!size || llvm::MulOverflow(count, *size, count))
        return false;
    }
    return count <= nearRows(product, table);
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

  void setSchedules() {
    SmallVector<Variant> variants = variantsByDefault();
    size_t front = 0;
    for (VariantAttr asked : variantsAsked(kernel)) {
      SmallVector<ConditionAttr> known;
      for (const Variant &variant : variants)
        known.push_back(variant.condition);
      if (llvm::is_contained(known, asked.getCondition()))
        continue;
      const Variant &behind = variants[variantBehind(asked.getCondition(), known)];
      Variant added{behind.schedule, asked.getCondition(), true, behind.body};
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
    llvm::SetVector<Operation *> replaced;
    for (auto [i, variant] : llvm::enumerate(variants)) {
      KernelOp source = variant.body ? variant.body : kernel;
      IRMapping mapping;
      source.getVariants().front().cloneInto(&scheduled.getVariants()[i], mapping);
      replaced.insert(source);
    }
    SmallVector<int64_t> asked;
    for (auto [i, variant] : llvm::enumerate(variants))
      if (variant.isAsked)
        asked.push_back(i);
    noteChanged(scheduled, asked);
    kernel.getResult().replaceAllUsesWith(scheduled.getResult());
    replaced.insert(kernel);
    for (Operation *op : replaced)
      op->erase();
    ++scheduledKernels;
    sizeVariants += variants.size();
  }

  KernelOp kernel;
  const TargetInfo &target;
  KnownVariants &known;
  ProductTable table;          ///< of the last product
  ScheduleAttr given;          ///< that of an attention
  SmallVector<StageOp> stages; ///< all others
  StageOp attention;           ///< its result, which they read
  StageOp product, out;
  SmallVector<StageOp> earlier; ///< products that the last one is computed from
  llvm::DenseSet<Operation *> wideRows, wideWeights;
};

struct ScheduleKernels : impl::ScheduleKernelsBase<ScheduleKernels> {
  using Base::Base;

  void runOnOperation() override {
    FailureOr<TargetInfo> info = targetOf(getOperation(), target);
    if (failed(info))
      return signalPassFailure();
    KnownVariants known;
    SmallVector<KernelOp> kernels(getOperation().getOps<KernelOp>());
    for (KernelOp kernel : kernels) {
      if (failed(refuseTiles(kernel)))
        return signalPassFailure();
      if (!kernel.getSchedule(0)) {
        Scheduler(kernel, 0, *info, known).run();
        continue;
      }
      complete(kernel, *info, known);
    }
  }

  /// An attention of this kernel is scheduled; what follows it may not be.
  void complete(KernelOp kernel, const TargetInfo &info, KnownVariants &known) {
    SmallVector<Attribute> schedules(kernel.getSchedules().getValue());
    if (info.isDevice()) {
      SmallVector<DeviceVariant> &found = known[structureOf(kernel)];
      if (found.empty())
        for (auto [i, schedule] : llvm::enumerate(schedules))
          found.push_back({isForDevice(cast<ScheduleAttr>(schedule))
                               ? cast<ScheduleAttr>(schedule)
                               : attentionSchedule(kernel.getVariants()[i].front(), kernel.getSchedule(i), info),
                           {}});
      for (auto [schedule, variant] : llvm::zip(schedules, found))
        schedule = variant.schedule;
      kernel.setSchedulesAttr(ArrayAttr::get(&getContext(), schedules));
      return;
    }
    if (llvm::all_of(schedules, [](Attribute schedule) { return cast<ScheduleAttr>(schedule).getTiles().empty(); }))
      return;
    for (auto [i, schedule] : llvm::enumerate(schedules)) {
      auto out = kernel.getVariants()[i].front().getTerminator()->getOperand(0).getDefiningOp<StageOp>();
      if (out && !kernel.getSchedule(i).lookup(out.getName()))
        schedule = Scheduler(kernel, i, info, known).complete();
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
