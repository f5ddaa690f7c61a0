#include "passes/DeviceSchedule.h"
#include "passes/DeviceKernel.h"
#include "passes/DeviceStages.h"
#include "passes/ScheduleBuilder.h"
#include "passes/SharedOperands.h"
#include "passes/Stages.h"
#include "schedule/DeviceCost.h"
#include "schedule/Occupancy.h"
#include "schedule/ThreadRegisters.h"
#include "llvm/Support/Debug.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attune::attn;

#define DEBUG_TYPE "attn-device-schedule"

namespace attune {
namespace {

/// Neighbours of the last axis that a thread has in a vector: 16 threads read 256 bytes.
constexpr int64_t lanes = 4;
/// Loops of a grid. The outer ones of more than three become one, and of more than two that do
/// Halide cannot tell that a block has one iteration of each.
constexpr size_t mostBlocked = 4;
/// Columns of a panel of weights: 128 bytes of f32, one line of a cache. One width for all
/// variants, so that weights lie in memory once.
constexpr int64_t panelColumns = 32;

/// Places the stages of a kernel, readers first. A grid is a stage at root with blocks of
/// its own; what its readers in one block alone need is computed in that block, as long
/// as no block computes what another one does and shared memory suffices.
class DeviceScheduler {
public:
  DeviceScheduler(Block &body, ScheduleAttr given, const TargetInfo &target, const ThreadTile &tile)
      : body(body), kernel(body, given), target(target), wanted(tile), context(body.getParentOp()->getContext()) {
    setShape(tile);
  }

  ScheduleAttr run() {
    for (StageOp stage : llvm::reverse(kernel.stages)) {
      if (stage != kernel.out && !stage.isReduction() && !kernel.isOnItsOwn(stage))
        continue;
      if (stage == kernel.out || kernel.apart.contains(stage) || !placeInside(stage))
        addGrid(stage);
    }
    addResident();
    return kernel.given ? kernel.given.withStages(build().getStages()) : build();
  }

private:
  // ---- the schedule so far ----

  /// Of `withRest`, stages that are not placed yet are one block each.
  ScheduleAttr build(bool withRest = false) const {
    ScheduleBuilder schedule(context);
    for (StageOp stage : kernel.stages)
      if (auto found = entries.find(stage); found != entries.end())
        schedule.add(stage.getName(), found->second);
      else if (withRest && stage.isReduction())
        schedule.add(stage.getName(), {"at root", "block"});
    return schedule.build();
  }

  std::optional<ScheduledKernel> plan() const {
    llvm::Expected<ScheduledKernel> planned = planSchedule(body, build(/*withRest=*/true), &target);
    [[maybe_unused]] std::string why = planned ? "its threads need more registers than there are" : llvm::toString(planned.takeError());
    if (planned && hasRegisters(*planned))
      return std::move(*planned);
    LLVM_DEBUG(llvm::dbgs() << why << "\n");
    return std::nullopt;
  }

  /// Whether threads have enough of them where one block has a multiprocessor for itself.
  bool hasRegisters(const ScheduledKernel &planned) const {
    if (target.device != Device::CUDA)
      return true;
    Footprint footprint(planned.plan, planned.stages, Division::Aligned);
    return llvm::all_of(gridsOf(planned.plan), [&](const Grid &grid) {
      return registersOf(planned.plan, footprint, grid) <= registersWhere(1, threadsOf(planned.plan, grid));
    });
  }

  /// How many blocks of each grid should be on a multiprocessor.
  void addResident() {
    std::optional<ScheduledKernel> planned = target.device == Device::CUDA ? plan() : std::nullopt;
    if (!planned)
      return;
    Footprint footprint(planned->plan, planned->stages, Division::Aligned);
    for (auto [index, stage] : llvm::enumerate(planned->plan.stages))
      if (auto found = entries.find(kernel.stages[index]); found != entries.end() && stage.directives.block)
        found->second.push_back("resident " + number(residentBlocksOf(planned->plan, footprint, index, target.multiprocessor)));
  }

  // ---- grids ----

  static std::optional<int64_t> sizeOf(StageOp stage, int64_t axis) { return stage.getAxisSize(axis).getConstant(); }

  /// Elements of a block along an axis: `wanted`, or all where there are fewer.
  static int64_t blockAlong(StageOp stage, int64_t axis, int64_t wanted) {
    std::optional<int64_t> size = sizeOf(stage, axis);
    return size ? std::min<int64_t>(wanted, llvm::PowerOf2Ceil(std::max<int64_t>(*size, 1))) : wanted;
  }

  void setShape(const ThreadTile &tile) {
    tileRows = tile.rows;
    rowThreads = tile.rowThreads;
    columnThreads = tile.columnThreads;
    depthUnroll = tile.depthUnroll;
  }

  int64_t columnsOfBlock(StageOp stage, bool isTiled) const {
    if (stage.getRank() == 0)
      return 1;
    int64_t last = stage.getRank() - 1, wide = lanes * columnThreads;
    std::optional<int64_t> size = sizeOf(stage, last);
    // Without vectors a thread has one column: Halide fails on several tiles where one is cut, and does not see that
    // several sums in a block at the end ask for no more than in others.
    bool isUneven = isTiled ? !kernel.productsInPlace(stage).empty() && !isWide(stage, wide) : stage.isReduction() && (!size || *size % wide);
    return blockAlong(stage, last, isUneven ? columnThreads : wide);
  }

  void addGrid(StageOp stage) {
    DeviceKernel::RowAxis row = kernel.rowAxisOf(stage);
    bool isWhole = !stage.isReduction() && stage.getRank() >= 1 && kernel.needsWholeRows(stage);
    bool isTiled = !kernel.productsInPlace(stage).empty() || isMatrixProduct(stage);
    // Whole rows without products have a warp each.
    if (StageOp sums = scaledSumOf(stage); sums && addScaledSumGrid(stage, sums, row))
      return;
    if (isTiled && addSharedGrid(stage, row, isWhole))
      return;
    ThreadTile shape = isWhole && !isTiled && !kernel.given ? rowsTile : wanted.sharedDepth ? largeTile : wanted;
    setShape(shape);
    shapes[stage] = shape;
    // Without register tiles a thread takes one vector, or one of the sums of a row.
    int64_t wantedRows = isTiled ? tileRows * rowThreads : stage.isReduction() ? 1 : rowThreads;
    // Few queries are few blocks: each has one head then.
    bool isFew = kernel.given && isWhole && !row.tile;
    int64_t rows = row.tile ? *row.tile : isFew || wanted.isOfParts ? 1 : row.axis >= 0 ? blockAlong(stage, row.axis, wantedRows) : 1;
    // The fewest rows last: one row that does not fit is computed apart.
    for (;; rows /= 2) {
      setGrid(stage, row.axis, rows, columnsOfBlock(stage, isTiled), isWhole);
      if (kernel.isFact(stage) && rows > 1 && !wholeRowsFit(stage))
        return setGrid(stage, row.axis, 1, 1, isWhole); // a block for each
      if (!isWhole || rows <= 1 || row.tile || wholeRowsFit(stage))
        return;
    }
  }

  // ---- operands that the threads of a block share ----

  /// Steps of the depth of which a block keeps the operands, the most first.
  SmallVector<int64_t> sharedDepths() const {
    SmallVector<int64_t> depths;
    for (int64_t depth = wanted.sharedDepth; depth >= 2 * wanted.depthUnroll; depth -= wanted.depthUnroll)
      depths.push_back(depth);
    return depths;
  }

  /// The products with an operand that can be shared, in one form of tiles; none where they are not. They are computed
  /// in blocks of `grid`, null where that has no blocks yet.
  SmallVector<SharedProduct> matchShared(ArrayRef<StageOp> products, int64_t rowAxis, const ThreadTile &tile, StageOp grid) const {
    auto isThere = [&](Value tensor) {
      auto source = tensor.getDefiningOp<StageOp>();
      return !source || kernel.apart.contains(source) || kernel.mustBeApart(source) || (grid && replicates(source, grid));
    };
    auto isPlainlyRead = [&](StageOp product, const SharedProduct &shared) {
      return llvm::all_of(readTensors(product), [&](Value tensor) {
        auto source = tensor.getDefiningOp<StageOp>();
        return !source || source == shared.rows || source == shared.columns || source.isReduction() || kernel.isOnItsOwn(source) || kernel.isPlain(source);
      });
    };
    SmallVector<SharedProduct> shared;
    for (StageOp product : products) {
      UsualTerm usual = usualTerm(product, kernel.given);
      std::optional<SharedProduct> found = matchSharedProduct(product, usual, rowAxis, tile, isThere);
      if (!found || (usual.piece.empty() && !kernel.meaningOf(product).empty()) || !isBare(usual.value) || !isPlainlyRead(product, *found))
        continue;
      if (!shared.empty() && shared[0].inStrips != found->inStrips)
        return {};
      shared.push_back(*found);
    }
    return shared;
  }

  /// The products at `level`, or where that is empty at the `loop` of their reader. False where that is not legal.
  bool addShared(ArrayRef<SharedProduct> products, const std::string &level, StringRef loop, int64_t rowAxis, const ThreadTile &tile) {
    for (SharedProduct shared : products) {
      std::optional<std::string> block = level.empty() ? levelOfReader(shared.product) : level;
      if (!block)
        return false;
      if (level.empty())
        *block += ("." + loop).str();
      SharedDirectives found = tilesOfProduct(shared, rowAxis, *block, tile);
      Directives directives{found.product.front()};
      llvm::append_range(directives, kernel.meaningOf(shared.product));
      llvm::append_range(directives, llvm::drop_begin(found.product));
      addPanels(shared.product, directives);
      entries[shared.product] = directives;
      if (shared.rows)
        entries[shared.rows] = found.rows;
      if (shared.columns)
        entries[shared.columns] = found.columns;
      if (!plan())
        return false;
      addOperands(shared.product, rowAxis, tile.rows, /*isWide=*/true);
    }
    return true;
  }

  /// The products that `reader` reads, those of them that are `shared` at its `loop`. The others take its threads'
  /// tiles for theirs.
  bool addProducts(ArrayRef<StageOp> products, ArrayRef<SharedProduct> shared, StageOp reader, StringRef loop, int64_t rowAxis,
                   const ThreadTile &tile) {
    if (!addShared(shared, "", loop, rowAxis, tile))
      return false;
    for (StageOp product : products)
      if (!entries.contains(product))
        addInTiles(product, reader, rowAxis, tile.rows, /*isWide=*/true);
    return true;
  }

  /// A grid whose blocks share the operands of its products, where all of those can be.
  bool addSharedGrid(StageOp stage, DeviceKernel::RowAxis row, bool isWhole) {
    SmallVector<StageOp> products = kernel.productsInPlace(stage);
    auto isPieces = [](StringRef directive) { return directive.starts_with("pieces "); };
    bool hasPieces = llvm::any_of(kernel.meaningOf(stage), isPieces);
    // Of attention blocks have all features, of others tiles of the columns.
    if (products.empty() || row.tile || isWhole != static_cast<bool>(kernel.given))
      return false;
    int64_t last = stage.getRank() - 1;
    std::optional<int64_t> height = sizeOf(stage, row.axis), width = sizeOf(stage, last);
    for (int64_t depth : sharedDepths()) {
      ThreadTile tile = wanted;
      tile.sharedDepth = depth;
      // Their sums are in registers at the same time.
      if (products.size() > 1 && !hasPieces)
        tile.vectors = 1;
      int64_t rows = tile.rows * tile.rowThreads, columns = tile.vectors * lanes * tile.columnThreads;
      if (isWhole) {
        std::optional<ThreadTile> even = height && width ? evenTile(wanted, *height, *width) : std::nullopt;
        if (!even)
          return false;
        tile = *even;
        tile.sharedDepth = depth;
        rows = *height;
        columns = *width;
      }
      SmallVector<SharedProduct> shared = matchShared(products, row.axis, tile, {});
      bool isSmaller = (height && *height < rows) || (width && *width < columns);
      // Loops that are no blocks would be inside of them.
      size_t loops = stage.getRank() - 2 + (height != rows) + (width != columns);
      if (shared.empty() || isSmaller || loops > mostBlocked || !isWide(stage, columns))
        continue;
      // The others take the tiles of threads for theirs, which are in one piece then.
      bool areAll = shared.size() == products.size();
      if (!areAll && (shared[0].inStrips || tile.vectors > 1))
        continue;
      auto saved = entries;
      setShape(tile);
      shapes[stage] = tile;
      setGrid(stage, row.axis, rows, columns, isWhole, tilesOfThreads(stage, row.axis, tile, shared[0].inStrips, hasVectors(stage, columns)));
      if (addProducts(products, shared, stage, "block", row.axis, tile))
        return true;
      entries = saved;
    }
    return false;
  }

  // ---- sums of several chunks ----

  /// A grid whose threads keep the scaled sums in registers, from one of its terms to the next: all that the terms
  /// need is computed for one of them at a time.
  bool addScaledSumGrid(StageOp stage, StageOp sums, DeviceKernel::RowAxis row) {
    int64_t last = stage.getRank() - 1;
    std::optional<int64_t> height = sizeOf(stage, row.axis), width = sizeOf(stage, last);
    std::optional<ThreadTile> even = height && width ? evenTile(wanted, *height, *width) : std::nullopt;
    if (!even)
      return false;
    SmallVector<StageOp> products = kernel.productsOf(sums);
    auto saved = entries;
    for (int64_t depth : sharedDepths()) {
      ThreadTile tile = *even;
      tile.sharedDepth = depth;
      // Steps of many features are fewer, as scores and their exponentials take two thirds of a block's memory.
      constexpr int64_t fewFeatures = 64;
      if (*width > fewFeatures && 2 * depth > wanted.sharedDepth)
        continue;
      SmallVector<SharedProduct> shared = matchShared(products, row.axis, tile, {});
      bool inStrips = !shared.empty() && shared[0].inStrips;
      // The others take the tiles of threads for theirs, which are in one piece then.
      if (shared.size() != products.size() && (inStrips || tile.vectors > 1))
        continue;
      entries = saved;
      setShape(tile);
      shapes[stage] = tile;
      setGrid(stage, row.axis, *height, *width, /*isWhole=*/true, tilesOfThreads(stage, row.axis, tile, inStrips, hasVectors(stage, *width)));
      std::optional<std::string> level = levelOfReader(sums);
      if (!level)
        continue;
      Directives directives{*level + ".block"};
      llvm::append_range(directives, kernel.meaningOf(sums));
      std::string terms = sums.getAxisName(sums.getRank()).str();
      bool isVector = target.device == Device::CUDA && isWide(stage, *width);
      llvm::append_range(directives, tilesOfThreads(sums, row.axis, tile, inStrips, isVector, terms));
      directives.push_back("in register");
      entries[sums] = directives;
      if (plan() && addProducts(products, shared, sums, terms, row.axis, tile))
        return true;
    }
    entries = saved;
    return false;
  }

  /// The same for a stage of a block, which has `rows` by `columns` of it. Where its readers can have the threads
  /// of what they read, those keep it in registers.
  bool addSharedInside(StageOp stage, StageOp grid, const std::string &level, ArrayRef<StageOp> products, int64_t rowAxis, int64_t rows, int64_t columns) {
    std::optional<ThreadTile> even = evenTile(wanted, rows, columns);
    if (products.empty() || !even || !isWide(stage, columns))
      return false;
    auto saved = entries;
    for (int64_t depth : sharedDepths()) {
      even->sharedDepth = depth;
      SmallVector<SharedProduct> shared = matchShared(products, rowAxis, *even, grid);
      if (shared.size() != products.size())
        continue;
      for (bool isKept : {true, false}) {
        entries = saved;
        Directives directives{level};
        llvm::append_range(directives, kernel.meaningOf(stage));
        llvm::append_range(directives, tilesOfThreads(stage, rowAxis, *even, shared[0].inStrips, hasVectors(stage, columns)));
        if (isKept && !giveThreadsTo(stage, rowAxis, *even, shared[0].inStrips, columns))
          continue;
        if (isKept)
          directives.push_back("in register");
        entries[stage] = directives;
        if (addShared(shared, level, "", rowAxis, *even))
          return true;
      }
    }
    entries = saved;
    return false;
  }

  /// Has all that reads the stage do so in the threads of its tiles. False where something cannot.
  bool giveThreadsTo(StageOp stage, int64_t rowAxis, const ThreadTile &tile, bool inStrips, int64_t columns) {
    for (Operation *user : stage->getUsers()) {
      auto load = dyn_cast<LoadOp>(user);
      auto reader = load ? load->getParentOfType<StageOp>() : StageOp();
      auto found = reader ? entries.find(reader) : entries.end();
      if (found == entries.end() || reader == kernel.out || reader.getRank() != stage.getRank() || !kernel.meaningOf(reader).empty())
        return false;
      Directives directives{found->second.front()};
      if (!reader.isReduction() && load.getIndices() == reader.getAxisIndices() && kernel.productsInPlace(reader).empty()) {
        llvm::append_range(directives, tilesOfThreads(reader, rowAxis, tile, inStrips, hasVectors(reader, columns)));
      } else if (inStrips && takesTurns(load, reader, rowAxis, tile.rowThreads)) {
        bool isVector = target.device == Device::CUDA || kernel.isPlain(reader);
        llvm::append_range(directives, turnsOfThreads(reader, rowAxis, tile, isVector));
      } else {
        return false;
      }
      found->second = directives;
    }
    return true;
  }

  /// Whether all that a block of whole rows would keep is small enough.
  bool wholeRowsFit(StageOp stage) {
    auto saved = entries;
    bool fits = true;
    for (StageOp other : llvm::reverse(kernel.stages)) {
      if (kernel.position.lookup(other) >= kernel.position.lookup(stage) || !(other.isReduction() || kernel.isOnItsOwn(other)) ||
          !kernel.readsWithin(stage, other) || kernel.mustBeApart(other))
        continue;
      if (!kernel.axesAsked(other, stage).none() && !replicates(other, stage))
        fits &= placeInside(other);
    }
    entries = saved;
    return fits;
  }

  /// Vectors need a last axis that they divide, where nothing may be written past it.
  bool isWide(StageOp stage, int64_t extent) const {
    std::optional<int64_t> size = sizeOf(stage, stage.getRank() - 1);
    return extent % lanes == 0 && (size ? *size % lanes == 0 : stage != kernel.out);
  }
  bool hasVectors(StageOp stage, int64_t extent) const {
    return !stage.isReduction() && isWide(stage, extent) && (target.device == Device::CUDA || kernel.isPlain(stage));
  }

  /// Blocks of `rows` by `columns`, whose threads share them as `tiles` say: where there are none, as suits the stage.
  void setGrid(StageOp stage, int64_t rowAxis, int64_t rows, int64_t columns, bool isWhole, ArrayRef<std::string> tiles = {}) {
    int64_t rank = stage.getRank();
    Directives directives;
    if (stage != kernel.out)
      directives.push_back("at root");
    llvm::append_range(directives, kernel.meaningOf(stage));
    if (rank == 0) {
      directives.push_back("block");
      entries[stage] = directives;
      return;
    }
    std::string column = stage.getAxisName(rank - 1).str(), row = rank >= 2 ? stage.getAxisName(rowAxis).str() : "";
    // Register tiles have loops called `block` of their own.
    bool hasRegisters = tiles.empty() && rank >= 2 && isSumOfTile(stage, rows, columns);
    std::string label = hasRegisters ? ".grid" : ".block", tail = hasRegisters ? " pad" : " guard";
    SmallVector<std::string> blocks;
    for (int64_t axis = 0; axis + 1 < rank; ++axis)
      if (axis != rowAxis)
        blocks.push_back(stage.getAxisName(axis).str());
    auto addTile = [&](const std::string &axis, int64_t size) {
      if (blocks.size() >= mostBlocked)
        return; // its threads go through the whole axis
      directives.push_back("tile " + axis + label + " " + number(size) + tail);
      blocks.push_back(axis + label);
    };
    bool isOneRow = rank >= 2 && sizeOf(stage, rowAxis) && *sizeOf(stage, rowAxis) <= rows && !kernel.rowAxisOf(stage).tile;
    if (rank >= 2 && !isOneRow)
      addTile(row, rows);
    bool isOneBlock = sizeOf(stage, rank - 1) && *sizeOf(stage, rank - 1) <= columns;
    if (!isOneBlock && (!isWhole || rank == 1))
      addTile(column, columns);
    if (blocks.size() > mostBlocked) // the others are loops of a block
      blocks.resize(mostBlocked);
    SmallVector<StageOp> products = tiles.empty() ? kernel.productsInPlace(stage) : SmallVector<StageOp>();
    llvm::append_range(directives, tiles);
    if (hasRegisters)
      addRegisters(stage, directives, rows, columns);
    else if (tiles.empty())
      addThreads(stage, !products.empty(), directives, rowAxis, rows, columns);
    std::string grid = "block";
    for (const std::string &loop : blocks)
      grid += " " + loop;
    directives.push_back(grid);
    entries[stage] = directives;
    for (StageOp product : products)
      addInTiles(product, stage, rowAxis, std::min(tileRows, rows), isWide(stage, columns));
  }

  /// Shares the last two axes, of which there are `rows` by `columns` (in a block, or to be
  /// gone through), among the threads; in tiles, which products take for theirs.
  void addThreads(StageOp stage, bool inTiles, Directives &directives, int64_t rowAxis, int64_t rows, int64_t columns) {
    int64_t rank = stage.getRank();
    std::string column = stage.getAxisName(rank - 1).str(), row = rank >= 2 ? stage.getAxisName(rowAxis).str() : "";
    bool isVector = hasVectors(stage, columns);
    int64_t width = isVector || (inTiles && isWide(stage, columns)) ? lanes : 1;
    if (inTiles) {
      int64_t group = std::min(tileRows, rows);
      directives.push_back("tile " + row + ".group " + number(group));
      directives.push_back("tile " + column + ".group " + number(width));
      directives.push_back("order " + column + " " + row + " " + column + ".group " + row + ".group");
      if (isVector)
        directives.push_back("lanes " + column + " " + number(lanes));
      else if (width > 1)
        directives.push_back("unroll " + column);
      directives.push_back("unroll " + row);
      directives.push_back("thread " + column + ".group " + number(std::min(columnThreads, ceilDiv(columns, width))) + " " + row +
                           ".group " + number(std::min(rowThreads, ceilDiv(rows, group))));
      return;
    }
    if (isVector)
      directives.push_back("lanes " + column + " " + number(lanes));
    unrollShort(stage, directives);
    if (rows <= 1 && !isVector && columns > columnThreads && columns % columnThreads == 0) {
      // One row has the threads of several.
      directives.push_back("tile " + column + ".part " + number(columnThreads));
      directives.push_back("thread " + column + " " + number(columnThreads) + " " + column + ".part " +
                           number(std::min(rowThreads, columns / columnThreads)));
      return;
    }
    std::string threads = "thread " + column + " " + number(std::min(columnThreads, ceilDiv(columns, width)));
    if (rank >= 2 && rows > 1)
      threads += " " + row + " " + number(std::min(rowThreads, rows));
    directives.push_back(threads);
  }

  /// A few terms all at once: the sum is in a register until they are added, and not in memory.
  static void unrollShort(StageOp stage, Directives &directives) {
    constexpr int64_t few = 16;
    if (!stage.isReduction() || stage.getReductionRank() != 1 || stage.getReductionIndices()[0].use_empty())
      return;
    if (std::optional<int64_t> terms = stage.getAxisSize(stage.getRank()).getConstant(); terms && *terms > 1 && *terms <= few)
      directives.push_back("unroll " + stage.getAxisName(stage.getRank()).str());
  }

  /// A product in the register tiles of its reader, of one of its pieces where it has such.
  void addInTiles(StageOp product, StageOp reader, int64_t rowAxis, int64_t rows, bool isWide) {
    // Of tiles that were tried before.
    for (StageOp operand : operandsOf(product))
      entries.erase(operand);
    std::optional<std::string> level = levelOfReader(product);
    if (!level)
      return;
    std::string column = axis(product, 0);
    Directives directives{*level + "." + axis(reader, 0) + ".group"};
    llvm::append_range(directives, kernel.meaningOf(product));
    // By numbers, as at the ends of axes tiles are smaller: what they do not need is computed too.
    if (isWide)
      directives.push_back((kernel.hasPredicate(product) || !kernel.isPlain(product) ? "unroll " : "lanes ") + column + " " + number(lanes));
    directives.push_back("unroll " + product.getAxisName(rowAxis).str() + " " + number(rows));
    addDepth(product, directives);
    directives.push_back("in register");
    addPanels(product, directives);
    entries[product] = directives;
    if (!plan()) {
      entries.erase(product);
      return;
    }
    addOperands(product, rowAxis, rows, isWide);
  }

  /// `at` the only reader of a product, or the piece of it that reads, for the loop to follow.
  std::optional<std::string> levelOfReader(StageOp product) const {
    std::optional<ScheduledKernel> planned = plan();
    if (!planned)
      return std::nullopt;
    Footprint footprint(planned->plan, planned->stages);
    ArrayRef<StageRead> reads = footprint.readsOf(kernel.position.lookup(product));
    if (reads.size() != 1)
      return std::nullopt;
    const StagePlan &tiles = planned->plan.stages[reads[0].reader];
    std::string level = "at " + tiles.shape.name;
    if (reads[0].definition == Definition::Piece)
      level += "." + tiles.directives.pieces.names[reads[0].piece + 1];
    return level;
  }

  void addDepth(StageOp product, Directives &directives) const {
    int64_t last = product.getRank() + product.getReductionRank() - 1;
    std::string depth = product.getAxisName(last).str();
    std::optional<int64_t> steps = product.getAxisSize(last).getConstant();
    if (!product.getBody().getArgument(last).use_empty())
      directives.push_back("unroll " + depth + " " + number(std::min(depthUnroll, steps.value_or(depthUnroll))));
  }

  void addPanels(StageOp product, Directives &directives) const {
    auto op = dyn_cast<KernelOp>(body.getParentOp());
    if (op && matchFactors(product) && packableLoad(op, product, product.getRank() - 1))
      directives.push_back("pack " + axis(product, 0) + " " + number(panelColumns));
  }

  SmallVector<StageOp> operandsOf(StageOp product) const {
    SmallVector<StageOp> operands;
    for (Value tensor : readTensors(product))
      if (auto operand = tensor.getDefiningOp<StageOp>(); operand && operand->getBlock() == &body && isOperandOf(operand, product))
        operands.push_back(operand);
    return operands;
  }

  /// Operands that stand as stages of their own: a vector of steps for each row of the tile,
  /// in the loop over the depth.
  void addOperands(StageOp product, int64_t rowAxis, int64_t rows, bool isWide) {
    std::string depth = product.getAxisName(product.getRank()).str();
    // Copies of steps past the end would read what is not there.
    std::optional<int64_t> steps = product.getAxisSize(product.getRank()).getConstant();
    if (product.getReductionRank() != 1 || !steps || *steps % depthUnroll != 0)
      return;
    for (StageOp operand : operandsOf(product)) {
      if (entries.contains(operand))
        continue; // which the block shares
      // Along its last axis a vector, and as many as the tile has; along others all that the tile has.
      // Of a depth that is one step there is no loop: beside the product then.
      std::string piece = usualTerm(product, kernel.given).piece;
      std::string loop = product.getName().str() + (piece.empty() ? "" : "." + piece) + "." + depth;
      Directives directives{*steps == depthUnroll ? entries[product].front() : "at " + loop};
      bool isWhole = true;
      for (int64_t axis = operand.getRank(); axis-- > 0;) {
        StringRef name = operand.getAxisName(axis);
        int64_t count = name == depth ? depthUnroll : name == product.getAxisName(rowAxis) ? rows :
                        name == product.getAxisName(product.getRank() - 1) && isWide ? lanes : 1;
        if (axis + 1 == operand.getRank()) {
          isWhole = count % lanes == 0;
          directives.push_back("lanes " + name.str() + " " + number(lanes));
          count /= lanes;
        }
        if (count > 1)
          directives.push_back("unroll " + name.str() + " " + number(count));
      }
      if (!isWhole)
        continue;
      directives.push_back("in register");
      entries[operand] = directives;
      if (!plan())
        entries.erase(operand);
    }
  }

  static int64_t ceilDiv(int64_t a, int64_t b) { return static_cast<int64_t>(llvm::divideCeil(a, b)); }

  // ---- in the blocks of readers ----

  /// Whether several blocks of the grid would compute the same elements.
  bool replicates(StageOp stage, StageOp grid) const {
    llvm::BitVector axes = kernel.axesAsked(stage, grid);
    auto found = entries.find(grid);
    StringRef blocks = found->second.back();
    for (int64_t axis = 0; axis < grid.getRank(); ++axis) {
      SmallVector<StringRef> words;
      blocks.split(words, ' ');
      std::string name = grid.getAxisName(axis).str();
      bool isBlocked = llvm::is_contained(words, name) || llvm::is_contained(words, name + ".block") || llvm::is_contained(words, name + ".grid");
      if (isBlocked && !axes.test(axis) && sizeOf(grid, axis) != 1)
        return true;
    }
    return false;
  }

  /// In a loop over blocks around all that reads the stage.
  bool placeInside(StageOp stage) {
    if (entries.contains(stage))
      return true; // in its reader's register tiles
    if (kernel.mustBeApart(stage))
      return false;
    std::optional<ScheduledKernel> planned = plan();
    if (!planned)
      return false;
    size_t index = kernel.position.lookup(stage);
    Footprint reads(planned->plan, planned->stages);
    std::optional<Place> place;
    for (const StageRead &read : reads.readsOf(index)) {
      std::optional<Place> here = placeOf(planned->plan, read);
      if (!here || (place && !(place->level == here->level)))
        return false;
      place = here;
    }
    // A few facts twice take less than a grid.
    if (!place || (!kernel.isFact(stage) && replicates(stage, place->grid)))
      return false;
    setShape(shapes.lookup(place->grid));
    const LoopLevel &level = place->level;
    const StagePlan &owner = planned->plan.stages[level.stage];
    std::string name = owner.shape.name;
    if (level.definition == Definition::Piece)
      name += "." + owner.directives.pieces.names[level.piece + 1];
    const Loop *loop = planned->plan.nest(level).byId(level.loop);
    return placeAt(stage, place->grid, "at " + name + "." + (loop->kind == Loop::Block ? "block" : loop->name));
  }

  /// Where in the blocks of a grid something is computed.
  struct Place {
    StageOp grid;
    LoopLevel level;
  };

  /// The innermost loop around a definition that is over blocks, or over the terms of a scaled sum.
  std::optional<Place> placeOf(const KernelPlan &plan, const StageRead &read) const {
    SmallVector<LoopLevel> levels = plan.around(read.reader, read.definition);
    for (const Loop &loop : llvm::reverse(plan.stages[read.reader].nest(read.definition, read.piece)->getLoops()))
      levels.push_back({read.reader, read.definition, read.piece, loop.id});
    std::optional<Place> found;
    for (const LoopLevel &level : levels) {
      const Loop *loop = plan.nest(level).byId(level.loop);
      StageOp owner = kernel.stages[level.stage];
      if (loop->kind == Loop::Block)
        found = {owner, level};
      else if (found && loop->isReduced && owner.getReducer() == Reducer::ScaledSum)
        found->level = level;
    }
    return found;
  }

  bool placeAt(StageOp stage, StageOp grid, const std::string &level) {
    Directives directives{level};
    llvm::append_range(directives, kernel.meaningOf(stage));
    entries[stage] = directives;
    std::optional<ScheduledKernel> planned = plan();
    SmallVector<StageOp> products;
    bool fits = planned.has_value();
    if (fits && stage.getRank() > 0) {
      Footprint footprint(planned->plan, planned->stages, Division::Aligned);
      size_t index = kernel.position.lookup(stage);
      int64_t rank = stage.getRank();
      std::optional<int64_t> columns = footprint.extentAsked(index, rank - 1);
      int64_t rowAxis = rank - 2; // the last of which there are several
      while (rowAxis > 0 && footprint.extentAsked(index, rowAxis) == 1)
        --rowAxis;
      std::optional<int64_t> rows = rank >= 2 ? footprint.extentAsked(index, rowAxis) : std::optional<int64_t>(1);
      fits = columns && rows;
      if (fits) {
        products = kernel.productsInPlace(stage);
        // Nothing but one tile of rows by columns: a thread would go through the others.
        bool isOneTile = true;
        for (int64_t axis = 0; axis + 1 < rank; ++axis)
          isOneTile &= axis == rowAxis || footprint.extentAsked(index, axis) == 1;
        if (isOneTile && addSharedInside(stage, grid, level, products, rowAxis, *rows, *columns))
          return true;
        if (rowAxis == rank - 2 && isSumOfTile(stage, *rows, *columns))
          addRegisters(stage, directives, *rows, *columns);
        else
          addThreads(stage, !products.empty(), directives, rowAxis, *rows, *columns);
        entries[stage] = directives;
        for (StageOp one : products)
          addInTiles(one, stage, rowAxis, std::min(tileRows, *rows), isWide(stage, *columns));
        fits = plan().has_value();
      }
    }
    if (fits)
      return true;
    entries.erase(stage);
    for (StageOp one : products)
      entries.erase(one);
    return false;
  }

  /// A sum that is worth register tiles of its own: at least every other thread gets one.
  bool isSumOfTile(StageOp stage, int64_t rows, int64_t columns) const {
    return stage.isReduction() && stage.getReducer() == Reducer::Sum && rows >= tileRows && rows % tileRows == 0 &&
           columns % lanes == 0 && 2 * rows * columns >= tileRows * rowThreads * lanes * columnThreads;
  }

  void addRegisters(StageOp stage, Directives &directives, int64_t rows, int64_t columns) {
    int64_t rank = stage.getRank();
    std::string column = stage.getAxisName(rank - 1).str(), row = stage.getAxisName(rank - 2).str();
    directives.push_back("registers");
    directives.push_back("lanes " + column + " " + number(lanes));
    directives.push_back("unroll " + row + " " + number(tileRows));
    addDepth(stage, directives);
    addPanels(stage, directives);
    directives.push_back("thread " + column + ".block " + number(std::min(columnThreads, columns / lanes)) + " " + row + ".block " +
                         number(std::min(rowThreads, rows / tileRows)));
  }

  Block &body;
  DeviceKernel kernel;
  const TargetInfo &target;
  ThreadTile wanted;
  int64_t tileRows, rowThreads, columnThreads, depthUnroll; ///< of the grid at hand
  llvm::DenseMap<Operation *, ThreadTile> shapes;           ///< of grids
  MLIRContext *context;
  llvm::DenseMap<Operation *, Directives> entries;
};

} // namespace

bool isForDevice(ScheduleAttr schedule) {
  return llvm::any_of(schedule.getStages(), [](StageScheduleAttr stage) {
    return llvm::any_of(stage.getDirectives(), [](DirectiveAttr directive) { return directive.getKeyword() == "block"; });
  });
}

std::optional<ThreadTile> evenTile(ThreadTile tile, int64_t rows, int64_t columns) {
  constexpr int64_t mostSums = 64;
  if (rows % tile.rowThreads || columns < lanes || columns % lanes)
    return std::nullopt;
  tile.columnThreads = std::min(tile.columnThreads, columns / lanes);
  while (columns % (tile.columnThreads * lanes))
    --tile.columnThreads;
  tile.rows = rows / tile.rowThreads;
  tile.vectors = columns / (tile.columnThreads * lanes);
  return tile.rows * tile.vectors * lanes <= mostSums ? std::optional(tile) : std::nullopt;
}

ScheduleAttr deviceSchedule(Block &body, ScheduleAttr given, const TargetInfo &target, const ThreadTile &tile) {
  return DeviceScheduler(body, given, target, tile).run();
}

double DeviceCandidate::cycles(const TargetInfo &target, SizeAttr rows, int64_t number) const {
  auto sizeOf = [&](SizeAttr size) { return usual(size, rows, number); };
  return cyclesOf(gridWorksOf(planned, schedule, target.multiprocessor, sizeOf), target.multiprocessor);
}

std::optional<DeviceCandidate> deviceCandidate(Block &body, ScheduleAttr given, const TargetInfo &target, const ThreadTile &tile) {
  ScheduleAttr schedule = deviceSchedule(body, given, target, tile);
  llvm::Expected<ScheduledKernel> planned = planSchedule(body, schedule, &target);
  if (planned)
    return DeviceCandidate{schedule, std::move(*planned), UsualSizes(body)};
  llvm::consumeError(planned.takeError());
  return std::nullopt;
}

ScheduleAttr attentionSchedule(Block &body, ScheduleAttr given, const TargetInfo &target) {
  int64_t widest = 0;
  for (auto stage : body.getOps<StageOp>())
    widest = std::max(widest, stage.getRank() > 0 ? stage.getAxisSize(stage.getRank() - 1).getConstant().value_or(0) : 0);
  std::optional<DeviceCandidate> best;
  std::pair<size_t, double> least;
  for (const ThreadTile &tile : attentionTiles) {
    // More threads than anything has columns for are none.
    if (best && tile.columnThreads > attentionTiles[0].columnThreads && widest <= lanes * attentionTiles[0].columnThreads)
      continue;
    if (std::optional<DeviceCandidate> found = deviceCandidate(body, given, target, tile)) {
      std::pair<size_t, double> cost{gridsOf(found->planned.plan).size(), found->cycles(target, {}, 0)};
      LLVM_DEBUG(llvm::dbgs() << "attention in tiles of " << tile.columnThreads << " by " << tile.rowThreads << " threads: " << cost.first
                              << " grids, " << cost.second << " cycles\n");
      if (best && least <= cost)
        continue;
      best = std::move(found);
      least = cost;
    }
  }
  return best ? best->schedule : deviceSchedule(body, given, target, attentionTiles[0]);
}

bool keepsSums(int64_t queries, int64_t features) {
  return llvm::any_of(attentionTiles, [&](const ThreadTile &tile) { return evenTile(tile, queries, features).has_value(); });
}

} // namespace attune
