#include "schedule/DeviceRules.h"
#include "schedule/Occupancy.h"
#include "schedule/ThreadRegisters.h"
#include "schedule/ThreadShares.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <limits>
#include <set>

using llvm::StringRef;

namespace attune {
namespace {

using attn::DirectiveAttr;

class DeviceChecker {
public:
  DeviceChecker(const KernelPlan &plan, const Footprint &footprint, const TargetInfo *target)
      : plan(plan), footprint(footprint), target(target) {}

  llvm::Error run() {
    for (size_t i = 0; i < plan.stages.size(); ++i) {
      const StagePlan &stage = plan.stages[i];
      if (stage.isInlined)
        continue;
      checkPlace(i);
      if (problem.empty() && !stage.at)
        for (const Grid &grid : gridsOf(plan, i)) {
          checkThreads(grid);
          checkShared(grid);
          checkResident(grid);
          checkTileRegisters(grid);
        }
      if (!problem.empty())
        return llvm::make_error<ScheduleError>(problem, stage.shape.name, culprit);
    }
    return llvm::Error::success();
  }

private:
  void fail(const llvm::Twine &why, DirectiveAttr from) {
    if (!problem.empty())
      return;
    problem = why.str();
    culprit = from;
  }

  void checkPlace(size_t index) {
    const StagePlan &stage = plan.stages[index];
    const StageDirectives &words = stage.directives;
    if (stage.hasPartialSums)
      fail("'" + words.partial->from.str() + "' makes vectors of a processor: sums on a device have none", words.partial->from);
    if (words.prefetch)
      fail("'prefetch' is for a processor's caches: blocks of a device copy what they share", words.prefetch);
    if (!stage.at && !words.block)
      fail("it would run on the processor: a stage at root has 'block' with the loops whose iterations are blocks of threads", {});
    if (words.resident && !words.block)
      fail("'" + words.resident->from.str() + "' needs 'block': it says how many blocks of a grid a multiprocessor has room for",
           words.resident->from);
    if (words.resident && target && target->device == Device::OpenCL)
      fail("'" + words.resident->from.str() + "' is for CUDA: how many registers a thread has is for OpenCL's compilers to say",
           words.resident->from);
    if (stage.at && words.block)
      fail("'" + words.block->from.str() + "' stands inside of the blocks of stage '" + plan.stages[stage.at->stage].shape.name + "'",
           words.block->from);
    DirectiveAttr threads = words.threads.empty() ? DirectiveAttr() : words.threads.front().from;
    bool isInThread = attune::isInThread(plan, index);
    if (isInThread && threads)
      fail("'" + threads.str() + "' stands inside of one thread of stage '" + plan.stages[stage.at->stage].shape.name + "'", threads);
    if (isInThread && words.place && words.place->memory == Memory::Shared)
      fail("'" + words.place->from.str() + "' cannot be: it is computed by one thread, for itself", words.place->from);
    if (!isInThread && words.place && words.place->memory == Memory::Stack && threadsAround(index) > 1)
      fail("'" + words.place->from.str() + "' cannot be: a stack is one thread's, and the stage is computed by several; they share " +
               "what is 'in shared'",
           words.place->from);
    if (!isInThread && stage.at && words.place && words.place->memory == Memory::Register)
      checkOwnRegisters(index);
    int64_t count = 1;
    for (const StageDirectives::Threads &one : words.threads)
      if (llvm::MulOverflow(count, one.count, count) || count > mostThreads)
        return fail("'" + threads.str() + "' makes more than " + llvm::Twine(mostThreads) + " threads, which is the most of a block",
                    threads);
    if (words.threads.size() > mostBlockLoops)
      fail("'" + threads.str() + "' has " + llvm::Twine(words.threads.size()) + " loops of threads; blocks have " +
               llvm::Twine(mostBlockLoops) + " dimensions",
           threads);
  }

  /// Of the blocks that a stage is computed in.
  int64_t threadsAround(size_t index) const {
    if (!plan.stages[index].at)
      return mostThreads;
    LoopLevel outer = plan.around(index, Definition::Tiles).front();
    return threadsOf(plan, Grid{outer.stage, outer.definition, outer.piece});
  }

  /// Registers of a block's threads: each has what it computes, and nothing of the others.
  void checkOwnRegisters(size_t index) {
    const StageDirectives &words = plan.stages[index].directives;
    auto countsOf = [](const StageDirectives &of) {
      std::vector<int64_t> counts;
      for (const StageDirectives::Threads &one : of.threads)
        counts.push_back(one.count);
      return counts;
    };
    if (words.threads.empty())
      return fail("'" + words.place->from.str() + "' needs 'thread', or a loop inside of a thread to be computed in: each thread has " +
                      "registers of its own",
                  words.place->from);
    for (const StageRead &read : footprint.readsOf(index))
      if (countsOf(plan.stages[read.reader].directives) != countsOf(words))
        return fail("'" + words.place->from.str() + "' cannot be: stage '" + plan.stages[read.reader].shape.name +
                        "' reads it in other threads than those that compute it, and has no '" + words.threads.front().from.str() + "'",
                    words.place->from);
    for (const StageRead &read : footprint.readsOf(index))
      checkShares(index, read);
  }

  /// Elements along each axis in a block.
  std::vector<std::optional<int64_t>> askedOf(size_t index, const std::optional<LoopLevel> &level) const {
    std::vector<std::optional<int64_t>> asked;
    for (size_t axis = 0; axis < plan.stages[index].shape.rank; ++axis)
      asked.push_back(footprint.extent(index, axis, level));
    return asked;
  }

  /// That each thread reads what it computed itself, along axes that the reader takes as they are. What else there is
  /// the kernel compiler sees.
  void checkShares(size_t index, const StageRead &read) {
    const StagePlan &stage = plan.stages[index], &reader = plan.stages[read.reader];
    const LoopNest &own = *stage.nest(!stage.pieces.empty() ? Definition::Piece : stage.update ? Definition::Update : Definition::Start, 0);
    const LoopNest &others = *reader.nest(read.definition, read.piece);
    attn::StageOp readerOp = footprint.opOf(read.reader);
    // Of a reader that it is computed in, what is inside of that loop.
    bool isInReader = stage.at && stage.at->stage == read.reader && stage.at->definition == read.definition && stage.at->piece == read.piece;
    std::optional<LoopLevel> level = isInReader ? stage.at : reader.at ? reader.at : blockLoopOf(plan, {read.reader, read.definition, read.piece});
    llvm::ArrayRef<Loop> ownLoops = own.getLoops(), otherLoops = loopsInside(others, isInReader ? std::optional(stage.at->loop) : std::nullopt);
    std::vector<std::optional<int64_t>> asked = askedOf(index, stage.at), askedOfReader = askedOf(read.reader, level);
    for (llvm::ArrayRef<mlir::Value> indices : placesRead(index, readerOp)) {
      for (auto [one, other] : llvm::zip_equal(stage.directives.threads, reader.directives.threads)) {
        std::optional<ThreadShare> share = shareOf(own, ownLoops, one.loop, asked), sharedBy = shareOf(others, otherLoops, other.loop, askedOfReader);
        if (!share || !sharedBy)
          continue;
        auto axis = llvm::dyn_cast_or_null<mlir::BlockArgument>(indices[share->axis]);
        if (!axis)
          continue;
        std::string why = "'" + stage.directives.place->from.str() + "' cannot be: ";
        if (axis.getArgNumber() != sharedBy->axis || !(*share == *sharedBy))
          return fail(why + "with '" + other.from.str() + "' threads of stage '" + reader.shape.name + "' read what others computed with '" +
                          one.from.str() + "'; its tiles along '" + stage.shape.axes[share->axis].name + "' are others",
                      stage.directives.place->from);
        for (auto [nest, loops, along, extents, name] : {std::tuple(&own, ownLoops, share->axis, &asked, &stage.shape.name),
                                                         std::tuple(&others, otherLoops, sharedBy->axis, &askedOfReader, &reader.shape.name)})
          if (const Loop *loop = turnsAlong(*nest, loops, along, *extents))
            return fail(why + "a thread goes through loop '" + loop->name + "' of stage '" + *name + "', and registers have no place that " +
                            "changes; unroll it",
                        stage.directives.place->from);
      }
    }
  }

  /// Indices of a stage where `reader` reads it, by itself or in what is computed where it is read: axes of the reader, or
  /// null for what is none.
  std::vector<llvm::SmallVector<mlir::Value>> placesRead(size_t index, attn::StageOp reader) const {
    struct Place {
      attn::StageOp stage;
      llvm::SmallVector<mlir::Value> axes; ///< of `stage`, for each of the stage that is read
    };
    attn::StageOp op = footprint.opOf(index);
    std::vector<Place> pending{{op, llvm::to_vector_of<mlir::Value>(op.getAxisIndices())}};
    std::vector<llvm::SmallVector<mlir::Value>> places;
    std::set<std::pair<mlir::Operation *, std::vector<const void *>>> seen;
    while (!pending.empty()) {
      Place place = pending.back();
      pending.pop_back();
      for (mlir::Operation *user : place.stage->getUsers()) {
        auto load = llvm::dyn_cast<attn::LoadOp>(user);
        auto by = load ? load->getParentOfType<attn::StageOp>() : attn::StageOp();
        if (!by)
          continue;
        llvm::SmallVector<mlir::Value> axes;
        for (mlir::Value axis : place.axes) {
          auto argument = llvm::dyn_cast_or_null<mlir::BlockArgument>(axis);
          mlir::Value read = argument ? load.getIndices()[argument.getArgNumber()] : mlir::Value();
          auto own = llvm::dyn_cast_or_null<mlir::BlockArgument>(read);
          axes.push_back(own && own.getOwner() == by.getBodyBlock() ? read : mlir::Value());
        }
        std::vector<const void *> key;
        for (mlir::Value axis : axes)
          key.push_back(axis.getAsOpaquePointer());
        if (!seen.insert({load, key}).second)
          continue;
        if (by == reader)
          places.push_back(axes);
        else if (isInlined(by))
          pending.push_back({by, axes});
      }
    }
    return places;
  }

  bool isInlined(attn::StageOp op) const {
    for (size_t i = 0; i < plan.stages.size(); ++i)
      if (footprint.opOf(i) == op)
        return plan.stages[i].isInlined;
    return false;
  }

  void checkThreads(const Grid &grid) {
    if (int64_t count = threadsOf(plan, grid); count > mostThreads)
      fail("the stages that are computed in its blocks have " + llvm::Twine(count) + " threads, along each dimension as many as the one "
           "with the most; " + llvm::Twine(mostThreads) + " is the most of a block",
           {});
  }

  void checkShared(const Grid &grid) {
    int64_t bytes = 0;
    for (size_t i : sharedIn(plan, grid)) {
      std::optional<int64_t> own = footprint.bytes(i);
      if (!own)
        return fail("stage '" + plan.stages[i].shape.name + "', computed in its blocks, has a size that is known only when "
                    "running, and shared memory is small: compute it at root, or keep it 'in heap'",
                    {});
      if (llvm::AddOverflow(bytes, *own, bytes))
        bytes = std::numeric_limits<int64_t>::max();
      if (bytes > mostSharedBytes)
        return fail("the stages that are computed in its blocks keep more than " + llvm::Twine(mostSharedBytes) +
                        " bytes, which is all that the threads of a block share; with stage '" + plan.stages[i].shape.name +
                        "' they are " + llvm::Twine(bytes) + ". Make tiles smaller, or keep one of them 'in heap'",
                    {});
    }
  }

  /// A multiprocessor has room for as many blocks.
  void checkResident(const Grid &grid) {
    const std::optional<StageDirectives::Resident> &resident = plan.stages[grid.stage].directives.resident;
    if (!resident)
      return;
    Multiprocessor room = target ? target->multiprocessor : roomiestMultiprocessor;
    std::string where = " of a multiprocessor" + (target ? " of " + target->cudaArchitecture : "");
    if (resident->blocks > room.blocks)
      return fail("'" + resident->from.str() + "' is more than " + llvm::Twine(room.blocks) + " blocks, which is the most" + where, resident->from);
    int64_t threads = residentThreads(resident->blocks, threadsOf(plan, grid));
    if (threads > room.threads)
      fail("'" + resident->from.str() + "' makes " + llvm::Twine(threads) + " threads of " + llvm::Twine(resident->blocks) + " blocks; " +
               llvm::Twine(room.threads) + " is the most" + where,
           resident->from);
  }

  /// What is kept in registers is not stored for lack of them.
  void checkTileRegisters(const Grid &grid) {
    const std::optional<StageDirectives::Resident> &resident = plan.stages[grid.stage].directives.resident;
    int64_t threads = threadsOf(plan, grid), kept = tileRegistersOf(plan, footprint, grid);
    int64_t most = registersWhere(resident ? resident->blocks : 1, threads);
    if (kept <= most)
      return;
    std::string why = "each of the " + std::to_string(threads) + " threads of a block keeps " + std::to_string(kept) +
                      " values in registers at a time, and has " + std::to_string(most) + " registers";
    if (resident)
      fail("'" + resident->from.str() + "' cannot be: " + why + " then. Make tiles smaller, or have fewer blocks resident", resident->from);
    else
      fail(why + ". Make tiles smaller, or share them out among more threads", {});
  }

  const KernelPlan &plan;
  const Footprint &footprint;
  const TargetInfo *target; ///< null where it is not known
  std::string problem;
  DirectiveAttr culprit;
};

} // namespace

bool usesDevice(const KernelPlan &plan) {
  return llvm::any_of(plan.stages, [](const StagePlan &stage) {
    return stage.directives.block || !stage.directives.threads.empty();
  });
}

llvm::Error checkWordsForDevice(attn::ScheduleAttr schedule) {
  if (schedule)
    for (attn::StageScheduleAttr stage : schedule.getStages())
      for (DirectiveAttr directive : stage.getDirectives())
        if (directive.getKeyword() == "parallel")
          return llvm::make_error<ScheduleError>("'" + directive.str() + "' makes tasks of a processor: on a device, blocks are", stage.getStage().str(),
                                                 directive);
  return llvm::Error::success();
}

llvm::Error checkOnDevice(const KernelPlan &plan, const Footprint &footprint, const TargetInfo *target) {
  return DeviceChecker(plan, footprint, target).run();
}

int64_t threadsOfBlocks(const KernelPlan &plan) {
  int64_t most = 1;
  for (const Grid &grid : gridsOf(plan))
    most = std::max(most, threadsOf(plan, grid));
  return most;
}

int64_t sharedBytesOfBlocks(const KernelPlan &plan, const Footprint &footprint) {
  int64_t most = 0;
  for (const Grid &grid : gridsOf(plan)) {
    int64_t bytes = 0;
    for (size_t stage : sharedIn(plan, grid))
      bytes += footprint.bytes(stage).value_or(0);
    most = std::max(most, bytes);
  }
  return most;
}

void setExtents(KernelPlan &plan, const Footprint &footprint) {
  for (auto [i, stage] : llvm::enumerate(plan.stages)) {
    stage.extents.clear();
    if (stage.isInlined || !stage.at)
      continue;
    std::vector<int64_t> extents;
    for (size_t axis = 0; axis < stage.shape.rank; ++axis)
      if (std::optional<int64_t> extent = footprint.extentKept(i, axis))
        extents.push_back(*extent);
    if (extents.size() == stage.shape.rank)
      stage.extents = extents;
  }
}

llvm::Error checkOnProcessor(const KernelPlan &plan) {
  for (const StagePlan &stage : plan.stages) {
    const StageDirectives &words = stage.directives;
    bool isShared = words.place && words.place->memory == Memory::Shared;
    DirectiveAttr from = words.block              ? words.block->from
                         : !words.threads.empty() ? words.threads.front().from
                         : words.resident         ? words.resident->from
                         : isShared               ? words.place->from
                                                  : DirectiveAttr();
    if (from)
      return llvm::make_error<ScheduleError>("'" + from.str() + "' is for devices: the target is a processor, which has 'parallel' "
                                             "loops, lanes, a stack and a heap",
                                             stage.shape.name, from);
  }
  return llvm::Error::success();
}

} // namespace attune
