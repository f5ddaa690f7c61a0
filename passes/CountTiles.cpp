#include "passes/DeviceSchedule.h"
#include "passes/Passes.h"
#include "passes/Stages.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/Statistic.h"

using namespace mlir;
using namespace attune::attn;

namespace attune {
#define GEN_PASS_DEF_COUNTTILES
#include "passes/Passes.h.inc"

#define DEBUG_TYPE "attn-count-tiles"
ALWAYS_ENABLED_STATISTIC(tileCounters, "kernels that count mask tiles");

namespace {

/// The stage of `kernel` that knows its mask tiles, with what it reads and a sum
/// over the tiles.
func::FuncOp makeCounter(func::FuncOp kernel) {
  auto counter = cast<func::FuncOp>(kernel->clone());
  counter.setName((kernel.getName() + "_tiles").str());
  Block &body = counter.front();
  StageOp kinds;
  for (auto stage : body.getOps<StageOp>())
    if (stage->hasAttr(tileKindsAttrName))
      kinds = stage;
  auto repeated = cast<DictionaryAttr>(kinds->removeAttr(tileKindsAttrName));
  SmallVector<StringRef> axes{"kind"};
  for (unsigned i = 0; i < kinds.getRank(); ++i)
    axes.push_back(kinds.getAxisName(i));
  SmallVector<SizeAttr> sizes(kinds.getType().getSizes());
  for (NamedAttribute axis : repeated) {
    axes.push_back(axis.getName());
    sizes.push_back(cast<SizeAttr>(axis.getValue()));
  }
  OpBuilder builder(body.getTerminator());
  Type i32 = builder.getI32Type();
  auto three = SizeAttr::constant(kernel.getContext(), 3);
  auto counts = StageOp::create(
      builder, kernel.getLoc(), "tiles", TensorType::get(i32, three), axes, Reducer::Sum,
      sizes, [&](OpBuilder &b, Location l, ValueRange at) -> Value {
    auto load = [&](unsigned part) -> Value {
      return arith::ExtUIOp::create(b, l, i32, LoadOp::create(b, l, kinds.getResult(part), at.slice(1, kinds.getRank())));
    };
    // 0: nothing of the tile is kept, 1: some, 2: all.
    Value kind = arith::AddIOp::create(b, l, load(0), load(1));
    Value asked = arith::IndexCastOp::create(b, l, i32, at[0]);
    Value is = arith::CmpIOp::create(b, l, arith::CmpIPredicate::eq, kind, asked);
    return arith::ExtUIOp::create(b, l, i32, is);
  });
  body.getTerminator()->setOperands(counts.getResult());
  counter.setFunctionType(builder.getFunctionType(counter.getArgumentTypes(), counts.getType()));
  eraseUnread(counter);
  // Loops that stages were computed in are not here.
  auto schedule = kernel->getAttrOfType<ScheduleAttr>(scheduleAttrName);
  MLIRContext *context = kernel.getContext();
  auto word = [&](StringRef text) { return StringAttr::get(context, text); };
  auto atRoot = DirectiveAttr::get(context, word("at"), ArrayAttr::get(context, {word("root")}));
  SmallVector<StageScheduleAttr> kept;
  for (auto stage : body.getOps<StageOp>()) {
    StageScheduleAttr entry = schedule ? schedule.lookup(stage.getName()) : StageScheduleAttr();
    if (entry && llvm::none_of(entry.getDirectives(), [&](DirectiveAttr one) { return one.getKeyword() == "inline"; }))
      kept.push_back(StageScheduleAttr::get(context, entry.getStage(), atRoot));
  }
  auto simple = ScheduleAttr::get(kernel.getContext(), {}, kept);
  // What goes for OpenCL goes for all devices.
  static const TargetInfo anyDevice = llvm::cantFail(parseTarget("opencl"));
  counter->setAttr(scheduleAttrName, schedule && isForDevice(schedule) ? deviceSchedule(body, simple, anyDevice, largeTile) : simple);
  return counter;
}

struct CountTiles : impl::CountTilesBase<CountTiles> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!kernel->hasAttr(kernelAttrName) || kernel.isExternal() || kernel->hasAttr(tileCounterAttrName))
        continue;
      for (auto stage : kernel.getOps<StageOp>())
        if (stage->hasAttr(tileKindsAttrName)) {
          func::FuncOp counter = makeCounter(kernel);
          symbols.insert(counter, std::next(kernel->getIterator()));
          kernel->setAttr(tileCounterAttrName, FlatSymbolRefAttr::get(counter));
          ++tileCounters;
          break;
        }
    }
  }
};

} // namespace
} // namespace attune
