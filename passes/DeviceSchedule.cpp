#include "passes/DeviceSchedule.h"
#include "passes/ScheduleBuilder.h"
#include "passes/Stages.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
namespace {

using Directives = SmallVector<std::string>;

std::string number(int64_t value) { return std::to_string(value); }

class DeviceScheduler {
public:
  DeviceScheduler(Block &body, ScheduleAttr given) : body(body), given(given), schedule(body.getParentOp()->getContext()) {
    out = body.getTerminator()->getOperand(0).getDefiningOp<StageOp>();
  }

  ScheduleAttr run() {
    for (auto stage : body.getOps<StageOp>())
      if (stage == out || stage.isReduction() || isOnItsOwn(stage))
        addWhole(stage);
    return schedule.build();
  }

private:
  /// Computed once rather than where it is read.
  bool isOnItsOwn(StageOp stage) {
    if (given)
      return static_cast<bool>(given.lookup(stage.getName()));
    llvm::SetVector<Operation *> readers;
    for (Operation *user : stage.getResult().getUsers())
      readers.insert(user->getParentOp());
    return readers.size() > 1 && isHeavy(stage);
  }

  static bool isHeavy(StageOp stage) {
    bool found = false;
    stage.getBody().walk([&](Operation *op) { found |= isa<math::MathDialect>(op->getDialect()) || isa<arith::DivFOp>(op); });
    return found;
  }

  /// What says which elements are computed at all.
  void keepMeaning(StageOp stage, Directives &directives) {
    auto entry = given ? given.lookup(stage.getName()) : StageScheduleAttr();
    if (!entry)
      return;
    for (DirectiveAttr directive : entry.getDirectives())
      if (StringRef keyword = directive.getKeyword().getValue(); keyword == "pieces" || keyword == "sparse" || keyword == "skip")
        directives.push_back(directive.str());
  }

  /// Threads of a block along an axis of `size` elements, where it is known.
  static int64_t threadsAlong(std::optional<int64_t> size, int64_t most) {
    return size ? std::min<int64_t>(most, llvm::PowerOf2Ceil(std::max<int64_t>(*size, 1))) : most;
  }

  /// A grid of its own: a thread computes an element.
  void addWhole(StageOp stage) {
    Directives directives;
    if (stage != out)
      directives.push_back("at root");
    keepMeaning(stage, directives);
    std::string blocks, threads;
    int64_t rank = stage.getRank(), left = threadsOfBlock;
    for (int64_t axis = 0; axis < rank; ++axis) {
      std::string name = stage.getAxisName(axis).str();
      bool isShared = axis + 2 >= rank;
      blocks += " " + name + (isShared ? ".block" : "");
    }
    for (int64_t axis = rank; axis-- > std::max<int64_t>(0, rank - 2);) {
      std::string name = stage.getAxisName(axis).str();
      int64_t count = threadsAlong(stage.getAxisSize(axis).getConstant(), axis + 1 == rank && rank > 1 ? threadsOfRow : left);
      left /= count;
      directives.push_back("tile " + name + ".block " + number(count));
      threads += " " + name + " " + number(count);
    }
    if (rank > 0)
      directives.push_back("thread" + threads);
    directives.push_back("block" + blocks);
    schedule.add(stage.getName(), directives);
  }

  static constexpr int64_t threadsOfBlock = 128, threadsOfRow = 32;

  Block &body;
  ScheduleAttr given;
  ScheduleBuilder schedule;
  StageOp out;
};

} // namespace

ScheduleAttr deviceSchedule(Block &body, ScheduleAttr given) { return DeviceScheduler(body, given).run(); }

} // namespace attune
